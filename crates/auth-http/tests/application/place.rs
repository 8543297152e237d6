//! Accounts on a database of a test's own.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use auth_core::accounts::{Federation, Registration, Stores, Verification};
use auth_core::session::SessionManager;
use auth_core::session::{Lifetimes, SessionManagerConfig};
use auth_core::{
    Accounts, AccountsConfig, Argon2Cost, Clock, Device, DeviceCookies, Hasher, HasherConfig,
    Limits, Password, PasswordPolicy, Providers, ReservedNames, RevocationMode, Secret, Strategy,
    SystemClock, Transport,
};
use auth_session::OpaqueFormat;
use auth_store::{Database, DatabaseConfig, migrate};
use tempfile::TempDir;

pub const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub const PASSWORD: &str = "violet harbour 42";

/// A day, which no test lasts.
const DAY: Duration = Duration::from_secs(86_400);

/// A database and the accounts on it.
pub struct Place {
    pub database: Database,
    pub accounts: Accounts,
    pub stores: Stores,
    pub sessions: SessionManager,
    pub hasher: Hasher,
    pub limits: Limits,
    _folder: TempDir,
}

/// Accounts whose owners sign in by these providers too.
pub async fn place(verification: Verification, providers: Providers) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("auth.db").display());
    let url = url.parse().unwrap();
    migrate::apply(&url).await.unwrap();
    let database = Database::connect(&url, &DatabaseConfig::default()).await;
    let database = database.unwrap();
    let shared = Arc::new(database.clone());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let stores = Stores {
        users: shared.clone(),
        sign_ups: shared.clone(),
        tokens: shared.clone(),
        outbox: shared.clone(),
        events: auth_core::Events::default(),
    };
    let sessions = sessions(&shared, &clock);
    let strategy = Strategy::new(
        sessions.clone(),
        Arc::new(OpaqueFormat),
        Transport::Bearer,
        RevocationMode::default(),
    );
    let federation = Federation {
        providers,
        identities: shared.clone(),
        flows: shared.clone(),
    };
    let limits = Limits::new(shared, None, DeviceCookies::new(Secret::generate()));
    let hasher = hasher();
    let accounts = Accounts::new(
        stores.clone(),
        federation,
        strategy,
        hasher.clone(),
        limits.clone(),
        clock,
        config(verification),
    );
    Place {
        database,
        accounts,
        stores,
        sessions,
        hasher,
        limits,
        _folder: folder,
    }
}

fn sessions(database: &Arc<Database>, clock: &Arc<dyn Clock>) -> SessionManager {
    let lifetimes = Lifetimes {
        idle: DAY,
        absolute: DAY,
    };
    let config = SessionManagerConfig {
        ordinary: lifetimes,
        remembered: lifetimes,
        reuse_window: Duration::ZERO,
        max_per_user: 10,
        clock_leeway: Duration::ZERO,
    };
    SessionManager::new(database.clone(), database.clone(), clock.clone(), config)
}

fn hasher() -> Hasher {
    let cost = Argon2Cost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    let config = HasherConfig {
        cost,
        threads: 1,
        queue: 100,
        deadline: DAY,
    };
    Hasher::start(config).unwrap()
}

fn config(verification: Verification) -> AccountsConfig {
    AccountsConfig {
        verification,
        password: PasswordPolicy::default(),
        reserved: ReservedNames::default(),
        reauth_within: DAY,
        verify_lifetime: DAY,
        frontend: "http://localhost".to_owned(),
        flow_lifetime: DAY,
        handover_lifetime: DAY,
    }
}

/// A filled-in form.
pub fn form(username: &str) -> Registration {
    Registration {
        first_name: "Ada".to_owned(),
        last_name: "Lovelace".to_owned(),
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        password: Password::new(PASSWORD.to_owned()),
    }
}

pub fn device() -> Device {
    Device::new("a test", LOCALHOST)
}
