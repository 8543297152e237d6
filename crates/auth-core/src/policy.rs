//! A policy of the operator's own, which is asked before somebody registers or is signed in.

use std::net::IpAddr;

use async_trait::async_trait;

use crate::id::UserId;

/// Before what a policy is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyStep {
    /// Before anything of a registration is kept.
    Registration,
    /// After somebody has proven who they are, and before they get a credential.
    SignIn,
}

impl PolicyStep {
    /// The form on the wire and in the audit trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration.before",
            Self::SignIn => "sign_in.before",
        }
    }
}

/// Who wants to register or to be signed in. It holds no password and no credential.
#[derive(Clone, Debug)]
pub struct Applicant {
    /// Before what it is asked.
    pub step: PolicyStep,
    /// The account; nobody who registers has one.
    pub user: Option<UserId>,
    /// The username; who comes through a provider has none yet.
    pub username: Option<String>,
    /// The address.
    pub email: String,
    /// Given name; may be empty.
    pub first_name: String,
    /// Family name; may be empty.
    pub last_name: String,
    /// The provider that somebody registers through, if any.
    pub provider: Option<String>,
    /// By what somebody has proven who they are, such as `password` and `totp`.
    pub methods: Vec<&'static str>,
    /// The client's address, where a request brings one.
    pub ip: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The request.
    pub request_id: Option<String>,
}

/// What a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Go on.
    Allowed,
    /// Don't.
    Refused {
        /// What the person is told, if anything.
        message: Option<String>,
    },
}

/// A policy gave no answer that counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoRuling(pub String);

/// Asked before somebody registers or is signed in, while no transaction and no place in the
/// queue of hashing is held. The person waits for it, so it bounds its own time.
#[async_trait]
pub trait Policy: Send + Sync {
    /// Whether it wants to be asked before this.
    fn rules_on(&self, step: PolicyStep) -> bool;

    /// Whether what it gives no ruling on is done all the same.
    fn allows_without_ruling(&self) -> bool;

    /// Asks it. Before a registration it hears of known and of unknown addresses alike.
    ///
    /// # Errors
    /// When there was no answer in time, or none that can be understood.
    async fn rule(&self, applicant: &Applicant) -> Result<Ruling, NoRuling>;
}
