//! The strategies on offer: how people stay signed in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use auth_core::error::BoxError;
use auth_core::{AuthError, Clock, Format, RevocationMode, Timestamp, Transport};
use auth_http::{HttpConfig, SigningKey, TokenIssuer};
use auth_jwt::{Algorithm, JwtConfig, JwtFormat, KeyRing};
use auth_session::OpaqueFormat;

/// A way to stay signed in, as it is set up. [`Session`] and [`Jwt`] are those on offer;
/// another [`Format`] is brought by an implementation of this.
pub trait Strategy: Send + Sync {
    /// Readies it: whatever can be refused is refused here, before any store is opened.
    ///
    /// # Errors
    /// Why it can't be used.
    fn backend(&self, parts: &Parts<'_>) -> Result<Backend, BoxError>;
}

impl Strategy for Box<dyn Strategy> {
    fn backend(&self, parts: &Parts<'_>) -> Result<Backend, BoxError> {
        (**self).backend(parts)
    }
}

/// What a strategy is made from.
pub struct Parts<'a> {
    /// How the contract is served.
    pub http: &'a HttpConfig,
    /// How far the clocks of the servers may be apart.
    pub clock_leeway: Duration,
    /// The source of time.
    pub clock: Arc<dyn Clock>,
}

/// What a strategy consists of, beside the sessions.
pub struct Backend {
    /// What its credential is.
    pub format: Arc<dyn Format>,
    /// How its credential travels.
    pub transport: Transport,
    /// How its tokens are checked; it has no say where there are none.
    pub check: RevocationMode,
    /// Who issues its tokens, and the keys that verify them: published below `/.well-known`.
    pub issuer: Option<TokenIssuer>,
}

/// Server-side sessions: the credential is a secret that is looked up at each request.
#[derive(Clone, Debug)]
pub struct Session {
    /// How the secret travels: in a cookie, or as a bearer with a refresh token beside it.
    pub transport: Transport,
}

impl Default for Session {
    fn default() -> Self {
        let transport = Transport::Cookie;
        Self { transport }
    }
}

impl Strategy for Session {
    fn backend(&self, _parts: &Parts<'_>) -> Result<Backend, BoxError> {
        Ok(Backend {
            format: Arc::new(OpaqueFormat),
            transport: self.transport,
            check: RevocationMode::default(),
            issuer: None,
        })
    }
}

/// Signed access tokens (RFC 9068), each of a session whose refresh token rotates.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// The keys that sign them.
    pub keys: Keys,
    /// The algorithm of new keys.
    pub algorithm: Algorithm,
    /// How long an access token is valid.
    pub access_ttl: Duration,
    /// How soon a revoked access token is refused.
    pub revocation: RevocationMode,
    /// `iss` of the tokens; the origin of the public URL when none.
    pub issuer: Option<String>,
    /// `aud` of the tokens; the origin of the public URL when none.
    pub audience: Option<String>,
    /// How the tokens travel: as a bearer, or in cookies.
    pub transport: Transport,
    /// The most tokens whose signature is remembered as good; with 0 it is checked at each
    /// request.
    pub remembered: usize,
}

/// Where signing keys are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// In a directory of this process's own, where the first is made when there is none.
    /// Several nodes share one.
    Directory(PathBuf),
    /// One key, in a file.
    File(PathBuf),
}

impl Default for Jwt {
    fn default() -> Self {
        Self {
            keys: Keys::Directory("keys".into()),
            algorithm: Algorithm::EdDsa,
            access_ttl: Duration::from_secs(300),
            revocation: RevocationMode::default(),
            issuer: None,
            audience: None,
            transport: Transport::Bearer,
            remembered: 16_384,
        }
    }
}

impl Jwt {
    /// With keys in this directory.
    pub fn with_keys_in(directory: impl AsRef<Path>) -> Self {
        Self {
            keys: Keys::Directory(directory.as_ref().to_owned()),
            ..Self::default()
        }
    }

    /// Opens the keys.
    ///
    /// # Errors
    /// When they can't be read or made.
    pub fn key_ring(&self, clock: &dyn Clock) -> Result<KeyRing, auth_jwt::KeyError> {
        match &self.keys {
            Keys::File(file) => KeyRing::from_file(file, self.algorithm),
            Keys::Directory(dir) => KeyRing::open(dir, self.algorithm, clock.now()),
        }
    }
}

impl Strategy for Jwt {
    fn backend(&self, parts: &Parts<'_>) -> Result<Backend, BoxError> {
        let keys = self.key_ring(&*parts.clock)?;
        Ok(self.backend_with(keys, parts)?)
    }
}

impl Jwt {
    /// Readies it with keys that are open already.
    ///
    /// # Errors
    /// When a rule for tokens can't be kept.
    pub fn backend_with(
        &self,
        keys: KeyRing,
        parts: &Parts<'_>,
    ) -> Result<Backend, auth_jwt::ConfigError> {
        let clock = parts.clock.clone();
        let own = || parts.http.origin();
        let issuer = self.issuer.clone().unwrap_or_else(own);
        let config = JwtConfig {
            issuer: issuer.clone(),
            audience: self.audience.clone().unwrap_or_else(own),
            access_ttl: self.access_ttl,
            clock_leeway: parts.clock_leeway,
            remembered: self.remembered,
        };
        let format = Arc::new(JwtFormat::new(keys, config)?);
        let (published, told, now) = (format.clone(), format.clone(), clock.clone());
        Ok(Backend {
            format,
            transport: self.transport,
            check: self.revocation,
            issuer: Some(TokenIssuer {
                name: issuer,
                keys: Arc::new(move || published.jwks(clock.now())),
                made: Arc::new(move || signing_keys(&told, now.now())),
            }),
        })
    }
}

/// What operators may know of the keys.
fn signing_keys(format: &JwtFormat, now: Timestamp) -> Result<Vec<SigningKey>, AuthError> {
    let keys = format.keys(now)?.into_iter().map(|key| SigningKey {
        kid: key.kid,
        algorithm: key.algorithm.as_str(),
        state: key.state.as_str(),
        created_at: key.created_at,
        age: now.since(key.created_at),
    });
    Ok(keys.collect())
}
