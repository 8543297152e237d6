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
            registry,
            keys,
            verifier: Verifier::new(parties, config.remembered),
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
        let denied_until = session.tokens_until - TOKEN_LEEWAY;
        let latest_end = session.expires_at().min(denied_until);
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

    /// Asks the registry what the mode wants to know about a token's session: the outer
    /// `None` is a dead session, the inner one an owner who was not looked up.
    async fn ask(&self, claims: &Claims) -> Result<Option<Option<User>>, AuthError> {
        match self.mode {
            RevocationMode::Stateless => Ok(Some(None)),
            RevocationMode::Denylist => {
                let (session, user) = (claims.session_id, claims.user_id);
                let denial = self.registry.denial(session, user).await?;
                Ok((!denial.denied).then_some(denial.user))
            }
            RevocationMode::Checked => {
                let found = self.registry.find_by_id(claims.session_id).await?;
                let found = found.filter(|(_, user)| user.id == claims.user_id);
                Ok(found.map(|(_, user)| Some(user)))
            }
        }
    }
}

#[async_trait]
impl Strategy for JwtStrategy {
    fn description(&self) -> Description {
        let (revocation, reads) = match self.mode {
            RevocationMode::Stateless => (Revocation::Within(self.access_ttl + TOKEN_LEEWAY), 0),
            RevocationMode::Denylist | RevocationMode::Checked => (Revocation::Immediate, 1),
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
        let user = self.ask(&claims).await?;
        Ok(user.map(|user| Authenticated {
            user_id: claims.user_id,
            session_id: claims.session_id,
            auth_time: claims.auth_time,
            user,
        }))
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
