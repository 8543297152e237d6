//! Cases for every [`SessionStore`](auth_core::SessionStore).

pub mod eviction;
pub mod lifetime;
pub mod list;
pub mod lookup;
pub mod purge;
pub mod reuse;
pub mod revocation;
pub mod rotation;

use std::net::IpAddr;
use std::time::Duration;

use auth_core::secret::Salt;
use auth_core::session::{Changed, Device, SecretChange, SecretKind, Shard};
use auth_core::{
    Fingerprint, NewUser, Secret, Session, SessionId, SessionStore, Timestamp, UserId,
};

use super::accounts::confirmed;
use super::at;
use crate::backend::World;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
/// More sessions than any case has, unless it is about their number.
pub const MANY: u32 = 1000;
const WINDOW: Duration = Duration::from_secs(10);

/// A session that begins at `at(0)`, ends when idle for 30 minutes or after 12 hours, and
/// has no access tokens.
pub fn session(user: UserId) -> Session {
    Session {
        id: SessionId::generate(),
        user_id: user,
        kind: SecretKind::Refresh,
        generation: 0,
        created_at: at(0),
        last_seen_at: at(0),
        auth_time: at(0),
        idle: Duration::from_secs(30 * 60),
        ends_at: at(12 * HOUR),
        remember: false,
        device: Device::new("suite", IpAddr::from([192, 0, 2, 1])),
        tokens_until: Timestamp::default(),
        unused: false,
        identity: None,
    }
}

/// A secret of a family of its own. All of them are of one shard, as are the users, for the
/// stores that want a secret to be of its owner's.
pub fn hash() -> Fingerprint {
    let shard = |drawn: &Fingerprint| Shard::of_secret(&drawn.secret);
    drawn(|| Secret::generate().fingerprint(), shard)
}

/// Draws until the shard is the one on which every case plays.
fn drawn<T>(generate: impl Fn() -> T, shard: impl Fn(&T) -> Shard) -> T {
    loop {
        let drawn = generate();
        if shard(&drawn).name() == "00" {
            return drawn;
        }
    }
}

/// Another secret of the same family.
pub fn relative(secret: Fingerprint) -> Fingerprint {
    Fingerprint {
        family: secret.family,
        ..hash()
    }
}

/// A change from one secret to the next, without access tokens.
pub fn change(spent: Fingerprint, next: Fingerprint) -> SecretChange {
    SecretChange {
        spent,
        next,
        salt: Salt::generate(),
        tokens_until: Timestamp::default(),
        reuse_window: WINDOW,
    }
}

/// What the cases ask the first handle of a world.
impl World {
    /// A user who may own sessions.
    pub async fn user(&self) -> UserId {
        let id = drawn(UserId::generate, |id| Shard::of_user(*id));
        if self.accounts.is_some() {
            let name = id.to_string().replace('-', "");
            let owner = NewUser {
                id,
                ..confirmed(&name, &format!("{name}@example.org"))
            };
            self.made(&owner).await;
        }
        id
    }

    pub fn store(&self) -> &dyn SessionStore {
        &*self.sessions.0
    }

    /// Keeps a session under a new secret.
    pub async fn keep(&self, session: &Session) -> Fingerprint {
        let secret = hash();
        self.store().insert(session, &secret, MANY).await.unwrap();
        secret
    }

    /// Keeps a session for a new user under a new secret.
    pub async fn keep_one(&self) -> (Session, Fingerprint) {
        let session = session(self.user().await);
        let secret = self.keep(&session).await;
        (session, secret)
    }

    pub async fn find(&self, secret: &Fingerprint, now: Timestamp) -> Option<Session> {
        let secret = &secret.secret;
        let found = self.store().find(SecretKind::Refresh, secret, now).await;
        found.unwrap().map(|found| found.session)
    }

    /// What the store knows of a session now.
    pub async fn again(&self, session: &Session, now: Timestamp) -> Option<Session> {
        let (id, user) = (session.id, session.user_id);
        let found = self.store().find_by_id(id, user, now).await;
        found.unwrap().map(|found| found.session)
    }

    pub async fn is_live(&self, session: &Session, now: Timestamp) -> bool {
        self.again(session, now).await.is_some()
    }

    pub async fn is_denied(&self, session: &Session, now: Timestamp) -> bool {
        let denial = self.store().denial(session.id, session.user_id, now).await;
        denial.unwrap().denied
    }

    pub async fn change(&self, change: &SecretChange, now: Timestamp) -> Changed {
        self.change_as(SecretKind::Refresh, change, now).await
    }

    pub async fn change_as(
        &self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Changed {
        let changed = self.store().change_secret(kind, change, now).await;
        changed.unwrap()
    }

    /// Uses a session by a secret, as a request that presents it.
    pub async fn use_secret(&self, session: &Session, secret: Fingerprint, now: Timestamp) {
        let used = self
            .store()
            .touch(session.id, session.user_id, Some(&secret.secret), now);
        assert!(used.await.unwrap());
    }

    /// Changes a session's secret and expects the successor to be new.
    pub async fn rotate(&self, change: &SecretChange, now: Timestamp) -> Session {
        match self.change(change, now).await {
            Changed::Fresh(session) => session,
            other => panic!("expected a fresh successor, got {other:?}"),
        }
    }
}
