//! How a sign-in ends, whatever proved it.

use std::time::Duration;

use crate::secret::Secret;
use crate::strategy::Issued;

/// How a sign-in ends: by a password, through a provider, or by a mailed link.
#[derive(Clone, Debug)]
pub enum SignInOutcome {
    /// The client is signed in.
    Done(Box<Issued>),
    /// It takes one more step; until then nobody is signed in.
    Pending(Pending),
}

/// A sign-in that takes one more step. It carries no credential.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Names it. It works once, and is kept as a hash.
    pub handle: Secret,
    /// What the client has to bring along, and nobody else: the secret of its flow cookie.
    pub client: Secret,
    /// How long it waits, for minutes (NIST SP 800-63B-4, 2.2.2: one session of
    /// authentication).
    pub lifetime: Duration,
    /// What can end it; one of these does.
    pub factors: Vec<Factor>,
}

/// What can end a sign-in that takes one more step. There is none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Factor {}

impl Factor {
    /// The form on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {}
    }
}

impl SignInOutcome {
    /// What the client got, if it is signed in.
    pub fn issued(&self) -> Option<&Issued> {
        match self {
            Self::Done(issued) => Some(issued),
            Self::Pending(_) => None,
        }
    }
}
