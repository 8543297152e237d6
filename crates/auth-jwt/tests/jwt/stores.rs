//! A clock that stands still, and the least of stores.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::secret::{Fingerprint, SecretHash};
use auth_core::session::{Found, RevokedSession, SecretChange, SessionKey, Spent};
use auth_core::user::{Created, UpdateConditions, Updated, UserChanges};
use auth_core::{
    Authority, Clock, Effects, Email, HashKind, Imported, ImportedUser, NewUser, Session,
    SessionId, SessionStore, StoreError, Timestamp, User, UserId, UserStore, Username,
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

#[derive(Clone)]
struct Row {
    session: Session,
    secret: Fingerprint,
    spent: Option<(SecretHash, Spent)>,
}

impl Row {
    fn is(&self, key: &SessionKey) -> bool {
        match key {
            SessionKey::Secret(secret) => self.secret.secret == *secret,
            SessionKey::Id(id, user) => self.session.id == *id && self.session.user_id == *user,
            SessionKey::AnySecret(secret) => self.secret.family == secret.family,
        }
    }
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

    /// Another store that holds the same.
    pub fn copy(&self) -> Self {
        Self {
            rows: Mutex::new(self.rows.lock().unwrap().clone()),
            users: Mutex::new(self.users.lock().unwrap().clone()),
            ..Self::default()
        }
    }

    /// Changes every session.
    pub fn change_sessions(&self, change: impl Fn(&mut Session)) {
        let mut rows = self.rows.lock().unwrap();
        rows.iter_mut().for_each(|row| change(&mut row.session));
    }

    /// Loses everybody.
    pub fn forget_users(&self) {
        self.users.lock().unwrap().clear();
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
    ) -> Result<Vec<Session>, StoreError> {
        self.up()?;
        self.rows.lock().unwrap().push(Row {
            session: session.clone(),
            secret: *secret,
            spent: None,
        });
        self.by_user(session.user_id).await
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Found>, StoreError> {
        self.read()?;
        let rows = self.rows.lock().unwrap();
        let row = rows.iter().find(|row| row.is(key));
        let is_key =
            |spent: SecretHash| matches!(key, SessionKey::AnySecret(it) if it.secret == spent);
        Ok(row.map(|row| Found {
            session: row.session.clone(),
            secret: row.secret.secret,
            spent: row
                .spent
                .and_then(|(secret, spent)| is_key(secret).then_some(spent)),
            as_stored: String::new(),
            user: self.owner(row.session.user_id),
        }))
    }

    async fn replace(
        &self,
        read: &Found,
        next: &Session,
        change: Option<&SecretChange>,
        _now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.up()?;
        let mut rows = self.rows.lock().unwrap();
        let same = |row: &&mut Row| row.session == read.session && row.secret.secret == read.secret;
        let Some(row) = rows.iter_mut().find(same) else {
            return Ok(false);
        };
        row.session = next.clone();
        if let Some(change) = change {
            let spent = Spent {
                salt: change.salt,
                at: change.at,
                is_latest: true,
            };
            row.spent = Some((change.spent.secret, spent));
            row.secret = change.next;
        }
        Ok(true)
    }

    async fn delete(
        &self,
        user: UserId,
        ids: &[SessionId],
        _by: Option<&Authority>,
        _now: Timestamp,
    ) -> Result<Option<Vec<Session>>, StoreError> {
        self.up()?;
        let mut rows = self.rows.lock().unwrap();
        let concerned =
            |row: &mut Row| row.session.user_id == user && ids.contains(&row.session.id);
        let deleted = rows.extract_if(.., concerned);
        Ok(Some(deleted.map(|row| row.session).collect()))
    }

    async fn by_user(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        self.up()?;
        let rows = self.rows.lock().unwrap();
        let theirs = rows.iter().map(|row| row.session.clone());
        Ok(theirs.filter(|session| session.user_id == user).collect())
    }

    async fn denial(&self, id: SessionId, user: UserId) -> Result<RevokedSession, StoreError> {
        self.read()?;
        let rows = self.rows.lock().unwrap();
        Ok(RevokedSession {
            denied: !rows.iter().any(|row| row.is(&SessionKey::Id(id, user))),
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

    async fn create(&self, _user: &NewUser, _effects: &Effects) -> Result<Created, StoreError> {
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
        _by: Option<&Authority>,
        _effects: &Effects,
    ) -> Result<auth_core::user::Deleted, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn list(&self, _after: Option<UserId>, _limit: u32) -> Result<Vec<User>, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn search(&self, _: &auth_core::user::UserSearch) -> Result<Vec<User>, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn take_over(
        &self,
        _: &[ImportedUser],
        _: Timestamp,
        _: bool,
    ) -> Result<Vec<Imported>, StoreError> {
        unreachable!("no strategy asks for this")
    }

    async fn hash_kinds(&self) -> Result<Vec<HashKind>, StoreError> {
        unreachable!("no strategy asks for this")
    }
}
