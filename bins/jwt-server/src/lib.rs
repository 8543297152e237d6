//! The contract with access and refresh tokens.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use auth_core::{Timestamp, Transport};
use auth_http::TokenIssuer;
use auth_jwt::{Algorithm, JwtConfig, JwtFormat, KeyRing};
use auth_server::settings::{SigningAlgorithm, TokenSettings};
use auth_server::{Backend, Parts, Server};

/// The server.
pub const SERVER: Server = Server {
    name: "jwt-server",
    about: "signed access tokens, rotating refresh tokens",
    port: 4002,
    needs_provider: false,
    backend,
};

fn backend(parts: &Parts<'_>) -> anyhow::Result<Backend> {
    let tokens = &parts.settings.tokens;
    let own = || parts.http.origin();
    let issuer = tokens.jwt_issuer.clone().unwrap_or_else(own);
    let config = JwtConfig {
        issuer: issuer.clone(),
        audience: tokens.jwt_audience.clone().unwrap_or_else(own),
        access_ttl: tokens.access_ttl,
        clock_leeway: parts.settings.sessions.clock_leeway,
        remembered: tokens.jwt_remembered as usize,
    };
    let clock = parts.clock.clone();
    let keys = keys(tokens, &parts.data_dir, clock.now())?;
    let format = Arc::new(JwtFormat::new(keys, config)?);
    let published = format.clone();
    Ok(Backend {
        format,
        transport: Transport::Bearer,
        issuer: Some(TokenIssuer {
            name: issuer,
            keys: Arc::new(move || published.jwks(clock.now())),
        }),
    })
}

/// Opens the keys that the settings name: the given file, or those in the data dir, of
/// which the first is made when there is none.
///
/// # Errors
/// When they can't be read or made.
pub fn keys(tokens: &TokenSettings, data_dir: &Path, now: Timestamp) -> anyhow::Result<KeyRing> {
    let algorithm = algorithm(tokens.jwt_alg);
    Ok(match &tokens.jwt_key_file {
        Some(file) => {
            KeyRing::from_file(file, algorithm).context("--jwt-key-file can't be used")?
        }
        None => KeyRing::open(&key_dir(data_dir), algorithm, now)
            .with_context(|| format!("--data-dir {} can't keep keys", data_dir.display()))?,
    })
}

/// Whether there is a place of keys already, so that [`keys`] would not make it.
pub fn has_keys(tokens: &TokenSettings, data_dir: &Path) -> bool {
    tokens.jwt_key_file.is_some() || key_dir(data_dir).is_dir()
}

fn key_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("keys")
}

fn algorithm(setting: SigningAlgorithm) -> Algorithm {
    match setting {
        SigningAlgorithm::EdDsa => Algorithm::EdDsa,
        SigningAlgorithm::Es256 => Algorithm::Es256,
        SigningAlgorithm::Rs256 => Algorithm::Rs256,
        SigningAlgorithm::Hs256 => Algorithm::Hs256,
    }
}
