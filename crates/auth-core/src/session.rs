//! Signed-in devices: the manager that every strategy shares, so that listing and
//! revoking them means the same everywhere.

mod manager;
mod peers;
mod shard;

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;

pub use manager::{Lifetimes, Opening, Rotation, SessionManager, SessionManagerConfig};
pub use peers::Peers;
pub use shard::Shard;

use crate::authority::Authority;
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{IdentityId, SessionId, UserId};
use crate::secret::{Fingerprint, Salt, Secret, SecretHash, SecretText};
use crate::user::User;

/// What a session's secret is for. A secret of one kind is unknown to the others, so a
/// stolen refresh token is no cookie and the reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// The secret is the session cookie.
    Cookie,
    /// The secret is a refresh token; a token that says whose it is goes with it.
    Refresh,
    /// The secret is a refresh token; a [secret derived from it](Secret::access) goes with it,
    /// and the session is known by that one.
    Bearer,
}

impl SecretKind {
    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Refresh => "refresh",
            Self::Bearer => "bearer",
        }
    }

    /// The secret by which stores know a session with this secret.
    pub fn known_by(self, secret: &Secret) -> Secret {
        match self {
            Self::Cookie | Self::Refresh => secret.clone(),
            Self::Bearer => secret.access(),
        }
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Cookie, Self::Refresh, Self::Bearer]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// The client a session belongs to, as it described itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The `User-Agent` header, cut to [`Device::MAX_USER_AGENT`] characters.
    pub user_agent: String,
    /// The client's address.
    pub ip: IpAddr,
    /// The cookie by which it is known again, if it presents one. It is never stored.
    pub cookie: Option<SecretText>,
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
            cookie: None,
        }
    }

    /// The client, which presents this device cookie.
    #[must_use]
    pub fn presenting(self, cookie: Option<SecretText>) -> Self {
        Self { cookie, ..self }
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
    /// The user's generation at sign-in; see [`User::generation`].
    pub generation: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to a precision of [`SessionManager::touch_after`].
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
}

impl Session {
    /// When it ends if it is not used again.
    pub fn expires_at(&self) -> Timestamp {
        (self.last_seen_at + self.idle).min(self.ends_at)
    }
}

/// A live session, with its owner when the store keeps both in one place.
#[derive(Clone, Debug)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// Its owner, if looking up the owner came for free.
    pub user: Option<User>,
}

/// Whether access tokens of a session are dead, with its owner when looking up the owner
/// came for free.
#[derive(Clone, Debug)]
pub struct RevokedSession {
    /// They are.
    pub denied: bool,
    /// Its owner, if known.
    pub user: Option<User>,
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

/// The most spent secrets of a session that a store keeps with their salts. Older ones are
/// known by their family only.
pub const KEPT_SPENT: usize = 16;

/// A secret change: what replaces the spent secret.
#[derive(Clone, Copy, Debug)]
pub struct SecretChange {
    /// The secret being spent.
    pub spent: Fingerprint,
    /// Its successor.
    pub next: Fingerprint,
    /// From which the successor can be derived again.
    pub salt: Salt,
    /// Until when the access token issued with it is valid; the epoch when there is none.
    pub tokens_until: Timestamp,
    /// How long a spent secret still gives the same successor; zero for never.
    pub reuse_window: Duration,
}

impl SecretChange {
    /// Whether a secret that was spent then still gives its successor. `lost` says that the
    /// successor is in force and nobody has used it, so that it may never have arrived;
    /// then time does not matter. Without a window each secret works exactly once.
    pub fn forgives(&self, spent_at: Timestamp, lost: bool, now: Timestamp) -> bool {
        let window = self.reuse_window;
        !window.is_zero() && (lost || now.since(spent_at) < window)
    }
}

/// What became of a secret change.
#[derive(Clone, Debug)]
pub enum Changed {
    /// The successor is in force.
    Fresh(Session),
    /// The secret was spent, and is [forgiven](SecretChange::forgives): its successor
    /// derives from this salt.
    Again(Session, Salt),
    /// The secret was spent before, so two parties hold the session: it was ended.
    Reused(Session),
    /// No live session has or had this secret.
    Unknown,
}

/// Keeps sessions. Every method is one atomic step, and none but
/// [`insert`](Self::insert) ever makes a session: a request in flight can't bring one back.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Whether the store is spread over several servers, and so wants every secret of a
    /// user to be of the user's [`Shard`].
    fn is_sharded(&self) -> bool {
        false
    }

    /// Keeps a new session. When the user then has more than `max` live ones, the oldest
    /// are ended as by [`revoke`](Self::revoke).
    async fn insert(
        &self,
        session: &Session,
        secret: &Fingerprint,
        max: u32,
    ) -> Result<(), StoreError>;

    /// The live session with this secret.
    async fn find(
        &self,
        kind: SecretKind,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError>;

    /// The live session with this id, if it is this user's.
    async fn find_by_id(
        &self,
        id: SessionId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError>;

    /// The live session that has this secret, or had it.
    async fn trace(
        &self,
        kind: SecretKind,
        secret: &Fingerprint,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError>;

    /// Notes that a live session of this user was used, by this secret if by any, which then is
    /// [`unused`](Session::unused) no longer; `false` when there is no such session.
    async fn touch(
        &self,
        id: SessionId,
        user: UserId,
        secret: Option<&SecretHash>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Replaces a session's secret, and notes that it was used. Of any number of parallel
    /// calls with one spent secret exactly one gets [`Changed::Fresh`]. A spent secret
    /// stays known as such for as long as its session lives, though only so many are kept.
    async fn change_secret(
        &self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Result<Changed, StoreError>;

    /// The user's live sessions, the latest used first.
    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Ends sessions of a user and gives their number. Those with access tokens that are
    /// still valid are denied until the tokens expire.
    async fn revoke(&self, user: UserId, which: Revoke, now: Timestamp) -> Result<u64, StoreError>;

    /// The same on behalf of a sign-in; `None`, and nothing done, when it does not stand. A
    /// store that keeps no users can't tell: whoever calls it has looked right before.
    async fn revoke_by(
        &self,
        _by: &Authority,
        user: UserId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        self.revoke(user, which, now).await.map(Some)
    }

    /// Whether sessions are kept beside the users, so that a change of a user can have a
    /// live session for a condition.
    fn is_beside_users(&self) -> bool {
        false
    }

    /// Whether access tokens that name this session and this user are dead: the session was
    /// ended, or is another user's, or the store never had it or has lost it. A store
    /// that keeps users too also denies what belongs to no user.
    async fn denial(
        &self,
        id: SessionId,
        user: UserId,
        now: Timestamp,
    ) -> Result<RevokedSession, StoreError>;

    /// Deletes sessions and denials whose time is over; gives their number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;

    /// Which store this is: whoever gets the same answer works on the same sessions. A
    /// store that has lost its data is another one. `None`: the one beside the users.
    async fn identity(&self) -> Result<Option<String>, StoreError>;
}
