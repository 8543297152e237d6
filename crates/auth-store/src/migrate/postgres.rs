//! Migrations of a PostgreSQL database: one transaction, under an advisory lock, which works
//! behind a pooler too.

use auth_core::StoreError;
use diesel_async::SimpleAsyncConnection as _;
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager as _};
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, block_in_place};
use tokio::time::timeout;

use super::catalog::{Catalog as _, PgConn, count_rows};
use super::harness::applied;
use super::{PATIENCE, Task};
use crate::database::postgres::Connector;
use crate::database::{DatabaseConfig, PostgresUrl, failed, fault, unavailable};

/// The lock's key, which no other lock of ours has: theirs are hashes of texts.
const LOCK: &str = "SELECT pg_advisory_xact_lock(6041992)";

pub(super) fn run(url: &PostgresUrl, task: Task) -> Result<Vec<String>, StoreError> {
    in_runtime(async {
        let (conn, _driver) = connect(url).await?;
        let mut conn = PgConn::from(conn);
        if let Some(known) = block_in_place(|| task.by_reading(&mut conn))? {
            return Ok(known);
        }
        block_in_place(|| must_keep_every_text_if_new(&mut conn))?;
        let mut conn = conn.into_inner();
        let locked = timeout(PATIENCE, conn.batch_execute(LOCK)).await;
        locked.map_err(unavailable)?.map_err(unavailable)?;
        let mut conn = PgConn::from(conn);
        let done = block_in_place(|| task.perform(&mut conn)).map_err(StoreError::Failed)?;
        let committed = AnsiTransactionManager::commit_transaction(&mut conn.into_inner()).await;
        committed.map(|()| done).map_err(fault)
    })
}

/// Refuses a new database whose encoding lacks most of the world's letters: names would be
/// refused one by one, as failures.
fn must_keep_every_text_if_new(conn: &mut PgConn) -> Result<(), StoreError> {
    if !applied(conn).map_err(fault)?.is_empty() {
        return Ok(());
    }
    let encoding = "SELECT current_setting('server_encoding') AS name";
    match &conn.names(encoding).map_err(fault)?[..] {
        // The second keeps bytes as they are.
        [name] if name != "UTF8" && name != "SQL_ASCII" => Err(failed(format!(
            "the database's encoding is {name}, which can't keep every name; \
                 make one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        ))),
        _ => Ok(()),
    }
}

pub(super) fn tables(url: &PostgresUrl) -> Result<Vec<(String, i64)>, StoreError> {
    in_runtime(async {
        let (conn, _driver) = connect(url).await?;
        let mut conn = PgConn::from(conn);
        block_in_place(|| count_rows(&mut conn)).map_err(fault)
    })
}

/// Migrations block a worker, which only a runtime of several can bear.
fn in_runtime<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.map_err(failed)?.block_on(work)
}

/// A connection in a transaction, which is undone when it is dropped.
async fn connect(url: &PostgresUrl) -> Result<(AsyncPgConnection, JoinHandle<()>), StoreError> {
    let connector = Connector::new(url, PATIENCE)?;
    let limit = DatabaseConfig::default().connect_timeout;
    let connected = timeout(limit, connector.transaction()).await;
    connected.map_err(unavailable)?.map_err(unavailable)
}
