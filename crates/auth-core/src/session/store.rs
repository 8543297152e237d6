//! What a store of sessions has to do: keep records, and replace one only if it is still the
//! one that was read. What a record means, and what becomes of it, is decided in
//! [`SessionManager`](super::SessionManager).

use std::sync::Arc;

use async_trait::async_trait;

use super::{SecretKind, Session, Tally};
use crate::authority::Authority;
use crate::cache::ChangeLog;
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::secret::{Fingerprint, Salt, SecretHash};
use crate::user::User;

/// The most spent secrets of a session that a store keeps with their salts. Older ones are
/// known by their family only.
pub const KEPT_SPENT: usize = 16;

/// By what a session is looked up.
#[derive(Clone, Copy, Debug)]
pub enum SessionKey {
    /// The secret in force.
    Secret(SecretHash),
    /// Its id, if it is this user's.
    Id(SessionId, UserId),
    /// Any secret that it has or had: the one in force, one that was spent, or one of whose
    /// family the secret in force is.
    AnySecret(Fingerprint),
}

/// A session as it was read.
#[derive(Clone, Debug)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// The secret in force.
    pub secret: SecretHash,
    /// What is kept of the secret by which it was looked up, if that was spent.
    pub spent: Option<Spent>,
    /// How the store has it written down, if it has to know that to
    /// [replace](SessionStore::replace) it. It means nothing to anybody else.
    pub as_stored: String,
    /// Its owner, if looking up the owner came for free.
    pub user: Option<User>,
}

/// What is kept of a secret that was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// From which its successor can be derived again.
    pub salt: Salt,
    /// When it was spent.
    pub at: Timestamp,
    /// Whether none of the session's was spent later, so that its successor is in force.
    pub is_latest: bool,
}

impl Found {
    /// Whether the change of its secret has to be known before it is answered: then what was
    /// spent is dead. Where that is a refresh token, the access tokens beside it go on.
    pub fn is_changed_for_all(&self, next: &Session) -> bool {
        self.session.kind != SecretKind::Refresh || next.kind != self.session.kind
    }
}

/// A new secret in the place of the one in force, which is spent.
#[derive(Clone, Copy, Debug)]
pub struct SecretChange {
    /// The secret being spent.
    pub spent: Fingerprint,
    /// Its successor.
    pub next: Fingerprint,
    /// From which the successor can be derived again.
    pub salt: Salt,
    /// When it is spent.
    pub at: Timestamp,
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

/// Keeps sessions. Every method is one atomic step, and none but
/// [`insert`](Self::insert) ever makes a session: a request in flight can't bring one back.
///
/// What is over is given like anything else for as long as it is kept. The caller's time only
/// tells a store that forgets by itself when it may.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Whether the store is spread over several servers, and so wants every secret of a
    /// user to be of the user's [`Shard`](super::Shard).
    fn is_sharded(&self) -> bool {
        false
    }

    /// Whether sessions are kept beside the users, so that a change of a user can have a
    /// live session for a condition.
    fn is_beside_users(&self) -> bool {
        false
    }

    /// Keeps a new session, and gives all of its user, in any order: this one, and at least
    /// those whose insert had ended before. So of several that are inserted at once, whoever
    /// is last sees all of them.
    async fn insert(
        &self,
        session: &Session,
        secret: &Fingerprint,
    ) -> Result<Vec<Session>, StoreError>;

    /// The session with this key.
    async fn get(&self, key: &SessionKey) -> Result<Option<Found>, StoreError>;

    /// Writes when a session was last seen, whether its secret is unused, and how long its access
    /// tokens are valid as they are in `next`, and a change of its secret along with it, which
    /// may be one of its kind too, unless the session has changed since it was `read` or is gone;
    /// says whether it did. Of any
    /// number who replace what they read at one time, one does.
    ///
    /// A spent secret stays known as such for as long as its session is kept, though of
    /// [so many](KEPT_SPENT) only the family.
    async fn replace(
        &self,
        read: &Found,
        next: &Session,
        change: Option<&SecretChange>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Deletes those of these sessions that are this user's, and gives them. Where a change of a user can
    /// have a sign-in for a condition, `by` is one: `None`, and nothing deleted, when
    /// it does not stand. A store that keeps no users can't tell: whoever calls it has
    /// looked right before.
    ///
    /// Whatever servers have to know of access tokens that outlive their session is written in
    /// this very step: today the denial that servers of older versions look for.
    async fn delete(
        &self,
        user: UserId,
        ids: &[SessionId],
        by: Option<&Authority>,
        now: Timestamp,
    ) -> Result<Option<Vec<Session>>, StoreError>;

    /// All sessions of a user, in any order.
    async fn by_user(&self, user: UserId) -> Result<Vec<Session>, StoreError>;

    /// Whether access tokens that name this session and this user are dead: the session was
    /// ended, or is another user's, or the store never had it or has lost it. A store
    /// that keeps users too also denies what belongs to no user.
    async fn denial(&self, id: SessionId, user: UserId) -> Result<RevokedSession, StoreError>;

    /// Deletes sessions that are [over](Session::is_over) and denials whose time is; gives
    /// their number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;

    /// The live sessions, counted; `None` when the store would have to be asked for those of each
    /// user.
    async fn tally(&self, _now: Timestamp) -> Result<Option<Tally>, StoreError> {
        Ok(None)
    }

    /// How many sessions live, counted up to `at_most`, which bounds the time that it takes;
    /// `None` where that is no cheap question.
    async fn live(&self, _at_most: u32, _now: Timestamp) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }

    /// What tells that a session has ended or has another secret; `None` where only a look at
    /// the session does.
    fn changes(&self) -> Option<Arc<dyn ChangeLog>> {
        None
    }

    /// Waits until every end of a session that is in the store is in force on every server, be
    /// it somebody else's, who may have died before that.
    async fn in_force(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Which store this is: whoever gets the same answer works on the same sessions. A
    /// store that has lost its data is another one. `None`: the one beside the users.
    async fn identity(&self) -> Result<Option<String>, StoreError>;
}
