//! The loop that keeps the outbox empty.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use auth_core::accounts::Stores;
use auth_core::{Clock, Mailer, OutboxEntry, StoreError, Timestamp};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::config::WorkerConfig;
use super::courier::Courier;

/// How long mails that are being delivered may still take when the worker is to stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// Delivers the mails of the outbox until it is told to stop. Any number of workers, in
/// one process or many, can share an outbox.
///
/// Delivery is **at least once**. A mail is taken from the queue after the next hop has
/// accepted it; a crash between the two delivers it again when its lease ends. The other
/// order would lose it. The second copy has the same Message-ID, by which receivers can
/// tell it, and its link replaces the first one's.
pub struct OutboxWorker {
    courier: Arc<Courier>,
}

impl OutboxWorker {
    /// A worker on these stores; `mailer` is the next hop.
    pub fn new(
        stores: Stores,
        mailer: Arc<dyn Mailer>,
        clock: Arc<dyn Clock>,
        config: WorkerConfig,
    ) -> Self {
        let courier = Arc::new(Courier::new(stores, mailer, clock, config));
        Self { courier }
    }

    /// Works until `shutdown` completes, then claims no more, finishes the mails that are
    /// being delivered, and returns after at most ten seconds. What is cut short is
    /// delivered by another worker, or at the next start, when its lease ends.
    ///
    /// It outlives any failure of a store or the next hop.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut under_way = JoinSet::new();
        tokio::select! {
            biased;
            () = shutdown => {}
            () = self.work(&mut under_way) => {}
        }
        let finish = async { while under_way.join_next().await.is_some() {} };
        if timeout(SHUTDOWN_GRACE, finish).await.is_err() {
            warn!(event = "mail_cut_short", count = under_way.len());
        }
    }

    /// Never returns.
    async fn work(&self, under_way: &mut JoinSet<()>) {
        let mut outbox_away = false;
        loop {
            while under_way.try_join_next().is_some() {}
            let claimed = self.claim(self.free_slots(under_way)).await;
            log_change(&mut outbox_away, claimed.as_ref().err());
            let (entries, lease_until) = claimed.unwrap_or_default();
            for entry in entries {
                under_way.spawn(self.courier.clone().carry(entry, lease_until));
            }
            self.pause(under_way).await;
        }
    }

    /// No mail is claimed that would have to wait for its turn while its lease runs.
    fn free_slots(&self, under_way: &JoinSet<()>) -> u32 {
        let busy = u32::try_from(under_way.len()).unwrap_or(u32::MAX);
        self.slots().saturating_sub(busy)
    }

    fn slots(&self) -> u32 {
        self.courier.config.concurrency.max(1)
    }

    async fn claim(&self, limit: u32) -> Result<(Vec<OutboxEntry>, Timestamp), StoreError> {
        let now = self.courier.clock.now();
        let lease_until = now + self.courier.config.lease;
        let entries = self.courier.outbox.claim(now, lease_until, limit).await?;
        Ok((entries, lease_until))
    }

    /// Until a slot is free, or, when some are, until it is time to look again.
    async fn pause(&self, under_way: &mut JoinSet<()>) {
        if self.free_slots(under_way) == 0 {
            under_way.join_next().await;
        } else {
            sleep(self.courier.config.poll_interval).await;
        }
    }
}

/// Says once that the outbox is away, and once that it is back.
fn log_change(away: &mut bool, failure: Option<&StoreError>) {
    match failure {
        Some(failure) if !*away => warn!(event = "outbox_away", %failure),
        None if *away => info!(event = "outbox_back"),
        _ => {}
    }
    *away = failure.is_some();
}
