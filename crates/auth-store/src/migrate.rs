//! Brings a database to the schema of this build, and back.
//!
//! Every change happens under a lock that all servers of a database respect, so any number
//! of them may start at once: one migrates, the others find it done. A database that is up to
//! date is only read, so whoever may not change its schema can work with it.
//!
//! A schema only ever gains something, so that a server goes on working when a later version
//! has migrated its database.

mod postgres;
mod sqlite;

use std::thread;
use std::time::Duration;

use auth_core::StoreError;
use auth_core::error::BoxError;
use diesel::QueryableByName;
use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::database::{DatabaseKind, DatabaseUrl, failed};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// How long one process waits for another that migrates.
const PATIENCE: Duration = Duration::from_secs(60);

/// The tables of the schema.
const TABLES: [&str; 14] = [
    "users",
    "sign_ups",
    "tokens",
    "sessions",
    "spent_secrets",
    "denials",
    "limits",
    "outbox",
    "identities",
    "flows",
    "handovers",
    "servers",
    "shared_keys",
    "finished_flows",
];

/// Applies what is pending; gives the versions it applied, the oldest first.
///
/// # Errors
/// When the database can't be reached, is locked for too long, or refuses a migration,
/// which is then undone.
pub async fn apply(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    run(url, Task::Apply).await
}

/// The versions that [`apply`] would apply.
///
/// # Errors
/// When the database can't be reached.
pub async fn pending(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    run(url, Task::Pending).await
}

/// The versions that are applied, the oldest first.
///
/// # Errors
/// When the database can't be reached.
pub async fn applied(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    run(url, Task::Applied).await
}

/// The applied versions that this build does not have, because a later one has been here.
///
/// # Errors
/// When the database can't be reached.
pub async fn newer(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    let own = match url.kind() {
        DatabaseKind::Sqlite(_) => own_versions::<diesel::sqlite::Sqlite>()?,
        DatabaseKind::Postgres(_) => own_versions::<diesel::pg::Pg>()?,
    };
    let mut applied = applied(url).await?;
    applied.retain(|version| !own.contains(version));
    Ok(applied)
}

/// Rolls the newest applied version back and gives it; its data is lost.
///
/// # Errors
/// As [`apply`].
pub async fn rollback_last(url: &DatabaseUrl) -> Result<Option<String>, StoreError> {
    Ok(run(url, Task::RollbackLast).await?.pop())
}

/// Rolls everything back and applies it again; all data is lost. Gives the versions it
/// applied.
///
/// # Errors
/// As [`apply`].
pub async fn reset(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    run(url, Task::Reset).await
}

/// The tables that exist, with their numbers of rows.
///
/// # Errors
/// When the database can't be reached.
pub async fn tables(url: &DatabaseUrl) -> Result<Vec<(String, i64)>, StoreError> {
    in_own_thread(url, |url| match url.kind() {
        DatabaseKind::Sqlite(path) => sqlite::tables(path),
        DatabaseKind::Postgres(url) => postgres::tables(url),
    })
    .await
}

/// What to do with the migrations.
#[derive(Clone, Copy)]
enum Task {
    Apply,
    Pending,
    Applied,
    RollbackLast,
    Reset,
}

async fn run(url: &DatabaseUrl, task: Task) -> Result<Vec<String>, StoreError> {
    in_own_thread(url, move |url| match url.kind() {
        DatabaseKind::Sqlite(path) => sqlite::run(path, task),
        DatabaseKind::Postgres(url) => postgres::run(url, task),
    })
    .await
}

/// Migrations block, and want a runtime of their own.
async fn in_own_thread<T: Send + 'static>(
    url: &DatabaseUrl,
    work: impl FnOnce(DatabaseUrl) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (reply, answer) = tokio::sync::oneshot::channel();
    let url = url.clone();
    thread::Builder::new()
        .name("migrate".into())
        .spawn(move || reply.send(work(url)))
        .map_err(failed)?;
    answer.await.map_err(failed)?
}

impl Task {
    /// Does it on a connection that has the lock.
    fn perform<DB: Backend>(
        self,
        harness: &mut impl MigrationHarness<DB>,
    ) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Apply => apply_pending(harness),
            Self::Pending => harness.pending_migrations(MIGRATIONS).map(|pending| {
                let versions = pending.iter().map(|migration| migration.name().version());
                names(&versions.collect::<Vec<_>>())
            }),
            Self::Applied => harness.applied_migrations().map(|newest_first| {
                let mut applied = names(&newest_first);
                applied.reverse();
                applied
            }),
            Self::RollbackLast => rollback_newest(harness),
            Self::Reset => harness
                .revert_all_migrations(MIGRATIONS)
                .map(drop)
                .and_then(|()| apply_pending(harness)),
        }
        .map_err(StoreError::Failed)
    }
}

fn apply_pending<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
) -> Result<Vec<String>, BoxError> {
    let applied = harness.run_pending_migrations(MIGRATIONS)?;
    Ok(names(&applied))
}

fn rollback_newest<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
) -> Result<Vec<String>, BoxError> {
    if harness.applied_migrations()?.is_empty() {
        return Ok(vec![]);
    }
    Ok(names(&[harness.revert_last_migration(MIGRATIONS)?]))
}

/// The versions that this build has, the oldest first.
fn own_versions<DB: Backend>() -> Result<Vec<String>, StoreError> {
    let all: Vec<Box<dyn Migration<DB>>> = MIGRATIONS.migrations().map_err(StoreError::Failed)?;
    let versions = all.iter().map(|one| one.name().version().to_string());
    let mut versions: Vec<_> = versions.collect();
    versions.sort_unstable();
    Ok(versions)
}

fn names(versions: &[MigrationVersion<'_>]) -> Vec<String> {
    versions.iter().map(MigrationVersion::to_string).collect()
}

/// A version that is applied.
#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// A table that exists.
#[derive(QueryableByName)]
struct TableName {
    #[diesel(sql_type = Text)]
    name: String,
}

/// A table and its number of rows.
#[derive(QueryableByName)]
struct TableRows {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The query that counts the rows of those of our tables that exist, if any does.
fn count_rows(existing: &[TableName]) -> Option<String> {
    let exists = |ours: &&str| existing.iter().any(|table| table.name == *ours);
    let count = |name| format!("SELECT '{name}' AS name, count(*) AS number FROM {name}");
    let counts: Vec<_> = TABLES.into_iter().filter(exists).map(count).collect();
    (!counts.is_empty()).then(|| counts.join(" UNION ALL "))
}

fn pairs(rows: Vec<TableRows>) -> Vec<(String, i64)> {
    rows.into_iter().map(|row| (row.name, row.number)).collect()
}
