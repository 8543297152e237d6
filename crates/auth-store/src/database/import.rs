//! Many accounts and sessions at once.

use auth_core::{Fingerprint, NewUser, Session, StoreError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::rows::UserRow;
use super::run::transaction;
use super::sessions::NewSessionRow;
use super::sqlite::SqliteConn;
use crate::schema::{sessions, users};

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
struct ImportedUser {
    #[diesel(embed)]
    user: UserRow,
    username_skeleton: String,
}

impl From<&NewUser> for ImportedUser {
    fn from(user: &NewUser) -> Self {
        Self {
            user: UserRow::from(user),
            username_skeleton: user.username.skeleton(),
        }
    }
}

/// Inserts many rows, as each database does it fastest: diesel inserts such rows into SQLite one
/// by one, for which it has to prepare a statement only once.
trait InsertMany {
    async fn insert_users(&mut self, rows: &[ImportedUser]) -> QueryResult<()>;
    async fn insert_sessions(&mut self, rows: &[NewSessionRow]) -> QueryResult<()>;
}

impl InsertMany for SqliteConn {
    async fn insert_users(&mut self, rows: &[ImportedUser]) -> QueryResult<()> {
        for row in rows {
            let insert = diesel::insert_into(users::table).values(row);
            insert.execute(self).await?;
        }
        Ok(())
    }

    async fn insert_sessions(&mut self, rows: &[NewSessionRow]) -> QueryResult<()> {
        for row in rows {
            let insert = diesel::insert_into(sessions::table).values(row);
            insert.execute(self).await?;
        }
        Ok(())
    }
}

/// How many rows one statement inserts: PostgreSQL takes 65,535 values in it.
#[cfg(feature = "postgres")]
const ROWS: usize = 1_000;

#[cfg(feature = "postgres")]
impl InsertMany for diesel_async::AsyncPgConnection {
    async fn insert_users(&mut self, rows: &[ImportedUser]) -> QueryResult<()> {
        for some in rows.chunks(ROWS) {
            let insert = diesel::insert_into(users::table).values(some);
            insert.execute(self).await?;
        }
        Ok(())
    }

    async fn insert_sessions(&mut self, rows: &[NewSessionRow]) -> QueryResult<()> {
        for some in rows.chunks(ROWS) {
            let insert = diesel::insert_into(sessions::table).values(some);
            insert.execute(self).await?;
        }
        Ok(())
    }
}

impl Database {
    /// Keeps accounts and sessions in one transaction, for whoever fills a database before
    /// servers work on it. No mail is sent, no name is looked for among sign-ups, identities are
    /// left out, and nobody's sessions are too many.
    ///
    /// # Errors
    /// A failing database, also when one of them is there already; then none of them is kept.
    pub async fn import(
        &self,
        accounts: &[NewUser],
        signed_in: &[(Session, Fingerprint)],
    ) -> Result<(), StoreError> {
        let accounts: Vec<_> = accounts.iter().map(ImportedUser::from).collect();
        let signed_in = signed_in.iter();
        let signed_in: Vec<_> = signed_in
            .map(|(session, secret)| NewSessionRow::new(session, secret))
            .collect();
        transaction!(self, Relaxed, |conn| {
            conn.insert_users(&accounts).await?;
            conn.insert_sessions(&signed_in).await?;
            Ok(())
        })
    }
}
