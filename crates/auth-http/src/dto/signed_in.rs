//! How a sign-in ends, on the wire.

use auth_core::accounts::Pending;
use serde::Serialize;
use utoipa::ToSchema;

use super::{SessionDto, UserDto};

/// A credential for a signed-in user.
#[derive(Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantDto {
    pub(crate) user: UserDto,
    pub(crate) session: SessionDto,
    /// `cookie`, or `Bearer` (RFC 6750).
    pub(crate) token_type: &'static str,
    /// Seconds until the credential has to be refreshed.
    pub(crate) expires_in: u64,
    /// Only where the credential is a bearer token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_token: Option<String>,
    /// Only where the credential is a bearer token, and not when it was asked for as a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    /// Only where a second factor was added on the way; shown this once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) recovery_codes: Vec<String>,
}

/// How a sign-in ends.
#[derive(Serialize, ToSchema)]
#[schema(as = SignIn)]
#[serde(untagged)]
#[allow(dead_code, reason = "it only describes; the answers are made apart")]
pub(crate) enum SignInAnswer {
    Grant(GrantDto),
    Pending(PendingDto),
}

/// A sign-in that takes one more step. It carries no credential.
#[derive(Serialize, ToSchema)]
#[schema(as = Pending)]
pub(crate) struct PendingDto {
    pub(crate) pending: PendingStep,
}

/// The step that is missing.
#[derive(Serialize, ToSchema)]
pub(crate) struct PendingStep {
    /// Names the sign-in: once, and only together with the flow cookie that came with it.
    pub(crate) id: String,
    /// What can end it; one of these does.
    pub(crate) methods: Vec<&'static str>,
    /// Seconds until it is over.
    pub(crate) expires_in: u64,
}

impl From<&Pending> for PendingStep {
    fn from(pending: &Pending) -> Self {
        Self {
            id: pending.handle.reveal(),
            methods: pending.steps.iter().map(|one| one.as_str()).collect(),
            expires_in: pending.lifetime.as_secs(),
        }
    }
}

impl From<&Pending> for PendingDto {
    fn from(pending: &Pending) -> Self {
        Self {
            pending: pending.into(),
        }
    }
}
