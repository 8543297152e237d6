//! How a client stays signed in: a format, a transport, and a check over the sessions.

mod description;

use std::sync::Arc;
use std::time::Duration;

pub use crate::session::{AuthenticationEvent, Revocation, TOKEN_LEEWAY};
pub use description::{Description, RevocationMode};

use crate::cache::{Present, Validity};
use crate::clock::Timestamp;
use crate::credential::{Claims, Credential, Format, Presented, TokenSet, Transport};
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::secret::Secret;
use crate::session::{Device, Opening, Rotation, SecretKind, Session, SessionManager};
use crate::user::{ActiveUser, User};

/// Who presented a valid credential.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The user.
    pub user_id: UserId,
    /// The signed-in device.
    pub session_id: SessionId,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// The version of the user's credentials that this one was issued under. Whoever has the
    /// user at hand compares the two.
    pub credentials_version: i64,
    /// The user, if authentication came across the record.
    pub user: Option<ActiveUser>,
    /// For how long this holds if nothing changes.
    pub validity: Validity,
}

/// A credential handed to a client.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Who is signed in.
    pub user: User,
    /// On which device.
    pub session: Session,
    /// What the client gets.
    pub tokens: TokenSet,
}

/// What became of a request for a fresh credential.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// It was granted.
    Granted(Box<Issued>),
    /// A credential that was spent long ago came back; the session was ended.
    Reused(UserId),
    /// The credential is unknown or dead.
    Refused,
}

/// How a client stays signed in.
#[derive(Clone)]
pub struct Strategy {
    sessions: SessionManager,
    format: Arc<dyn Format>,
    transport: Transport,
    check: RevocationMode,
}

impl Strategy {
    /// Joins the parts. `check` is how tokens are checked; see [`RevocationMode`].
    pub fn new(
        sessions: SessionManager,
        format: Arc<dyn Format>,
        transport: Transport,
        check: RevocationMode,
    ) -> Self {
        Self {
            sessions,
            format,
            transport,
            check,
        }
    }

    /// The signed-in devices.
    pub fn sessions(&self) -> &SessionManager {
        &self.sessions
    }

    /// How the credential travels.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Whether a refresh takes a secret of its own.
    pub fn has_refresh_tokens(&self) -> bool {
        self.kind() != SecretKind::Cookie
    }

    /// What this strategy is and promises.
    pub fn description(&self) -> Description {
        let has_tokens = self.format.token_lifetime().is_some();
        let (revocation, reads) = match self.check {
            RevocationMode::Stateless if has_tokens => {
                let clocks_apart = self.sessions.clock_leeway();
                let bound = self.longest_lifetime() + TOKEN_LEEWAY + clocks_apart;
                (Revocation::Within(bound), 0)
            }
            _ => (self.sessions.peers().revocation(), 1),
        };
        let format = self.format.name();
        Description {
            name: if has_tokens { format } else { "session" },
            format,
            transport: self.transport,
            revocation,
            store_reads_per_request: reads,
        }
    }

    /// Signs a device in for a user who has proven who they are.
    ///
    /// # Errors
    /// As [`SessionManager::open`].
    pub async fn issue(
        &self,
        user: &User,
        proof: AuthenticationEvent,
        device: &Device,
    ) -> Result<Issued, AuthError> {
        self.format.is_ready(self.sessions.now())?;
        let opening = Opening {
            user,
            device,
            proof,
            kind: self.kind(),
            token_lifetime: self.format.token_lifetime().unwrap_or_default(),
        };
        let (session, secret) = self.sessions.open(opening).await?;
        self.hand(user.clone(), session, secret)
    }

    /// Who presents this credential; `None` when it is not, or no longer, valid.
    ///
    /// # Errors
    /// When a store fails, or the format can't read.
    pub async fn authenticate(
        &self,
        credential: &Credential,
    ) -> Result<Option<Authenticated>, AuthError> {
        let Credential::Access(text) = credential else {
            return Ok(None);
        };
        let present = self.present()?;
        match self.format.read(text.reveal(), present.now)? {
            Some(Presented::Secret(secret)) => {
                let found = self.sessions.find(self.kind(), &secret).await?;
                Ok(found.map(|(session, user)| Authenticated::by(&session, user, present)))
            }
            Some(Presented::Token(claims)) if claims.lifetime <= present.longest_lifetime => {
                self.check(&claims, present).await
            }
            _ => Ok(None),
        }
    }

    /// By which circumstances a credential is judged now.
    ///
    /// # Errors
    /// When the format can't read.
    pub(crate) fn present(&self) -> Result<Present, AuthError> {
        let now = self.sessions.now();
        Ok(Present {
            now,
            edition: self.format.edition(now)?,
            longest_lifetime: self.longest_lifetime(),
        })
    }

    /// Whose session a credential belongs to, even one that has expired or was replaced:
    /// enough to end the session, and for nothing else.
    ///
    /// # Errors
    /// When a store fails, or the format can't read.
    pub async fn trace(
        &self,
        credential: &Credential,
    ) -> Result<Option<(UserId, SessionId)>, AuthError> {
        let kind = self.kind();
        let secret = match credential {
            Credential::Access(text) => {
                let now = self.sessions.now();
                match self.format.read_expired(text.reveal(), now)? {
                    Some(Presented::Secret(secret)) => secret,
                    Some(Presented::Token(claims)) => {
                        return Ok(Some((claims.user_id, claims.session_id)));
                    }
                    None => return Ok(None),
                }
            }
            Credential::Refresh(_) if !self.has_refresh_tokens() => return Ok(None),
            Credential::Refresh(secret) => kind.known_by(secret),
        };
        let found = self.sessions.trace(kind, &secret).await?;
        Ok(found.map(|session| (session.user_id, session.id)))
    }

    /// Exchanges the long-lived secret for a fresh credential.
    ///
    /// # Errors
    /// When a store fails, or the format can't mint.
    pub async fn refresh(&self, secret: &Secret) -> Result<Refreshed, AuthError> {
        self.format.is_ready(self.sessions.now())?;
        let lifetime = self.format.token_lifetime().unwrap_or_default();
        let rotation = self.sessions.rotate(self.kind(), secret, lifetime).await?;
        Ok(match rotation {
            Rotation::Rotated {
                user,
                session,
                secret,
            } => Refreshed::Granted(Box::new(self.hand(user, session, secret)?)),
            Rotation::Reused(user) => Refreshed::Reused(user),
            Rotation::Refused => Refreshed::Refused,
        })
    }

    fn kind(&self) -> SecretKind {
        match (self.format.token_lifetime(), self.transport) {
            (Some(_), _) => SecretKind::Refresh,
            (None, Transport::Cookie) => SecretKind::Cookie,
            (None, Transport::Bearer) => SecretKind::Bearer,
        }
    }

    /// What the client of a session gets.
    fn hand(&self, user: User, session: Session, secret: Secret) -> Result<Issued, AuthError> {
        let now = self.sessions.now();
        let expires_in = self.lifetime(&session, now);
        let tokens = TokenSet {
            access: self.format.mint(&session, &secret, expires_in, now)?,
            expires_in,
            refresh: self.has_refresh_tokens().then_some(secret),
        };
        Ok(Issued {
            user,
            session,
            tokens,
        })
    }

    /// How long what is minted now is valid. A token outlives neither its session nor the time
    /// up to which it would be denied.
    fn lifetime(&self, session: &Session, now: Timestamp) -> Duration {
        match self.format.token_lifetime() {
            None => session.expires_at().since(session.last_seen_at),
            Some(lifetime) => {
                let revocable_until = session.tokens_until - self.sessions.beyond_tokens();
                lifetime.min(session.expires_at().min(revocable_until).since(now))
            }
        }
    }

    /// Asks what the mode wants to know about a token's session; `None` when the token is dead.
    async fn check(
        &self,
        claims: &Claims,
        present: Present,
    ) -> Result<Option<Authenticated>, AuthError> {
        let (session, user) = (claims.session_id, claims.user_id);
        let validity = Validity::of_token(claims, present);
        Ok(match (self.check, claims.credentials_version) {
            (RevocationMode::Stateless, Some(credentials_version)) => Some(Authenticated::claimed(
                claims,
                credentials_version,
                None,
                validity,
            )),
            (RevocationMode::Denylist, Some(credentials_version)) => {
                let denial = self.sessions.denial(session, user).await?;
                let user = denial.user;
                let user = user.and_then(|user| ActiveUser::under(user, credentials_version));
                let who = Authenticated::claimed(claims, credentials_version, user, validity);
                (!denial.denied).then_some(who)
            }
            // A token that does not say under which credentials it was issued has to be
            // looked up.
            (RevocationMode::Checked, named) | (_, named @ None) => {
                let found = self.sessions.find_by_id(session, user).await?;
                let current =
                    |session: &Session| named.is_none_or(|it| it == session.credentials_version);
                let found = found.filter(|(session, _)| current(session));
                found.map(|(session, user)| {
                    let version = session.credentials_version;
                    let validity = validity.within(&session);
                    Authenticated::claimed(claims, version, Some(user), validity)
                })
            }
        })
    }

    /// The longest lifetime of a token that this server or one beside it issues, in whole
    /// seconds.
    fn longest_lifetime(&self) -> Duration {
        let own = self.format.token_lifetime().unwrap_or_default();
        let longest = own.max(self.sessions.peers().longest_ttl());
        Duration::from_secs(longest.as_millis().div_ceil(1000) as u64)
    }
}

impl Authenticated {
    /// By the secret of a session.
    fn by(session: &Session, user: ActiveUser, present: Present) -> Self {
        let always = Validity {
            period: Timestamp::default()..session.ends_at,
            touch_at: session.ends_at,
            edition: present.edition,
            lifetime: Duration::ZERO,
        };
        Self {
            validity: always.within(session),
            user_id: user.id,
            session_id: session.id,
            auth_time: session.auth_time,
            credentials_version: session.credentials_version,
            user: Some(user),
        }
    }

    /// By a token.
    fn claimed(
        claims: &Claims,
        credentials_version: i64,
        user: Option<ActiveUser>,
        validity: Validity,
    ) -> Self {
        Self {
            validity,
            user_id: claims.user_id,
            session_id: claims.session_id,
            auth_time: claims.auth_time,
            credentials_version,
            user,
        }
    }
}

impl Validity {
    /// That of a token by itself.
    fn of_token(claims: &Claims, present: Present) -> Self {
        let (begins_at, ends_at) = claims.period;
        Self {
            period: begins_at..ends_at,
            touch_at: ends_at,
            edition: present.edition,
            lifetime: claims.lifetime,
        }
    }

    /// The same for what ends with this session.
    fn within(self, session: &Session) -> Self {
        let ends_at = self.period.end.min(session.expires_at());
        Self {
            period: self.period.start..ends_at,
            touch_at: self.touch_at.min(session.touch_at()),
            ..self
        }
    }
}
