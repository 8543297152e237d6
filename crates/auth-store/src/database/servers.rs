//! The servers that run on a database.

use std::time::Duration;

use auth_core::{StoreError, Timestamp};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;

use super::Database;
use super::rows::{duration, millis};
use super::run::{read, write_one};
use crate::schema::servers;

/// What a server tells the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerNote {
    /// Where it runs; one that is started there again takes its place.
    pub id: String,
    /// [Which store](auth_core::SessionStore::identity) keeps its sessions.
    pub session_store: String,
    /// How long its access tokens are valid.
    pub access_ttl: Duration,
    /// Whether it writes each end of a credential into the store's log, and waits until all
    /// know of it. Earlier versions don't.
    pub tells: bool,
}

/// A server that told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenServer {
    /// What it told.
    pub note: ServerNote,
    /// When it did so last.
    pub seen_at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = servers)]
struct ServerRow {
    id: String,
    session_store: String,
    access_ttl: i64,
    seen_at: i64,
    told_at: i64,
}

impl Database {
    /// Tells the other servers of this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn announce(&self, note: &ServerNote, now: Timestamp) -> Result<(), StoreError> {
        let row = ServerRow {
            id: note.id.clone(),
            session_store: note.session_store.clone(),
            access_ttl: millis(note.access_ttl),
            seen_at: now.as_millis(),
            told_at: if note.tells { now.as_millis() } else { 0 },
        };
        let renewed = (
            servers::session_store.eq(excluded(servers::session_store)),
            servers::access_ttl.eq(excluded(servers::access_ttl)),
            servers::seen_at.eq(excluded(servers::seen_at)),
            servers::told_at.eq(excluded(servers::told_at)),
        );
        let insert = diesel::insert_into(servers::table)
            .values(row)
            .on_conflict(servers::id)
            .do_update()
            .set(renewed);
        write_one!(self, Relaxed, |conn| insert.execute(conn))?;
        Ok(())
    }

    /// The servers that told of themselves since then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn announced(&self, since: Timestamp) -> Result<Vec<ServerNote>, StoreError> {
        let seen = self.servers_seen(since).await?.into_iter();
        Ok(seen.map(|server| server.note).collect())
    }

    /// The same, with when they told.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn servers_seen(&self, since: Timestamp) -> Result<Vec<SeenServer>, StoreError> {
        let query = servers::table.filter(servers::seen_at.gt(since.as_millis()));
        let rows = read!(self, |conn| query.select(ServerRow::as_select()).load(conn))?;
        let seen = |row: ServerRow| SeenServer {
            note: ServerNote {
                id: row.id,
                session_store: row.session_store,
                access_ttl: duration(row.access_ttl),
                // An earlier version leaves this time as it is.
                tells: row.told_at == row.seen_at,
            },
            seen_at: Timestamp::from_millis(row.seen_at),
        };
        Ok(rows.into_iter().map(seen).collect())
    }

    /// Forgets the servers that have not told of themselves since then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_servers(&self, since: Timestamp) -> Result<(), StoreError> {
        let gone = servers::table.filter(servers::seen_at.le(since.as_millis()));
        let delete = diesel::delete(gone);
        write_one!(self, Relaxed, |conn| delete.execute(conn))?;
        Ok(())
    }

    /// Forgets a server that stops.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retract(&self, id: &str) -> Result<(), StoreError> {
        let delete = diesel::delete(servers::table.find(id.to_owned()));
        write_one!(self, Relaxed, |conn| delete.execute(conn))?;
        Ok(())
    }
}
