//! How a client stays signed in: a format, a transport, and a check over the sessions.

mod bridge;
mod description;
mod refresh;
mod scheme;
mod shadow;

use std::iter;
use std::sync::Arc;
use std::time::Duration;

pub use crate::session::{AuthenticationEvent, Revocation, TOKEN_LEEWAY};
pub use bridge::Bridge;
pub use description::{Description, RevocationMode};
pub use refresh::{Carrier, RefreshRequest, Refreshed};
pub use scheme::{Scheme, SchemeId};
pub use shadow::{Judgement, Shadow, ShadowDecisions, ShadowTap, Verdict, Who, tapped};

use crate::cache::{Present, Validity};
use crate::clock::Timestamp;
use crate::credential::{Claims, Credential, Presented, TokenSet, Transport};
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::secret::Secret;
use crate::session::{Device, Opening, SecretKind, Session, SessionManager};
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
    /// What kind of credential it is.
    pub scheme: SchemeId,
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
    /// What kind of credential that is.
    pub scheme: SchemeId,
    /// Of what kind the one was that it takes the place of; the same where there was none.
    pub from: SchemeId,
}

/// How a client stays signed in.
#[derive(Clone)]
pub struct Strategy {
    sessions: SessionManager,
    own: Scheme,
    check: RevocationMode,
    bridge: Option<Arc<Bridge>>,
}

impl Strategy {
    /// Joins the parts. `check` is how tokens are checked; see [`RevocationMode`].
    pub fn new(sessions: SessionManager, own: Scheme, check: RevocationMode) -> Self {
        Self {
            sessions,
            own,
            check,
            bridge: None,
        }
    }

    /// The same, which honours other credentials too.
    #[must_use]
    pub fn bridged(self, bridge: Bridge) -> Self {
        let bridge = Some(Arc::new(bridge));
        Self { bridge, ..self }
    }

    /// The signed-in devices.
    pub fn sessions(&self) -> &SessionManager {
        &self.sessions
    }

    /// How the credential travels.
    pub fn transport(&self) -> Transport {
        self.own.transport
    }

    /// What it honours beside its own credentials.
    pub fn bridge(&self) -> Option<&Bridge> {
        self.bridge.as_deref()
    }

    /// Whether credentials that travel so are honoured.
    pub fn takes(&self, transport: Transport) -> bool {
        let mut all = self.all();
        all.any(|scheme| scheme.transport == transport)
    }

    /// Whether a refresh takes a secret of its own, for some at least.
    pub fn has_refresh_tokens(&self) -> bool {
        self.all().any(Scheme::has_refresh_tokens)
    }

    /// Whether the session cookie is what its own credentials are refreshed by.
    pub fn refreshes_by_session_cookie(&self) -> bool {
        !self.own.has_refresh_tokens()
    }

    /// The own scheme and those that are honoured now.
    fn schemes(&self, now: Timestamp) -> impl Iterator<Item = &Scheme> + Clone {
        let bridge = self.bridge.iter();
        iter::once(&self.own).chain(bridge.flat_map(move |bridge| bridge.honoured(now)))
    }

    /// The own scheme and all that are honoured at some time.
    fn all(&self) -> impl Iterator<Item = &Scheme> {
        let bridge = self.bridge.iter();
        iter::once(&self.own).chain(bridge.flat_map(|bridge| &bridge.schemes))
    }

    /// The scheme of this id; the own one when it is no longer honoured.
    fn scheme(&self, id: SchemeId) -> &Scheme {
        let mut all = self.schemes(self.sessions.now());
        all.find(|scheme| scheme.id() == id).unwrap_or(&self.own)
    }

    /// What this strategy is and promises.
    pub fn description(&self) -> Description {
        let has_tokens = self.own.format.token_lifetime().is_some();
        let some_have = self.all().any(|one| one.format.token_lifetime().is_some());
        let (revocation, reads) = match self.check {
            RevocationMode::Stateless if some_have => {
                let clocks_apart = self.sessions.clock_leeway();
                let bound = self.longest_lifetime() + TOKEN_LEEWAY + clocks_apart;
                (Revocation::Within(bound), 0)
            }
            _ => (self.sessions.peers().revocation(), 1),
        };
        let format = self.own.format.name();
        Description {
            name: if has_tokens { format } else { "session" },
            format,
            transport: self.own.transport,
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
        self.issue_like(self.own.id(), user, proof, device).await
    }

    /// The same for a client that keeps credentials of this kind, and gets another one.
    ///
    /// # Errors
    /// As [`SessionManager::open`].
    pub async fn issue_like(
        &self,
        like: SchemeId,
        user: &User,
        proof: AuthenticationEvent,
        device: &Device,
    ) -> Result<Issued, AuthError> {
        let scheme = self.scheme(like);
        scheme.format.is_ready(self.sessions.now())?;
        let opening = Opening {
            user,
            device,
            proof,
            kind: scheme.kind(),
            token_lifetime: scheme.token_lifetime(),
        };
        let (session, secret) = self.sessions.open(opening).await?;
        Self::hand(&self.sessions, scheme, user.clone(), session, secret)
    }

    /// Who presents this credential; `None` when it is not, or no longer, valid.
    ///
    /// # Errors
    /// When a store fails, or the format can't read.
    pub async fn authenticate(
        &self,
        credential: &Credential,
    ) -> Result<Option<Authenticated>, AuthError> {
        let Credential::Access(transport, text) = credential else {
            return Ok(None);
        };
        let present = self.present()?;
        for scheme in self.schemes(present.now) {
            if scheme.transport == *transport
                && let Some(presented) = scheme.format.read(text.reveal(), present.now)?
            {
                return self.authenticate_by(scheme, presented, present).await;
            }
        }
        Ok(None)
    }

    /// The same for what a format of this server has read.
    async fn authenticate_by(
        &self,
        scheme: &Scheme,
        presented: Presented,
        present: Present,
    ) -> Result<Option<Authenticated>, AuthError> {
        let who = match presented {
            Presented::Secret(secret) => {
                let found = self.sessions.find(scheme.kind(), &secret).await?;
                let by = scheme.id();
                found.map(|(session, user)| Authenticated::by(&session, user, present, by))
            }
            Presented::Token(claims) if claims.lifetime <= present.longest_lifetime => {
                self.check(&claims, present, scheme.id()).await?
            }
            Presented::Token(_) => None,
        };
        Ok(who.map(|who| match &self.bridge {
            Some(bridge) if scheme.id() != self.own.id() => who.until(bridge.until),
            _ => who,
        }))
    }

    /// By which circumstances a credential is judged now.
    ///
    /// # Errors
    /// When the format can't read.
    pub(crate) fn present(&self) -> Result<Present, AuthError> {
        let now = self.sessions.now();
        let mut edition = self.own.format.edition(now)?;
        for scheme in self.all().skip(1) {
            // Whoever can't read those can still read its own.
            let other = scheme.format.edition(now).unwrap_or_default();
            edition = edition.wrapping_add(other);
        }
        Ok(Present {
            now,
            edition,
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
        let now = self.sessions.now();
        for scheme in self.schemes(now) {
            let secret = match credential {
                Credential::Access(transport, _) if *transport != scheme.transport => continue,
                Credential::Access(_, text) => {
                    match scheme.format.read_expired(text.reveal(), now)? {
                        Some(Presented::Secret(secret)) => secret,
                        Some(Presented::Token(claims)) => {
                            return Ok(Some((claims.user_id, claims.session_id)));
                        }
                        None => continue,
                    }
                }
                Credential::Refresh(_) if !scheme.has_refresh_tokens() => continue,
                Credential::Refresh(secret) => scheme.kind().known_by(secret),
            };
            let kinds: Vec<SecretKind> = self.schemes(now).map(Scheme::kind).collect();
            let found = self.sessions.trace(scheme.kind(), &secret, &kinds).await?;
            if let Some(session) = found {
                return Ok(Some((session.user_id, session.id)));
            }
        }
        Ok(None)
    }

    /// What the client of a session gets.
    fn hand(
        sessions: &SessionManager,
        scheme: &Scheme,
        user: User,
        session: Session,
        secret: Secret,
    ) -> Result<Issued, AuthError> {
        let now = sessions.now();
        let expires_in = lifetime(sessions, scheme, &session, now);
        let tokens = TokenSet {
            access: scheme.format.mint(&session, &secret, expires_in, now)?,
            expires_in,
            refresh: scheme.has_refresh_tokens().then_some(secret),
        };
        Ok(Issued {
            user,
            session,
            tokens,
            scheme: scheme.id(),
            from: scheme.id(),
        })
    }

    /// Asks what the mode wants to know about a token's session; `None` when the token is dead.
    async fn check(
        &self,
        claims: &Claims,
        present: Present,
        by: SchemeId,
    ) -> Result<Option<Authenticated>, AuthError> {
        let (session, user) = (claims.session_id, claims.user_id);
        let validity = Validity::of_token(claims, present);
        Ok(match (self.check, claims.credentials_version) {
            (RevocationMode::Stateless, Some(credentials_version)) => Some(Authenticated::claimed(
                claims,
                credentials_version,
                None,
                validity,
                by,
            )),
            (RevocationMode::Denylist, Some(credentials_version)) => {
                let denial = self.sessions.denial(session, user).await?;
                let user = denial.user;
                let user = user.and_then(|user| ActiveUser::under(user, credentials_version));
                let who = Authenticated::claimed(claims, credentials_version, user, validity, by);
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
                    Authenticated::claimed(claims, version, Some(user), validity, by)
                })
            }
        })
    }

    /// The longest lifetime of a token that this server issues; zero when it issues none.
    pub fn longest_token_lifetime(&self) -> Duration {
        let all = self.all().map(Scheme::token_lifetime);
        all.max().unwrap_or_default()
    }

    /// The longest lifetime of a token that this server or one beside it issues, in whole
    /// seconds.
    fn longest_lifetime(&self) -> Duration {
        let own = self.longest_token_lifetime();
        let longest = own.max(self.sessions.peers().longest_ttl());
        Duration::from_secs(longest.as_millis().div_ceil(1000) as u64)
    }
}

/// How long what is minted now is valid. A token outlives neither its session nor the time
/// up to which it would be denied.
fn lifetime(
    sessions: &SessionManager,
    scheme: &Scheme,
    session: &Session,
    now: Timestamp,
) -> Duration {
    match scheme.format.token_lifetime() {
        None => session.expires_at().since(session.last_seen_at),
        Some(lifetime) => {
            let revocable_until = session.tokens_until - sessions.beyond_tokens();
            lifetime.min(session.expires_at().min(revocable_until).since(now))
        }
    }
}

impl Authenticated {
    /// By the secret of a session.
    fn by(session: &Session, user: ActiveUser, present: Present, scheme: SchemeId) -> Self {
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
            scheme,
        }
    }

    /// No longer than this, whatever it would hold by itself.
    fn until(mut self, end: Option<Timestamp>) -> Self {
        if let Some(end) = end {
            self.validity.period.end = self.validity.period.end.min(end);
        }
        self
    }

    /// By a token.
    fn claimed(
        claims: &Claims,
        credentials_version: i64,
        user: Option<ActiveUser>,
        validity: Validity,
        scheme: SchemeId,
    ) -> Self {
        Self {
            validity,
            user_id: claims.user_id,
            session_id: claims.session_id,
            auth_time: claims.auth_time,
            credentials_version,
            user,
            scheme,
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
