//! The audit trail: who did what to whom, when, from where, and what came of it. It only grows,
//! until what is older than a set time goes.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{EventId, SessionId, UserId};

/// What came of something that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Success,
    /// It was refused.
    Failure,
}

impl AuditOutcome {
    /// The form in stores and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }

    /// What a stored text means.
    pub fn from_stored(text: &str) -> Option<Self> {
        let all = [Self::Success, Self::Failure];
        all.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// A line of the audit trail (OWASP ASVS 5.0, 16.2.1 and 16.3.1). It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its id, which says when it was.
    pub id: EventId,
    /// What happened, by [`EventKind::name`](crate::events::EventKind::name); one of a later version
    /// may be unknown here.
    pub event: String,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// Who did it: `user:ID`, or as [`Actor`](crate::events::Actor) is written; `None` where
    /// nobody has shown who they are.
    pub actor: Option<String>,
    /// Whose account it concerns.
    pub user: Option<UserId>,
    /// The signed-in device it concerns.
    pub session: Option<SessionId>,
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// What else there is to say, as the text of a JSON object.
    pub details: Option<String>,
}

impl AuditRecord {
    /// When it was.
    pub fn at(&self) -> Timestamp {
        self.id.at()
    }
}

/// The line that tells of something that was done so many times.
pub type RecordOfMany = Arc<dyn Fn(u64) -> Option<AuditRecord> + Send + Sync>;

/// Which lines to read. What is `None` says nothing.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Those about this account.
    pub user: Option<UserId>,
    /// Those of this actor.
    pub actor: Option<String>,
    /// Those of this event.
    pub event: Option<String>,
    /// Those of then or later.
    pub since: Option<Timestamp>,
    /// Those before then.
    pub until: Option<Timestamp>,
}

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOrder {
    /// The latest first.
    LatestFirst,
    /// The oldest first.
    OldestFirst,
}

/// Keeps the audit trail. Nothing in it is ever changed.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds lines; one whose id is there already stays as it is.
    async fn append(&self, records: &[AuditRecord]) -> Result<(), StoreError>;

    /// At most `limit` lines, starting behind the one with the id `after`.
    async fn page(
        &self,
        filter: &AuditFilter,
        order: AuditOrder,
        after: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError>;

    /// Deletes what was before then; gives the number of lines.
    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError>;
}
