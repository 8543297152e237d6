//! A clock that stands still, and the least of stores.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::mail::NewMail;
use auth_core::secret::{Fingerprint, Salt, SecretHash};
use auth_core::session::{Changed, Found, Revoke, RevokedSession, SecretChange, SecretKind};
use auth_core::user::{Created, UpdateConditions, Updated, UserChanges};
use auth_core::{
    Argon2Cost, Clock, Email, NewUser, Session, SessionId, SessionStore, StoreError, Timestamp,
    User, UserId, UserStore, Username,
};

pub struct FakeClock(AtomicI64);

impl Default for FakeClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_900_000_000_250))
    }
}

impl FakeClock {
    pub fn advance(&self, time: Duration) {
        self.set(self.now() + time);
    }

    pub fn set(&self, time: Timestamp) {
        self.0.store(time.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct Row {
    session: Session,
    secret: Fingerprint,
    spent: Option<(SecretHash, Salt, Timestamp)>,
}

/// Sessions and users of one process.
#[derive(Default)]
pub struct FakeStore {
    rows: Mutex<Vec<Row>>,
    users: Mutex<HashMap<UserId, User>>,
    /// How often somebody asked about a session.
    pub reads: AtomicU32,
    /// Whether it can't be reached.
    pub down: AtomicBool,
    /// Whether looking up a session brings its owner for free.
    pub knows_owners: AtomicBool,
}

impl FakeStore {
    pub fn put_user(&self, user: User) {
        self.users.lock().unwrap().insert(user.id, user);
    }

    pub fn sessions(&self) -> usize {
        self.rows.lock().unwrap().len()
    }

    fn up(&self) -> Result<(), StoreError> {
        match self.down.load(Ordering::SeqCst) {
            true => Err(StoreError::Unavailable("unplugged".into())),
            false => Ok(()),
        }
    }

    fn read(&self) -> Result<(), StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.up()
    }

    fn owner(&self, id: UserId) -> Option<User> {
        let knows = self.knows_owners.load(Ordering::SeqCst);
        knows.then(|| self.users.lock().unwrap().get(&id).cloned())?
    }

    fn remove(&self, concerned: impl Fn(&Session) -> bool) -> u64 {
        let mut rows = self.rows.lock().unwrap();
        let before = rows.len();
        rows.retain(|row| !concerned(&row.session));
        (before - rows.len()) as u64
    }

    /// Loses everything but the users.
    pub fn forget_sessions(&self) {
        self.rows.lock().unwrap().clear();
    }
}

#[async_trait]
impl SessionStore for FakeStore {
    async fn insert(
        &self,
        session: &Session,
        secret: &Fingerprint,
        _max: u32,
    ) -> Result<(), StoreError> {
        self.up()?;
        self.rows.lock().unwrap().push(Row {
            session: session.clone(),
            secret: *secret,
            spent: None,
        });
        Ok(())
    }

    async fn find(
        &self,
        kind: SecretKind,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        self.read()?;
        let rows = self.rows.lock().unwrap();
        let theirs = |row: &&Row| row.session.kind == kind && row.secret.secret == *secret;
        let live = rows.iter().find(theirs);
        let live = live.filter(|row| row.session.expires_at() > now);
        Ok(live.map(|row| Found {
            session: row.session.clone(),
            user: self.owner(row.session.user_id),
        }))
    }

    async fn find_by_id(
        &self,
        id: SessionId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        self.read()?;
        let rows = self.rows.lock().unwrap();
        let row = rows
            .iter()
            .find(|row| row.session.id == id && row.session.user_id == user);
        let live = row.filter(|row| row.session.expires_at() > now);
        Ok(live.map(|row| Found {
            session: row.session.clone(),
            user: self.owner(row.session.user_id),
        }))
    }

    async fn trace(
        &self,
        kind: SecretKind,
        secret: &Fingerprint,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        self.read()?;
        let rows = self.rows.lock().unwrap();
        let theirs = |row: &&Row| row.session.kind == kind && row.secret.family == secret.family;
        let live = rows.iter().find(theirs);
        let live = live.filter(|row| row.session.expires_at() > now);
        Ok(live.map(|row| row.session.clone()))
    }

    async fn touch(
        &self,
        id: SessionId,
        _user: UserId,
        _secret: Option<&SecretHash>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.up()?;
        let mut rows = self.rows.lock().unwrap();
        let row = rows.iter_mut().find(|row| row.session.id == id);
        Ok(row.map(|row| row.session.last_seen_at = now).is_some())
    }

    async fn change_secret(
        &self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        self.up()?;
        let mut rows = self.rows.lock().unwrap();
        let live = |row: &&mut Row| row.session.kind == kind && row.session.expires_at() > now;
        for row in rows.iter_mut().filter(live) {
            if row.secret == change.spent {
                row.spent = Some((change.spent.secret, change.salt, now));
                row.secret = change.next;
                row.session.unused = true;
                row.session.last_seen_at = now;
                row.session.tokens_until = change.tokens_until;
                return Ok(Changed::Fresh(row.session.clone()));
            }
            match row.spent {
                Some((spent, salt, at))
                    if spent == change.spent.secret
                        && change.forgives(at, row.session.unused, now) =>
                {
                    return Ok(Changed::Again(row.session.clone(), salt));
                }
                _ if row.secret.family == change.spent.family => {
                    let session = row.session.clone();
                    drop(rows);
                    self.remove(|other| other.id == session.id);
                    return Ok(Changed::Reused(session));
                }
                _ => {}
            }
        }
        Ok(Changed::Unknown)
    }

    async fn list(&self, user: UserId, _now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.up()?;
        let rows = self.rows.lock().unwrap();
        let theirs = rows.iter().map(|row| row.session.clone());
        Ok(theirs.filter(|session| session.user_id == user).collect())
    }

    async fn revoke(
        &self,
        user: UserId,
        which: Revoke,
        _now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.up()?;
        let concerned = |session: &Session| session.user_id == user && which.concerns(session.id);
        Ok(self.remove(concerned))
    }

    async fn denial(
        &self,
        id: SessionId,
        user: UserId,
        _now: Timestamp,
    ) -> Result<RevokedSession, StoreError> {
        self.read()?;
        let rows = self.rows.lock().unwrap();
        let theirs = |row: &Row| row.session.id == id && row.session.user_id == user;
        Ok(RevokedSession {
            denied: !rows.iter().any(theirs),
            user: self.owner(user),
        })
    }

    async fn identity(&self) -> Result<Option<String>, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn purge(&self, _now: Timestamp) -> Result<u64, StoreError> {
        unreachable!("no strategy asks for this")
    }
}

#[async_trait]
impl UserStore for FakeStore {
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.up()?;
        Ok(self.users.lock().unwrap().get(&id).cloned())
    }

    async fn create(&self, _user: &NewUser, _mail: &[NewMail]) -> Result<Created, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn find_by_email(&self, _email: &Email) -> Result<Option<User>, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn find_by_username(&self, _username: &Username) -> Result<Option<User>, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn update(
        &self,
        _id: UserId,
        _changes: &UserChanges,
        _along: &UpdateConditions,
    ) -> Result<Updated, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn delete(
        &self,
        _id: UserId,
        _by: Option<&auth_core::Authority>,
        _mail: &[NewMail],
    ) -> Result<bool, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn list(&self, _after: Option<UserId>, _limit: u32) -> Result<Vec<User>, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn hash_costs(&self) -> Result<Vec<Argon2Cost>, StoreError> {
        unreachable!("no strategy asks for this")
    }
}
