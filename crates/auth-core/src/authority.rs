//! On what a change of an account rests.

use crate::clock::Timestamp;
use crate::id::SessionId;

/// The sign-in or the proof of an identity that a change rests on.
///
/// The change is made only while the account is not disabled, its credentials are those of
/// this version, and the session lives: conditions of the statement that makes it, so
/// that nothing slips between a revocation and a request that was let in before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The version of the account's credentials; see [`User::credentials_version`].
    pub credentials_version: i64,
    /// The session, where sessions are kept beside the accounts. Where they are not, the
    /// session was looked at right before, which is all that two stores allow. None for a proof,
    /// which has no session yet.
    pub session: Option<SessionId>,
    /// The time at which the session has to be alive.
    pub at: Timestamp,
}

#[cfg(doc)]
use crate::User;
