//! What every strategy does with the session store.

use std::sync::Arc;
use std::time::Duration;

use crate::authority::Authority;
use crate::clock::{Clock, Timestamp};
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::secret::{Salt, Secret, SecretHash};
use crate::session::{
    Changed, Device, Found, Peers, Revoke, RevokedSession, SecretChange, SecretKind, Session,
    SessionStore, Shard,
};
use crate::strategy::{AuthenticationEvent, TOKEN_LEEWAY};
use crate::user::{ActiveUser, User, UserStore};

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

/// What became of a presented secret that asks for its successor.
#[derive(Clone, Debug)]
pub enum Rotation {
    /// The successor is in force.
    Rotated {
        /// Whose session it is.
        user: User,
        /// The session.
        session: Session,
        /// The successor.
        secret: Secret,
    },
    /// The secret was spent long ago; the session was ended.
    Reused(UserId),
    /// No live session has this secret.
    Refused,
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
        }
    }

    /// What is known of the other servers.
    pub fn peers(&self) -> &Arc<Peers> {
        &self.peers
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
            generation: opening.user.generation,
            created_at: now,
            last_seen_at: now,
            auth_time: opening.proof.at.min(now),
            idle: lifetimes.idle,
            ends_at: now + lifetimes.absolute,
            remember: opening.proof.remember,
            device: opening.device.clone().presenting(None),
            tokens_until: self.tokens_until(now, opening.token_lifetime),
            unused: false,
            identity: opening.proof.identity,
        };
        let known_by = opening.kind.known_by(&secret);
        self.sessions
            .insert(&session, &known_by.fingerprint(), self.config.max_per_user)
            .await?;
        // Whoever changes credentials first starts a new generation, then ends the
        // sessions. Looking after the insert leaves no gap between the two.
        if self.owner(&session, None).await?.is_none() {
            let one = Revoke::One(session.id);
            self.sessions.revoke(session.user_id, one, now).await?;
            return Err(AuthError::InvalidCredentials);
        }
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
        let now = self.now();
        let hash = secret.hash();
        let found = self.sessions.find(kind, &hash, now).await?;
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
        let found = self.sessions.find_by_id(id, user, now).await?;
        self.used(found, None, now).await
    }

    /// The live session that is [known by](SecretKind::known_by) this secret or was: enough to
    /// end it, and for nothing else.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn trace(
        &self,
        kind: SecretKind,
        secret: &Secret,
    ) -> Result<Option<Session>, AuthError> {
        let secret = secret.fingerprint();
        Ok(self.sessions.trace(kind, &secret, self.now()).await?)
    }

    /// Whether access tokens of this session are dead.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn denial(&self, id: SessionId, user: UserId) -> Result<RevokedSession, AuthError> {
        Ok(self.sessions.denial(id, user, self.now()).await?)
    }

    /// Exchanges a secret for its successor.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn rotate(
        &self,
        kind: SecretKind,
        presented: &Secret,
        token_lifetime: Duration,
    ) -> Result<Rotation, AuthError> {
        let now = self.now();
        let spent = kind.known_by(presented);
        // Nothing is spent while the owner can't be looked up: the client would hear of an
        // outage, keep the old secret, and be taken for a thief with it afterwards.
        if let Some(found) = self.sessions.find(kind, &spent.hash(), now).await? {
            self.owner(&found.session, found.user).await?;
        }
        let shard = Shard::of_secret(&spent.hash());
        let next = |salt: &Salt| kind.known_by(&presented.successor(salt));
        let salt = self.draw(shard, Salt::generate, |salt| next(salt).hash());
        let change = SecretChange {
            spent: spent.fingerprint(),
            next: next(&salt).fingerprint(),
            salt,
            tokens_until: self.tokens_until(now, token_lifetime),
            reuse_window: self.config.reuse_window,
        };
        let (session, salt) = match self.sessions.change_secret(kind, &change, now).await? {
            Changed::Fresh(session) => (session, salt),
            Changed::Again(session, salt) => (session, salt),
            Changed::Reused(session) => return Ok(Rotation::Reused(session.user_id)),
            Changed::Unknown => return Ok(Rotation::Refused),
        };
        Ok(match self.owner(&session, None).await? {
            Some(user) => Rotation::Rotated {
                user: user.into_inner(),
                session,
                secret: presented.successor(&salt),
            },
            None => Rotation::Refused,
        })
    }

    /// The user's live sessions, the latest used first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, user: &User) -> Result<Vec<Session>, AuthError> {
        let mut sessions = self.sessions.list(user.id, self.now()).await?;
        sessions.retain(|session| session.generation == user.generation);
        Ok(sessions)
    }

    /// Ends sessions of a user and gives their number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke(&self, user: UserId, which: Revoke) -> Result<u64, AuthError> {
        Ok(self.sessions.revoke(user, which, self.now()).await?)
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
        let generation = user.generation;
        if self.sessions.is_beside_users() {
            let session = Some(id);
            return Ok(Some(Authority {
                generation,
                session,
                at,
            }));
        }
        let found = self.sessions.find_by_id(id, user.id, at).await?;
        let lives = found.is_some_and(|Found { session, .. }| {
            session.user_id == user.id && session.generation == generation
        });
        Ok(lives.then_some(Authority {
            generation,
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
        let now = self.now();
        Ok(self.sessions.revoke_by(by, user, which, now).await?)
    }

    /// How stale `last_seen_at` may get before a use is noted: a thirtieth of the idle
    /// time, at most a minute. It spares a write on nearly every request.
    pub fn touch_after(idle: Duration) -> Duration {
        (idle / 30).min(Duration::from_secs(60))
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

    /// The owner of a found session, after noting that it was used.
    async fn used(
        &self,
        found: Option<Found>,
        secret: Option<&SecretHash>,
        now: Timestamp,
    ) -> Result<Option<(Session, ActiveUser)>, AuthError> {
        let Some(Found { mut session, user }) = found else {
            return Ok(None);
        };
        let Some(user) = self.owner(&session, user).await? else {
            return Ok(None);
        };
        let arrived = session.unused && secret.is_some();
        if arrived || now.since(session.last_seen_at) >= Self::touch_after(session.idle) {
            if !self
                .sessions
                .touch(session.id, user.id, secret, now)
                .await?
            {
                return Ok(None);
            }
            session.last_seen_at = session.last_seen_at.max(now);
        }
        Ok(Some((session, user)))
    }

    /// The owner, unless the account is gone, disabled or in a later generation.
    async fn owner(
        &self,
        session: &Session,
        known: Option<User>,
    ) -> Result<Option<ActiveUser>, AuthError> {
        let user = match known {
            Some(user) => Some(user),
            None => self.users.find(session.user_id).await?,
        };
        Ok(user.and_then(|user| ActiveUser::under(user, session.generation)))
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
