//! Sessions, their spent secrets, and the list of the denied.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::secret::Salt;
use auth_core::session::{Changed, Denial, Found, Revoke, SecretChange, SecretKind};
use auth_core::{SecretHash, Session, SessionId, SessionStore, StoreError, Timestamp, UserId};
use diesel::dsl::{AsExprOf, auto_type, case_when, exists};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::failed;
use super::rows::{SessionRow, UserRow};
use super::run::{Dialect as _, optional, read, transaction, write_one};
use super::steps::Steps as _;
use crate::schema::{denials, sessions, spent_secrets, users};

#[derive(Insertable)]
#[diesel(table_name = sessions)]
struct NewSessionRow {
    #[diesel(embed)]
    session: SessionRow,
    secret: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = spent_secrets)]
struct SpentRow {
    secret: String,
    session_id: String,
    salt: String,
    spent_at: i64,
}

/// A time as an expression.
type At = AsExprOf<i64, BigInt>;

/// What a use at `now`, with an access token until `tokens_until`, sets. Nodes differ in
/// their clocks, so an earlier use may arrive later: it takes nothing back.
#[auto_type]
fn used(now: i64, tokens_until: i64) -> _ {
    let now: At = now.into_sql::<BigInt>();
    let tokens_until: At = tokens_until.into_sql::<BigInt>();
    let last_seen_at = case_when(sessions::last_seen_at.lt(now), now);
    let idle_end = sessions::idle + now;
    let expires_at = case_when(sessions::last_seen_at.gt(now), sessions::expires_at)
        .when(idle_end.lt(sessions::ends_at), idle_end)
        .otherwise(sessions::ends_at);
    let newest_token = case_when(sessions::tokens_until.lt(tokens_until), tokens_until);
    (
        sessions::last_seen_at.eq(last_seen_at.otherwise(sessions::last_seen_at)),
        sessions::expires_at.eq(expires_at),
        sessions::tokens_until.eq(newest_token.otherwise(sessions::tokens_until)),
    )
}

/// A session and its owner, as one query gives them.
fn found(row: Option<(SessionRow, UserRow)>) -> Result<Option<Found>, StoreError> {
    let found = row.map(|(session, user)| {
        Ok(Found {
            session: session.try_into()?,
            user: Some(user.try_into()?),
        })
    });
    found.transpose()
}

#[async_trait]
impl SessionStore for Database {
    async fn insert(
        &self,
        session: &Session,
        secret: &SecretHash,
        max: u32,
    ) -> Result<(), StoreError> {
        let (user, now) = (session.user_id.to_string(), session.created_at);
        let row = NewSessionRow {
            session: SessionRow::from(session),
            secret: secret.to_text(),
        };
        transaction!(self, |conn| {
            // Two who sign in at once would not see each other.
            conn.serialize(&user).await?;
            let insert = diesel::insert_into(sessions::table).values(row);
            insert.execute(conn).await?;
            let oldest = sessions::table
                .filter(sessions::user_id.eq(user))
                .filter(sessions::expires_at.gt(now.as_millis()))
                .order((sessions::created_at.desc(), sessions::id.desc()))
                .offset(max.into())
                .select(sessions::id);
            let oldest: Vec<String> = oldest.load(conn).await?;
            if oldest.is_empty() {
                return Ok(());
            }
            let oldest = sessions::table.filter(sessions::id.eq_any(oldest));
            let delete = diesel::delete(oldest).returning(SessionRow::as_returning());
            let ended: Vec<SessionRow> = delete.get_results(conn).await?;
            conn.deny(&ended, now).await?;
            Ok(())
        })
    }

    async fn find(
        &self,
        kind: SecretKind,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        let query = sessions::table
            .inner_join(users::table)
            .filter(sessions::secret.eq(secret.to_text()))
            .filter(sessions::kind.eq(kind.as_str()))
            .filter(sessions::expires_at.gt(now.as_millis()));
        found(read!(self, |conn| {
            let both = (SessionRow::as_select(), UserRow::as_select());
            optional(query.select(both).get_result(conn))
        })?)
    }

    async fn find_by_id(&self, id: SessionId, now: Timestamp) -> Result<Option<Found>, StoreError> {
        let query = sessions::table
            .inner_join(users::table)
            .filter(sessions::id.eq(id.to_string()))
            .filter(sessions::expires_at.gt(now.as_millis()));
        found(read!(self, |conn| {
            let both = (SessionRow::as_select(), UserRow::as_select());
            optional(query.select(both).get_result(conn))
        })?)
    }

    async fn touch(&self, id: SessionId, now: Timestamp) -> Result<bool, StoreError> {
        let now = now.as_millis();
        let live = sessions::table.find(id.to_string());
        let live = live.filter(sessions::expires_at.gt(now));
        let touch = diesel::update(live).set(used(now, 0));
        let touched = write_one!(self, Relaxed, |conn| touch.execute(conn))?;
        Ok(touched > 0)
    }

    async fn change_secret(
        &self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        let (change, now_ms) = (*change, now.as_millis());
        let used = used(now_ms, change.tokens_until.as_millis());
        transaction!(self, |conn| {
            let current = sessions::table
                .filter(sessions::secret.eq(change.spent.to_text()))
                .filter(sessions::kind.eq(kind.as_str()))
                .filter(sessions::expires_at.gt(now_ms));
            let fresh = diesel::update(current)
                .set((sessions::secret.eq(change.next.to_text()), used))
                .returning(SessionRow::as_returning());
            if let Some(session) = optional(fresh.get_result(conn)).await? {
                let spent = SpentRow::new(&change, &session, now);
                let insert = diesel::insert_into(spent_secrets::table).values(spent);
                insert.execute(conn).await?;
                return Ok(Changed::Fresh(session.try_into()?));
            }
            let spent = spent_secrets::table
                .inner_join(sessions::table)
                .filter(spent_secrets::secret.eq(change.spent.to_text()))
                .filter(sessions::kind.eq(kind.as_str()))
                .filter(sessions::expires_at.gt(now_ms))
                .select(SpentRow::as_select());
            let Some(spent) = optional(spent.get_result::<SpentRow>(conn)).await? else {
                return Ok(Changed::Unknown);
            };
            let session = sessions::table.find(&spent.session_id);
            if spent.is_within(change.reuse_window, now) {
                let again = diesel::update(session)
                    .set(used)
                    .returning(SessionRow::as_returning());
                let session = optional(again.get_result::<SessionRow>(conn)).await?;
                return Ok(match session {
                    Some(session) => Changed::Again(session.try_into()?, spent.salt()?),
                    None => Changed::Unknown,
                });
            }
            let end = diesel::delete(session).returning(SessionRow::as_returning());
            let ended: Vec<SessionRow> = end.get_results(conn).await?;
            conn.deny(&ended, now).await?;
            Ok(match ended.into_iter().next() {
                Some(session) => Changed::Reused(session.try_into()?),
                None => Changed::Unknown,
            })
        })
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let query = sessions::table
            .filter(sessions::user_id.eq(user.to_string()))
            .filter(sessions::expires_at.gt(now.as_millis()))
            .order((sessions::last_seen_at.desc(), sessions::id.desc()));
        let rows = read!(self, |conn| query
            .select(SessionRow::as_select())
            .load(conn))?;
        rows.into_iter().map(Session::try_from).collect()
    }

    async fn revoke(&self, user: UserId, which: Revoke, now: Timestamp) -> Result<u64, StoreError> {
        let user = user.to_string();
        transaction!(self, |conn| {
            // Two that end the same sessions in another order would wait for each other.
            conn.serialize(&user).await?;
            let delete = diesel::delete(sessions::table)
                .filter(sessions::user_id.eq(user))
                .into_boxed();
            let delete = match which {
                Revoke::One(id) => delete.filter(sessions::id.eq(id.to_string())),
                Revoke::Others(id) => delete.filter(sessions::id.ne(id.to_string())),
                Revoke::All => delete,
            };
            let delete = delete.returning(SessionRow::as_returning());
            let ended: Vec<SessionRow> = delete.get_results(conn).await?;
            conn.deny(&ended, now).await?;
            Ok(ended.iter().filter(|row| row.is_live(now)).count() as u64)
        })
    }

    async fn denial(
        &self,
        id: SessionId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Denial, StoreError> {
        let denied = denials::table
            .find(id.to_string())
            .filter(denials::denied_until.gt(now.as_millis()));
        let query = users::table.find(user.to_string());
        let row = read!(self, |conn| {
            let both = (UserRow::as_select(), exists(denied));
            optional(query.select(both).first::<(UserRow, bool)>(conn))
        })?;
        Ok(match row {
            Some((user, denied)) => Denial {
                denied,
                user: Some(user.try_into()?),
            },
            None => Denial {
                denied: true,
                user: None,
            },
        })
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let now = now.as_millis();
        transaction!(self, |conn| {
            // A session whose access tokens still work can still be revoked.
            let over = sessions::table
                .filter(sessions::expires_at.le(now))
                .filter(sessions::tokens_until.le(now));
            let sessions = diesel::delete(over).execute(conn).await?;
            let over = denials::table.filter(denials::denied_until.le(now));
            let denials = diesel::delete(over).execute(conn).await?;
            Ok((sessions + denials) as u64)
        })
    }
}

impl SpentRow {
    fn new(change: &SecretChange, session: &SessionRow, now: Timestamp) -> Self {
        Self {
            secret: change.spent.to_text(),
            session_id: session.id.clone(),
            salt: change.salt.to_text(),
            spent_at: now.as_millis(),
        }
    }

    /// Whether it was spent so short a time ago that its successor may be told again.
    fn is_within(&self, window: Duration, now: Timestamp) -> bool {
        now.since(Timestamp::from_millis(self.spent_at)) < window
    }

    fn salt(&self) -> Result<Salt, StoreError> {
        Salt::from_text(&self.salt).map_err(failed)
    }
}
