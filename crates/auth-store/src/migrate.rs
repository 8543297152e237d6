//! Brings a database to the schema of this build, and back.
//!
//! Every change happens under a lock that all servers of a database respect, so any number
//! of them may start at once: one migrates, the others find it done. A database that is up to
//! date is only read, so whoever may not change its schema can work with it.
//!
//! A schema only ever gains something, so that a server goes on working when a later version
//! has migrated its database.
//!
//! What is applied is written down in a table of our own, so that an application that keeps its
//! tables in the same database may number its migrations as it likes, and nothing here reads or
//! changes what it has.

mod catalog;
mod harness;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use std::thread;
use std::time::Duration;

use auth_core::StoreError;
use auth_core::error::BoxError;
use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::database::{DatabaseKind, DatabaseUrl, failed, fault};
use catalog::Catalog;
use harness::Harness;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// How long one process waits for another that migrates.
const PATIENCE: Duration = Duration::from_secs(60);

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
    let own = all(url)?;
    let mut applied = applied(url).await?;
    applied.retain(|version| !own.contains(version));
    Ok(applied)
}

/// The versions that this build has for a database of this kind, the oldest first.
///
/// # Errors
/// When they were built in wrongly.
pub fn all(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    match url.kind() {
        DatabaseKind::Sqlite(_) => own_versions::<diesel::sqlite::Sqlite>(),
        #[cfg(feature = "postgres")]
        DatabaseKind::Postgres(_) => own_versions::<diesel::pg::Pg>(),
    }
}

/// Rolls the newest applied version back and gives it; its data is lost.
///
/// # Errors
/// As [`apply`], and when a foreign key of somebody else's table refers to one that would go;
/// then nothing is changed.
pub async fn rollback_last(url: &DatabaseUrl) -> Result<Option<String>, StoreError> {
    Ok(run(url, Task::RollbackLast).await?.pop())
}

/// Rolls everything back and applies it again; all data of ours is lost. Gives the versions it
/// applied.
///
/// # Errors
/// As [`rollback_last`].
pub async fn reset(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    run(url, Task::Reset).await
}

/// Those of our tables that exist, with their numbers of rows.
///
/// # Errors
/// When the database can't be reached.
pub async fn tables(url: &DatabaseUrl) -> Result<Vec<(String, i64)>, StoreError> {
    in_own_thread(url, |url| match url.kind() {
        DatabaseKind::Sqlite(path) => sqlite::tables(path),
        #[cfg(feature = "postgres")]
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
        #[cfg(feature = "postgres")]
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
    /// What is asked for, where reading is enough to know it.
    fn by_reading<C: Catalog>(self, conn: &mut C) -> Result<Option<Vec<String>>, StoreError> {
        let applied = harness::applied(conn).map_err(fault)?;
        let mut pending = own_versions::<C::Backend>()?;
        pending.retain(|version| !applied.contains(version));
        Ok(match self {
            Self::Applied => Some(applied),
            Self::Pending => Some(pending),
            Self::Apply if pending.is_empty() => Some(vec![]),
            Self::Apply | Self::RollbackLast | Self::Reset => None,
        })
    }

    /// Does it in the transaction of a connection that has the lock.
    fn perform<C: Catalog>(self, conn: &mut C) -> Result<Vec<String>, BoxError> {
        let mut harness = Harness::open(conn)?;
        match self {
            Self::Applied | Self::Pending => Ok(vec![]),
            Self::Apply => apply_pending(&mut harness),
            Self::RollbackLast => rollback_newest(&mut harness),
            Self::Reset => {
                harness.revert_all_migrations(MIGRATIONS)?;
                apply_pending(&mut harness)
            }
        }
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
