//! What sessions begin with, and what is promised of their end.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::id::IdentityId;
use crate::session::Assurance;

/// How long a token is accepted beyond its end, for what lies between two clocks that agree.
pub const TOKEN_LEEWAY: Duration = Duration::from_secs(5);

/// A proof of identity, by a password or a provider.
#[derive(Clone, Copy, Debug)]
pub struct AuthenticationEvent {
    /// When the person proved who they are.
    pub at: Timestamp,
    /// Whether the person asked to stay signed in.
    pub remember: bool,
    /// The identity that proved it, if one did: the session ends with it.
    pub identity: Option<IdentityId>,
    /// By what they proved it.
    pub assurance: Assurance,
}

/// How soon a revoked credential is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Before the sign-out is answered, on every node.
    BeforeAnswer,
    /// Before the sign-out is answered, on every node with the same session store; there are
    /// others, whose sessions can't be ended one by one from here.
    BeforeAnswerInStore,
    /// When the access token expires, at the latest after this time.
    Within(Duration),
}
