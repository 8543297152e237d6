//! Migrations of a PostgreSQL database: one transaction, under an advisory lock, which works
//! behind a pooler too.

use auth_core::StoreError;
use diesel::pg::Pg;
use diesel::sql_query;
use diesel_async::SimpleAsyncConnection as _;
use diesel_async::{AnsiTransactionManager, TransactionManager as _};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl as _};
use tokio::runtime::Builder;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Applied, PATIENCE, TableName, Task, count_rows, own_versions, pairs};
use crate::database::postgres::Connector;
use crate::database::{DatabaseConfig, PostgresUrl, failed, fault, unavailable};

/// The lock's key, which no other lock of ours has: theirs are hashes of texts.
const LOCK: &str = "SELECT pg_advisory_xact_lock(6041992)";

/// Where diesel writes down what is applied.
const APPLIED: &str = "__diesel_schema_migrations";

pub(super) fn run(url: &PostgresUrl, task: Task) -> Result<Vec<String>, StoreError> {
    in_runtime(async {
        let (mut conn, _driver) = connect(url).await?;
        let applied = applied(&mut conn).await?;
        let mut pending = own_versions::<Pg>()?;
        pending.retain(|version| !applied.contains(version));
        match task {
            Task::Applied => return Ok(applied),
            Task::Pending => return Ok(pending),
            Task::Apply if pending.is_empty() => return Ok(vec![]),
            Task::Apply | Task::RollbackLast | Task::Reset => {}
        }
        if applied.is_empty() {
            must_keep_every_text(&mut conn).await?;
        }
        let locked = timeout(PATIENCE, conn.batch_execute(LOCK)).await;
        locked.map_err(unavailable)?.map_err(unavailable)?;
        let mut harness = AsyncMigrationHarness::new(conn);
        let done = task.perform(&mut harness)?;
        let committed = AnsiTransactionManager::commit_transaction(&mut harness.into_inner()).await;
        committed.map(|()| done).map_err(fault)
    })
}

/// The applied versions, the oldest first. Only reads.
async fn applied(conn: &mut AsyncPgConnection) -> Result<Vec<String>, StoreError> {
    let existing = format!(
        "SELECT c.relname::text AS name FROM pg_class c WHERE c.oid = to_regclass('{APPLIED}')"
    );
    let existing: Vec<TableName> = sql_query(existing).load(conn).await.map_err(fault)?;
    if existing.is_empty() {
        return Ok(vec![]);
    }
    let versions = format!("SELECT version::text AS version FROM {APPLIED} ORDER BY version");
    let versions: Vec<Applied> = sql_query(versions).load(conn).await.map_err(fault)?;
    Ok(versions.into_iter().map(|one| one.version).collect())
}

/// Refuses a new database whose encoding lacks most of the world's letters: names would be
/// refused one by one, as failures.
async fn must_keep_every_text(conn: &mut AsyncPgConnection) -> Result<(), StoreError> {
    let encoding = "SELECT current_setting('server_encoding') AS name";
    let encoding: Vec<TableName> = sql_query(encoding).load(conn).await.map_err(fault)?;
    match &encoding[..] {
        // The second keeps bytes as they are.
        [TableName { name }] if name != "UTF8" && name != "SQL_ASCII" => Err(failed(format!(
            "the database's encoding is {name}, which can't keep every name; \
                 make one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        ))),
        _ => Ok(()),
    }
}

pub(super) fn tables(url: &PostgresUrl) -> Result<Vec<(String, i64)>, StoreError> {
    in_runtime(async {
        let (mut conn, _driver) = connect(url).await?;
        let existing = "SELECT tablename::text AS name FROM pg_tables \
                        WHERE schemaname = current_schema()";
        let existing = sql_query(existing).load(&mut conn).await.map_err(fault)?;
        let Some(counts) = count_rows(&existing) else {
            return Ok(vec![]);
        };
        let counted = sql_query(counts).load(&mut conn).await;
        counted.map(pairs).map_err(fault)
    })
}

/// The harness blocks a worker, which only a runtime of several can bear.
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
