//! The token format.

use std::time::Duration;

use auth_core::credential::{Format, Presented};
use auth_core::{AuthError, Secret, SecretText, Session, Timestamp};
use serde_json::Value;

use crate::claims::{Parties, WireClaims};
use crate::keys::{KeyError, KeyInfo, KeyRing};
use crate::verifier::{MAX_TOKEN_LEN, Verifier};

/// The rules for access tokens.
#[derive(Clone, Debug)]
pub struct JwtConfig {
    /// `iss`: who the tokens come from, usually the public URL.
    pub issuer: String,
    /// `aud`: whom the tokens are for.
    pub audience: String,
    /// How long an access token is valid; verifiers grant [`TOKEN_LEEWAY`](auth_core::strategy::TOKEN_LEEWAY) beyond it.
    pub access_ttl: Duration,
    /// How far the clocks of the servers may be apart.
    pub clock_leeway: Duration,
    /// The most tokens whose signature is remembered as good, some 250 bytes each; with 0
    /// every check checks the signature.
    pub remembered: usize,
}

/// Why the rules can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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

/// Short-lived signed access tokens (RFC 9068), each of a session whose refresh token rotates.
pub struct JwtFormat {
    keys: KeyRing,
    verifier: Verifier,
    access_ttl: Duration,
}

impl JwtFormat {
    /// Joins the parts.
    ///
    /// # Errors
    /// When a rule can't be kept.
    pub fn new(keys: KeyRing, config: JwtConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let parties = Parties {
            issuer: config.issuer,
            audience: config.audience,
        };
        Ok(Self {
            verifier: Verifier::new(parties, config.clock_leeway, config.remembered),
            keys,
            access_ttl: config.access_ttl,
        })
    }

    /// The public keys that verify the access tokens; see [`KeyRing::jwks`].
    pub fn jwks(&self, now: Timestamp) -> Value {
        self.keys.jwks(now)
    }

    /// What may be known of the keys.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn keys(&self, now: Timestamp) -> Result<Vec<KeyInfo>, KeyError> {
        self.keys.list(now)
    }
}

impl Format for JwtFormat {
    fn name(&self) -> &'static str {
        "jwt"
    }

    fn token_lifetime(&self) -> Option<Duration> {
        Some(self.access_ttl)
    }

    fn is_ready(&self, now: Timestamp) -> Result<(), AuthError> {
        self.keys.signing(now)?;
        Ok(())
    }

    fn mint(
        &self,
        session: &Session,
        _secret: &Secret,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<SecretText, AuthError> {
        let key = self.keys.signing(now)?;
        let claims = WireClaims::new(self.verifier.parties(), session, now, lifetime);
        Ok(SecretText::new(key.sign(&claims)?))
    }

    fn read(&self, text: &str, now: Timestamp) -> Result<Option<Presented>, AuthError> {
        let keys = self.keys.current(now)?;
        let claims = self.verifier.verify(text, &keys, now);
        Ok(claims.map(|claims| Presented::Token(claims.said)))
    }

    fn edition(&self, now: Timestamp) -> Result<u64, AuthError> {
        Ok(self.keys.current(now)?.edition())
    }

    fn read_expired(&self, text: &str, now: Timestamp) -> Result<Option<Presented>, AuthError> {
        let keys = self.keys.current(now)?;
        let claims = self.verifier.trace(text, &keys);
        Ok(claims.map(|claims| Presented::Token(claims.said)))
    }
}
