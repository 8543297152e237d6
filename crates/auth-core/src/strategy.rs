//! How a client stays signed in: a format, a transport, and a check over the sessions.

mod authenticate;
mod bridge;
mod description;
mod refresh;
mod scheme;
mod verdict;

use std::iter;
use std::sync::Arc;
use std::time::Duration;

pub use crate::session::{AuthenticationEvent, Revocation, TOKEN_LEEWAY};
pub use authenticate::Authenticated;
pub use bridge::Bridge;
pub use description::{Description, RevocationMode};
pub use refresh::{Carrier, RefreshRequest, Refreshed};
pub use scheme::{Scheme, SchemeId};
pub use verdict::{Judgement, Verdict, Who};

use crate::clock::Timestamp;
use crate::credential::{Credential, Presented, TokenSet, Transport};
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::secret::Secret;
use crate::session::{Device, Opening, SecretKind, Session, SessionManager};
use crate::user::User;

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

    /// What kind of credential it hands out.
    pub fn own(&self) -> SchemeId {
        self.own.id()
    }

    /// How the credential travels.
    pub fn transport(&self) -> Transport {
        self.own.transport
    }

    /// What it honours beside its own credentials, as long as it does.
    pub fn bridge(&self) -> Option<&Bridge> {
        let bridge = self.bridge.as_deref()?;
        (!bridge.honoured(self.sessions.now()).is_empty()).then_some(bridge)
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

    /// The kind of credential with this name; the own one when it is no longer honoured.
    pub(crate) fn named(&self, name: &str) -> SchemeId {
        let mut ids = self.schemes(self.sessions.now()).map(Scheme::id);
        ids.find(|id| id.to_string() == name)
            .unwrap_or_else(|| self.own())
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
                (Revocation::Within(bound), u8::from(!has_tokens))
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
        self.hand(scheme, user.clone(), session, secret)
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
        &self,
        scheme: &Scheme,
        user: User,
        session: Session,
        secret: Secret,
    ) -> Result<Issued, AuthError> {
        let now = self.sessions.now();
        let expires_in = self.lifetime(scheme, &session, now);
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

    /// The longest lifetime of a token that this server issues; zero when it issues none.
    pub fn longest_token_lifetime(&self) -> Duration {
        let all = self.all().map(Scheme::token_lifetime);
        all.max().unwrap_or_default()
    }

    /// How long what is minted now is valid. A token outlives neither its session nor the time
    /// up to which it would be denied; and nothing the time up to which it is honoured.
    fn lifetime(&self, scheme: &Scheme, session: &Session, now: Timestamp) -> Duration {
        let lifetime = match scheme.format.token_lifetime() {
            None => session.expires_at().since(session.last_seen_at),
            Some(lifetime) => {
                let revocable_until = session.tokens_until - self.sessions.beyond_tokens();
                lifetime.min(session.expires_at().min(revocable_until).since(now))
            }
        };
        match self.bridge.as_ref().and_then(|bridge| bridge.until) {
            Some(until) if scheme.id() != self.own.id() => lifetime.min(until.since(now)),
            _ => lifetime,
        }
    }
}
