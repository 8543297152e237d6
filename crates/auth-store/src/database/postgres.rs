//! PostgreSQL: connections that belong to the runtime that serves the request.
//!
//! A connection is driven by a task on the runtime that opened it. Servers run one runtime
//! on each worker thread, so each gets connections of its own: no query crosses threads,
//! and a worker that stops takes nobody else's connections along.
//!
//! Reads share one connection of their runtime and are pipelined on it, so that many of
//! them travel in one packet. Whatever writes may wait for a row, so it borrows a pooled
//! connection.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use auth_core::StoreError;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
    TransactionManager as _,
};
use futures_util::FutureExt as _;
use tokio::runtime::{self, Handle};
use tokio::task::JoinHandle;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DatabaseConfig;
use super::fault::{failed, fault, unavailable};
use super::outbox::{Due, due_mails};
use super::run::{Dialect, Undo};
use super::tls;
use super::url::PostgresUrl;
use crate::schema::outbox;

/// The connections to one PostgreSQL database.
pub(crate) struct Postgres {
    connector: Connector,
    config: DatabaseConfig,
    locals: Mutex<HashMap<runtime::Id, Arc<Local>>>,
}

/// The connections of one runtime.
struct Local {
    lane: tokio::sync::Mutex<Option<Arc<Lane>>>,
    pool: Pool<AsyncPgConnection>,
}

/// A connection that many reads share.
pub(crate) struct Lane {
    conn: AsyncPgConnection,
    driver: JoinHandle<()>,
    limit: Duration,
}

/// A borrowed connection that one writer has for itself.
pub(crate) struct Pooled {
    object: Object<AsyncPgConnection>,
    limit: Duration,
}

/// Ended in time, or not.
type Bounded<T> = Result<T, Elapsed>;

impl Postgres {
    /// Connects nowhere yet.
    pub(crate) fn new(url: &PostgresUrl, config: &DatabaseConfig) -> Result<Self, StoreError> {
        Ok(Self {
            connector: Connector::new(url, config.statement_timeout)?,
            config: config.clone(),
            locals: Mutex::default(),
        })
    }

    /// The connection for this runtime's reads.
    pub(crate) async fn lane(&self) -> Result<Arc<Lane>, StoreError> {
        let local = self.local()?;
        let open = async {
            let mut slot = local.lane.lock().await;
            match &*slot {
                Some(lane) if !lane.driver.is_finished() => Ok(Arc::clone(lane)),
                _ => {
                    let lane = Arc::new(self.open_lane().await?);
                    *slot = Some(Arc::clone(&lane));
                    Ok(lane)
                }
            }
        };
        let opened = timeout(self.config.connect_timeout, open).await;
        opened.map_err(no_connection)?
    }

    /// A connection for one statement.
    pub(crate) async fn pooled(&self) -> Result<Pooled, StoreError> {
        let local = self.local()?;
        let object = timeout(self.config.connect_timeout, local.pool.get());
        Ok(Pooled {
            object: object.await.map_err(no_connection)?.map_err(unavailable)?,
            limit: self.config.statement_timeout,
        })
    }

    /// Limits a query's time also where the server's own limit does not reach.
    pub(crate) fn bounded<F: Future>(
        &self,
        query: F,
    ) -> impl Future<Output = Bounded<F::Output>> + use<F> {
        timeout(self.config.statement_timeout, query)
    }

    async fn open_lane(&self) -> Result<Lane, StoreError> {
        let (conn, driver) = self.connector.connect().await.map_err(unavailable)?;
        Ok(Lane {
            conn,
            driver,
            limit: self.config.statement_timeout,
        })
    }

    fn local(&self) -> Result<Arc<Local>, StoreError> {
        let runtime = Handle::try_current().map_err(failed)?.id();
        let mut locals = self.locals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(local) = locals.get(&runtime) {
            return Ok(Arc::clone(local));
        }
        let local = Arc::new(Local {
            lane: tokio::sync::Mutex::default(),
            pool: self.connector.pool(self.config.pool_size)?,
        });
        locals.insert(runtime, Arc::clone(&local));
        Ok(local)
    }
}

impl Lane {
    /// Takes queries through a shared reference, which is what pipelines them.
    pub(crate) fn connection(&self) -> &AsyncPgConnection {
        &self.conn
    }

    /// A query's answer. After one that took too long the connection is given up.
    pub(crate) async fn settle<T>(
        &self,
        outcome: Bounded<QueryResult<T>>,
    ) -> Result<T, StoreError> {
        match outcome {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(explain(&mut &self.conn, error, self.limit).await),
            Err(elapsed) => {
                self.driver.abort();
                Err(no_answer(elapsed))
            }
        }
    }
}

impl Pooled {
    pub(crate) fn connection(&mut self) -> &mut AsyncPgConnection {
        &mut self.object
    }

    /// A statement's answer. After one that took too long the connection is given up.
    pub(crate) async fn settle<T>(
        mut self,
        outcome: Bounded<QueryResult<T>>,
    ) -> Result<T, StoreError> {
        match outcome {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(explain(&mut *self.object, error, self.limit).await),
            Err(elapsed) => Err(self.give_up(elapsed)),
        }
    }

    /// Commits or undoes a transaction.
    pub(crate) async fn end<T>(
        self,
        outcome: Bounded<Result<T, Undo<T>>>,
    ) -> Result<T, StoreError> {
        match outcome {
            Ok(Ok(answer)) => self.commit().await.map(|()| answer),
            Ok(Err(undo)) => self.undo(undo).await,
            Err(elapsed) => Err(self.give_up(elapsed)),
        }
    }

    async fn commit(mut self) -> Result<(), StoreError> {
        let commit = AnsiTransactionManager::commit_transaction(&mut *self.object);
        let committed = timeout(self.limit, commit).await;
        self.settle(committed).await
    }

    async fn undo<T>(mut self, undo: Undo<T>) -> Result<T, StoreError> {
        let rollback = AnsiTransactionManager::rollback_transaction(&mut *self.object);
        match timeout(self.limit, rollback).await {
            Ok(Ok(())) => undo.into_answer(fault),
            // What can't be undone was said to a connection that is gone.
            Ok(Err(_)) => undo.into_answer(unavailable),
            Err(elapsed) => Err(self.give_up(elapsed)),
        }
    }

    /// Keeps a connection with a query under way out of the pool.
    fn give_up(self, elapsed: Elapsed) -> StoreError {
        drop(Object::take(self.object));
        no_answer(elapsed)
    }
}

/// Begins a transaction.
pub(crate) async fn begin(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction(conn).await
}

fn no_connection(_: Elapsed) -> StoreError {
    unavailable("PostgreSQL gave no connection in time")
}

fn no_answer(_: Elapsed) -> StoreError {
    unavailable("PostgreSQL gave no answer in time")
}

/// What an error means. Errors of the server's own going down come in its language and
/// without a code, so the connection itself is asked whether it still stands.
async fn explain(
    conn: &mut impl SimpleAsyncConnection,
    error: Error,
    limit: Duration,
) -> StoreError {
    let unclear = matches!(error, Error::DatabaseError(DatabaseErrorKind::Unknown, _));
    if unclear && !matches!(timeout(limit, conn.batch_execute("")).await, Ok(Ok(()))) {
        return unavailable(error);
    }
    fault(error)
}

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Connector {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
    settings: Arc<str>,
}

impl Connector {
    /// For connections whose statements end after `limit`.
    pub(crate) fn new(url: &PostgresUrl, limit: Duration) -> Result<Self, StoreError> {
        // The caller gives up first, so that it never has to tell one error text from
        // another; the server follows, so that nothing goes on unheard.
        let limit = limit.as_millis() + 1000;
        Ok(Self {
            config: url.config.clone(),
            tls: tls::connector(url)?,
            settings: format!(
                "SET statement_timeout = {limit};
                 SET idle_in_transaction_session_timeout = {limit};
                 SET default_transaction_isolation = 'read committed';"
            )
            .into(),
        })
    }

    /// A new connection, and the task that drives it.
    pub(crate) async fn connect(&self) -> ConnectionResult<(AsyncPgConnection, JoinHandle<()>)> {
        let (client, connection) = self
            .config
            .connect(self.tls.clone())
            .await
            .map_err(|error| ConnectionError::BadConnection(with_cause(&error)))?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a PostgreSQL connection broke");
            }
        });
        let mut conn = AsyncPgConnection::try_from(client).await?;
        let set = conn.batch_execute(&self.settings).await;
        set.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok((conn, driver))
    }

    fn pool(&self, size: usize) -> Result<Pool<AsyncPgConnection>, StoreError> {
        let connector = self.clone();
        let mut config = ManagerConfig::default();
        // Whether a connection still stands shows without asking the server.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |_| {
            let connector = connector.clone();
            async move { Ok(connector.connect().await?.0) }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config("", config);
        let pool = Pool::builder(manager).max_size(size.max(1)).build();
        pool.map_err(failed)
    }
}

/// An error and its cause, which tokio-postgres tells apart ("error connecting to server").
fn with_cause(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl Dialect for AsyncPgConnection {
    async fn serialize(&mut self, what: &str) -> QueryResult<()> {
        diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind::<diesel::sql_types::Text, _>(what)
            .execute(self)
            .await?;
        Ok(())
    }

    async fn due_mails(&mut self, due: Due) -> QueryResult<Vec<String>> {
        let mails = due_mails!(due).for_update().skip_locked();
        mails.load(self).await
    }
}
