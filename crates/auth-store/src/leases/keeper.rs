//! The thread that renews the lease and waits on behalf of whoever changes something. Neither
//! hashing nor a full pool holds it up.

use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use auth_core::StoreError;
use auth_core::cache::Name;
use auth_revocation::{
    Answer, Call, Effect, Incarnation, Instants, Membership, Name as Whose, Next, Outcome, Request,
    Revocation, ServerId, Standing, Step,
};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::wait::{Asker, Wait};
use super::{LeaseStore, Limits, Look, State, clock};

/// What the thread is asked for.
pub(super) enum Order {
    /// Hold a lease.
    Hold,
    /// Say when everybody knows of all changes until now.
    Confirm(Asker),
}

pub(super) struct Keeper {
    store: Box<dyn LeaseStore>,
    state: Arc<State>,
    limits: Limits,
    orders: mpsc::UnboundedReceiver<Order>,
    membership: Option<Membership>,
    own: Option<Own>,
    /// Who asks, and has not been taken care of.
    askers: Vec<Asker>,
    waits: Vec<Wait>,
    /// A connection is new: the server behind it may be.
    is_new: bool,
    next_look: Instants,
    /// The pause after the next look.
    pause: Duration,
    faults: u32,
    is_over: bool,
}

/// What this process knows of a server's log.
struct Own {
    incarnation: Incarnation,
    server: ServerId,
    /// The number of the last change.
    applied: u64,
}

/// What came of a look at who knows of what has changed.
#[derive(Default)]
struct Confirmed {
    /// When to look again.
    next: Option<Instants>,
    /// Whether the lease was renewed on the way.
    has_renewed: bool,
}

impl Keeper {
    /// The first pause between looks, and the longest.
    const LOOKS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

    pub(super) fn new(
        store: Box<dyn LeaseStore>,
        state: Arc<State>,
        limits: Limits,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Self {
        Self {
            store,
            state,
            limits,
            orders,
            membership: None,
            own: None,
            askers: vec![],
            waits: vec![],
            is_new: false,
            next_look: Instants::ZERO,
            pause: Self::LOOKS.0,
            faults: 0,
            is_over: false,
        }
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(mut self) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        match runtime.enable_all().build() {
            Ok(runtime) => runtime.block_on(async {
                while !self.is_over {
                    let due = self.work().await;
                    self.rest(due).await;
                }
                self.leave().await;
            }),
            Err(error) => tracing::error!(%error, "leases can't be kept"),
        }
    }

    /// Does what is due. Returns for how long there is nothing else to do.
    async fn work(&mut self) -> Duration {
        if self.membership.is_none() && self.askers.is_empty() && self.waits.is_empty() {
            return Duration::MAX;
        }
        match limited(self.limits.answer, self.store.connect()).await {
            Ok(is_new) => self.is_new |= is_new,
            Err(error) => return self.give_up(&error),
        }
        // Who asks waits for the look, and nobody for the renewal.
        let look = match self.confirm().await {
            Ok(look) => look,
            // The connection may have been lost while nobody asked.
            Err(_) if self.faults == 0 => {
                self.store.disconnect();
                self.faults = 1;
                return Duration::ZERO;
            }
            Err(error) => return self.give_up(&error),
        };
        self.faults = 0;
        let Ok(renewal) = self.renew(look.has_renewed).await else {
            // The membership knows when to ask again.
            self.store.disconnect();
            return Duration::ZERO;
        };
        // Somebody may have asked meanwhile.
        if !self.askers.is_empty() {
            return Duration::ZERO;
        }
        let now = clock::now();
        let due = renewal.into_iter().chain(look.next);
        let due = due.map(|until| clock::between(now, until)).min();
        due.unwrap_or(Duration::MAX)
    }

    /// Asks for the lease and for news until there are none, or until somebody wants to confirm
    /// a change: where changes never end, neither do news. Returns when to ask again.
    async fn renew(&mut self, mut has_renewed: bool) -> Result<Option<Instants>, StoreError> {
        loop {
            self.take_orders();
            if has_renewed && !self.askers.is_empty() {
                return Ok(None);
            }
            let Some(membership) = &mut self.membership else {
                return Ok(None);
            };
            match membership.poll(clock::now(), Incarnation(Uuid::now_v7())) {
                Next::Send(request) => self.ask(request).await?,
                Next::Wait(until) => return Ok(Some(until)),
                Next::Idle => return Ok(None),
            }
            has_renewed = true;
        }
    }

    async fn ask(&mut self, request: Request) -> Result<(), StoreError> {
        let call = match &request.call {
            Call::Join { incarnation, lease } => self.store.join(*incarnation, *lease),
            Call::Renew {
                incarnation,
                applied,
                server,
            } => self.store.renew(*incarnation, *applied, server),
        };
        let asked = limited(request.timeout, call).await;
        let (answer, fault) = match asked {
            Ok(answer) => (answer, Ok(())),
            Err(error) => (Answer::Failed, Err(error)),
        };
        if let Some(membership) = &mut self.membership {
            let effect = membership.answered(clock::now(), request.id, answer);
            self.carry_out(effect);
        }
        fault
    }

    /// Lets everybody know of changes before the lease is extended.
    fn carry_out(&mut self, effect: Effect) {
        let (Some(membership), state) = (&mut self.membership, &self.state) else {
            return;
        };
        // A lease that was lost ends before anything else.
        state.publish(membership.deadline());
        match &effect {
            Effect::Nothing => {}
            Effect::Start {
                incarnation,
                server,
                position,
            } => {
                self.own = Some(Own {
                    incarnation: *incarnation,
                    server: server.clone(),
                    applied: position.number,
                });
                state.follow(Some(server));
                state.history.forget();
            }
            Effect::Apply(entries) => {
                state.history.add(effect.names().map(name));
                if let (Some(own), Some(last)) = (&mut self.own, entries.last()) {
                    own.applied = last.number;
                }
            }
            Effect::Flush => {
                self.own = None;
                state.follow(None);
                state.history.forget();
            }
        }
        membership.applied(effect);
        state.publish(membership.deadline());
    }

    /// Looks who knows of what has changed, and tells those who ask.
    async fn confirm(&mut self) -> Result<Confirmed, StoreError> {
        let has_news = !self.askers.is_empty() || self.is_new;
        if has_news {
            self.pause = Self::LOOKS.0;
        } else if self.waits.is_empty() {
            return Ok(Confirmed::default());
        } else if !clock::now().has_lapsed(self.next_look) {
            return Ok(Confirmed {
                next: Some(self.next_look),
                has_renewed: false,
            });
        }
        let numbers: Vec<_> = self.waits.iter().map(Wait::number).collect();
        // What those who ask have changed need not be on disk yet.
        let look = self.store.look(&numbers, !self.askers.is_empty());
        let look = limited(self.limits.answer, look).await?;
        self.take_in(&look);
        let has_renewed = self.learn(&look).await?;
        let look = self.with_own(look);
        for mut wait in take(&mut self.waits) {
            match self.judge(&mut wait, &look).await {
                Some(outcome) => wait.end(outcome),
                None => self.waits.push(wait),
            }
        }
        self.next_look = clock::now().plus(self.pause);
        self.pause = (self.pause * 2).min(Self::LOOKS.1);
        Ok(Confirmed {
            next: (!self.waits.is_empty()).then_some(self.next_look),
            has_renewed,
        })
    }

    /// Begins the wait of those who ask. On a server of which the data don't say that it is
    /// settled the wait is long, so it begins before anybody asks.
    fn take_in(&mut self, look: &Look) {
        let is_unsettled = look.standing == Standing::Unsettled;
        if !self.askers.is_empty() || self.is_new && is_unsettled {
            self.waits.push(Wait {
                revocation: Revocation::new(look.committed(clock::now())),
                askers: take(&mut self.askers),
            });
        }
        self.is_new = false;
    }

    /// Asks for the changes that a look has seen and this process has not, most often its own. To
    /// wait until they are announced would take longer. Says whether it has asked.
    async fn learn(&mut self, look: &Look) -> Result<bool, StoreError> {
        let (Some(own), Some(membership)) = (&self.own, &mut self.membership) else {
            return Ok(false);
        };
        if own.server != look.server || own.applied >= look.head.number {
            return Ok(false);
        }
        membership.wake();
        match membership.poll(clock::now(), Incarnation(Uuid::now_v7())) {
            Next::Send(request) => self.ask(request).await.map(|()| true),
            Next::Wait(_) | Next::Idle => Ok(false),
        }
    }

    /// What is known here the store need not be told first. Numbers of another server's log mean
    /// other changes.
    fn with_own(&self, mut look: Look) -> Look {
        if let Some(own) = self.own.as_ref().filter(|own| own.server == look.server) {
            let mut members = look.members.iter_mut();
            if let Some(member) = members.find(|member| member.incarnation == own.incarnation) {
                member.applied = member.applied.max(own.applied);
            }
        }
        look
    }

    async fn judge(&mut self, wait: &mut Wait, look: &Look) -> Option<Outcome> {
        match wait
            .revocation
            .polled(clock::now(), &look.at(wait.number()))
        {
            Step::Wait(_) => None,
            Step::Finish(outcome) => Some(outcome),
            Step::Close { evict, settle } => {
                let change = wait.revocation.committed().clone();
                let close = self.store.close(&change, &evict, settle);
                let closed = limited(self.limits.answer, close).await;
                match wait.revocation.closed(closed.unwrap_or(false)) {
                    Step::Finish(outcome) => Some(outcome),
                    Step::Wait(_) | Step::Close { .. } => None,
                }
            }
        }
    }

    /// Tells everybody who asks that it can't be told. Returns when to try again.
    fn give_up(&mut self, error: &StoreError) -> Duration {
        tracing::debug!(%error, "a store of leases gave no answer");
        self.store.disconnect();
        let waits = take(&mut self.waits).into_iter();
        let askers = waits.flat_map(|wait| wait.askers);
        for asker in askers.chain(take(&mut self.askers)) {
            let _ = asker.send(Err(StoreError::Unavailable(error.to_string().into())));
        }
        self.limits.lease.renewal()
    }

    /// Waits for something to do.
    async fn rest(&mut self, due: Duration) {
        tokio::select! {
            order = self.orders.recv() => self.take(order),
            () = self.store.news() => self.wake(),
            () = sleep(due) => {}
        }
        self.take_orders();
    }

    fn take_orders(&mut self) {
        while let Ok(order) = self.orders.try_recv() {
            self.take(Some(order));
        }
    }

    fn take(&mut self, order: Option<Order>) {
        match order {
            Some(Order::Hold) => {
                let jitter = self.limits.lease.renewal().mul_f64(fastrand::f64());
                self.membership = Some(Membership::new(self.limits.lease, jitter));
            }
            Some(Order::Confirm(asker)) => self.askers.push(asker),
            None => self.is_over = true,
        }
    }

    fn wake(&mut self) {
        if let Some(membership) = &mut self.membership {
            membership.wake();
        }
    }

    async fn leave(&mut self) {
        let left = self.membership.as_mut().and_then(Membership::leave);
        self.state.publish(Instants::ZERO);
        if let Some(incarnation) = left {
            let leave = self.store.leave(incarnation);
            let _ = limited(self.limits.lease.renewal(), leave).await;
        }
    }
}

fn name(whose: Whose) -> Name {
    match whose {
        Whose::User(id) | Whose::Session(id) => id.into(),
    }
}

async fn limited<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let late = |_| StoreError::Unavailable("the store gave no answer in time".into());
    timeout(limit, call).await.map_err(late)?
}
