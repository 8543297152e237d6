//! Managers over a store, with a clock that stands where it is put.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::session::{
    Lifetimes, Opening, Revoke, Rotation, SecretKind, SessionManager, SessionManagerConfig,
    Successor,
};
use auth_core::strategy::AuthenticationEvent;
use auth_core::user::{Created, UpdateConditions, Updated, UserChanges};
use auth_core::{
    Authority, Clock, Device, Effects, Email, HashKind, Imported, ImportedUser, NewUser, Profile,
    Secret, Session, StoreError, Timestamp, User, UserId, UserStore, Username,
};

use super::{HOUR, at};
use crate::backend::World;
use crate::suite::accounts::confirmed;

/// How long a spent secret still gives its successor.
pub const WINDOW: Duration = Duration::from_secs(10);

/// How long access tokens last.
const TOKENS: Duration = Duration::from_secs(5 * 60);

/// Two managers with one clock, over the two handles of a world.
pub struct Managed {
    clock: Arc<TestClock>,
    users: Arc<dyn UserStore>,
    managers: [SessionManager; 2],
}

impl World {
    /// Managers that allow this many sessions of a user.
    pub fn managed_with_max(&self, max: u32) -> Managed {
        self.managed_by(max, WINDOW)
    }

    /// Managers with this window for spent secrets.
    pub fn managed_with_window(&self, window: Duration) -> Managed {
        self.managed_by(1000, window)
    }

    pub fn managed(&self) -> Managed {
        self.managed_with_window(WINDOW)
    }

    /// Managers that write uses down when they are told to.
    pub fn managed_behind(&self) -> Managed {
        let managed = self.managed();
        Managed {
            managers: managed.managers.map(SessionManager::writing_behind),
            ..managed
        }
    }

    fn managed_by(&self, max_per_user: u32, reuse_window: Duration) -> Managed {
        let lifetimes = Lifetimes {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_millis(12 * HOUR as u64),
        };
        let config = SessionManagerConfig {
            ordinary: lifetimes,
            remembered: lifetimes,
            reuse_window,
            max_per_user,
            clock_leeway: Duration::ZERO,
        };
        let clock = Arc::new(TestClock(AtomicI64::new(0)));
        let users: Arc<dyn UserStore> = match &self.accounts {
            Some(accounts) => accounts.users.handle(0),
            None => Arc::new(Everybody),
        };
        let over = |n| {
            let sessions = self.sessions.handle(n);
            SessionManager::new(sessions, users.clone(), clock.clone(), config)
        };
        Managed {
            managers: [over(0), over(1)],
            clock,
            users,
        }
    }
}

impl Managed {
    /// The manager, as it is this many milliseconds after the start.
    pub fn at(&self, millis: i64) -> &SessionManager {
        self.clock.0.store(millis, Ordering::SeqCst);
        &self.managers[0]
    }

    /// The one of the `n`th of many callers, who use both in turn.
    pub fn handle(&self, n: usize) -> SessionManager {
        self.managers[n % 2].clone()
    }

    pub async fn user(&self, id: UserId) -> User {
        self.users.find(id).await.unwrap().unwrap()
    }

    /// Opens a session with access tokens.
    pub async fn open(&self, user: UserId, millis: i64) -> Session {
        open(self.at(millis), &self.user(user).await).await
    }

    /// Exchanges a secret for its successor, with a new access token.
    pub async fn exchange(&self, session: &Session, secret: &Secret, millis: i64) -> Rotation {
        self.exchange_for(session.kind, secret, session.kind, millis)
            .await
    }

    /// Exchanges a secret of one kind for one of another.
    pub async fn exchange_for(
        &self,
        kind: SecretKind,
        secret: &Secret,
        into: SecretKind,
        millis: i64,
    ) -> Rotation {
        let into = |_: &Session, _| {
            Some(Successor {
                kind: into,
                token_lifetime: TOKENS,
            })
        };
        let rotation = self.at(millis).rotate(kind, secret, into);
        rotation.await.unwrap()
    }

    /// Does so and expects a successor.
    pub async fn rotate(&self, session: &Session, secret: &Secret, millis: i64) -> Secret {
        match self.exchange(session, secret, millis).await {
            Rotation::Rotated { secret, .. } => secret,
            other => panic!("expected a successor, got {other:?}"),
        }
    }

    /// Uses a session by its secret; says whether it lives.
    pub async fn uses(&self, session: &Session, secret: &Secret, millis: i64) -> bool {
        let known_by = session.kind.known_by(secret);
        let found = self.at(millis).find(session.kind, &known_by).await;
        found.unwrap().is_some()
    }

    /// Uses a session by its id; says whether it lives.
    pub async fn uses_id(&self, session: &Session, millis: i64) -> bool {
        let found = self.at(millis).find_by_id(session.id, session.user_id);
        found.await.unwrap().is_some()
    }

    /// Writes down what was used.
    pub async fn write_uses(&self) {
        self.managers[0].write_uses().await.unwrap();
    }

    pub async fn list(&self, user: UserId, millis: i64) -> Vec<Session> {
        let user = self.user(user).await;
        self.at(millis).list(&user).await.unwrap()
    }

    pub async fn revoke(&self, user: UserId, which: Revoke, millis: i64) -> u64 {
        self.at(millis).revoke(user, which).await.unwrap()
    }
}

/// A secret of a session of this kind is exchanged for one of the same, and no other for
/// anything.
pub fn same(
    kind: SecretKind,
    token_lifetime: Duration,
) -> impl Fn(&Session, bool) -> Option<Successor> {
    let same = Successor {
        kind,
        token_lifetime,
    };
    move |session, _| (session.kind == kind).then_some(same)
}

/// Opens a session with access tokens.
pub async fn open(manager: &SessionManager, user: &User) -> Session {
    let opening = Opening {
        user,
        device: &Device::new("suite", [192, 0, 2, 1].into()),
        proof: AuthenticationEvent {
            at: manager.now(),
            remember: false,
            identity: None,
            assurance: Default::default(),
        },
        kind: SecretKind::Refresh,
        token_lifetime: TOKENS,
    };
    manager.open(opening).await.unwrap().0
}

/// The time, in milliseconds after the start.
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        at(self.0.load(Ordering::SeqCst))
    }
}

/// Has an account for every id, for stores that keep no users.
struct Everybody;

#[async_trait]
impl UserStore for Everybody {
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let new = confirmed("ada", "ada@example.org");
        Ok(Some(User {
            id,
            first_name: new.first_name,
            last_name: new.last_name,
            username: new.username,
            email: new.email,
            email_verified: true,
            password_hash: None,
            disabled: false,
            profile: Profile::default(),
            role: None,
            language: None,
            credentials_version: 0,
            created_at: new.created_at,
        }))
    }

    async fn create(&self, _user: &NewUser, _effects: &Effects) -> Result<Created, StoreError> {
        unreachable!("no manager asks for this")
    }

    async fn find_by_email(&self, _email: &Email) -> Result<Option<User>, StoreError> {
        unreachable!("no manager asks for this")
    }

    async fn find_by_username(&self, _username: &Username) -> Result<Option<User>, StoreError> {
        unreachable!("no manager asks for this")
    }

    async fn update(
        &self,
        _id: UserId,
        _changes: &UserChanges,
        _along: &UpdateConditions,
    ) -> Result<Updated, StoreError> {
        unreachable!("no manager asks for this")
    }

    async fn delete(
        &self,
        _id: UserId,
        _by: Option<&Authority>,
        _effects: &Effects,
    ) -> Result<auth_core::user::Deleted, StoreError> {
        unreachable!("no manager asks for this")
    }

    async fn list(&self, _after: Option<UserId>, _limit: u32) -> Result<Vec<User>, StoreError> {
        unreachable!("no manager asks for this")
    }

    async fn search(&self, _: &auth_core::user::UserSearch) -> Result<Vec<User>, StoreError> {
        unreachable!("no manager asks for this")
    }

    async fn take_over(
        &self,
        _: &[ImportedUser],
        _: Timestamp,
        _: bool,
    ) -> Result<Vec<Imported>, StoreError> {
        unreachable!("no manager asks for this")
    }

    async fn hash_kinds(&self) -> Result<Vec<HashKind>, StoreError> {
        unreachable!("no manager asks for this")
    }
}
