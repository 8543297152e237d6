//! Opening the stores that a configuration names.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use auth_core::accounts::Stores;
use auth_core::error::BoxError;
use auth_core::events::Trail;
use auth_core::{ApiKeyStore, Clock, Events, Meter, Secret, StoreError, SystemClock};
use auth_http::{Check, Readiness};
use auth_store::memory::MemoryStore;
use auth_store::{Database, DatabaseUrl, migrate};
use tokio::sync::Mutex;
use tracing::{info, warn};

use crate::config::{SessionStoreUrl, StoreConfig};
use crate::error::StartError;
use crate::redis::{self, Dependency};
use crate::shared_store::SharedStore;

/// Every store a server works on.
#[derive(Clone)]
pub struct OpenStores {
    /// The database itself.
    pub database: Arc<Database>,
    /// Users, tokens and mail: the database.
    pub accounts: Stores,
    /// Sessions, revoked tokens and limits.
    pub shared: SharedStore,
    /// Signs device cookies, for all servers of the database.
    pub device_key: Secret,
    redis: Option<Arc<dyn Dependency>>,
    /// When every store took a write; `None` if the last one was refused.
    written: Arc<Mutex<Option<Instant>>>,
}

/// Opens the stores and brings the database up to date, which is what comes last.
///
/// # Errors
/// When a store can't be reached or written to, or a migration fails.
pub async fn open(
    config: &StoreConfig,
    events: Events,
    meter: &Meter,
) -> Result<OpenStores, StartError> {
    let redis = match &config.sessions {
        SessionStoreUrl::Redis(url) => {
            let lease = config.database_config.lease;
            Some(redis::open(url, config.redis_timeout, lease, meter).await?)
        }
        SessionStoreUrl::Database | SessionStoreUrl::Memory => None,
    };
    let database = open_database(config).await?.measured_by(meter.clone());
    let database = Arc::new(database);
    let trail = Arc::new(Trail::new(database.clone(), config.audit_retention));
    let events = events.with_trail(trail);
    let device_key = database.shared_key("device-cookie").await;
    let device_key = device_key.map_err(|error| refused(config, "can't be written to", error))?;
    let (shared, redis) = match (redis, &config.sessions) {
        (Some((shared, redis)), _) => (shared, Some(redis)),
        (None, SessionStoreUrl::Memory) => (SharedStore::of(&Arc::new(MemoryStore::new())), None),
        (None, _) => (SharedStore::of(&database), None),
    };
    Ok(OpenStores {
        accounts: Stores {
            users: database.clone(),
            sign_ups: database.clone(),
            tokens: database.clone(),
            outbox: database.clone(),
            events,
        },
        database,
        shared,
        device_key,
        redis,
        written: Arc::default(),
    })
}

async fn open_database(config: &StoreConfig) -> Result<Database, StartError> {
    let url = &config.database;
    let unusable = |error| refused(config, "can't be used", error);
    match config.migrate {
        true => bring_up_to_date(url).await?,
        false => must_be_up_to_date(config).await?,
    }
    let newer = migrate::newer(url).await.map_err(unusable)?;
    if !newer.is_empty() {
        warn!(
            migrations = newer.join(", "),
            "a newer version has changed the database: this one goes on working with it, \
             but replace it soon"
        );
    }
    let database = Database::connect(url, &config.database_config).await;
    let database = database.map_err(unusable)?;
    let written = database.check(SystemClock.now()).await;
    written.map_err(|error| refused(config, "can't be written to", error))?;
    Ok(database)
}

async fn bring_up_to_date(url: &DatabaseUrl) -> Result<(), StartError> {
    let outdated = |error: StoreError| StartError::Outdated {
        url: url.to_string(),
        source: error.into(),
    };
    for migration in migrate::apply(url).await.map_err(outdated)? {
        info!(migration, "migration applied");
    }
    Ok(())
}

/// Looks at the schema and changes nothing. A SQLite file that is not there is not made either.
async fn must_be_up_to_date(config: &StoreConfig) -> Result<(), StartError> {
    let url = &config.database;
    let pending = match url.sqlite_file() {
        Some(file) if !file.exists() => migrate::all(url),
        _ => migrate::pending(url).await,
    };
    let pending = pending.map_err(|error| refused(config, "can't be used", error))?;
    match pending.is_empty() {
        true => Ok(()),
        false => Err(StartError::Pending {
            url: url.to_string(),
            migrations: pending.join(", "),
        }),
    }
}

pub(crate) fn refused(
    config: &StoreConfig,
    problem: &'static str,
    source: impl Into<BoxError>,
) -> StartError {
    StartError::Database {
        url: config.database.to_string(),
        problem,
        source: source.into(),
    }
}

/// How long a store that took a write counts as one that takes writes, so that those who ask
/// for a server's health don't keep it busy.
const WRITTEN: Duration = Duration::from_secs(1);

#[async_trait]
impl Readiness for OpenStores {
    /// Asks each store for a sign of life, and now and then to keep something: a full disk or
    /// a primary that became a replica still answers questions.
    async fn check(&self) -> Vec<Check> {
        let mut written = self.written.lock().await;
        let is_due = written.is_none_or(|at| at.elapsed() > WRITTEN);
        let mut checks = vec![check("database", self.check_database(is_due).await)];
        if let Some(redis) = &self.redis {
            let asked = match is_due {
                true => redis.check().await,
                false => redis.ping().await,
            };
            checks.push(check("session_store", asked));
        }
        if is_due {
            let all_well = checks.iter().all(|check| check.ok);
            *written = all_well.then(Instant::now);
        }
        checks
    }
}

impl OpenStores {
    async fn check_database(&self, by_writing: bool) -> Result<(), StoreError> {
        self.database.ping().await?;
        if by_writing {
            self.database.check(SystemClock.now()).await?;
        }
        Ok(())
    }
}

fn check(name: &'static str, ping: Result<(), StoreError>) -> Check {
    if let Err(error) = &ping {
        warn!(name, %error, "dependency is away");
    }
    Check {
        name,
        ok: ping.is_ok(),
    }
}

impl OpenStores {
    /// Deletes what has expired from the shared store.
    pub(crate) async fn purge(&self, clock: &dyn Clock) -> Result<(), StoreError> {
        let now = clock.now();
        self.shared.sessions.purge(now).await?;
        self.shared.limits.purge(now).await?;
        self.database.fill_in_skeletons().await?;
        ApiKeyStore::purge(&*self.database, now).await?;
        Ok(())
    }
}
