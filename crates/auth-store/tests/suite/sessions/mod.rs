//! Cases for every [`SessionStore`](auth_core::SessionStore): what it promises by itself, and
//! the rules for sessions as the [`SessionManager`](auth_core::SessionManager) keeps them over
//! it.

pub mod changing_over;
pub mod eviction;
pub mod lifetime;
pub mod list;
pub mod lookup;
mod manager;
pub mod purge;
pub mod replacing;
pub mod reuse;
pub mod revocation;
pub mod rotation;
pub mod told;

use std::net::IpAddr;
use std::time::Duration;

use auth_core::secret::Salt;
use auth_core::session::{Device, Found, SecretChange, SecretKind, SessionKey, Shard};
use auth_core::{
    Fingerprint, NewUser, Secret, Session, SessionId, SessionStore, Timestamp, UserId,
};

pub use manager::{Managed, WINDOW, same};

use super::accounts::confirmed;
use super::at;
use crate::backend::World;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

/// A session that begins at `at(0)`, ends when idle for 30 minutes or after 12 hours, and
/// has no access tokens.
pub fn session(user: UserId) -> Session {
    Session {
        id: SessionId::generate(),
        user_id: user,
        kind: SecretKind::Refresh,
        credentials_version: 0,
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
        assurance: Default::default(),
    }
}

/// A secret of a family of its own. All of them are of one shard, as are the users, for the
/// stores that want a secret to be of its owner's.
pub fn secret(kind: SecretKind) -> Secret {
    let shard = |drawn: &Secret| Shard::of_secret(&kind.known_by(drawn).hash());
    drawn(Secret::generate, shard)
}

/// How stores know such a secret.
pub fn hash() -> Fingerprint {
    secret(SecretKind::Refresh).fingerprint()
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

/// A change from one secret to another of its family.
pub fn change(spent: Fingerprint, now: Timestamp) -> SecretChange {
    SecretChange {
        spent,
        next: Fingerprint {
            family: spent.family,
            ..hash()
        },
        salt: Salt::generate(),
        at: now,
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
    pub async fn keep(&self, session: &Session) -> Secret {
        let secret = secret(session.kind);
        let known_by = session.kind.known_by(&secret).fingerprint();
        self.store().insert(session, &known_by).await.unwrap();
        secret
    }

    /// Keeps a session for a new user under a new secret.
    pub async fn keep_one(&self) -> (Session, Secret) {
        let session = session(self.user().await);
        let secret = self.keep(&session).await;
        (session, secret)
    }

    pub async fn get(&self, key: SessionKey) -> Option<Found> {
        self.store().get(&key).await.unwrap()
    }

    /// The live session with this secret, which is no bearer's.
    pub async fn find(&self, secret: &Secret, now: Timestamp) -> Option<Session> {
        let found = self.get(SessionKey::Secret(secret.hash())).await?;
        found.session.is_live(now).then_some(found.session)
    }

    /// What the store knows of a session, if it lives now.
    pub async fn again(&self, session: &Session, now: Timestamp) -> Option<Session> {
        let found = self.get(id(session)).await?;
        found.session.is_live(now).then_some(found.session)
    }

    pub async fn is_live(&self, session: &Session, now: Timestamp) -> bool {
        self.again(session, now).await.is_some()
    }

    pub async fn is_denied(&self, session: &Session) -> bool {
        let denial = self.store().denial(session.id, session.user_id).await;
        denial.unwrap().denied
    }

    /// Deletes sessions of their user; gives their number.
    pub async fn delete(&self, sessions: &[&Session], now: Timestamp) -> usize {
        let (user, ids) = (sessions[0].user_id, sessions.iter().map(|one| one.id));
        let ids: Vec<_> = ids.collect();
        let deleted = self.store().delete(user, &ids, None, now).await;
        deleted.unwrap().unwrap().len()
    }
}

pub fn id(session: &Session) -> SessionKey {
    SessionKey::Id(session.id, session.user_id)
}
