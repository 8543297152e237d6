//! What strategies say of a credential, held against each other.

use super::Strategy;
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::secret::{Secret, SecretText};
use crate::session::Session;

/// What a strategy says of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is somebody's.
    Accepted(Who),
    /// It is nobody's.
    Refused,
}

/// Whose a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who {
    /// The user.
    pub user: UserId,
    /// The signed-in device.
    pub session: SessionId,
    /// The version of the user's credentials.
    pub credentials_version: i64,
}

/// What came of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Both say the same.
    Agrees,
    /// They don't, and did not for as long as it took to ask both once more.
    Differs {
        /// The first one.
        first: Verdict,
        /// The second one.
        second: Verdict,
    },
    /// One of them could not be asked: a store was away, or nobody knows which session a refused
    /// credential once had.
    Unknown,
}

impl Verdict {
    /// Its form in the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepts",
            Self::Refused => "refuses",
        }
    }
}

impl Strategy {
    /// The same, which notes no use of a session.
    pub(crate) fn reading_only(self) -> Self {
        let sessions = self.sessions.reading_only();
        Self { sessions, ..self }
    }

    /// The token that a session would have, if this strategy had opened it.
    pub(crate) fn would_mint(&self, session: &Session) -> Result<SecretText, AuthError> {
        let now = self.sessions.now();
        let lifetime = self.own.token_lifetime();
        let secret = Secret::generate();
        self.own.format.mint(session, &secret, lifetime, now)
    }
}
