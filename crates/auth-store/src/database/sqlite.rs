//! SQLite: readers that answer on the caller's own thread, and one writer.
//!
//! In WAL mode a reader never waits for a writer, and a point read takes less time than
//! handing it to another thread would. Writers wait for each other and for the disk, so
//! they run on the runtime's blocking threads, one transaction at a time. Such a
//! transaction runs to its end even when whoever asked for it has gone away.

mod changes;
mod wal_index;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use auth_core::StoreError;
use auth_core::error::BoxError;
use diesel::connection::{AnsiTransactionManager, SimpleConnection as _};
use diesel::prelude::*;
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection as _, TransactionManager};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};

use super::durability::Durability;
use super::fault::{failed, fault, unavailable};
use super::outbox::{Due, due_mails};
use super::run::{Dialect, Rollback};
use crate::schema::outbox;
use changes::SqliteChanges;

/// A connection whose queries are answered before they are awaited.
pub(crate) type SqliteConn = SyncConnectionWrapper<SqliteConnection, Inline>;

/// At most 2 MiB of cache for each connection. The file is not mapped into memory: a disk
/// error would then end the process instead of one query.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA journal_size_limit = 8388608;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -2048;
";

/// Runs each task on the spot.
pub(crate) struct Inline;

impl SpawnBlocking for Inline {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, BoxError>>
    where
        R: Send + 'static,
    {
        ready(Ok(task())).boxed()
    }

    fn get_runtime() -> Self {
        Self
    }
}

/// How to open a file.
#[derive(Clone)]
struct Opening {
    path: PathBuf,
    /// How long a process waits for another that writes to the file, and a write for
    /// those before it.
    patience: Duration,
}

/// The connections to one file.
pub(crate) struct Sqlite {
    opening: Opening,
    readers: Mutex<Vec<SqliteConn>>,
    writer: Arc<tokio::sync::Mutex<Writer>>,
    changes: OnceLock<Option<Arc<SqliteChanges>>>,
}

struct Writer {
    opening: Opening,
    conn: Option<SqliteConn>,
    durability: Durability,
}

impl Sqlite {
    /// Opens the file, which is made when missing.
    pub(crate) fn open(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        let path = ensure_file(path)?;
        let opening = Opening { path, patience };
        let writer = Writer {
            conn: Some(opening.connect()?),
            opening: opening.clone(),
            durability: Durability::Synced,
        };
        Ok(Self {
            opening,
            readers: Mutex::default(),
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            changes: OnceLock::new(),
        })
    }

    /// What changes in the file from the first call on; `None` when it can't be followed.
    pub(crate) fn changes(&self) -> Option<Arc<SqliteChanges>> {
        let follow = || match SqliteChanges::follow(&self.opening) {
            Ok(changes) => Some(Arc::new(changes)),
            Err(error) => {
                tracing::warn!(%error, "the database can't be followed, so nothing is cached");
                None
            }
        };
        self.changes.get_or_init(follow).clone()
    }

    /// A connection for reading; give it back with [`settle`](Self::settle). There are never
    /// more than threads that read at once.
    pub(crate) fn reader(&self) -> Result<SqliteConn, StoreError> {
        if let Some(reader) = self.idle_readers().pop() {
            return Ok(reader);
        }
        self.opening.connect()
    }

    /// A reader's answer. After an error its connection is not used again.
    pub(crate) fn settle<T>(
        &self,
        reader: SqliteConn,
        answer: QueryResult<T>,
    ) -> Result<T, StoreError> {
        let answer = answer.map_err(fault)?;
        self.idle_readers().push(reader);
        Ok(answer)
    }

    /// Runs one read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut reader = self.reader()?;
        let answer = reader.spawn_blocking(read).await;
        self.settle(reader, answer)
    }

    fn idle_readers(&self) -> MutexGuard<'_, Vec<SqliteConn>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a write transaction.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl AsyncFnOnce(&mut SqliteConn) -> Result<T, Rollback<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.writer).lock_owned();
        let turn = tokio::time::timeout(self.opening.patience, turn).await;
        let mut writer =
            turn.map_err(|_| unavailable("other writes to the database take too long"))?;
        let task = move || {
            let transaction = writer.transaction(durability, work);
            transaction.now_or_never()
        };
        let done = tokio::task::spawn_blocking(task).await.map_err(failed)?;
        done.ok_or_else(|| failed("a SQLite transaction waited for something else"))?
    }
}

impl Opening {
    fn connect(&self) -> Result<SqliteConn, StoreError> {
        self.connect_blocking().map(SqliteConn::new)
    }

    fn connect_blocking(&self) -> Result<SqliteConnection, StoreError> {
        connect(&self.path, self.patience)
    }
}

impl Writer {
    /// Runs `work` between `BEGIN IMMEDIATE`, which waits for other processes before
    /// anything is read, and `COMMIT`. A connection that is in doubt is not used again.
    async fn transaction<T>(
        &mut self,
        durability: Durability,
        work: impl AsyncFnOnce(&mut SqliteConn) -> Result<T, Rollback<T>>,
    ) -> Result<T, StoreError> {
        let mut conn = self.begin(durability).await?;
        let outcome = work(&mut conn).await;
        let ended = match &outcome {
            Ok(_) => Manager::commit_transaction(&mut conn).await,
            Err(_) => Manager::rollback_transaction(&mut conn).await,
        };
        ended.map_err(fault)?;
        self.conn = Some(conn);
        outcome.or_else(|undo| undo.into_answer(fault))
    }

    async fn begin(&mut self, durability: Durability) -> Result<SqliteConn, StoreError> {
        let (mut conn, current) = match self.conn.take() {
            Some(conn) => (conn, self.durability),
            None => (self.opening.connect()?, Durability::Synced),
        };
        if current.pragma() != durability.pragma() {
            conn.batch_execute(durability.pragma())
                .await
                .map_err(fault)?;
        }
        self.durability = durability;
        let begin = |conn: &mut SqliteConnection| {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
        };
        match conn.spawn_blocking(begin).await {
            Ok(()) => Ok(conn),
            Err(error) => {
                // Nothing has begun, so the connection is as good as before.
                self.conn = Some(conn);
                Err(fault(error))
            }
        }
    }
}

type Manager = <SqliteConn as AsyncConnection>::TransactionManager;

impl Durability {
    const fn pragma(self) -> &'static str {
        match self {
            Self::Synced | Self::Confirmed => "PRAGMA synchronous = FULL",
            Self::Relaxed => "PRAGMA synchronous = NORMAL",
        }
    }
}

impl Dialect for SqliteConn {
    /// Write transactions are one after the other already.
    async fn serialize(&mut self, _what: &str) -> QueryResult<()> {
        Ok(())
    }

    async fn due_mails(&mut self, due: Due) -> QueryResult<Vec<String>> {
        due_mails!(due).load(self).await
    }
}

/// Opens a connection to a file that [`ensure_file`] has made.
pub(crate) fn connect(path: &Path, patience: Duration) -> Result<SqliteConnection, StoreError> {
    let name = path
        .to_str()
        .ok_or_else(|| failed("the path of the database file is not UTF-8"))?;
    let mut conn = SqliteConnection::establish(name).map_err(unavailable)?;
    let patience = format!("PRAGMA busy_timeout = {}", patience.as_millis());
    conn.batch_execute(&patience).map_err(fault)?;
    conn.batch_execute(SETTINGS).map_err(fault)?;
    Ok(conn)
}

/// Makes the file for its owner alone, in a directory for its owner alone, unless they
/// exist; gives its absolute path, which SQLite can't mistake for a URI.
pub(crate) fn ensure_file(path: &Path) -> Result<PathBuf, StoreError> {
    let make = || {
        let path = std::path::absolute(path)?;
        if let Some(parent) = path.parent() {
            private_dir().create(parent)?;
        }
        private_file().open(&path)?;
        Ok(path)
    };
    make().map_err(|error: std::io::Error| {
        unavailable(format!(
            "the database file {} can't be opened: {error}",
            path.display()
        ))
    })
}

fn private_dir() -> fs::DirBuilder {
    let mut dir = fs::DirBuilder::new();
    dir.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut dir, 0o700);
    dir
}

/// Options to open or make a file that only its owner may read.
pub(crate) fn private_file() -> fs::OpenOptions {
    let mut file = fs::OpenOptions::new();
    file.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file
}
