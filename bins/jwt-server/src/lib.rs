//! The contract with access and refresh tokens.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use auth_core::error::BoxError;
use auth_core::{RevocationMode, SystemClock, Transport};
use auth_jwt::{Algorithm, KeyRing};
use auth_server::settings::{CredentialKind, DAY, SECOND, between, one_of};
use auth_server::{Server, Settings, StrategySettings};
use clap::Args;
use comprehensive_auth::{Backend, Jwt, Keys, Parts, Session, Strategy};

/// The server.
pub const SERVER: Server = Server {
    name: "jwt-server",
    about: "signed access tokens, rotating refresh tokens",
    port: 4002,
    needs_provider: false,
};

/// How tokens work.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Credentials")]
pub struct JwtSettings {
    /// How long an access token is valid.
    #[arg(long, env = "AUTH_ACCESS_TTL", value_parser = between(SECOND, DAY), default_value = "5m")]
    pub access_ttl: Duration,

    /// How soon a revoked access token is refused: at once after a look at the list of
    /// the revoked, at once after a look at the session, or when it expires.
    #[arg(
        long,
        env = "AUTH_REVOCATION",
        value_parser = one_of(RevocationMode::ALL, |mode| mode.as_str()),
        default_value_t
    )]
    pub revocation: RevocationMode,

    /// The algorithm of new signing keys.
    #[arg(
        long,
        env = "AUTH_JWT_ALG",
        value_parser = one_of(Algorithm::ALL, |algorithm| algorithm.as_str()),
        default_value_t
    )]
    pub jwt_alg: Algorithm,

    /// The most access tokens whose signature is remembered as good; with 0 it is checked at
    /// each request.
    #[arg(long, env = "AUTH_JWT_REMEMBERED", default_value_t = 16_384,
          value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub jwt_remembered: u32,

    /// A signing key by file, instead of the generated ones in the data dir.
    #[arg(long, env = "AUTH_JWT_KEY_FILE")]
    pub jwt_key_file: Option<PathBuf>,

    /// The audience of access tokens [default: the public URL].
    #[arg(long, env = "AUTH_JWT_AUDIENCE")]
    pub jwt_audience: Option<String>,

    /// The issuer of access tokens [default: the public URL].
    #[arg(long, env = "AUTH_JWT_ISSUER")]
    pub jwt_issuer: Option<String>,
}

impl StrategySettings for JwtSettings {
    fn strategy(&self, settings: &Settings) -> anyhow::Result<Box<dyn Strategy>> {
        let transport = settings.transport.unwrap_or(Transport::Bearer);
        Ok(Box::new(self.travelling(transport, settings)))
    }

    fn check(&self, settings: &Settings) -> anyhow::Result<()> {
        match self.jwt_key_file {
            Some(_) => self.keys(&settings.data_dir).map(drop),
            None => Ok(()),
        }
    }

    fn bridged(
        &self,
        kind: CredentialKind,
        settings: &Settings,
    ) -> anyhow::Result<Box<dyn Strategy>> {
        let session = |transport| Box::new(Session { transport });
        Ok(match kind {
            CredentialKind::Session => session(Transport::Cookie),
            CredentialKind::SessionBearer => session(Transport::Bearer),
            CredentialKind::Jwt => Box::new(self.travelling(Transport::Bearer, settings)),
            CredentialKind::JwtCookie => Box::new(self.travelling(Transport::Cookie, settings)),
        })
    }
}

/// The strategy, which says of keys that can't be opened which setting named them.
struct SetUp {
    settings: JwtSettings,
    data_dir: PathBuf,
    transport: Transport,
}

impl Strategy for SetUp {
    fn backend(&self, parts: &Parts<'_>) -> Result<Backend, BoxError> {
        let jwt = Jwt {
            transport: self.transport,
            ..self.settings.jwt(&self.data_dir)
        };
        let keys = self.settings.keys(&self.data_dir)?;
        Ok(jwt.backend_with(keys, parts)?)
    }
}

impl JwtSettings {
    fn travelling(&self, transport: Transport, settings: &Settings) -> SetUp {
        SetUp {
            settings: self.clone(),
            data_dir: settings.data_dir.clone(),
            transport,
        }
    }

    fn jwt(&self, data_dir: &Path) -> Jwt {
        Jwt {
            keys: match &self.jwt_key_file {
                Some(file) => Keys::File(file.clone()),
                None => Keys::Directory(data_dir.join("keys")),
            },
            algorithm: self.jwt_alg,
            access_ttl: self.access_ttl,
            revocation: self.revocation,
            issuer: self.jwt_issuer.clone(),
            audience: self.jwt_audience.clone(),
            transport: Transport::Bearer,
            remembered: self.jwt_remembered as usize,
        }
    }

    /// Opens the keys that the settings name: the given file, or those in the data dir, of
    /// which the first is made when there is none.
    ///
    /// # Errors
    /// When they can't be read or made.
    pub fn keys(&self, data_dir: &Path) -> anyhow::Result<KeyRing> {
        let jwt = self.jwt(data_dir);
        jwt.key_ring(&SystemClock).with_context(|| match jwt.keys {
            Keys::File(_) => "--jwt-key-file can't be used".to_owned(),
            Keys::Directory(_) => format!(
                "--data-dir {} can't keep keys, so name another one or give --jwt-key-file",
                data_dir.display()
            ),
        })
    }

    /// Whether there is a place of keys already, so that [`keys`](Self::keys) would not make
    /// it.
    pub fn has_keys(&self, data_dir: &Path) -> bool {
        match self.jwt(data_dir).keys {
            Keys::File(_) => true,
            Keys::Directory(dir) => dir.is_dir(),
        }
    }
}
