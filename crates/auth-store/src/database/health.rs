//! Whether the database does its work.

use auth_core::{StoreError, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

#[cfg(feature = "postgres")]
use super::run::{asked, read_postgres};
use super::run::{optional, read, write_one};
use super::{Database, Engine};
use crate::schema::{limits, users};

/// The count that is written to see whether it can be.
const PROBE: &str = "health";

impl Database {
    /// Whether the database answers a query on its tables.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let any_user = users::table.select(users::id).limit(1);
        read!(self, |conn| optional(any_user.get_result::<String>(conn)))?;
        Ok(())
    }

    /// What time it is by the clock of PostgreSQL; nothing on SQLite, which has none of its own.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn clock(&self) -> Result<Option<Timestamp>, StoreError> {
        match &*self.engine {
            Engine::Sqlite(_) => Ok(None),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => {
                let now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
                let now = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(now));
                let now: i64 =
                    read_postgres!(asked!(self, "read"), postgres, |conn| now.get_result(conn))?;
                Ok(Some(Timestamp::from_millis(now)))
            }
        }
    }

    /// Whether the database can be written to, found out by writing.
    ///
    /// # Errors
    /// When it can't.
    pub async fn check(&self, now: Timestamp) -> Result<(), StoreError> {
        // It is over as soon as it is written, so it is purged with the others.
        let now = now.as_millis();
        let probe = (
            limits::key.eq(PROBE),
            limits::hits.eq(0),
            limits::ends_at.eq(now),
            limits::blocked_until.eq(0i64),
        );
        let write = diesel::insert_into(limits::table)
            .values(probe)
            .on_conflict(limits::key)
            .do_update()
            .set(limits::ends_at.eq(now));
        write_one!(self, Relaxed, |conn| write.execute(conn))?;
        Ok(())
    }
}
