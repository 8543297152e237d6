//! How a session goes from one secret to the next.

use auth_core::secret::Salt;
use auth_core::session::{KEPT_SPENT, SecretChange, SecretKind};
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

/// A secret that was spent.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = spent_secrets)]
pub(super) struct SpentRow {
    secret: String,
    session_id: String,
    salt: String,
    spent_at: i64,
    number: i64,
}

/// What is known of a secret that is not in force, and of its session.
pub(super) enum Spent {
    /// It is kept. `lost`: its successor is in force, and nobody has used it.
    Kept { row: SpentRow, lost: bool },
    /// Only the session is known that it must once have belonged to.
    Relative(String),
}

impl Spent {
    pub(super) fn session(&self) -> &str {
        match self {
            Self::Kept { row, .. } => &row.session_id,
            Self::Relative(session) => session,
        }
    }

    /// The salt of its successor, if that may be told again.
    pub(super) fn forgiven(
        &self,
        change: &SecretChange,
        now: Timestamp,
    ) -> Result<Option<Salt>, StoreError> {
        let Self::Kept { row, lost } = self else {
            return Ok(None);
        };
        let spent_at = Timestamp::from_millis(row.spent_at);
        let forgiven = change.forgives(spent_at, *lost, now);
        let salt = forgiven.then(|| Salt::from_text(&row.salt).map_err(failed));
        salt.transpose()
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

    /// Keeps a secret that was just spent, and only so many of those before it.
    async fn keep(&mut self, session: &SessionRow, change: &SecretChange) -> QueryResult<()>;

    /// What is known of the spent secret, if it was one of a session that is live.
    async fn spent(
        &mut self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> QueryResult<Option<Spent>>;

    /// Notes another use of a session.
    async fn renew(
        &mut self,
        session: &str,
        change: &SecretChange,
        now: Timestamp,
    ) -> QueryResult<Option<SessionRow>>;

    /// Deletes a session.
    async fn end(&mut self, session: &str) -> QueryResult<Option<SessionRow>>;
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
                    .filter(sessions::secret.eq(change.spent.secret.to_text()))
                    .filter(sessions::kind.eq(kind.as_str()))
                    .filter(sessions::expires_at.gt(now.as_millis()));
                let used = used(now.as_millis(), change.tokens_until.as_millis());
                let next = (
                    sessions::secret.eq(change.next.secret.to_text()),
                    sessions::family.eq(change.next.family.to_text()),
                    sessions::rotations.eq(sessions::rotations + 1),
                    sessions::unused.eq(true),
                );
                let update = diesel::update(current)
                    .set((next, used))
                    .returning(SessionRow::as_returning());
                optional(update.get_result(self)).await
            }

            async fn keep(
                &mut self,
                session: &SessionRow,
                change: &SecretChange,
            ) -> QueryResult<()> {
                let spent = SpentRow {
                    secret: change.spent.secret.to_text(),
                    session_id: session.id.clone(),
                    salt: change.salt.to_text(),
                    // By the clock of those that saw the session which is furthest ahead.
                    spent_at: session.last_seen_at,
                    number: session.rotations,
                };
                let insert = diesel::insert_into(spent_secrets::table).values(spent);
                insert.execute(self).await?;
                let too_old = session.rotations - KEPT_SPENT as i64;
                if too_old > 0 {
                    let too_old = spent_secrets::table
                        .filter(spent_secrets::session_id.eq(&session.id))
                        .filter(spent_secrets::number.le(too_old));
                    diesel::delete(too_old).execute(self).await?;
                }
                Ok(())
            }

            async fn spent(
                &mut self,
                kind: SecretKind,
                change: &SecretChange,
                now: Timestamp,
            ) -> QueryResult<Option<Spent>> {
                let kept = spent_secrets::table
                    .inner_join(sessions::table)
                    .filter(spent_secrets::secret.eq(change.spent.secret.to_text()))
                    .filter(sessions::kind.eq(kind.as_str()))
                    .filter(sessions::expires_at.gt(now.as_millis()))
                    .select((
                        SpentRow::as_select(),
                        sessions::unused.and(spent_secrets::number.eq(sessions::rotations)),
                    ));
                let kept: Option<(SpentRow, bool)> = optional(kept.get_result(self)).await?;
                if let Some((row, lost)) = kept {
                    return Ok(Some(Spent::Kept { row, lost }));
                }
                let relative = sessions::table
                    .filter(sessions::family.eq(change.spent.family.to_text()))
                    .filter(sessions::kind.eq(kind.as_str()))
                    .filter(sessions::expires_at.gt(now.as_millis()))
                    .select(sessions::id);
                let relative: Option<String> = optional(relative.get_result(self)).await?;
                Ok(relative.map(Spent::Relative))
            }

            async fn renew(
                &mut self,
                session: &str,
                change: &SecretChange,
                now: Timestamp,
            ) -> QueryResult<Option<SessionRow>> {
                let update = diesel::update(sessions::table.find(session))
                    .set(used(now.as_millis(), change.tokens_until.as_millis()))
                    .returning(SessionRow::as_returning());
                optional(update.get_result(self)).await
            }

            async fn end(&mut self, session: &str) -> QueryResult<Option<SessionRow>> {
                let delete = diesel::delete(sessions::table.find(session))
                    .returning(SessionRow::as_returning());
                optional(delete.get_result(self)).await
            }
        }
    };
}

rotation_on!(SqliteConn);
rotation_on!(AsyncPgConnection);
