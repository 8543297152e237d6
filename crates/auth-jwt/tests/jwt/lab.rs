//! A server's worth of strategy over a key directory of its own.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use auth_core::session::{Lifetimes, SessionManagerConfig};
use auth_core::strategy::AuthenticationEvent;
use auth_core::{
    AuthError, Authenticated, Clock as _, Credential, Device, Email, Issued, PersonName,
    RevocationMode, Scheme, Secret, SecretText, SessionManager, Strategy, Timestamp, Transport,
    User, UserId, Username,
};
use auth_jwt::{Algorithm, JwtConfig, JwtFormat, KeyRing};
use tempfile::TempDir;

use crate::forge::Forge;
use crate::stores::{FakeClock, FakeStore};

pub const ISSUER: &str = "https://id.example.org";
pub const AUDIENCE: &str = "https://id.example.org/api";
pub const ACCESS_TTL: Duration = Duration::from_secs(300);
pub const LEEWAY: Duration = auth_core::strategy::TOKEN_LEEWAY;
pub const IDLE: Duration = Duration::from_secs(1800);
pub const ABSOLUTE: Duration = Duration::from_secs(3600);
pub const CLOCK_LEEWAY: Duration = Duration::from_secs(60);
pub const REUSE_WINDOW: Duration = Duration::from_secs(10);

/// The time after which every server has followed a change of the ring.
pub const FOLLOWED: Duration = Duration::from_secs(5);

pub struct Lab {
    pub dir: Arc<TempDir>,
    pub clock: Arc<FakeClock>,
    pub store: Arc<FakeStore>,
    pub strategy: Strategy,
    format: Arc<JwtFormat>,

    pub user: User,
    pub algorithm: Algorithm,
}

/// The pair of tokens of a sign-in.
pub struct Tokens {
    pub access: String,
    pub expires_in: Duration,
    pub refresh: Secret,
    pub issued: Issued,
}

impl Lab {
    /// A server that asks no store.
    pub fn new(algorithm: Algorithm) -> Self {
        Self::with_mode(algorithm, RevocationMode::Stateless)
    }

    pub fn with_mode(algorithm: Algorithm, mode: RevocationMode) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let store = Arc::new(FakeStore::default());
        let user = user();
        store.put_user(user.clone());
        let lab = (dir, Arc::default(), store, user);
        Self::over(lab, algorithm, mode, config())
    }

    /// A second server that shares everything with this one, but its memory.
    pub fn twin(&self) -> Self {
        self.twin_with(self.algorithm)
    }

    /// A second server that signs with this algorithm.
    pub fn twin_with(&self, algorithm: Algorithm) -> Self {
        self.beside(algorithm, config())
    }

    /// A second server that remembers no token.
    pub fn forgetful(&self) -> Self {
        let config = JwtConfig {
            remembered: 0,
            ..config()
        };
        self.beside(self.algorithm, config)
    }

    fn beside(&self, algorithm: Algorithm, config: JwtConfig) -> Self {
        let (dir, clock) = (Arc::clone(&self.dir), Arc::clone(&self.clock));
        let (store, user) = (Arc::clone(&self.store), self.user.clone());
        let mode = RevocationMode::Stateless;
        Self::over((dir, clock, store, user), algorithm, mode, config)
    }

    fn over(
        (dir, clock, store, user): (Arc<TempDir>, Arc<FakeClock>, Arc<FakeStore>, User),
        algorithm: Algorithm,
        mode: RevocationMode,
        config: JwtConfig,
    ) -> Self {
        let ring = KeyRing::open(&key_dir(&dir), algorithm, clock.now()).unwrap();
        let format = Arc::new(JwtFormat::new(ring, config).unwrap());
        let registry = registry(&store, &clock);
        let strategy = Strategy::new(
            registry,
            Scheme::new(format.clone(), Transport::Bearer),
            mode,
        );
        Self {
            dir,
            clock,
            store,
            strategy,
            format,
            user,
            algorithm,
        }
    }

    /// The ring as another process sees it.
    pub fn ring(&self) -> KeyRing {
        KeyRing::open(&self.key_dir(), self.algorithm, self.now()).unwrap()
    }

    /// The public keys, as the server shows them.
    pub fn jwks(&self) -> serde_json::Value {
        self.format.jwks(self.now())
    }

    pub fn key_dir(&self) -> std::path::PathBuf {
        key_dir(&self.dir)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The person has just shown who they are.
    pub fn proof(&self) -> AuthenticationEvent {
        AuthenticationEvent {
            at: self.now(),
            remember: false,
            identity: None,
            assurance: Default::default(),
        }
    }

    pub fn sign_in(&self) -> Tokens {
        tokens(wait(self.strategy.issue(&self.user, self.proof(), &device())).unwrap())
    }

    pub fn access_token(&self) -> String {
        self.sign_in().access
    }

    pub fn try_authenticate(&self, token: &str) -> Result<Option<Authenticated>, AuthError> {
        let credential = Credential::Access(Transport::Bearer, SecretText::new(token));
        wait(self.strategy.authenticate(&credential))
    }

    pub fn authenticate(&self, token: &str) -> Option<Authenticated> {
        self.try_authenticate(token).unwrap()
    }

    pub fn accepts(&self, token: &str) -> bool {
        self.authenticate(token).is_some()
    }

    /// A genuine token with all that is needed to forge others from it.
    pub fn forge(&self) -> Forge {
        Forge::new(self.algorithm, &self.key_dir(), &self.access_token())
    }
}

pub fn key_dir(dir: &TempDir) -> std::path::PathBuf {
    dir.path().join("keys")
}

/// Tokens in a header, checked in this way.
pub fn strategy(
    registry: SessionManager,
    ring: KeyRing,
    config: JwtConfig,
    mode: RevocationMode,
) -> Strategy {
    let format = JwtFormat::new(ring, config).unwrap();
    Strategy::new(
        registry,
        Scheme::new(Arc::new(format), Transport::Bearer),
        mode,
    )
}

pub fn config() -> JwtConfig {
    JwtConfig {
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        access_ttl: ACCESS_TTL,
        clock_leeway: CLOCK_LEEWAY,
        remembered: 100,
    }
}

pub fn registry(store: &Arc<FakeStore>, clock: &Arc<FakeClock>) -> SessionManager {
    let lifetimes = Lifetimes {
        idle: IDLE,
        absolute: ABSOLUTE,
    };
    let config = SessionManagerConfig {
        ordinary: lifetimes,
        remembered: lifetimes,
        reuse_window: REUSE_WINDOW,
        max_per_user: 20,
        clock_leeway: CLOCK_LEEWAY,
    };
    SessionManager::new(store.clone(), store.clone(), clock.clone(), config)
}

pub fn tokens(issued: Issued) -> Tokens {
    let set = issued.tokens.clone();
    Tokens {
        access: set.access.reveal().to_owned(),
        expires_in: set.expires_in,
        refresh: set.refresh.unwrap(),
        issued,
    }
}

pub fn device() -> Device {
    Device::new("tests", [127, 0, 0, 1].into())
}

/// Runs a future that waits for nothing outside.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

/// Gives a file these permissions.
pub fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

pub fn user() -> User {
    User {
        id: UserId::generate(),
        first_name: PersonName::parse("first_name", "Ada").unwrap(),
        last_name: PersonName::parse("last_name", "Lovelace").unwrap(),
        username: Username::parse("username", "ada").unwrap(),
        email: Email::parse("email", "ada@example.org").unwrap(),
        email_verified: true,
        password_hash: None,
        disabled: false,
        credentials_version: 0,
        created_at: Timestamp::default(),
        profile: auth_core::Profile::default(),
        role: None,
        language: None,
    }
}
