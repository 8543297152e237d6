//! Migrations of a PostgreSQL database, under one of its advisory locks.

use auth_core::StoreError;
use diesel::sql_query;
use diesel_async::SimpleAsyncConnection as _;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl as _};
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::{PATIENCE, Task, count_rows, pairs};
use crate::database::postgres::Connector;
use crate::database::{DatabaseConfig, PostgresUrl, failed, fault, unavailable};

/// The lock's key, which no other lock of ours has: theirs are hashes of texts.
const LOCK: &str = "SELECT pg_advisory_lock(6041992)";

pub(super) fn run(url: &PostgresUrl, task: Task) -> Result<Vec<String>, StoreError> {
    in_runtime(async {
        let mut conn = connect(url).await?;
        let locked = timeout(PATIENCE, conn.batch_execute(LOCK)).await;
        locked.map_err(unavailable)?.map_err(unavailable)?;
        task.perform(&mut AsyncMigrationHarness::new(conn))
    })
}

pub(super) fn tables(url: &PostgresUrl) -> Result<Vec<(String, i64)>, StoreError> {
    in_runtime(async {
        let mut conn = connect(url).await?;
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

async fn connect(url: &PostgresUrl) -> Result<AsyncPgConnection, StoreError> {
    let connector = Connector::new(url, PATIENCE)?;
    let connect = timeout(
        DatabaseConfig::default().connect_timeout,
        connector.connect(),
    );
    let (conn, _driver) = connect.await.map_err(unavailable)?.map_err(unavailable)?;
    Ok(conn)
}
