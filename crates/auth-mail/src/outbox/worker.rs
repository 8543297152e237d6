//! The loop that keeps the outbox empty.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use auth_core::accounts::Mailing;
use auth_core::mail::{MailClass, Room};
use auth_core::{Clock, Mailer, Meter, Outbox, OutboxEntry, StoreError, Timestamp};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::config::WorkerConfig;
use super::delivery_task::DeliveryTask;
use super::under_way::UnderWay;

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
    task: Arc<DeliveryTask>,
}

impl OutboxWorker {
    /// A worker on this outbox: `mailing` says who gets its mails, `mailer` is the next hop.
    pub fn new(
        outbox: Arc<dyn Outbox>,
        mailing: Mailing,
        mailer: Arc<dyn Mailer>,
        clock: Arc<dyn Clock>,
        config: WorkerConfig,
    ) -> Self {
        let task = Arc::new(DeliveryTask::new(outbox, mailing, mailer, clock, config));
        Self { task }
    }

    /// Tells this meter what becomes of deliveries.
    #[must_use]
    pub fn measured_by(self, meter: Meter) -> Self {
        let task = (*self.task).clone().measured_by(meter);
        Self {
            task: Arc::new(task),
        }
    }

    /// Works until `shutdown` completes, then claims no more, finishes the mails that are
    /// being delivered, and returns after at most ten seconds. What is cut short is
    /// delivered by another worker, or at the next start, when its lease ends.
    ///
    /// It outlives any failure of a store or the next hop.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut under_way = UnderWay::default();
        tokio::select! {
            biased;
            () = shutdown => {}
            () = self.work(&mut under_way) => {}
        }
        let finish = async { while under_way.next_done().await {} };
        if timeout(SHUTDOWN_GRACE, finish).await.is_err() {
            warn!(event = "mail_cut_short", count = under_way.count());
        }
    }

    /// Never returns.
    async fn work(&self, under_way: &mut UnderWay) {
        let mut outbox_away = false;
        loop {
            under_way.forget_done();
            let claimed = self.claim(&self.room(under_way)).await;
            log_change(&mut outbox_away, claimed.as_ref().err());
            let (entries, lease_until) = claimed.unwrap_or_default();
            for entry in entries {
                let (class, to) = (entry.kind.class(), entry.to.clone());
                under_way.spawn(class, to, self.task.clone().carry(entry, lease_until));
            }
            self.pause(under_way).await;
        }
    }

    /// No mail is claimed that would have to wait for its turn while its lease runs. Each
    /// class has an eighth of the slots for itself, where there are enough, so that mails of one
    /// class which are slow never hold up the others.
    fn room(&self, under_way: &UnderWay) -> Room {
        let slots = self.task.config.concurrency.max(1);
        let total = slots.saturating_sub(under_way.count());
        let own = slots.div_ceil(8).min(slots / 4);
        let spare = |class| own.saturating_sub(under_way.count_of(class));
        let for_others = |class| {
            let others = MailClass::ALL.into_iter().filter(|other| *other != class);
            others.map(spare).sum()
        };
        Room {
            total,
            of_class: MailClass::ALL.map(|class| total.saturating_sub(for_others(class))),
            busy: MailClass::ALL.map(|class| under_way.recipients_of(class)),
        }
    }

    async fn claim(&self, room: &Room) -> Result<(Vec<OutboxEntry>, Timestamp), StoreError> {
        let now = self.task.clock.now();
        let lease_until = now + self.task.config.lease;
        let entries = self.task.outbox.claim(now, lease_until, room).await?;
        Ok((entries, lease_until))
    }

    /// Until it is time to look again, or a mail is done: then there may be another for
    /// the same recipient.
    async fn pause(&self, under_way: &mut UnderWay) {
        let poll = sleep(self.task.config.poll_pause());
        match (under_way.count(), self.room(under_way).total) {
            (0, _) => poll.await,
            (_, 0) => {
                under_way.next_done().await;
            }
            _ => tokio::select! {
                _ = under_way.next_done() => {}
                () = poll => {}
            },
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
