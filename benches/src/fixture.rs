//! A user in a throwaway SQLite database, and a registry over any session store.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use auth_core::session::{Lifetimes, SessionManagerConfig};
use auth_core::strategy::AuthenticationEvent;
use auth_core::user::Created;
use auth_core::{
    Clock, Credential, Device, Effects, Email, FieldError, NewUser, PersonName, RevocationMode,
    Scheme, SessionManager, SessionStore, Strategy, SystemClock, Transport, User, UserId,
    UserStore, Username,
};
use auth_jwt::{Algorithm, JwtConfig, JwtFormat, KeyRing};
use auth_session::OpaqueFormat;
use auth_store::{Database, DatabaseConfig, DatabaseUrl, migrate};
use tempfile::TempDir;

/// A database with one user.
pub struct Fixture {
    /// The database.
    pub database: Arc<Database>,
    /// The user.
    pub user: User,
    keys: TempDir,
    _dir: Option<TempDir>,
}

impl Fixture {
    /// On a throwaway SQLite file.
    ///
    /// # Errors
    /// When the file can't be made.
    pub async fn sqlite() -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let url = format!("sqlite:{}", dir.path().join("bench.db").display());
        let fixture = Self::at(&url.parse()?).await?;
        Ok(Self {
            _dir: Some(dir),
            ..fixture
        })
    }

    /// On this database, which is brought up to date.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn at(url: &DatabaseUrl) -> anyhow::Result<Self> {
        migrate::apply(url).await?;
        let database = Database::connect(url, &DatabaseConfig::default()).await?;
        let user = match database.create(&somebody()?, Effects::none()).await? {
            Created::Made(user) => user,
            _ => bail!("the bench user exists already"),
        };
        Ok(Self {
            database: Arc::new(database),
            user,
            keys: tempfile::tempdir()?,
            _dir: None,
        })
    }

    /// A registry that keeps its sessions in this store.
    pub fn registry(&self, sessions: Arc<dyn SessionStore>) -> SessionManager {
        const DAY: Duration = Duration::from_secs(86_400);
        let lifetimes = Lifetimes {
            idle: DAY,
            absolute: DAY,
        };
        let config = SessionManagerConfig {
            ordinary: lifetimes,
            remembered: lifetimes,
            reuse_window: Duration::ZERO,
            max_per_user: u32::MAX,
            clock_leeway: Duration::ZERO,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        SessionManager::new(sessions, self.database.clone(), clock, config)
    }

    /// Sessions over a registry of them.
    pub fn cookies(&self, registry: SessionManager) -> Strategy {
        let (format, mode) = (Arc::new(OpaqueFormat), RevocationMode::Checked);
        Strategy::new(registry, Scheme::new(format, Transport::Cookie), mode)
    }

    /// Tokens of this algorithm, revoked in this way, over a registry of sessions.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn tokens(
        &self,
        registry: SessionManager,
        algorithm: Algorithm,
        mode: RevocationMode,
    ) -> anyhow::Result<Strategy> {
        let keys = self.keys.path().join(algorithm.as_str());
        let keys = KeyRing::open(&keys, algorithm, SystemClock.now())?;
        let config = JwtConfig {
            issuer: "https://auth.example.org".into(),
            audience: "https://auth.example.org".into(),
            access_ttl: Duration::from_secs(3600),
            clock_leeway: registry.clock_leeway(),
            remembered: 16_384,
        };
        let format = Arc::new(JwtFormat::new(keys, config)?);
        Ok(Strategy::new(
            registry,
            Scheme::new(format, Transport::Bearer),
            mode,
        ))
    }
}

/// What a client presents after a sign-in.
///
/// # Errors
/// When the sign-in fails.
pub async fn credential(strategy: &Strategy, user: &User) -> anyhow::Result<Credential> {
    let issued = strategy.issue(user, proof(), &device()).await?;
    let transport = issued.scheme.transport;
    Ok(Credential::Access(transport, issued.tokens.access))
}

/// The client of the bench.
pub fn device() -> Device {
    Device::new("bench", IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// The user has just shown who they are.
pub fn proof() -> AuthenticationEvent {
    AuthenticationEvent {
        at: SystemClock.now(),
        remember: false,
        identity: None,
        assurance: Default::default(),
    }
}

fn somebody() -> anyhow::Result<NewUser> {
    let id = UserId::generate();
    // The random end of the id, so that benches can share a database.
    let name = format!("bench-{}", &id.to_string()[24..]);
    let refused = |e: FieldError| anyhow::anyhow!(e.detail);
    Ok(NewUser {
        id,
        first_name: PersonName::parse("first_name", "Ada").map_err(refused)?,
        last_name: PersonName::parse("last_name", "Lovelace").map_err(refused)?,
        username: Username::parse("username", &name).map_err(refused)?,
        email: Email::parse("email", &format!("{name}@example.org")).map_err(refused)?,
        email_verified: true,
        password_hash: None,
        identity: None,
        created_at: SystemClock.now(),
    })
}
