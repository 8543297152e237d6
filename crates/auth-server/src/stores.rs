//! Opening the stores that the settings name.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_trait::async_trait;
use auth_core::accounts::Stores;
use auth_core::{Clock, Events, LimitStore, Secret, SessionStore, StoreError, SystemClock};
use auth_http::{Check, Readiness};
use auth_store::memory::MemoryStore;
use auth_store::redis::{RedisConfig, RedisStore};
use auth_store::{Database, DatabaseConfig, DatabaseKind, DatabaseUrl, migrate};
use tokio::sync::Mutex;
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
    /// When every store took a write; `None` if the last one was refused.
    written: Arc<Mutex<Option<Instant>>>,
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

/// Opens the stores and brings the database up to date, which is what comes last.
///
/// # Errors
/// When a store can't be reached or written to, or a migration fails.
pub async fn open(settings: &Settings) -> anyhow::Result<OpenStores> {
    let url = database_url(settings)?;
    if uses_data_dir(settings, &url)? {
        create_private_dir(&settings.data_dir)?;
    }
    let session_store = settings.session_store()?;
    let redis = open_redis(settings, &session_store).await?;
    let database = Arc::new(open_database(settings, &url).await?);
    let device_key = database.shared_key("device-cookie").await;
    let device_key = device_key.context("--database-url holds no key for device cookies")?;
    let shared = match (&redis, session_store) {
        (Some(redis), _) => shared(redis),
        (None, SessionStoreUrl::Memory) => shared(&Arc::new(MemoryStore::new())),
        (None, _) => shared(&database),
    };
    Ok(OpenStores {
        accounts: Stores {
            users: database.clone(),
            sign_ups: database.clone(),
            tokens: database.clone(),
            outbox: database.clone(),
            events: Events::default(),
        },
        database,
        shared,
        device_key,
        redis,
        written: Arc::default(),
    })
}

/// Whether anything but keys is kept there.
fn uses_data_dir(settings: &Settings, url: &DatabaseUrl) -> anyhow::Result<bool> {
    let has_mailbox = settings.mail_target()? == "dev";
    Ok(has_mailbox || matches!(url.kind(), DatabaseKind::Sqlite(_)))
}

async fn open_database(settings: &Settings, url: &DatabaseUrl) -> anyhow::Result<Database> {
    let stores = &settings.stores;
    let config = DatabaseConfig {
        pool_size: stores.database_pool.max(1),
        connect_timeout: stores.store_timeout,
        statement_timeout: stores.store_timeout,
        statement_cache: stores.database_statement_cache.into(),
    };
    let migrated = migrate::apply(url).await;
    for migration in migrated.with_context(|| {
        format!(
            "--database-url {url} can't be brought up to date; \
             if the server's role may not change it, run `authctl db migrate` as one that may"
        )
    })? {
        info!(migration, "migration applied");
    }
    let unusable = || format!("--database-url {url} can't be used");
    let newer = migrate::newer(url).await.with_context(unusable)?;
    if !newer.is_empty() {
        warn!(
            migrations = newer.join(", "),
            "a newer version has changed the database: this one goes on working with it, \
             but replace it soon"
        );
    }
    let database = Database::connect(url, &config).await;
    let database = database.with_context(unusable)?;
    let written = database.check(SystemClock.now()).await;
    written.with_context(|| format!("--database-url {url} can't be written to"))?;
    Ok(database)
}

async fn open_redis(
    settings: &Settings,
    store: &SessionStoreUrl,
) -> anyhow::Result<Option<Arc<RedisStore>>> {
    let SessionStoreUrl::Redis(url) = store else {
        return Ok(None);
    };
    let config = RedisConfig {
        connect_timeout: settings.stores.store_timeout,
        command_timeout: settings.stores.store_timeout,
        ..RedisConfig::default()
    };
    let redis = RedisStore::connect(url, config)
        .await
        .context("the Redis of --session-store can't be used")?;
    Ok(Some(Arc::new(redis)))
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
            warn!(%error, "maintenance failed");
        }
    }
}
