//! What a strategy is and promises.

use std::fmt;

use crate::credential::Transport;
use crate::session::Revocation;

/// What a strategy is and promises.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Its name: `session` where the credential is a session's secret, else that of the format.
    pub name: &'static str,
    /// What its credential is.
    pub format: &'static str,
    /// How its credential travels.
    pub transport: Transport,
    /// How soon a revoked credential is refused.
    pub revocation: Revocation,
    /// How many reads of the shared store it takes to authenticate a read by a credential that
    /// is known.
    pub store_reads_per_request: u8,
}

/// What is asked about the session of a token before the token is believed: the dial between
/// speed and how soon a revoked one dies. A session's own secret is always looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationMode {
    /// Nothing: no store is read, and a revoked token works until it expires.
    Stateless,
    /// Whether the session was revoked: one read of the short list of the revoked.
    #[default]
    Denylist,
    /// Whether the session lives: one read of the session and its owner.
    Checked,
}

impl RevocationMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Stateless, Self::Denylist, Self::Checked];

    /// The form on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stateless => "stateless",
            Self::Denylist => "denylist",
            Self::Checked => "checked",
        }
    }
}

impl fmt::Display for RevocationMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
