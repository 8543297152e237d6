//! What every strategy does with the session store.

mod rotation;
mod tally;
mod uses;

use std::sync::Arc;
use std::time::Duration;

use crate::authority::Authority;
use crate::cache::ChangeLog;
use crate::clock::{Clock, Timestamp};
use crate::error::{AuthError, StoreError};
use crate::id::{SessionId, UserId};
use crate::secret::{Secret, SecretHash};
use crate::session::state::{concerned, excess, live};
use crate::session::{Assurance, AuthenticationEvent, TOKEN_LEEWAY};
use crate::session::{
    Device, Found, Peers, Presents, Revoke, RevokedSession, SecretKind, Session, SessionKey,
    SessionStore, Shard,
};
use crate::user::{ActiveUser, User, UserStore};

pub use rotation::{Rotation, Successor};
use uses::Uses;

/// How often something is decided anew at most when the session has changed since it was read.
/// Of several who write at once one succeeds each time, and whoever came before that one has
/// nothing left to write.
const TRIES: u32 = 32;

/// How long a session lasts.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// It ends when unused for this long.
    pub idle: Duration,
    /// It ends then, however much it is used.
    pub absolute: Duration,
}

/// The rules for sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionManagerConfig {
    /// Lifetimes of an ordinary session.
    pub ordinary: Lifetimes,
    /// Lifetimes of a session whose owner asked to stay signed in.
    pub remembered: Lifetimes,
    /// How long a spent secret still gives the same successor. One whose successor was
    /// never used gives it for as long as the session lives; zero turns both off.
    pub reuse_window: Duration,
    /// The most sessions of one user.
    pub max_per_user: u32,
    /// How far the clocks of the servers may be apart.
    pub clock_leeway: Duration,
}

/// Opens, finds, renews and ends the sessions of signed-in devices.
#[derive(Clone)]
pub struct SessionManager {
    sessions: Arc<dyn SessionStore>,
    users: Arc<dyn UserStore>,
    clock: Arc<dyn Clock>,
    config: SessionManagerConfig,
    peers: Arc<Peers>,
    uses: Option<Arc<Uses>>,
    notes_uses: bool,
}

/// What a new session is made from.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// Who signed in.
    pub user: &'a User,
    /// The client.
    pub device: &'a Device,
    /// The proof of who they are.
    pub proof: AuthenticationEvent,
    /// How the secret travels.
    pub kind: SecretKind,
    /// How long access tokens last; zero when there are none.
    pub token_lifetime: Duration,
}

impl SessionManager {
    /// A manager over these stores.
    pub fn new(
        sessions: Arc<dyn SessionStore>,
        users: Arc<dyn UserStore>,
        clock: Arc<dyn Clock>,
        config: SessionManagerConfig,
    ) -> Self {
        Self {
            sessions,
            users,
            clock,
            config,
            peers: Arc::default(),
            uses: None,
            notes_uses: true,
        }
    }

    /// The same for who only looks: no use of a session is noted.
    #[must_use]
    pub(crate) fn reading_only(self) -> Self {
        Self {
            notes_uses: false,
            ..self
        }
    }

    /// What is known of the other servers.
    pub fn peers(&self) -> &Arc<Peers> {
        &self.peers
    }

    /// What tells that a session has ended; see [`SessionStore::changes`].
    pub(crate) fn changes(&self) -> Option<Arc<dyn ChangeLog>> {
        self.sessions.changes()
    }

    /// Waits until what ended has ended on every server.
    pub(crate) async fn in_force(&self) -> Result<(), StoreError> {
        self.sessions.in_force().await
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Opens a session.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`] when the account's credentials changed while
    /// the sign-in was under way.
    pub async fn open(&self, opening: Opening<'_>) -> Result<(Session, Secret), AuthError> {
        let now = self.now();
        let lifetimes = if opening.proof.remember {
            self.config.remembered
        } else {
            self.config.ordinary
        };
        let secret = self.draw(
            Shard::of_user(opening.user.id),
            Secret::generate,
            |secret| opening.kind.known_by(secret).hash(),
        );
        let session = Session {
            id: SessionId::generate(),
            user_id: opening.user.id,
            kind: opening.kind,
            credentials_version: opening.user.credentials_version,
            created_at: now,
            last_seen_at: now,
            auth_time: opening.proof.at.min(now),
            idle: lifetimes.idle,
            ends_at: now + lifetimes.absolute,
            remember: opening.proof.remember,
            device: opening.device.clone().presenting(Presents::default()),
            tokens_until: self.tokens_until(now, opening.token_lifetime),
            unused: false,
            identity: opening.proof.identity,
            assurance: opening.proof.assurance,
        };
        let known_by = opening.kind.known_by(&secret).fingerprint();
        let theirs = self.sessions.insert(&session, &known_by).await?;
        // Whoever changes credentials first makes another version of them, then ends the
        // sessions. Looking after the insert leaves no gap between the two.
        if self.owner(&session, None).await?.is_none() {
            self.revoke(session.user_id, Revoke::One(session.id))
                .await?;
            return Err(AuthError::InvalidCredentials);
        }
        let excess = excess(theirs, self.config.max_per_user, now);
        self.end(None, session.user_id, &excess).await?;
        Ok((session, secret))
    }

    /// The live session that is [known by](SecretKind::known_by) this secret, and its owner.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn find(
        &self,
        kind: SecretKind,
        secret: &Secret,
    ) -> Result<Option<(Session, ActiveUser)>, AuthError> {
        let (hash, now) = (secret.hash(), self.now());
        let found = self.live(&SessionKey::Secret(hash), now).await?;
        let found = found.filter(|found| found.session.kind == kind);
        self.used(found, Some(&hash), now).await
    }

    /// This user's live session with this id, and the user.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn find_by_id(
        &self,
        id: SessionId,
        user: UserId,
    ) -> Result<Option<(Session, ActiveUser)>, AuthError> {
        let now = self.now();
        let found = self.live(&SessionKey::Id(id, user), now).await?;
        self.used(found, None, now).await
    }

    /// Notes in a session that its owner has proven more of who they are.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when it is over, or when a store fails.
    pub async fn strengthen(
        &self,
        id: SessionId,
        user: UserId,
        by: impl Fn(Assurance) -> Assurance,
    ) -> Result<(), AuthError> {
        let now = self.now();
        for _ in 0..TRIES {
            let found = self.live(&SessionKey::Id(id, user), now).await?;
            let found = found.ok_or(AuthError::Unauthenticated)?;
            let next = Session {
                assurance: by(found.session.assurance),
                ..found.session.clone()
            };
            if self.sessions.replace(&found, &next, None, now).await? {
                return Ok(());
            }
        }
        Err(contended())
    }

    /// The live session that is [known by](SecretKind::known_by) this secret or was: enough to
    /// end it, and for nothing else. `successors` are the kinds that the secret may have been
    /// exchanged for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn trace(
        &self,
        kind: SecretKind,
        secret: &Secret,
        successors: &[SecretKind],
    ) -> Result<Option<Session>, AuthError> {
        let known_by = secret.fingerprint();
        let key = SessionKey::AnySecret(known_by);
        let found = self.live(&key, self.now()).await?;
        let found = found.filter(|found| {
            let now = found.session.kind;
            // What is in force is of the session's kind, and nothing of any other.
            now == kind || (found.secret != known_by.secret && successors.contains(&now))
        });
        Ok(found.map(|found| found.session))
    }

    /// Whether access tokens of this session are dead.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn denial(&self, id: SessionId, user: UserId) -> Result<RevokedSession, AuthError> {
        Ok(self.sessions.denial(id, user).await?)
    }

    /// The user's live sessions, the latest used first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, user: &User) -> Result<Vec<Session>, AuthError> {
        let mut sessions = live(self.sessions.by_user(user.id).await?, self.now());
        sessions.retain(|session| session.credentials_version == user.credentials_version);
        Ok(sessions)
    }

    /// Ends sessions of a user and gives their number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke(&self, user: UserId, which: Revoke) -> Result<u64, AuthError> {
        let ids = self.concerned(user, which).await?;
        Ok(self.end(None, user, &ids).await?.unwrap_or_default())
    }

    /// The conditions of a change that is about to be made for a session of a user as it
    /// was authenticated; `None` when the session is dead already. Where sessions are kept
    /// apart from the users, this is the last look at it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn authority(
        &self,
        id: SessionId,
        user: &User,
    ) -> Result<Option<Authority>, AuthError> {
        let at = self.now();
        let credentials_version = user.credentials_version;
        if self.sessions.is_beside_users() {
            let session = Some(id);
            return Ok(Some(Authority {
                credentials_version,
                session,
                at,
            }));
        }
        let found = self.live(&SessionKey::Id(id, user.id), at).await?;
        let lives =
            found.is_some_and(|found| found.session.credentials_version == credentials_version);
        Ok(lives.then_some(Authority {
            credentials_version,
            session: None,
            at,
        }))
    }

    /// Ends sessions of a user on behalf of one of them and gives their number; `None`, and
    /// nothing done, when that one is dead.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke_by(
        &self,
        by: &Authority,
        user: UserId,
        which: Revoke,
    ) -> Result<Option<u64>, AuthError> {
        let ids = self.concerned(user, which).await?;
        self.end(Some(by), user, &ids).await
    }

    /// Draws what makes a secret until the secret can be kept in the shard.
    fn draw<T>(
        &self,
        shard: Shard,
        generate: impl Fn() -> T,
        hash: impl Fn(&T) -> SecretHash,
    ) -> T {
        loop {
            let drawn = generate();
            if !self.sessions.is_sharded() || Shard::of_secret(&hash(&drawn)) == shard {
                return drawn;
            }
        }
    }

    /// The live session with this key.
    async fn live(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Found>, AuthError> {
        let found = self.sessions.get(key).await?;
        Ok(found.filter(|found| found.session.is_live(now)))
    }

    /// The sessions that are to be ended.
    async fn concerned(&self, user: UserId, which: Revoke) -> Result<Vec<SessionId>, AuthError> {
        if let Revoke::One(id) = which {
            return Ok(vec![id]);
        }
        let sessions = self.sessions.by_user(user).await?;
        Ok(concerned(&sessions, which, self.now()))
    }

    /// Ends sessions of a user, while the sign-in stands that asks for it, and gives the number
    /// of those that were live.
    async fn end(
        &self,
        by: Option<&Authority>,
        user: UserId,
        ids: &[SessionId],
    ) -> Result<Option<u64>, AuthError> {
        if ids.is_empty() && by.is_none() {
            return Ok(Some(0));
        }
        let now = self.now();
        let ended = self.sessions.delete(user, ids, by, now).await?;
        let count = |ended: Vec<Session>| ended.iter().filter(|one| one.is_live(now)).count();
        Ok(ended.map(|ended| count(ended) as u64))
    }

    /// The owner, unless the account is gone, disabled or has newer credentials.
    async fn owner(
        &self,
        session: &Session,
        known: Option<User>,
    ) -> Result<Option<ActiveUser>, AuthError> {
        let user = match known {
            Some(user) => Some(user),
            None => self.users.find(session.user_id).await?,
        };
        Ok(user.and_then(|user| ActiveUser::under(user, session.credentials_version)))
    }

    /// The end of an access token's life, with the leeway that verifiers grant and by the
    /// clock that is furthest behind: until then the token can be revoked.
    fn tokens_until(&self, now: Timestamp, lifetime: Duration) -> Timestamp {
        if lifetime.is_zero() {
            Timestamp::default()
        } else {
            now + lifetime + self.beyond_tokens() + Duration::from_secs(1)
        }
    }

    /// How long beyond its own end an access token is taken for one that may be in use.
    pub fn beyond_tokens(&self) -> Duration {
        TOKEN_LEEWAY + self.config.clock_leeway
    }

    /// How far the clocks of the servers may be apart.
    pub fn clock_leeway(&self) -> Duration {
        self.config.clock_leeway
    }
}

/// Others were faster, time and again.
fn contended() -> AuthError {
    StoreError::Unavailable("a session changes too often to be written".into()).into()
}
