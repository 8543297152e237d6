//! The loop that delivers what is due.

#[cfg(test)]
mod tests;
mod under_way;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use auth_core::factor::{Cipher, NotReadable};
use auth_core::webhook::{
    Batch, Claimed, Disabled, Fault, Settlement, WebhookSecret, WebhookStore,
};
use auth_core::{Clock, Event, EventKind, Events, StoreError, Timestamp, WebhookId};
use futures_util::future::join_all;
use tokio::time::{sleep, timeout};
use tracing::{debug, error, info, warn};

use crate::call::{Answered, CallError, Caller, Message};
use crate::reach::Reach;
use crate::retry::wait;
use under_way::{Rest, UnderWay};

/// How long deliveries under way may still take when the worker is to stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// How long one try may take in all: as long as Standard Webhooks recommends to wait at least.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How much of an answer is read: only its status counts.
const MAX_ANSWER: usize = 64 << 10;

/// How long a webhook is left alone when this server can't send what is due for it. That is longer
/// than the lease, after which servers that can may.
const REST: Duration = Duration::from_secs(60);

/// How long a webhook is left alone when the store does not let its deliveries be claimed: one that
/// can be read and not written must not be asked without a pause.
const PAUSE: Duration = Duration::from_secs(5);

/// What helps when the secret of a webhook can't be read.
const KEY_NEEDED: &str = "give this server the same --encryption-key-file as the others; where the \
    key is lost, delete the webhook and make another";

/// How long nothing may have succeeded before a receiver is no longer called. It counts when a
/// delivery is given up after the last of its tries, and never for a failure that is tried again:
/// between failures there may have been days without anything to deliver.
const PATIENCE: Duration = Duration::from_secs(5 * 86_400);

/// How deliveries are made.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// How often it is looked whether anything is due.
    pub poll_interval: Duration,
    /// How long a claimed delivery belongs to this worker: somewhat longer than a try takes.
    pub lease: Duration,
    /// How many deliveries one receiver gets at once.
    pub batch: u32,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_millis(500),
            lease: Duration::from_secs(20),
            batch: 8,
        }
    }
}

/// Delivers what is due for webhooks until it is told to stop. Any number of workers, in one
/// process or many, can share a store.
///
/// Delivery is **at least once**: a crash after the receiver's yes delivers it again, with the
/// same id and the same bytes, by which receivers know it. Each receiver has one batch under way
/// at a time, whatever becomes of those of others.
pub struct WebhookWorker {
    task: Arc<Task>,
}

struct Task {
    store: Arc<dyn WebhookStore>,
    cipher: Cipher,
    caller: Caller,
    events: Events,
    clock: Arc<dyn Clock>,
    config: WorkerConfig,
}

/// What came of one try.
struct Tried {
    settlement: Settlement,
    /// The receiver is gone for good.
    gone: bool,
}

impl WebhookWorker {
    /// A worker on this store. `cipher` reads the secrets, and `reach` says what may be called.
    pub fn new(
        store: Arc<dyn WebhookStore>,
        cipher: Cipher,
        reach: Reach,
        events: Events,
        clock: Arc<dyn Clock>,
        config: WorkerConfig,
    ) -> Self {
        let caller = Caller::new(reach, TIMEOUT, MAX_ANSWER);
        let task = Task {
            store,
            cipher,
            caller,
            events,
            clock,
            config,
        };
        Self {
            task: Arc::new(task),
        }
    }

    /// Works until `shutdown` completes, then claims no more, finishes what is under way, and
    /// returns after at most ten seconds. What is cut short is delivered when its lease ends.
    ///
    /// It outlives any failure of the store or of a receiver.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut under_way = UnderWay::default();
        tokio::select! {
            biased;
            () = shutdown => {}
            () = self.work(&mut under_way) => {}
        }
        let finish = async { while under_way.next_done().await {} };
        if timeout(SHUTDOWN_GRACE, finish).await.is_err() {
            warn!(event = "webhooks_cut_short");
        }
    }

    /// Never returns.
    async fn work(&self, under_way: &mut UnderWay) {
        let mut away = false;
        loop {
            under_way.forget_done();
            let due = self.task.store.due(self.task.clock.now()).await;
            log_change(&mut away, due.as_ref().err());
            for id in due.unwrap_or_default() {
                under_way.spawn(id, self.task.clone().carry(id));
            }
            let poll = sleep(self.task.config.poll_interval);
            match under_way.is_empty() {
                true => poll.await,
                false => tokio::select! {
                    _ = under_way.next_done() => {}
                    () = poll => {}
                },
            }
        }
    }
}

impl Task {
    /// Sends one webhook what is due for it.
    async fn carry(self: Arc<Self>, id: WebhookId) -> Rest {
        let now = self.clock.now();
        let lease_until = now + self.config.lease;
        let claim = self.store.claim(id, now, lease_until, self.config.batch);
        match claim.await {
            Ok(Some(batch)) if !batch.deliveries.is_empty() => self.send_all(&batch).await,
            Ok(_) => None,
            Err(failure) => {
                warn!(event = "webhook_unclaimed", webhook = %id, %failure);
                Some(PAUSE)
            }
        }
    }

    /// What this server lacks itself is no failure of the receiver: then nothing is settled, no
    /// try counts, and the deliveries are due again when their lease ends.
    async fn send_all(&self, batch: &Batch) -> Rest {
        let secrets = match self.prepared(batch) {
            Ok(secrets) => secrets,
            Err(cause) => {
                error!(event = "webhook_unsent", webhook = %batch.webhook, cause);
                return Some(REST);
            }
        };
        let sent = batch.deliveries.iter().map(async |delivery| {
            let tried = self.send(batch, delivery, &secrets).await;
            self.settle(batch, delivery, &tried.settlement).await;
            tried
        });
        self.conclude(batch, &join_all(sent).await).await;
        None
    }

    /// What the messages of a batch are signed with, where they can be sent at all.
    ///
    /// # Errors
    /// What this server lacks, and what helps.
    fn prepared(&self, batch: &Batch) -> Result<Vec<WebhookSecret>, String> {
        let secrets = self.secrets(batch);
        let secrets =
            secrets.map_err(|error| format!("its secret can't be read: {error}; {KEY_NEEDED}"))?;
        self.caller.ready().map_err(|error| error.to_string())?;
        Ok(secrets)
    }

    /// The current secret, and for a while the one before.
    fn secrets(&self, batch: &Batch) -> Result<Vec<WebhookSecret>, NotReadable> {
        let now = self.clock.now();
        let previous = batch.secrets.previous.iter();
        let previous = previous.filter(|(_, until)| *until > now);
        let sealed = previous.map(|(sealed, _)| sealed);
        let all = std::iter::once(&batch.secrets.current).chain(sealed);
        all.map(|sealed| WebhookSecret::open(&self.cipher, sealed, batch.webhook))
            .collect()
    }

    /// Calls a receiver no more that says it is gone, or at which a delivery was given up while
    /// nothing has succeeded for days.
    async fn conclude(&self, batch: &Batch, tried: &[Tried]) {
        if tried.iter().any(|tried| tried.gone) {
            self.disable(batch, Disabled::Gone, None).await;
        } else if tried.iter().any(Tried::is_given_up) {
            let since = self.clock.now() - PATIENCE;
            self.disable(batch, Disabled::Failing, Some(since)).await;
        }
    }

    async fn send(&self, batch: &Batch, delivery: &Claimed, secrets: &[WebhookSecret]) -> Tried {
        let id = delivery.event.to_string();
        let message = Message {
            url: &batch.url,
            id: &id,
            at: self.clock.now(),
            body: &delivery.payload,
            secrets,
        };
        let answered = self.caller.post(&message).await;
        self.judge(
            batch,
            delivery,
            answered.map_err(|error: CallError| error.to_string()),
        )
    }

    /// Decides what follows, and logs it: by ids, never by URL or content.
    fn judge(
        &self,
        batch: &Batch,
        delivery: &Claimed,
        answered: Result<Answered, String>,
    ) -> Tried {
        let (webhook, id) = (batch.webhook, delivery.event);
        let (status, asked_for, error) = match answered {
            Ok(answered) if (200..300).contains(&answered.status) => {
                let status = answered.status;
                info!(event = "webhook_delivered", %webhook, %id, status);
                return Tried {
                    settlement: Settlement::Delivered { status },
                    gone: false,
                };
            }
            Ok(answered) => {
                let may_ask = matches!(answered.status, 429 | 503);
                let asked_for = answered.retry_after.filter(|_| may_ask);
                let error = format!("status {}", answered.status);
                (Some(answered.status), asked_for, error)
            }
            Err(error) => (None, None, error),
        };
        let gone = status == Some(410);
        let again = wait(delivery.attempts, asked_for).filter(|_| !gone);
        let fault = Fault { status, error };
        let cause = &fault.error;
        let settlement = match again {
            Some(wait) => {
                info!(event = "webhook_delayed", %webhook, %id, cause, wait_s = wait.as_secs());
                let at = self.clock.now() + wait;
                Settlement::Retry { at, fault }
            }
            None => {
                warn!(event = "webhook_given_up", %webhook, %id, cause);
                Settlement::Failed { fault }
            }
        };
        Tried { settlement, gone }
    }

    /// Tells the store, again and again while it is away; when the lease ends the delivery is no
    /// longer ours.
    async fn settle(&self, batch: &Batch, delivery: &Claimed, settlement: &Settlement) {
        loop {
            let now = self.clock.now();
            let settled = self.store.settle(batch, delivery.event, settlement, now);
            let Err(failure) = settled.await else { return };
            let (webhook, id) = (batch.webhook, delivery.event);
            if now >= batch.lease_until {
                warn!(event = "webhook_lease_lost", %webhook, %id, %failure);
                return;
            }
            debug!(event = "webhook_unsettled", %webhook, %id, %failure);
            sleep(self.config.poll_interval).await;
        }
    }

    /// Calls it no more, and tells so with the change; the log is one of those who are told.
    async fn disable(&self, batch: &Batch, why: Disabled, since: Option<Timestamp>) {
        let webhook = batch.webhook;
        let event = Event::from(EventKind::WebhookDisabled { webhook, why });
        let (now, record) = (self.clock.now(), event.record());
        let disabled = self
            .store
            .disable(webhook, &batch.url, why, since, now, record);
        match disabled.await {
            Ok(true) => self.events.tell(&event),
            Ok(false) => {}
            Err(failure) => debug!(event = "webhook_not_disabled", %webhook, %failure),
        }
    }
}

impl Tried {
    fn is_given_up(&self) -> bool {
        matches!(self.settlement, Settlement::Failed { .. })
    }
}

/// Says once that the store is away, and once that it is back.
fn log_change(away: &mut bool, failure: Option<&StoreError>) {
    match failure {
        Some(failure) if !*away => warn!(event = "webhooks_away", %failure),
        None if *away => info!(event = "webhooks_back"),
        _ => {}
    }
    *away = failure.is_some();
}
