//! PostgreSQL: connections that belong to the runtime that serves the request.
//!
//! A connection is driven by a task on the runtime that opened it. Servers run one runtime
//! on each worker thread, so each gets connections of its own: no query crosses threads,
//! and a worker that stops takes nobody else's connections along.
//!
//! Reads share one connection of their runtime and are pipelined on it, so that many of
//! them travel in one packet. Whatever writes may wait for a row, so it borrows a pooled
//! connection.
//!
//! Behind a pooler that gives a connection away after each transaction, such as pgbouncer in
//! transaction mode, what one statement leaves behind is not there for the next. There
//! everything is a transaction of its own: it brings its settings along, and a statement is
//! prepared, used and forgotten inside it.

mod connector;
mod log;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use auth_core::StoreError;
use auth_revocation::ServerId;
use diesel::prelude::*;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, TransactionManager as _,
};
use tokio::runtime::{self, Handle};
use tokio::task::JoinHandle;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::PoolState;
use super::durability::Durability;
use super::fault::{failed, fault, unavailable};
use super::outbox::{Due, due_mails};
use super::retry::Fault;
use super::run::{Dialect, Rollback};
use super::url::PostgresUrl;
use super::{DatabaseConfig, StatementCache};
use crate::leases::{Leases, Limits};
use crate::schema::outbox;

pub(crate) use connector::Connector;
use connector::begin;
use log::Log;

/// The connections to one PostgreSQL database.
pub(crate) struct Postgres {
    connector: Connector,
    config: DatabaseConfig,
    leases: Arc<Leases>,
    locals: Mutex<HashMap<runtime::Id, Arc<Local>>>,
}

/// The connections of one runtime.
struct Local {
    lane: tokio::sync::Mutex<Option<Arc<SharedConnection>>>,
    pool: Pool<AsyncPgConnection>,
}

/// A connection that many reads share.
pub(crate) struct SharedConnection {
    conn: AsyncPgConnection,
    driver: JoinHandle<()>,
    /// Who is at its other end, which stays so for as long as it lasts, if it takes writes.
    server: Option<ServerId>,
}

/// A borrowed connection that one statement or transaction has for itself.
pub(crate) struct Pooled {
    object: Object<AsyncPgConnection>,
    limit: Duration,
    /// Whether the only statement is in a transaction, which it does not know of.
    wrapped: bool,
}

/// What a read is done on.
pub(crate) enum Reader {
    SharedConnection(Arc<SharedConnection>),
    Pooled(Pooled),
}

/// Ended in time, or not.
type Bounded<T> = Result<T, Elapsed>;

impl Postgres {
    /// Connects, and finds out whether a pooler is in between.
    pub(crate) async fn open(
        url: &PostgresUrl,
        config: &DatabaseConfig,
    ) -> Result<Self, StoreError> {
        let connector = Connector::new(url, config.statement_timeout)?;
        let is_shared = async {
            match config.statement_cache {
                StatementCache::On => Ok(false),
                StatementCache::Off => Ok(true),
                StatementCache::Auto => connector.finds_pooler().await.map_err(unavailable),
            }
        };
        let is_shared = timeout(config.connect_timeout, is_shared).await;
        let is_shared = is_shared.map_err(no_connection)??;
        if is_shared && config.statement_cache == StatementCache::Auto {
            tracing::info!(
                "a pooler gives PostgreSQL's connections away after each transaction: \
                 no statement stays prepared"
            );
        }
        let connector = connector.shared(is_shared);
        let postgres = Self {
            leases: leases(&connector, config),
            connector,
            config: config.clone(),
            locals: Mutex::default(),
        };
        postgres.reader().await?.settle(Ok(Ok(()))).await?;
        Ok(postgres)
    }

    /// The leases on what changes.
    pub(crate) fn leases(&self) -> &Arc<Leases> {
        &self.leases
    }

    /// What this runtime reads on.
    pub(crate) async fn reader(&self) -> Result<Reader, StoreError> {
        if self.connector.is_shared() {
            let mut pooled = self.for_one_statement().await?;
            if self.leases.is_held() {
                self.leases
                    .judge(server(pooled.connection()).await.as_ref());
            }
            return Ok(Reader::Pooled(pooled));
        }
        let lane = self.lane().await?;
        if !self.leases.judge(lane.server.as_ref()) {
            self.replace(&lane).await?;
        }
        Ok(Reader::SharedConnection(lane))
    }

    /// Lets the next read have another connection.
    async fn replace(&self, lane: &Arc<SharedConnection>) -> Result<(), StoreError> {
        let local = self.local()?;
        let mut slot = local.lane.lock().await;
        slot.take_if(|current| Arc::ptr_eq(current, lane));
        Ok(())
    }

    async fn lane(&self) -> Result<Arc<SharedConnection>, StoreError> {
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
    pub(crate) async fn for_one_statement(&self) -> Result<Pooled, StoreError> {
        let mut pooled = self.pooled().await?;
        if self.connector.is_shared() {
            let begun = self
                .bounded(pooled.begin(self.begin(Durability::Synced)))
                .await;
            if !matches!(begun, Ok(Ok(()))) {
                return Err(match pooled.settle(begun).await {
                    Ok(()) => unavailable("no transaction has begun"),
                    Err(error) => error,
                });
            }
            pooled.wrapped = true;
        }
        Ok(pooled)
    }

    /// A connection for one transaction.
    pub(crate) async fn pooled(&self) -> Result<Pooled, StoreError> {
        let local = self.local()?;
        let object = timeout(self.config.connect_timeout, local.pool.get());
        Ok(Pooled {
            object: object.await.map_err(no_connection)?.map_err(unavailable)?,
            limit: self.config.statement_timeout,
            wrapped: false,
        })
    }

    /// What begins a transaction. Those that are relaxed wait for the disk, too, for which all
    /// that commit at once wait together.
    pub(crate) fn begin(&self, durability: Durability) -> &str {
        match durability {
            Durability::Synced | Durability::Relaxed => &self.connector.begin.synced,
            Durability::Confirmed => &self.connector.begin.unsynced,
        }
    }

    /// Limits a query's time also where the server's own limit does not reach.
    pub(crate) fn bounded<F: Future>(
        &self,
        query: F,
    ) -> impl Future<Output = Bounded<F::Output>> + use<F> {
        timeout(self.config.statement_timeout, query)
    }

    async fn open_lane(&self) -> Result<SharedConnection, StoreError> {
        let (mut conn, driver) = self.connector.connect().await.map_err(unavailable)?;
        let server = server(&mut conn).await;
        Ok(SharedConnection {
            conn,
            driver,
            server,
        })
    }

    /// The connections of all pools.
    pub(crate) fn pool_state(&self) -> PoolState {
        let locals = self.locals.lock().unwrap_or_else(PoisonError::into_inner);
        let each = locals.values().map(|local| local.pool.status());
        each.fold(PoolState::default(), |all, pool| PoolState {
            in_use: all.in_use + pool.size.saturating_sub(pool.available),
            idle: all.idle + pool.available,
            waiting: all.waiting + pool.waiting,
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

/// Who answers, if it takes writes and has a log.
async fn server(conn: &mut AsyncPgConnection) -> Option<ServerId> {
    let server = diesel::select(lease_server()).get_result(conn).await;
    let server: String = server.ok()?;
    Some(ServerId(server.into()))
}

#[declare_sql_function]
extern "SQL" {
    /// Which server this is.
    fn lease_server() -> diesel::sql_types::Text;
}

fn leases(connector: &Connector, config: &DatabaseConfig) -> Arc<Leases> {
    let connector = connector.clone();
    let limits = Limits {
        lease: config.lease,
        answer: config.connect_timeout,
    };
    Leases::new(limits, move || Box::new(Log::new(connector.clone())))
}

impl Reader {
    /// Takes queries through a shared reference, which is what pipelines them.
    pub(crate) fn connection(&self) -> &AsyncPgConnection {
        match self {
            Self::SharedConnection(lane) => &lane.conn,
            Self::Pooled(pooled) => &pooled.object,
        }
    }

    /// A query's answer.
    pub(crate) async fn settle<T>(self, outcome: Bounded<QueryResult<T>>) -> Result<T, StoreError> {
        match self {
            Self::SharedConnection(lane) => lane.settle(outcome),
            Self::Pooled(pooled) => pooled.settle(outcome).await,
        }
    }
}

impl SharedConnection {
    /// A query's answer. After one that took too long the connection is given up.
    fn settle<T>(&self, outcome: Bounded<QueryResult<T>>) -> Result<T, StoreError> {
        match outcome {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(fault(error)),
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

    /// Begins a transaction by [these statements](Postgres::begin).
    pub(crate) async fn begin(&mut self, statements: &str) -> QueryResult<()> {
        begin(&mut self.object, statements).await
    }

    /// A statement's answer. After one that took too long the connection is given up.
    pub(crate) async fn settle<T>(self, outcome: Bounded<QueryResult<T>>) -> Result<T, StoreError> {
        match outcome {
            Ok(answer) if self.wrapped => {
                let outcome = Ok(answer.map_err(Rollback::Query));
                self.end(outcome).await.map_err(Fault::into_error)
            }
            Ok(answer) => answer.map_err(fault),
            Err(elapsed) => Err(self.give_up(elapsed)),
        }
    }

    /// Commits or undoes a transaction.
    pub(crate) async fn end<T>(self, outcome: Bounded<Result<T, Rollback<T>>>) -> Result<T, Fault> {
        match outcome {
            Ok(Ok(answer)) => self.commit().await.map(|()| answer),
            Ok(Err(undo)) => self.undo(undo).await,
            Err(elapsed) => Err(Fault::lasting(self.give_up(elapsed))),
        }
    }

    async fn commit(mut self) -> Result<(), Fault> {
        let commit = AnsiTransactionManager::commit_transaction(&mut *self.object);
        match timeout(self.limit, commit).await {
            Ok(committed) => committed.map_err(Fault::of_commit),
            Err(elapsed) => Err(Fault::lasting(self.give_up(elapsed))),
        }
    }

    async fn undo<T>(mut self, undo: Rollback<T>) -> Result<T, Fault> {
        let rollback = AnsiTransactionManager::rollback_transaction(&mut *self.object);
        match timeout(self.limit, rollback).await {
            Ok(Ok(())) => undo.into_answer(Fault::of_query),
            // What can't be undone was said to a connection that is gone.
            Ok(Err(_)) => undo.into_answer(|error| Fault::lasting(unavailable(error))),
            Err(elapsed) => Err(Fault::lasting(self.give_up(elapsed))),
        }
    }

    /// Keeps a connection with a query under way out of the pool.
    fn give_up(self, elapsed: Elapsed) -> StoreError {
        drop(Object::take(self.object));
        no_answer(elapsed)
    }
}

fn no_connection(_: Elapsed) -> StoreError {
    unavailable("PostgreSQL gave no connection in time")
}

fn no_answer(_: Elapsed) -> StoreError {
    unavailable("PostgreSQL gave no answer in time")
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
