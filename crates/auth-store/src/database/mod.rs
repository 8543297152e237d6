//! Everything on SQLite or PostgreSQL, by URL, with the same queries.

mod fault;
mod flows;
mod identities;
mod keys;
mod limits;
mod outbox;
pub(crate) mod postgres;
mod rotation;
mod rows;
mod run;
mod servers;
mod sessions;
mod sign_ups;
mod skeletons;
pub(crate) mod sqlite;
mod steps;
mod tls;
mod tokens;
mod url;
mod users;

use std::sync::Arc;
use std::time::Duration;

use auth_core::{Secret, StoreError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::sync::OnceCell;

pub(crate) use fault::{failed, fault, unavailable};
pub use servers::ServerNote;
pub use url::{DatabaseKind, DatabaseUrl, InvalidDatabaseUrl, PostgresUrl};

use crate::schema;
use postgres::Postgres;
use run::{optional, read};
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
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            pool_size: 4,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
        }
    }
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
}

enum Engine {
    Sqlite(Sqlite),
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
            DatabaseKind::Postgres(url) => {
                let postgres = Postgres::new(url, config)?;
                postgres.lane().await?;
                Engine::Postgres(postgres)
            }
        };
        Ok(Self {
            engine: Arc::new(engine),
            sign_up_key: Arc::default(),
        })
    }

    /// Whether the database answers a query on its tables.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let any_user = schema::users::table.select(schema::users::id).limit(1);
        read!(self, |conn| optional(any_user.get_result::<String>(conn)))?;
        Ok(())
    }
}
