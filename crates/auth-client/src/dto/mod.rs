//! The shapes of the contract.

mod factors;
mod history;
mod request;
mod strategy;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::rfc3339;
use crate::secret::Secret;

pub use factors::{AddedFactor, Factor, FactorProof, FactorRules, Factors, NewTotp};
pub(crate) use factors::{FactorAnswer, RecoveryCodesAnswer};
pub use history::{SecurityEvent, SecurityEvents};
pub use request::{Confirmation, Login, ProfilePatch, ProviderStart, Registration};
pub use strategy::{
    Format, Guarantees, PasswordRules, Provider, Strategy, TokenType, Transport, Verification,
};

/// A user, as that user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The account's id, a UUIDv7 (RFC 9562).
    pub id: Uuid,
    /// Given name.
    pub first_name: String,
    /// Family name; empty for people who have one name.
    pub last_name: String,
    /// The name to sign in with.
    pub username: String,
    /// The e-mail address.
    pub email: String,
    /// Whether the owner of the address has confirmed it.
    pub email_verified: bool,
    /// Whether the account can sign in with a password.
    pub has_password: bool,
    /// When the account was made.
    #[serde(with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// What the application keeps about the user, where it keeps anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Map<String, Value>>,
    /// The language that the user has set (BCP 47), where they have set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// One signed-in device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// The session's id, a UUIDv7 (RFC 9562).
    pub id: Uuid,
    /// When it was opened.
    #[serde(with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used.
    #[serde(with = "rfc3339")]
    pub last_seen_at: OffsetDateTime,
    /// When it ends if it is not used again.
    #[serde(with = "rfc3339")]
    pub expires_at: OffsetDateTime,
    /// What the device said it is.
    pub user_agent: String,
    /// Where it was last used from.
    pub ip: IpAddr,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A credential for a signed-in user. The client has already taken it over: what is in here
/// matters to programs that pass it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Grant {
    /// Who is signed in.
    pub user: User,
    /// On which device.
    pub session: Session,
    /// What kind of credential it is.
    pub token_type: TokenType,
    /// Seconds until the credential has to be renewed.
    pub expires_in: u64,
    /// Where the credential is a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<Secret>,
    /// What renews a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Where a second factor was added on the way; shown this once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<Secret>,
}

/// How a sign-in ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum SignIn {
    /// Somebody is signed in.
    Done(Box<Grant>),
    /// One more step is needed.
    Pending(Pending),
}

/// A sign-in that takes one more step. It carries no credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PendingAnswer", into = "PendingAnswer")]
#[non_exhaustive]
pub struct Pending {
    /// Names the sign-in, once, for the client that got it.
    pub id: Secret,
    /// What can end it; one of these does.
    pub methods: Vec<String>,
    /// Seconds until it is over.
    pub expires_in: u64,
}

/// A pending sign-in on the wire, by which it differs from a grant.
#[derive(Serialize, Deserialize)]
struct PendingAnswer {
    pending: PendingStep,
}

#[derive(Serialize, Deserialize)]
struct PendingStep {
    id: Secret,
    methods: Vec<String>,
    expires_in: u64,
}

impl From<PendingAnswer> for Pending {
    fn from(PendingAnswer { pending }: PendingAnswer) -> Self {
        Self {
            id: pending.id,
            methods: pending.methods,
            expires_in: pending.expires_in,
        }
    }
}

impl From<Pending> for PendingAnswer {
    fn from(pending: Pending) -> Self {
        let pending = PendingStep {
            id: pending.id,
            methods: pending.methods,
            expires_in: pending.expires_in,
        };
        Self { pending }
    }
}

/// How a sign-up ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Registered {
    /// The account can be used.
    Ready(Box<User>),
    /// A mail is on its way. It says nothing about whether the address was known.
    VerificationSent,
}

/// An account at a provider that can sign in to this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Identity {
    /// The link's id, a UUIDv7 (RFC 9562).
    pub id: Uuid,
    /// The provider's id in [`Strategy::providers`].
    pub provider: String,
    /// The address that the provider told when it was linked.
    pub email: Option<String>,
    /// When it was linked.
    #[serde(with = "rfc3339")]
    pub linked_at: OffsetDateTime,
}

#[derive(Deserialize)]
pub(crate) struct UserAnswer {
    pub(crate) user: User,
}

#[derive(Deserialize)]
pub(crate) struct StatusAnswer {
    #[serde(rename = "status")]
    pub(crate) _status: String,
}

#[derive(Deserialize)]
pub(crate) struct SessionsAnswer {
    pub(crate) sessions: Vec<Session>,
}

#[derive(Deserialize)]
pub(crate) struct RevokedAnswer {
    pub(crate) revoked: u64,
}

#[derive(Deserialize)]
pub(crate) struct IdentitiesAnswer {
    pub(crate) identities: Vec<Identity>,
}

#[derive(Deserialize)]
pub(crate) struct LinkAnswer {
    pub(crate) url: url::Url,
}
