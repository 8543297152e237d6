//! How a session goes from one secret to the next.

use std::time::Duration;

use auth_core::secret::Salt;
use auth_core::session::{SecretChange, SecretKind};
use auth_core::{StoreError, Timestamp};
use diesel::dsl::{AsExprOf, auto_type, case_when};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::fault::failed;
use super::rows::SessionRow;
use super::run::optional;
use super::sqlite::SqliteConn;
use crate::schema::{sessions, spent_secrets};

/// A time as an expression.
type At = AsExprOf<i64, BigInt>;

/// What a use at `now`, with an access token until `tokens_until`, sets. Nodes differ in
/// their clocks, so an earlier use may arrive later: it takes nothing back.
#[auto_type]
pub(super) fn used(now: i64, tokens_until: i64) -> _ {
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

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = spent_secrets)]
pub(super) struct SpentRow {
    secret: String,
    session_id: String,
    salt: String,
    spent_at: i64,
}

impl SpentRow {
    /// Whether it was spent so short a time ago that its successor may be told again.
    pub(super) fn is_within(&self, window: Duration, now: Timestamp) -> bool {
        now.since(Timestamp::from_millis(self.spent_at)) < window
    }

    pub(super) fn salt(&self) -> Result<Salt, StoreError> {
        Salt::from_text(&self.salt).map_err(failed)
    }
}

/// The steps of a rotation. The first of them writes, so that of two rotations at once the
/// second waits there, and then sees what the first has done.
pub(super) trait Rotation {
    /// Puts the successor in the place of the spent secret, if that is in force.
    async fn spend(
        &mut self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> QueryResult<Option<SessionRow>>;

    /// What is known of the spent secret, if it was one of a session that is live.
    async fn spent(
        &mut self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> QueryResult<Option<SpentRow>>;

    /// Notes another use of the session that a secret was spent for.
    async fn renew(
        &mut self,
        spent: &SpentRow,
        change: &SecretChange,
        now: Timestamp,
    ) -> QueryResult<Option<SessionRow>>;

    /// Deletes the session that a secret was spent for.
    async fn end(&mut self, spent: &SpentRow) -> QueryResult<Option<SessionRow>>;
}

macro_rules! rotation_on {
    ($conn:ty) => {
        impl Rotation for $conn {
            async fn spend(
                &mut self,
                kind: SecretKind,
                change: &SecretChange,
                now: Timestamp,
            ) -> QueryResult<Option<SessionRow>> {
                let current = sessions::table
                    .filter(sessions::secret.eq(change.spent.to_text()))
                    .filter(sessions::kind.eq(kind.as_str()))
                    .filter(sessions::expires_at.gt(now.as_millis()));
                let used = used(now.as_millis(), change.tokens_until.as_millis());
                let update = diesel::update(current)
                    .set((sessions::secret.eq(change.next.to_text()), used))
                    .returning(SessionRow::as_returning());
                let session: Option<SessionRow> = optional(update.get_result(self)).await?;
                if let Some(session) = &session {
                    let spent = SpentRow {
                        secret: change.spent.to_text(),
                        session_id: session.id.clone(),
                        salt: change.salt.to_text(),
                        spent_at: now.as_millis(),
                    };
                    let insert = diesel::insert_into(spent_secrets::table).values(spent);
                    insert.execute(self).await?;
                }
                Ok(session)
            }

            async fn spent(
                &mut self,
                kind: SecretKind,
                change: &SecretChange,
                now: Timestamp,
            ) -> QueryResult<Option<SpentRow>> {
                let spent = spent_secrets::table
                    .inner_join(sessions::table)
                    .filter(spent_secrets::secret.eq(change.spent.to_text()))
                    .filter(sessions::kind.eq(kind.as_str()))
                    .filter(sessions::expires_at.gt(now.as_millis()))
                    .select(SpentRow::as_select());
                optional(spent.get_result(self)).await
            }

            async fn renew(
                &mut self,
                spent: &SpentRow,
                change: &SecretChange,
                now: Timestamp,
            ) -> QueryResult<Option<SessionRow>> {
                let session = sessions::table.find(&spent.session_id);
                let update = diesel::update(session)
                    .set(used(now.as_millis(), change.tokens_until.as_millis()))
                    .returning(SessionRow::as_returning());
                optional(update.get_result(self)).await
            }

            async fn end(&mut self, spent: &SpentRow) -> QueryResult<Option<SessionRow>> {
                let session = sessions::table.find(&spent.session_id);
                let delete = diesel::delete(session).returning(SessionRow::as_returning());
                optional(delete.get_result(self)).await
            }
        }
    };
}

rotation_on!(SqliteConn);
rotation_on!(AsyncPgConnection);
