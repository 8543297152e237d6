//! Leases on what a store keeps, for servers that are many: each knows of every change before
//! it is answered for anywhere. The protocol is that of [`auth_revocation`]; here it is driven.

mod clock;
mod keeper;
mod wait;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::StoreError;
use auth_core::cache::{ChangeLog, History};
use auth_revocation::{
    Answer, Committed, Incarnation, Instants, Lease, Listed, Poll, Position, ServerId, Standing,
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use keeper::{Keeper, Order};

/// What the protocol asks of a store. It has a connection for itself: a full pool must not keep
/// a lease from being renewed.
#[async_trait]
pub(crate) trait LeaseStore: Send + 'static {
    /// Connects, and says so; or is connected already.
    async fn connect(&mut self) -> Result<bool, StoreError>;

    /// Gives the connection up.
    fn disconnect(&mut self);

    /// Takes the atomic step of [`Call::Join`](auth_revocation::Call::Join).
    async fn join(&mut self, incarnation: Incarnation, lease: Lease) -> Result<Answer, StoreError>;

    /// Takes the atomic step of [`Call::Renew`](auth_revocation::Call::Renew).
    async fn renew(
        &mut self,
        incarnation: Incarnation,
        applied: Position,
        on: &ServerId,
    ) -> Result<Answer, StoreError>;

    /// Looks at the log, and at these entries of it. With `sync`, everything that it sees is on
    /// disk when it answers, as far as the store is set up to keep anything there.
    async fn look(&mut self, entries: &[u64], sync: bool) -> Result<Look, StoreError>;

    /// Takes the atomic step at the end of a change's wait, and says whether it was taken.
    async fn close(
        &mut self,
        change: &Committed,
        evict: &[Incarnation],
        settle: bool,
    ) -> Result<bool, StoreError>;

    /// Takes a member off the list.
    async fn leave(&mut self, incarnation: Incarnation) -> Result<(), StoreError>;

    /// Waits until a change is announced. May be given up at any time.
    async fn news(&mut self);
}

/// The log, its entries and its readers, in one snapshot.
pub(crate) struct Look {
    /// The last entry.
    pub(crate) head: Position,
    /// Who answers.
    pub(crate) server: ServerId,
    /// What the data say about it.
    pub(crate) standing: Standing,
    /// Those entries that were asked for and are there.
    pub(crate) entries: Vec<(u64, Uuid)>,
    /// Who holds leases.
    pub(crate) members: Vec<Listed>,
}

impl Look {
    /// The last entry, as that of a change which was just made.
    fn committed(&self, answered_at: Instants) -> Committed {
        Committed {
            number: self.head.number,
            id: self.head.id,
            server: self.server.clone(),
            standing: self.standing,
            answered_at,
        }
    }

    /// What it says of one entry.
    fn at(&self, number: u64) -> Poll {
        let head = (self.head.number, self.head.id);
        let mut entries = self.entries.iter().chain([&head]);
        let entry = entries.find(|(other, _)| *other == number);
        let entry = entry.map(|(_, id)| *id);
        Poll {
            server: self.server.clone(),
            entry,
            members: self.members.clone(),
        }
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For how long a lease is asked for.
    pub(crate) lease: Lease,
    /// How long to wait for a connection, and for an answer that somebody waits for.
    pub(crate) answer: Duration,
}

/// The leases of this process on one store. Its thread begins with the first use.
pub(crate) struct Leases {
    state: Arc<State>,
    begin: Box<dyn Fn() -> Box<dyn LeaseStore> + Send + Sync>,
    limits: Limits,
    keeper: OnceLock<Running>,
    is_held: AtomicBool,
}

/// The thread that keeps the lease.
struct Running {
    orders: mpsc::UnboundedSender<Order>,
    ended: std::sync::Mutex<std::sync::mpsc::Receiver<()>>,
}

/// What everybody may look at.
#[derive(Default)]
struct State {
    history: History,
    /// Until when the lease holds, by both clocks, in nanoseconds.
    deadline: [AtomicU64; 2],
    server: RwLock<Option<ServerId>>,
}

impl Leases {
    /// How long whoever stops waits for the store to take note, so that nobody has to wait for
    /// the lease to lapse.
    const FAREWELL: Duration = Duration::from_secs(1);

    pub(crate) fn new(
        limits: Limits,
        begin: impl Fn() -> Box<dyn LeaseStore> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: Arc::default(),
            begin: Box::new(begin),
            limits,
            keeper: OnceLock::new(),
            is_held: AtomicBool::new(false),
        })
    }

    /// Holds a lease from now on; `None` on a machine whose clocks can't be trusted with one.
    pub(crate) fn hold(self: &Arc<Self>) -> Option<Arc<dyn ChangeLog>> {
        if !clock::CAN_HOLD {
            return None;
        }
        if !self.is_held.swap(true, Ordering::Relaxed) {
            let _ = self.keeper().orders.send(Order::Hold);
        }
        Some(Arc::clone(self) as _)
    }

    /// Whether a lease is held, or to be had again.
    pub(crate) fn is_held(&self) -> bool {
        self.is_held.load(Ordering::Relaxed)
    }

    /// Waits until no server answers by what it knew before this call, and until all that was
    /// [committed](crate::database) before is on disk.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when that can't be told.
    pub(crate) async fn confirm(&self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let _ = self.keeper().orders.send(Order::Confirm(answer));
        let ended = |_| StoreError::Unavailable("the thread that keeps leases has ended".into());
        answered.await.map_err(ended)?
    }

    /// Takes note of who answered a read. What was read from another server than the one whose
    /// log is followed may lack changes that are known, so nothing read until now is kept.
    /// Says whether it is the one.
    pub(crate) fn judge(&self, server: Option<&ServerId>) -> bool {
        if !self.is_held() {
            return true;
        }
        let followed = self.state.server.read();
        let followed = followed.unwrap_or_else(PoisonError::into_inner);
        let is_same = followed.is_none() || followed.as_ref() == server;
        if !is_same {
            self.state.history.forget();
        }
        is_same
    }

    fn keeper(&self) -> &Running {
        self.keeper.get_or_init(|| {
            let (orders, receiver) = mpsc::unbounded_channel();
            let (end, ended) = std::sync::mpsc::channel();
            let (store, state, limits) = ((self.begin)(), Arc::clone(&self.state), self.limits);
            let run = move || {
                Keeper::new(store, state, limits, receiver).run();
                drop(end);
            };
            let named = std::thread::Builder::new().name("leases".to_owned());
            if let Err(error) = named.spawn(run) {
                tracing::error!(%error, "no thread can be had to keep leases");
            }
            Running {
                orders,
                ended: ended.into(),
            }
        })
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        if let Some(Running { orders, ended }) = self.keeper.take() {
            drop(orders);
            let ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
            let _ = ended.recv_timeout(Self::FAREWELL);
        }
    }
}

#[async_trait]
impl ChangeLog for Leases {
    fn is_caught_up(&self) -> bool {
        !clock::now().has_lapsed(self.state.deadline())
    }

    async fn catch_up(&self) -> Result<(), StoreError> {
        let none = || StoreError::Unavailable("there is no lease at present".into());
        self.is_caught_up().then_some(()).ok_or_else(none)
    }

    fn history(&self) -> &History {
        &self.state.history
    }
}

impl State {
    fn deadline(&self) -> Instants {
        let [boottime, monotonic_raw] = self.deadline.each_ref().map(|nanos| {
            let nanos = nanos.load(Ordering::Acquire);
            Duration::from_nanos(nanos)
        });
        Instants {
            boottime,
            monotonic_raw,
        }
    }

    fn publish(&self, deadline: Instants) {
        let times = [deadline.boottime, deadline.monotonic_raw];
        for (published, time) in self.deadline.iter().zip(times) {
            let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            published.store(nanos, Ordering::Release);
        }
    }

    fn follow(&self, server: Option<&ServerId>) {
        let mut followed = self.server.write().unwrap_or_else(PoisonError::into_inner);
        *followed = server.cloned();
    }
}
