//! What happened to an account.

use auth_core::AuditRecord;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Something that happened to the account.
#[derive(Serialize, ToSchema)]
#[schema(as = SecurityEvent)]
pub(crate) struct SecurityEventDto {
    id: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// What; there may be more in later versions.
    #[schema(example = "signed_in")]
    event: String,
    /// `success`, or `failure` where it was refused.
    outcome: &'static str,
    /// `you`, `operator`, or `unknown` where nobody has shown who they are.
    by: &'static str,
    /// The client's address, where it is known.
    ip: Option<String>,
    /// What the client calls itself, where it is known.
    user_agent: Option<String>,
    /// The signed-in device it concerns.
    session_id: Option<String>,
}

/// Whether somebody else than the owner of the account did it, who has shown who they are.
pub(crate) fn is_by_operator(record: &AuditRecord) -> bool {
    let own = record.user.map(|id| format!("user:{id}"));
    record.actor.is_some() && record.actor != own
}

impl SecurityEventDto {
    pub(crate) fn of(record: &AuditRecord) -> Self {
        // What operators come from is not their users' business.
        let shown = !is_by_operator(record);
        let by = match &record.actor {
            None => "unknown",
            Some(_) if shown => "you",
            Some(_) => "operator",
        };
        Self {
            id: record.id.to_string(),
            at: record.at().to_string(),
            event: record.event.clone(),
            outcome: record.outcome.as_str(),
            by,
            ip: record.ip.filter(|_| shown).map(|ip| ip.to_string()),
            user_agent: record.user_agent.clone().filter(|_| shown),
            session_id: record.session.map(|id| id.to_string()),
        }
    }
}

/// Things that happened, the latest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecurityEventsAnswer {
    pub(crate) events: Vec<SecurityEventDto>,
    /// What `before` is to be for those that come next; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SecurityEventsQuery {
    /// Those before the one with this id.
    pub(crate) before: Option<String>,
    /// At most so many, 1 to 100; 20 when nothing is said.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
}
