//! What has changed in a SQLite file, by whichever process.

use std::sync::{Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use auth_core::cache::{ChangeLog, History, Name};
use auth_core::{SessionId, StoreError, UserId};
use diesel::prelude::*;

use super::Opening;
use super::wal_index::{Header, WalIndex};
use crate::database::fault::{failed, fault, unavailable};
use crate::schema::revocations;

/// The most entries that are read at once. Whoever is further behind forgets what it knew.
const MOST: i64 = 10_000;

/// Follows the log that triggers write in the same transaction as a change.
///
/// No commit, no news: while the [`WalIndex`] is the one that was there before the log was last
/// read, nothing can have been added to it.
pub(crate) struct SqliteChanges {
    history: History,
    index: WalIndex,
    /// The wal-index before the log was last read.
    seen: RwLock<Option<Header>>,
    reader: Mutex<Reader>,
}

/// The connection that reads the log, and keeps the wal-index from being taken away.
struct Reader {
    opening: Opening,
    conn: SqliteConnection,
    /// The last entry that was read.
    position: Option<Position>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Position {
    number: i64,
    nonce: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = revocations)]
struct Entry {
    number: i64,
    nonce: i64,
    user_id: Option<String>,
    session_id: Option<String>,
}

/// What the log says that was not known before.
enum News {
    /// These entries follow the last one that was read.
    Entries(Vec<Entry>),
    /// What happened in between can't be told; this entry is the last.
    Lost(Entry),
}

impl SqliteChanges {
    /// Follows a file from now on.
    pub(super) fn follow(opening: &Opening) -> Result<Self, StoreError> {
        let mut reader = Reader {
            conn: opening.connect_blocking()?,
            opening: opening.clone(),
            position: None,
        };
        // Makes the connection have the wal-index open.
        reader.last()?;
        let index = WalIndex::open(&opening.path).map_err(unavailable)?;
        Ok(Self {
            history: History::default(),
            index,
            seen: RwLock::default(),
            reader: Mutex::new(reader),
        })
    }

    fn is_seen(&self, header: Option<Header>) -> bool {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        header.is_some() && *seen == header
    }
}

#[async_trait]
impl ChangeLog for SqliteChanges {
    fn is_caught_up(&self) -> bool {
        self.is_seen(self.index.header())
    }

    /// Like every read, on the caller's own thread.
    async fn catch_up(&self) -> Result<(), StoreError> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the log is read: whatever is committed afterwards shows in a later one.
        let header = self.index.header();
        if self.is_seen(header) {
            return Ok(());
        }
        match reader.read() {
            Ok(News::Entries(entries)) => {
                let names = entries.iter().flat_map(Entry::names);
                self.history.add(names);
                reader.position = entries.last().map(Entry::position).or(reader.position);
            }
            Ok(News::Lost(last)) => {
                self.history.forget();
                reader.position = Some(last.position());
            }
            Err(error) => {
                reader.begin_anew();
                return Err(error);
            }
        }
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        *seen = header;
        Ok(())
    }

    fn history(&self) -> &History {
        &self.history
    }
}

impl Reader {
    fn read(&mut self) -> Result<News, StoreError> {
        let Some(position) = self.position else {
            return self.last().map(News::Lost);
        };
        let news = revocations::table
            .filter(revocations::number.ge(position.number))
            .order(revocations::number)
            .limit(MOST)
            .select(Entry::as_select());
        let mut entries: Vec<Entry> = news.load(&mut self.conn).map_err(fault)?;
        let follows = entries.first().map(Entry::position) == Some(position);
        if !follows || entries.len() >= MOST as usize {
            return self.last().map(News::Lost);
        }
        entries.remove(0);
        Ok(News::Entries(entries))
    }

    /// The last entry, which is always kept.
    fn last(&mut self) -> Result<Entry, StoreError> {
        let last = revocations::table
            .order(revocations::number.desc())
            .limit(1)
            .select(Entry::as_select());
        let last = last.get_result(&mut self.conn).optional().map_err(fault)?;
        last.ok_or_else(|| failed("the log of revocations is empty"))
    }

    /// After an error the connection is not used again. The new one comes first, so that there
    /// is always one.
    fn begin_anew(&mut self) {
        self.position = None;
        if let Ok(conn) = self.opening.connect_blocking() {
            self.conn = conn;
        }
    }
}

impl Entry {
    fn position(&self) -> Position {
        Position {
            number: self.number,
            nonce: self.nonce,
        }
    }

    /// Whose change it was. Ids of another form are none of ours.
    fn names(&self) -> impl Iterator<Item = Name> + use<> {
        let user = self.user_id.as_deref().and_then(|id| id.parse().ok());
        let session = self.session_id.as_deref().and_then(|id| id.parse().ok());
        let user = user.map(|id: UserId| Name::from(id));
        let session = session.map(|id: SessionId| Name::from(id));
        user.into_iter().chain(session)
    }
}
