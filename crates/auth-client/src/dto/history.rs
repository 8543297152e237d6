//! What happened to an account.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::rfc3339;

/// Something that happened to the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecurityEvent {
    /// The event's id, a UUIDv7 (RFC 9562).
    pub id: Uuid,
    /// When it was.
    #[serde(with = "rfc3339")]
    pub at: OffsetDateTime,
    /// What, such as `signed_in`; a later version may tell of more.
    pub event: String,
    /// `success`, or `failure` where it was refused.
    pub outcome: String,
    /// `you`, `operator`, or `unknown` where nobody has shown who they are.
    pub by: String,
    /// The client's address, where it is known.
    pub ip: Option<IpAddr>,
    /// What the client calls itself, where it is known.
    pub user_agent: Option<String>,
    /// The signed-in device it concerns.
    pub session_id: Option<Uuid>,
}

/// Things that happened, the latest first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SecurityEvents {
    /// Some of them.
    pub events: Vec<SecurityEvent>,
    /// What to ask for next; `None` where these were the last.
    #[serde(default)]
    pub next: Option<Uuid>,
}
