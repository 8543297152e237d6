//! Everything on SQLite or PostgreSQL, by URL, with the same queries.

mod api_keys;
mod audit;
mod durability;
mod factors;
mod fault;
mod flows;
mod health;
mod identities;
mod import;
mod keys;
mod limits;
mod outbox;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod prepared;
mod purge;
#[cfg(feature = "postgres")]
mod retry;
mod rows;
mod run;
mod search;
mod servers;
mod sessions;
mod sign_ups;
mod skeletons;
pub(crate) mod sqlite;
mod steps;
mod take_over;
#[cfg(feature = "postgres")]
mod tls;
mod tokens;
mod url;
mod users;
mod webhook_deliveries;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use auth_core::cache::ChangeLog;
use auth_core::{Meter, Secret, StoreError};
use auth_revocation::Lease;
use tokio::sync::OnceCell;

pub(crate) use fault::{failed, fault, unavailable};
pub use servers::{SeenServer, ServerNote};
pub(crate) use url::DatabaseKind;
#[cfg(feature = "postgres")]
pub(crate) use url::PostgresUrl;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};

#[cfg(feature = "postgres")]
use postgres::Postgres;
use sqlite::Sqlite;

/// How a database is used.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// The most PostgreSQL connections that write, for each thread that serves requests;
    /// one more of each thread carries its reads.
    pub pool_size: usize,
    /// How long to wait for a connection, be it a new one or one in use. On SQLite: for
    /// other writers.
    pub connect_timeout: Duration,
    /// How long a statement, or a transaction of several, may take on PostgreSQL.
    pub statement_timeout: Duration,
    /// Whether PostgreSQL keeps statements prepared from one use to the next.
    pub statement_cache: StatementCache,
    /// For how long this process may answer by what it knows of PostgreSQL after it has asked
    /// for news.
    pub lease: Lease,
}

/// Whether PostgreSQL keeps statements prepared from one use to the next, which saves it
/// work, but can't be had behind a pooler that gives connections away after each transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatementCache {
    /// Unless such a pooler is in between.
    #[default]
    Auto,
    /// Always: the pooler takes care of prepared statements itself.
    On,
    /// Never.
    Off,
}

impl StatementCache {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Auto, Self::On, Self::Off];

    /// The form on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            pool_size: 4,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
            statement_cache: StatementCache::default(),
            lease: Lease::DEFAULT,
        }
    }
}

/// The connections of the pools for transactions, one pool for each thread that serves requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolState {
    /// In use.
    pub in_use: usize,
    /// Open, and waiting to be used.
    pub idle: usize,
    /// Who waits for one.
    pub waiting: usize,
}

/// Keeps users, tokens, sessions, limits and the mail queue in a SQL database. Clones share
/// their connections.
///
/// The schema is that of [`migrate`](crate::migrate). When the database goes away, calls
/// fail with [`StoreError::Unavailable`]; once it is back, they work again.
#[derive(Clone)]
pub struct Database {
    engine: Arc<Engine>,
    sign_up_key: Arc<OnceCell<Secret>>,
    meter: Meter,
}

enum Engine {
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

impl Database {
    /// Opens a database. A SQLite file is made when missing, readable for its owner only.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it can't be reached, [`StoreError::Failed`] when
    /// what the URL asks for is impossible.
    pub async fn connect(url: &DatabaseUrl, config: &DatabaseConfig) -> Result<Self, StoreError> {
        let engine = match url.kind() {
            DatabaseKind::Sqlite(path) => {
                Engine::Sqlite(Sqlite::open(path, config.connect_timeout)?)
            }
            #[cfg(feature = "postgres")]
            DatabaseKind::Postgres(url) => Engine::Postgres(Postgres::open(url, config).await?),
        };
        Ok(Self {
            engine: Arc::new(engine),
            sign_up_key: Arc::default(),
            meter: Meter::default(),
        })
    }

    /// Tells this meter how long calls take, and waits for what ended to be known everywhere.
    #[must_use]
    pub fn measured_by(self, meter: Meter) -> Self {
        Self { meter, ..self }
    }

    /// The connections of the pools, where there are any.
    pub fn pool(&self) -> Option<PoolState> {
        match &*self.engine {
            Engine::Sqlite(_) => None,
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => Some(postgres.pool_state()),
        }
    }

    /// What changes about sessions and users, where that can be followed.
    fn followed(&self) -> Option<Arc<dyn ChangeLog>> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.changes().map(|changes| changes as _),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.leases().hold(),
        }
    }

    /// The answer to a change, once it is in force on every server. On SQLite it is by itself.
    async fn once_in_force<T>(&self, answer: T) -> Result<T, StoreError> {
        #[cfg(feature = "postgres")]
        if let Engine::Postgres(postgres) = &*self.engine {
            let confirmed = postgres.leases().confirm();
            self.meter.revocation_wait(confirmed).await?;
        }
        Ok(answer)
    }
}
