//! Carrying one claimed mail to its end: delivered, dropped, given up, or queued again.

use std::sync::Arc;

use auth_core::accounts::{Mailed, Mailing};
use auth_core::mail::MailError;
use auth_core::measure::MailOutcome;
use auth_core::{Clock, Mailer, Measurement, Meter, Outbox, OutboxEntry, StoreError, Timestamp};
use tokio::time::{sleep, timeout};
use tracing::{Instrument as _, debug, debug_span, error, info, warn};

use super::config::WorkerConfig;

/// Delivers mails and tells the outbox what became of them.
#[derive(Clone)]
pub(super) struct DeliveryTask {
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: WorkerConfig,
    mailing: Mailing,
    mailer: Arc<dyn Mailer>,
    meter: Meter,
}

/// How a delivery ended.
enum Delivery {
    Sent,
    /// Nobody should get the mail any more.
    Dropped,
    /// The mailbox has had its share of such mails until then.
    UsedUpUntil(Timestamp),
    Failed(MailError),
    StoreFailed(StoreError),
    TimedOut,
}

/// What the outbox is told.
enum Settlement {
    Done,
    RetryAt(Timestamp),
    PostponeTo(Timestamp),
}

impl DeliveryTask {
    pub(super) fn new(
        outbox: Arc<dyn Outbox>,
        mailing: Mailing,
        mailer: Arc<dyn Mailer>,
        clock: Arc<dyn Clock>,
        config: WorkerConfig,
    ) -> Self {
        Self {
            outbox,
            clock,
            config,
            mailing,
            mailer,
            meter: Meter::default(),
        }
    }

    pub(super) fn measured_by(self, meter: Meter) -> Self {
        Self { meter, ..self }
    }

    /// Carries a mail that is leased until `lease_until`.
    pub(super) async fn carry(self: Arc<Self>, entry: OutboxEntry, lease_until: Timestamp) {
        let span = debug_span!("mail.delivery", mail_id = %entry.id, kind = entry.kind.as_str());
        let delivery = self.deliver(&entry).instrument(span).await;
        let (settlement, outcome) = self.judge(&entry, delivery);
        let kind = entry.kind.as_str();
        self.meter
            .record(Measurement::MailDelivery { kind, outcome });
        self.settle(&entry, &settlement, lease_until).await;
    }

    async fn deliver(&self, entry: &OutboxEntry) -> Delivery {
        self.try_to_deliver(entry)
            .await
            .unwrap_or_else(Delivery::StoreFailed)
    }

    async fn try_to_deliver(&self, entry: &OutboxEntry) -> Result<Delivery, StoreError> {
        let (mail, share) = match self.mailing.write(entry).await? {
            Mailed::ToSomebody(mail, share) => (mail, share),
            Mailed::ToNobody => return Ok(Delivery::Dropped),
            Mailed::NotBefore(time) => return Ok(Delivery::UsedUpUntil(time)),
        };
        let sent = timeout(self.config.delivery_bound(), self.mailer.send(&mail)).await;
        let delivery = match sent {
            Ok(Ok(())) => return Ok(Delivery::Sent),
            Ok(Err(failure)) => Delivery::Failed(failure),
            Err(_) => Delivery::TimedOut,
        };
        self.mailing.give_back(share).await?;
        Ok(delivery)
    }

    /// Decides what follows, and logs it: by id and kind, never by address or content.
    fn judge(&self, entry: &OutboxEntry, delivery: Delivery) -> (Settlement, MailOutcome) {
        let (mail_id, kind) = (&entry.id, entry.kind.as_str());
        match delivery {
            Delivery::Sent => {
                info!(event = "mail_sent", %mail_id, kind);
                (Settlement::Done, MailOutcome::Sent)
            }
            Delivery::Dropped => {
                debug!(event = "mail_dropped", %mail_id, kind);
                (Settlement::Done, MailOutcome::Dropped)
            }
            Delivery::UsedUpUntil(time) => self.postpone(entry, time),
            Delivery::Failed(MailError::Permanent(cause)) => {
                warn!(event = "mail_refused", %mail_id, kind, %cause);
                (Settlement::Done, MailOutcome::Refused)
            }
            Delivery::Failed(MailError::SenderRefused(cause)) => {
                error!(
                    event = "mail_sender_refused", %mail_id, kind, %cause,
                    "check --mail and --mail-from, the quota of the account there, and SPF and \
                     DKIM of the domain"
                );
                self.retry(entry, &cause.to_string(), MailOutcome::SenderRefused)
            }
            Delivery::Failed(MailError::Transient(cause)) => {
                self.retry(entry, &cause.to_string(), MailOutcome::Delayed)
            }
            Delivery::StoreFailed(failure) => {
                self.retry(entry, &failure.to_string(), MailOutcome::Delayed)
            }
            Delivery::TimedOut => {
                self.retry(entry, "the delivery took too long", MailOutcome::Delayed)
            }
        }
    }

    /// Lets a mail wait until its recipient may get one more, unless it would be of no use
    /// by then.
    fn postpone(&self, entry: &OutboxEntry, until: Timestamp) -> (Settlement, MailOutcome) {
        let (mail_id, kind) = (&entry.id, entry.kind.as_str());
        if until.since(entry.created_at) >= self.config.give_up_after {
            warn!(event = "mail_over_quota", %mail_id, kind);
            return (Settlement::Done, MailOutcome::GivenUp);
        }
        info!(event = "mail_postponed", %mail_id, kind, %until);
        (Settlement::PostponeTo(until), MailOutcome::Postponed)
    }

    /// Queues a mail again after this failure, unless it has failed for too long.
    fn retry(
        &self,
        entry: &OutboxEntry,
        cause: &str,
        failure: MailOutcome,
    ) -> (Settlement, MailOutcome) {
        let (mail_id, kind) = (&entry.id, entry.kind.as_str());
        let now = self.clock.now();
        if now.since(entry.created_at) >= self.config.give_up_after {
            error!(event = "mail_given_up", %mail_id, kind, cause);
            return (Settlement::Done, MailOutcome::GivenUp);
        }
        let wait = self.config.back_off(entry.attempts);
        warn!(event = "mail_delayed", %mail_id, kind, cause, wait_ms = wait.as_millis());
        (Settlement::RetryAt(now + wait), failure)
    }

    /// Tells the outbox, again and again while it is away: a delivered mail that stays
    /// queued would be delivered twice. When the lease ends the mail is no longer ours.
    async fn settle(&self, entry: &OutboxEntry, settlement: &Settlement, lease_until: Timestamp) {
        while let Err(failure) = self.tell(entry, settlement).await {
            debug!(event = "mail_unsettled", mail_id = %entry.id, %failure);
            if self.clock.now() >= lease_until {
                let (mail_id, kind) = (&entry.id, entry.kind.as_str());
                warn!(event = "mail_lease_lost", %mail_id, kind, %failure);
                return;
            }
            sleep(self.config.poll_interval).await;
        }
    }

    async fn tell(&self, entry: &OutboxEntry, settlement: &Settlement) -> Result<(), StoreError> {
        match settlement {
            Settlement::Done => self.outbox.done(entry).await,
            Settlement::RetryAt(at) => self.outbox.retry(&entry.id, *at).await,
            Settlement::PostponeTo(at) => self.outbox.postpone(&entry.id, *at).await,
        }
    }
}
