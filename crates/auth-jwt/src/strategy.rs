//! The token strategy.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::session::{Opening, Revoke, Rotation, SecretKind};
use auth_core::strategy::{
    Description, Handed, Proof, Refreshed, Revocation, SecretText, TOKEN_LEEWAY,
};
use auth_core::{
    AuthError, Authenticated, Authority, Credential, Device, Issued, Registry, Secret, Session,
    SessionId, Strategy, Transport, User, UserId,
};
use serde_json::Value;

use crate::claims::{Claims, Parties, WireClaims};
use crate::keys::{Key, KeyRing};
use crate::revocation::RevocationMode;
use crate::verifier::{MAX_TOKEN_LEN, Verifier};

/// The rules for access tokens.
#[derive(Clone, Debug)]
pub struct JwtConfig {
    /// `iss`: who the tokens come from, usually the public URL.
    pub issuer: String,
    /// `aud`: whom the tokens are for.
    pub audience: String,
    /// How long an access token is valid; verifiers grant [`TOKEN_LEEWAY`] beyond it.
    pub access_ttl: Duration,
    /// How soon a revoked token dies.
    pub mode: RevocationMode,
    /// The most tokens whose signature is remembered as good, some 250 bytes each; with 0
    /// every check checks the signature.
    pub remembered: usize,
}

/// Why the rules can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Tokens name their issuer and audience, and have a bounded length.
    #[error("the token's issuer or audience is empty or too long; give each 1 to 512 characters")]
    Parties,
    /// The times in a token are whole seconds.
    #[error("the lifetime of access tokens is under a second; give at least `1s`")]
    AccessTtl,
}

impl JwtConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let fits = |name: &str| (1..=MAX_TOKEN_LEN / 8).contains(&name.len());
        if !fits(&self.issuer) || !fits(&self.audience) {
            return Err(ConfigError::Parties);
        }
        if self.access_ttl < Duration::from_secs(1) {
            return Err(ConfigError::AccessTtl);
        }
        Ok(())
    }
}

/// Keeps clients signed in by a short-lived signed access token and an opaque refresh
/// token, both of one session in the registry.
pub struct JwtStrategy {
    registry: Registry,
    keys: KeyRing,
    verifier: Verifier,
    access_ttl: Duration,
    mode: RevocationMode,
}

impl JwtStrategy {
    /// Joins the parts.
    ///
    /// # Errors
    /// When a rule can't be kept.
    pub fn new(registry: Registry, keys: KeyRing, config: JwtConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let parties = Parties {
            issuer: config.issuer,
            audience: config.audience,
        };
        Ok(Self {
            verifier: Verifier::new(parties, registry.clock_leeway(), config.remembered),
            registry,
            keys,
            access_ttl: config.access_ttl,
            mode: config.mode,
        })
    }

    /// The public keys that verify the access tokens; see [`KeyRing::jwks`].
    pub fn jwks(&self) -> Value {
        self.keys.jwks(self.registry.now())
    }

    /// The pair of tokens for a session. The access token outlives neither the session
    /// nor the time up to which the registry would deny it.
    fn hand(
        &self,
        key: &Key,
        user: User,
        session: Session,
        refresh: Secret,
    ) -> Result<Issued, AuthError> {
        let now = self.registry.now();
        let revocable_until = session.tokens_until - self.registry.beyond_tokens();
        let latest_end = session.expires_at().min(revocable_until);
        let expires_in = self.access_ttl.min(latest_end.since(now));
        let claims = WireClaims::new(self.verifier.parties(), &session, now, expires_in);
        let access = SecretText::new(key.sign(&claims)?);
        Ok(Issued {
            user,
            session,
            handed: Handed::Tokens {
                access,
                expires_in,
                refresh,
            },
        })
    }

    /// Asks the registry what the mode wants to know about a token's session; `None` when
    /// the token is dead.
    async fn ask(&self, claims: &Claims) -> Result<Option<Authenticated>, AuthError> {
        let who = |generation, user| Authenticated {
            user_id: claims.user_id,
            session_id: claims.session_id,
            auth_time: claims.auth_time,
            generation,
            user,
        };
        Ok(match (self.mode, claims.generation) {
            (RevocationMode::Stateless, Some(generation)) => Some(who(generation, None)),
            (RevocationMode::Denylist, Some(generation)) => {
                let (session, user) = (claims.session_id, claims.user_id);
                let denial = self.registry.denial(session, user).await?;
                (!denial.denied).then(|| who(generation, denial.user))
            }
            // A token that does not say under which credentials it was issued has to be
            // looked up.
            (RevocationMode::Checked, _) | (_, None) => {
                let (session, user) = (claims.session_id, claims.user_id);
                let found = self.registry.find_by_id(session, user).await?;
                let current = |session: &Session| {
                    let named = claims.generation.unwrap_or(session.generation);
                    named == session.generation
                };
                let found = found.filter(|(session, _)| current(session));
                found.map(|(session, user)| who(session.generation, Some(user)))
            }
        })
    }

    /// The longest lifetime of a token that this server or one beside it issues, in whole
    /// seconds.
    fn longest_ttl(&self) -> Duration {
        let longest = self.access_ttl.max(self.registry.peers().longest_ttl());
        Duration::from_secs(longest.as_millis().div_ceil(1000) as u64)
    }
}

#[async_trait]
impl Strategy for JwtStrategy {
    fn description(&self) -> Description {
        let (revocation, reads) = match self.mode {
            RevocationMode::Stateless => {
                let clocks_apart = self.registry.clock_leeway();
                let bound = self.longest_ttl() + TOKEN_LEEWAY + clocks_apart;
                (Revocation::Within(bound), 0)
            }
            RevocationMode::Denylist | RevocationMode::Checked => {
                (self.registry.peers().revocation(), 1)
            }
        };
        Description {
            name: "jwt",
            transport: Transport::Bearer,
            revocation,
            store_reads_per_request: reads,
        }
    }

    async fn issue(&self, user: &User, proof: Proof, device: &Device) -> Result<Issued, AuthError> {
        // The key comes first, so that without one no session is opened in vain.
        let key = self.keys.signing(self.registry.now())?;
        let opening = Opening {
            user,
            device,
            proof,
            kind: SecretKind::Refresh,
            token_lifetime: self.access_ttl,
        };
        let (session, refresh) = self.registry.open(opening).await?;
        self.hand(&key, user.clone(), session, refresh)
    }

    async fn authenticate(
        &self,
        credential: &Credential,
    ) -> Result<Option<Authenticated>, AuthError> {
        let Credential::Bearer(token) = credential else {
            return Ok(None);
        };
        let now = self.registry.now();
        let keys = self.keys.current(now)?;
        let Some(claims) = self.verifier.verify(token.reveal(), &keys, now) else {
            return Ok(None);
        };
        if !claims.lives_at_most(self.longest_ttl()) {
            return Ok(None);
        }
        self.ask(&claims).await
    }

    async fn trace(
        &self,
        credential: &Credential,
    ) -> Result<Option<(UserId, SessionId)>, AuthError> {
        Ok(match credential {
            Credential::Cookie(_) => None,
            Credential::Bearer(token) => {
                let keys = self.keys.current(self.registry.now())?;
                let claims = self.verifier.trace(token.reveal(), &keys);
                claims.map(|claims| (claims.user_id, claims.session_id))
            }
            Credential::Refresh(secret) => {
                let found = self.registry.trace(SecretKind::Refresh, secret).await?;
                found.map(|session| (session.user_id, session.id))
            }
        })
    }

    async fn refresh(&self, secret: &Secret) -> Result<Refreshed, AuthError> {
        // The key comes first, so that without one no refresh token is spent in vain.
        let key = self.keys.signing(self.registry.now())?;
        let kind = SecretKind::Refresh;
        Ok(
            match self.registry.rotate(kind, secret, self.access_ttl).await? {
                Rotation::Rotated {
                    user,
                    session,
                    secret,
                } => Refreshed::Granted(Box::new(self.hand(&key, user, session, secret)?)),
                Rotation::Reused(user) => Refreshed::Reused(user),
                Rotation::Refused => Refreshed::Refused,
            },
        )
    }

    async fn revoke(&self, user: UserId, which: Revoke) -> Result<u64, AuthError> {
        self.registry.revoke(user, which).await
    }

    async fn authority(
        &self,
        session: SessionId,
        user: &User,
    ) -> Result<Option<Authority>, AuthError> {
        self.registry.authority(session, user).await
    }

    async fn revoke_by(
        &self,
        by: &Authority,
        user: UserId,
        which: Revoke,
    ) -> Result<Option<u64>, AuthError> {
        self.registry.revoke_by(by, user, which).await
    }

    async fn list(&self, user: &User) -> Result<Vec<Session>, AuthError> {
        self.registry.list(user).await
    }
}
