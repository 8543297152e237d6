//! Opening the stores that the settings name.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use auth_core::accounts::Stores;
use auth_core::{Clock, LimitStore, Secret, SessionStore, StoreError};
use auth_http::{Check, Readiness};
use auth_store::memory::MemoryStore;
use auth_store::redis::{RedisConfig, RedisStore};
use auth_store::{Database, DatabaseConfig, DatabaseUrl, migrate};
use tracing::{info, warn};

use crate::settings::{SessionStoreUrl, Settings};

/// The place that all nodes share for sessions, revoked tokens and limits.
#[derive(Clone)]
pub struct SharedStore {
    /// Sessions and revoked tokens.
    pub sessions: Arc<dyn SessionStore>,
    /// Limits.
    pub limits: Arc<dyn LimitStore>,
}

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
    redis: Option<Arc<RedisStore>>,
}

/// The database that the settings name.
///
/// # Errors
/// When the URL is malformed.
pub fn database_url(settings: &Settings) -> anyhow::Result<DatabaseUrl> {
    let url = match settings.database_url()? {
        Some(url) => url,
        None => format!("sqlite:{}", settings.data_dir.join("auth.db").display()),
    };
    url.parse().context("--database-url can't be used")
}

/// Opens the stores and brings the database up to date.
///
/// # Errors
/// When a store can't be reached, or a migration fails.
pub async fn open(settings: &Settings) -> anyhow::Result<OpenStores> {
    create_private_dir(&settings.data_dir)?;
    let url = database_url(settings)?;
    let config = DatabaseConfig {
        pool_size: settings.stores.database_pool.max(1),
        connect_timeout: settings.stores.store_timeout,
        statement_timeout: settings.stores.store_timeout,
    };
    for migration in migrate::apply(&url)
        .await
        .with_context(|| format!("--database-url {url} can't be brought up to date"))?
    {
        info!(migration, "migration applied");
    }
    let database = Database::connect(&url, &config)
        .await
        .with_context(|| format!("--database-url {url} can't be reached"))?;
    let database = Arc::new(database);
    let device_key = database.shared_key("device-cookie").await;
    let device_key = device_key.context("--database-url holds no key for device cookies")?;
    let (shared, redis) = open_shared(settings, &database).await?;
    Ok(OpenStores {
        accounts: Stores {
            users: database.clone(),
            sign_ups: database.clone(),
            tokens: database.clone(),
            outbox: database.clone(),
        },
        database,
        shared,
        device_key,
        redis,
    })
}

async fn open_shared(
    settings: &Settings,
    database: &Arc<Database>,
) -> anyhow::Result<(SharedStore, Option<Arc<RedisStore>>)> {
    Ok(match &settings.stores.session_store {
        SessionStoreUrl::Database => (shared(database), None),
        SessionStoreUrl::Memory => (shared(&Arc::new(MemoryStore::new())), None),
        SessionStoreUrl::Redis(url) => {
            let config = RedisConfig {
                connect_timeout: settings.stores.store_timeout,
                command_timeout: settings.stores.store_timeout,
                ..RedisConfig::default()
            };
            let redis = RedisStore::connect(url, config)
                .await
                .context("the Redis server of --session-store can't be reached")?;
            let redis = Arc::new(redis);
            (shared(&redis), Some(redis))
        }
    })
}

fn shared<S: SessionStore + LimitStore + 'static>(store: &Arc<S>) -> SharedStore {
    SharedStore {
        sessions: store.clone(),
        limits: store.clone(),
    }
}

/// Makes a directory that only this user may enter.
pub(crate) fn create_private_dir(dir: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(dir)
        .with_context(|| format!("--data-dir {} can't be made", dir.display()))
}

#[async_trait]
impl Readiness for OpenStores {
    async fn check(&self) -> Vec<Check> {
        let mut checks = vec![check("database", self.database.ping().await)];
        if let Some(redis) = &self.redis {
            checks.push(check("session_store", redis.ping().await));
        }
        checks
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
        Ok(())
    }
}

/// Runs a chore now and then for as long as the server runs; a failure is logged and
/// tried again at the next turn.
pub(crate) async fn every<F: Future<Output = Result<(), anyhow::Error>>>(
    interval: Duration,
    chore: impl Fn() -> F,
) {
    loop {
        tokio::time::sleep(interval).await;
        if let Err(error) = chore().await {
            warn!(%error, "upkeep failed");
        }
    }
}
