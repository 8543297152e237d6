//! Migrations of a SQLite file: one transaction, under a lock on a file beside it.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use auth_core::StoreError;
use auth_core::error::BoxError;
use diesel::SqliteConnection;

use super::catalog::count_rows;
use super::{PATIENCE, Task};
use crate::database::sqlite::{connect, ensure_file, private_file};
use crate::database::{failed, fault, unavailable};

pub(super) fn run(path: &Path, task: Task) -> Result<Vec<String>, StoreError> {
    let (_lock, mut conn) = open(path)?;
    if let Some(known) = task.by_reading(&mut conn)? {
        return Ok(known);
    }
    let done: Result<_, BoxError> = conn.immediate_transaction(|conn| task.perform(conn));
    done.map_err(StoreError::Failed)
}

pub(super) fn tables(path: &Path) -> Result<Vec<(String, i64)>, StoreError> {
    let (_lock, mut conn) = open(path)?;
    count_rows(&mut conn).map_err(fault)
}

/// The lock must be held before the file is opened for the first time: switching to WAL
/// wants the file for itself.
fn open(path: &Path) -> Result<(File, SqliteConnection), StoreError> {
    let path = ensure_file(path)?;
    let lock = lock(&path.with_added_extension("lock"))?;
    Ok((lock, connect(&path, PATIENCE)?))
}

/// Locks a file; the lock ends with the value, or with the process.
fn lock(path: &Path) -> Result<File, StoreError> {
    let file = private_file().open(path).map_err(failed)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(unavailable("another process keeps the database locked"));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}
