//! Events on their way into the audit trail.
//!
//! What tells of a change is kept in the transaction of the change ([`Effects`]). All else, and
//! the same once more, goes through a queue, many lines in a transaction: a line whose id is
//! there already adds nothing. An answer waits until what it tells of has been kept.
//!
//! [`Effects`]: crate::effects::Effects

use std::cell::Cell;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::{error, warn};

use super::{AdminAction, Event, EventKind};
use crate::audit::{AuditRecord, AuditStore};
use crate::clock::Timestamp;

/// How many lines wait at most while the store is away; what comes on top is lost, and said so.
const MOST: usize = 10_000;

/// How many lines one transaction takes.
const BATCH: usize = 500;

/// How long an answer waits for its lines: as long as a client waits anyway when a store is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the writer rests after the store has failed.
const REST: Duration = Duration::from_millis(250);

/// A refusal of one kind is kept once in so many milliseconds: whoever asks on and on must not
/// fill a disk by it.
const REFUSALS_EVERY: i64 = 60_000;

tokio::task_local! {
    /// The number of the last line that the flow in hand has told.
    static TOLD: Cell<u64>;
}

/// Takes events down in the audit trail.
pub struct Trail {
    store: Arc<dyn AuditStore>,
    retention: Duration,
    waiting: Mutex<Waiting>,
    queued: watch::Sender<u64>,
    written: watch::Sender<u64>,
    refused: Cache<String, i64>,
}

#[derive(Default)]
struct Waiting {
    records: Vec<AuditRecord>,
    lost: u64,
}

impl Trail {
    /// Takes down in `store`, where lines stay for `retention`. Somebody has to
    /// [`run`](Self::run) it.
    pub fn new(store: Arc<dyn AuditStore>, retention: Duration) -> Self {
        Self {
            store,
            retention,
            waiting: Mutex::default(),
            queued: watch::Sender::new(0),
            written: watch::Sender::new(0),
            refused: Cache::new(10_000),
        }
    }

    /// Where it is kept.
    pub fn store(&self) -> &dyn AuditStore {
        &*self.store
    }

    /// Deletes what has been kept for long enough; gives the number of lines.
    ///
    /// # Errors
    /// A failing store.
    pub async fn purge(&self, now: Timestamp) -> Result<u64, crate::error::StoreError> {
        self.store.purge(now - self.retention).await
    }

    /// Queues what tells of an event.
    pub(super) fn hear(&self, event: &Event) {
        let Some(record) = event.record().filter(|it| self.is_news(event, it)) else {
            return;
        };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.records.len() == MOST {
            if waiting.lost == 0 {
                error!(
                    "the audit trail can't be written: what happens from now on is in the log only"
                );
            }
            waiting.lost += 1;
            return;
        }
        waiting.records.push(record);
        self.queued.send_modify(|count| {
            *count += 1;
            // Nobody waits for what is told outside of a flow.
            let _ = TOLD.try_with(|told| told.set(*count));
        });
    }

    fn is_news(&self, event: &Event, record: &AuditRecord) -> bool {
        let key = match &event.kind {
            EventKind::Throttled { limit, .. } => {
                format!("{limit} {:?} {:?}", event.user, event.ip)
            }
            EventKind::Admin {
                action: AdminAction::Refused { permission },
                by,
            } => format!("{by} {permission:?}"),
            _ => return true,
        };
        let now = record.at().as_millis();
        if self
            .refused
            .get(&key)
            .is_some_and(|at| now - at < REFUSALS_EVERY)
        {
            return false;
        }
        self.refused.insert(key, now);
        true
    }

    /// Runs a flow, and waits until what it tells is kept. What others tell does not matter to
    /// it: while the store is away, who tells nothing is answered at once.
    pub async fn settling<F: Future>(&self, flow: F) -> F::Output {
        let (answer, told) = TOLD
            .scope(Cell::new(0), async { (flow.await, TOLD.with(Cell::get)) })
            .await;
        self.kept(told).await;
        answer
    }

    /// Waits until everything that has been heard is kept.
    pub async fn settled(&self) {
        let heard = *self.queued.borrow();
        self.kept(heard).await;
    }

    /// Waits until so many lines are kept, but not for long: then the store is away, and what
    /// waits is kept when it is back.
    async fn kept(&self, lines: u64) {
        let mut written = self.written.subscribe();
        let kept = written.wait_for(|count| *count >= lines);
        if timeout(PATIENCE, kept).await.is_err() {
            warn!("the audit trail lags behind");
        }
    }

    /// Writes down what is heard, until it is dropped.
    pub async fn run(&self) {
        let mut queued = self.queued.subscribe();
        loop {
            self.write().await;
            if queued.changed().await.is_err() {
                return;
            }
        }
    }

    async fn write(&self) {
        loop {
            let batch = self.batch();
            if batch.is_empty() {
                return;
            }
            while let Err(error) = self.store.append(&batch).await {
                warn!(%error, "the audit trail could not be written; trying again");
                sleep(REST).await;
            }
            self.written
                .send_modify(|count| *count += batch.len() as u64);
        }
    }

    fn batch(&self) -> Vec<AuditRecord> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.lost > 0 && waiting.records.len() < MOST {
            error!(lost = waiting.lost, "lines of the audit trail were lost");
            waiting.lost = 0;
        }
        let most = waiting.records.len().min(BATCH);
        waiting.records.drain(..most).collect()
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trail").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use async_trait::async_trait;
    use futures_util::FutureExt as _;

    use super::*;
    use crate::audit::{AuditFilter, AuditOrder};
    use crate::error::StoreError;
    use crate::id::EventId;

    /// Keeps lines while it is not away.
    #[derive(Default)]
    struct Store {
        away: AtomicBool,
        kept: Mutex<Vec<AuditRecord>>,
    }

    #[async_trait]
    impl AuditStore for Store {
        async fn append(&self, records: &[AuditRecord]) -> Result<(), StoreError> {
            if self.away.load(Ordering::Relaxed) {
                return Err(StoreError::Failed("away".into()));
            }
            self.kept.lock().unwrap().extend_from_slice(records);
            Ok(())
        }

        async fn page(
            &self,
            _: &AuditFilter,
            _: AuditOrder,
            _: Option<EventId>,
            _: u32,
        ) -> Result<Vec<AuditRecord>, StoreError> {
            unreachable!("nobody reads here")
        }

        async fn purge(&self, _: Timestamp) -> Result<u64, StoreError> {
            unreachable!("nothing gets old here")
        }
    }

    #[tokio::test]
    async fn a_flow_waits_for_its_own_lines_and_loses_none() {
        let store = Arc::new(Store::default());
        store.away.store(true, Ordering::Relaxed);
        let trail = Trail::new(store.clone(), Duration::from_secs(1));
        let tell = || async { trail.hear(&EventKind::EmailConfirmed.into()) };
        assert!(trail.settling(tell()).now_or_never().is_none());
        assert!(trail.settling(async {}).now_or_never().is_some());

        store.away.store(false, Ordering::Relaxed);
        tokio::select! {
            () = trail.run() => unreachable!("it runs until it is dropped"),
            () = trail.settling(tell()) => {}
        }
        assert_eq!(store.kept.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_refusal_that_goes_on_is_one_line() {
        let trail = Trail::new(Arc::new(Store::default()), Duration::from_secs(1));
        for limit in ["sign-in", "sign-in", "register"] {
            let retry_after = Duration::from_secs(1);
            let limit = limit.to_owned();
            let by = None;
            let kind = EventKind::Throttled {
                by,
                limit,
                retry_after,
            };
            trail.hear(&kind.into());
        }
        assert_eq!(trail.batch().len(), 2);
    }
}
