//! Signed-in devices: the manager that every strategy shares, so that listing and
//! revoking them means the same everywhere.

mod manager;
mod peers;
mod promise;
mod shard;
mod state;
mod store;
mod tally;

use std::net::IpAddr;
use std::time::Duration;

pub use crate::assurance::{Assurance, Method};
pub use manager::{Lifetimes, Opening, Rotation, SessionManager, SessionManagerConfig, Successor};
pub use peers::{Others, Peers};
pub use promise::{AuthenticationEvent, Revocation, TOKEN_LEEWAY};
pub use shard::Shard;
pub use store::{Found, KEPT_SPENT, RevokedSession, SecretChange, SessionKey, SessionStore, Spent};
pub use tally::{Age, Tally};

use crate::clock::Timestamp;
use crate::id::{IdentityId, SessionId, UserId};
use crate::secret::{Secret, SecretText};

/// How often [`SessionManager::write_uses`] is to be called.
pub const WRITE_USES_EVERY: Duration = Duration::from_secs(5);

/// What a session's secret is for. A secret of one kind is unknown to the others, so a
/// stolen refresh token is no cookie and the reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// The secret is the session cookie.
    Cookie,
    /// The secret is a refresh token; a token that says whose it is goes with it.
    Refresh,
    /// The secret is a refresh token; a [secret derived from it](Secret::access) goes with it,
    /// and the session is known by that one.
    Bearer,
    /// What only a later version knows, beside which this one runs. The session is listed,
    /// counted and ended like any other; its secret is nothing to us, and its record is never
    /// written anew.
    Later,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Cookie, Self::Refresh, Self::Bearer, Self::Later];

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Refresh => "refresh",
            Self::Bearer => "bearer",
            Self::Later => "later",
        }
    }

    /// What the credential is called for which it is.
    pub const fn credential(self) -> &'static str {
        match self {
            Self::Cookie => "session",
            Self::Refresh => "jwt",
            Self::Bearer => "session-bearer",
            Self::Later => "unknown",
        }
    }

    /// The secret by which stores know a session with this secret.
    pub fn known_by(self, secret: &Secret) -> Secret {
        match self {
            Self::Cookie | Self::Refresh | Self::Later => secret.clone(),
            Self::Bearer => secret.access(),
        }
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Self {
        let known = [Self::Cookie, Self::Refresh, Self::Bearer];
        let kind = known.into_iter().find(|kind| kind.as_str() == text);
        kind.unwrap_or(Self::Later)
    }
}

/// The client a session belongs to, as it described itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The `User-Agent` header, cut to [`Device::MAX_USER_AGENT`] characters.
    pub user_agent: String,
    /// The client's address.
    pub ip: IpAddr,
    /// What it presents besides. It is never stored.
    pub presents: Presents,
}

/// What a client presents beside its credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presents {
    /// The cookie by which the device is known again.
    pub known_by: Option<SecretText>,
    /// The cookie that says that its owner trusts it.
    pub trust: Option<SecretText>,
    /// The secret that what it has begun is bound to.
    pub flow: Option<SecretText>,
}

impl Device {
    /// The most characters of a user agent that are kept.
    pub const MAX_USER_AGENT: usize = 256;

    /// Keeps the printable part of what the client says it is.
    pub fn new(user_agent: &str, ip: IpAddr) -> Self {
        let printable = user_agent.chars().filter(|c| !c.is_control());
        Self {
            user_agent: printable.take(Self::MAX_USER_AGENT).collect(),
            ip,
            presents: Presents::default(),
        }
    }

    /// The client, which presents this.
    #[must_use]
    pub fn presenting(self, presents: Presents) -> Self {
        Self { presents, ..self }
    }
}

/// One signed-in device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names the session; no secret.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// How its secret travels.
    pub kind: SecretKind,
    /// The version of the user's credentials at sign-in; see
    /// [`User::credentials_version`](crate::User::credentials_version).
    pub credentials_version: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to a precision of a thirtieth of its idle time, at most a minute.
    pub last_seen_at: Timestamp,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// It ends when unused for this long.
    pub idle: Duration,
    /// It ends then, however much it is used.
    pub ends_at: Timestamp,
    /// Whether the person asked to stay signed in.
    pub remember: bool,
    /// The client.
    pub device: Device,
    /// Until when access tokens made for it are valid; the epoch when it has none.
    pub tokens_until: Timestamp,
    /// Whether its secret is a successor that nobody has used yet: the answer that brought
    /// it may have been lost.
    pub unused: bool,
    /// The identity by which it was opened, if by one: it ends when that is unlinked.
    pub identity: Option<IdentityId>,
    /// By what the person has proven who they are.
    pub assurance: Assurance,
}

/// Which sessions of a user to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoke {
    /// This one.
    One(SessionId),
    /// All but this one.
    Others(SessionId),
    /// All.
    All,
}

impl Revoke {
    /// Whether it concerns this session.
    pub fn concerns(self, id: SessionId) -> bool {
        match self {
            Self::One(one) => id == one,
            Self::Others(current) => id != current,
            Self::All => true,
        }
    }
}
