//! The trait of the place that keeps webhooks, and what is to be delivered to them.

use async_trait::async_trait;

use super::{Disabled, Webhook, WebhookEvents};
use crate::audit::{AuditRecord, RecordOfMany};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{EventId, WebhookId};

/// The secrets of a webhook, encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The one in force.
    pub current: String,
    /// The one before, and until when messages are signed with it too.
    pub previous: Option<(String, Timestamp)>,
}

/// A change of a webhook. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// Where it is.
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it is told of.
    pub events: Option<WebhookEvents>,
    /// Whether it is told anything. One that is enabled again starts with a clean slate.
    pub enabled: Option<bool>,
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is to be tried.
    Pending,
    /// The receiver has it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// The form in stores and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What was, or is to be, delivered to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The event that it tells of, which is its id.
    pub event: EventId,
    /// What the event is called.
    pub name: String,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; for one that is over, when it ended.
    pub due_at: Timestamp,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When the receiver took it.
    pub delivered_at: Option<Timestamp>,
    /// What the receiver answered last.
    pub last_status: Option<u16>,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// Which deliveries to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deliveries {
    /// Those in this state, if one is named.
    pub state: Option<DeliveryState>,
    /// Those before this one.
    pub before: Option<EventId>,
    /// At most so many.
    pub limit: u32,
}

/// A delivery that is to be tried now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The event that it tells of.
    pub event: EventId,
    /// What is sent, byte by byte the same each time.
    pub payload: String,
    /// How often it was tried before.
    pub attempts: u32,
}

/// What one webhook gets now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which.
    pub webhook: WebhookId,
    /// Where it is.
    pub url: String,
    /// What its messages are signed with.
    pub secrets: SealedSecrets,
    /// Until when nobody else tries these. It also tells this claim from every other.
    pub lease_until: Timestamp,
    /// What to send, the longest due first.
    pub deliveries: Vec<Claimed>,
}

/// Why a try failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What the receiver answered, if it did.
    pub status: Option<u16>,
    /// What went wrong, in a few words without any of the answer.
    pub error: String,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The receiver has it.
    Delivered {
        /// With this status.
        status: u16,
    },
    /// It is tried again.
    Retry {
        /// Then.
        at: Timestamp,
        /// What went wrong.
        fault: Fault,
    },
    /// It is given up.
    Failed {
        /// What went wrong.
        fault: Fault,
    },
}

/// How much is to be delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookBacklog {
    /// Deliveries to enabled webhooks that wait, be it to be tried again.
    pub pending: u64,
    /// When the first of them is, or was, due.
    pub first_due: Option<Timestamp>,
    /// Webhooks that were disabled by themselves.
    pub disabled: u64,
}

/// Keeps webhooks and their deliveries. Every method is one atomic step, which keeps the line of
/// the audit trail that it is given if it does what it is to. Deliveries are queued where such a
/// line is kept, in its transaction.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// Keeps a webhook with its secret. `false`, and nothing kept, when there are `most` already.
    async fn add(
        &self,
        webhook: &Webhook,
        secret: &str,
        most: u32,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError>;

    /// The webhook of this id.
    async fn find(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError>;

    /// All of them, the oldest first.
    async fn list(&self) -> Result<Vec<Webhook>, StoreError>;

    /// Changes a webhook; gives it as it is then, or nothing where there is none.
    async fn change(
        &self,
        id: WebhookId,
        change: &WebhookChange,
        now: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<Option<Webhook>, StoreError>;

    /// Deletes a webhook and its deliveries; `false` when there is none.
    async fn remove(&self, id: WebhookId, record: Option<AuditRecord>) -> Result<bool, StoreError>;

    /// Gives a webhook another secret; the one before counts until then. `false` when there is no
    /// such webhook.
    async fn rotate(
        &self,
        id: WebhookId,
        secret: &str,
        previous_until: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError>;

    /// Disables a webhook if it is enabled, is still at `url`, which is where deliveries failed, and,
    /// where `failing_since` is given, no delivery to it has succeeded since then, while one failed
    /// then or before. `false`, and nothing changed, when any of that is not so. `now` is kept as
    /// the time when it was disabled.
    async fn disable(
        &self,
        id: WebhookId,
        url: &str,
        why: Disabled,
        failing_since: Option<Timestamp>,
        now: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError>;

    /// The secrets of all webhooks.
    async fn secrets(&self) -> Result<Vec<(WebhookId, SealedSecrets)>, StoreError>;

    /// Replaces the secrets of a webhook by the same ones, encrypted otherwise; `false` when they
    /// have changed meanwhile.
    async fn reseal(
        &self,
        id: WebhookId,
        before: &SealedSecrets,
        after: &SealedSecrets,
    ) -> Result<bool, StoreError>;

    /// The enabled webhooks for which something is due.
    async fn due(&self, now: Timestamp) -> Result<Vec<WebhookId>, StoreError>;

    /// Takes at most so many due deliveries of a webhook, which belong to the caller until the
    /// lease ends. Nothing where the webhook is gone or disabled.
    async fn claim(
        &self,
        id: WebhookId,
        now: Timestamp,
        lease_until: Timestamp,
        most: u32,
    ) -> Result<Option<Batch>, StoreError>;

    /// Keeps what came of a try. Nothing happens when the lease is no longer the caller's.
    async fn settle(
        &self,
        batch: &Batch,
        event: EventId,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// How much is to be delivered. At most so many deliveries are counted of each webhook.
    async fn backlog(&self, at_most: u32) -> Result<WebhookBacklog, StoreError>;

    /// Queues a delivery for this webhook alone; `false` when there is no such webhook.
    async fn queue(
        &self,
        id: WebhookId,
        event: EventId,
        name: &str,
        payload: &str,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError>;

    /// Deliveries of a webhook, the latest first.
    async fn deliveries(
        &self,
        id: WebhookId,
        which: &Deliveries,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// Has a delivery made once more, with the same id and bytes, as if it had not been tried;
    /// `false` when there is none.
    async fn replay(
        &self,
        id: WebhookId,
        event: EventId,
        now: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError>;

    /// The same for those that failed and were queued then or later, at most so many, the oldest
    /// first; gives their number.
    async fn replay_failed(
        &self,
        id: WebhookId,
        since: Timestamp,
        now: Timestamp,
        at_most: u32,
        record: RecordOfMany,
    ) -> Result<u64, StoreError>;

    /// Deletes what was over before then, and what has been due since then for a webhook that is
    /// disabled or gone; gives the number.
    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError>;
}
