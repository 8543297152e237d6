//! Sessions, their spent secrets, and the list of the denied.

use async_trait::async_trait;
use auth_core::session::{Changed, Found, Revoke, RevokedSession, SecretChange, SecretKind};
use auth_core::{
    Authority, Fingerprint, SecretHash, Session, SessionId, SessionStore, StoreError, Timestamp,
    UserId,
};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::rotation::{Rotation as _, used};
use super::rows::{SessionRow, UserRow};
use super::run::{Dialect as _, Rollback, optional, read, transaction, write_one};
use super::steps::Steps as _;
use crate::schema::{denials, sessions, spent_secrets, users};

#[derive(Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
struct NewSessionRow {
    #[diesel(embed)]
    session: SessionRow,
    secret: String,
    family: String,
}

/// The session that a query finds, with its owner, in one go.
macro_rules! find_one {
    ($database:expr, $query:expr) => {{
        let query = $query.inner_join(users::table);
        let row = read!($database, |conn| {
            let both = (SessionRow::as_select(), UserRow::as_select());
            optional(query.select(both).get_result(conn))
        })?;
        row.map(found).transpose()
    }};
}

fn found((session, user): (SessionRow, UserRow)) -> Result<Found, StoreError> {
    Ok(Found {
        session: session.try_into()?,
        user: Some(user.try_into()?),
    })
}

#[async_trait]
impl SessionStore for Database {
    async fn insert(
        &self,
        session: &Session,
        secret: &Fingerprint,
        max: u32,
    ) -> Result<(), StoreError> {
        let (user, now) = (session.user_id.to_string(), session.created_at);
        let row = NewSessionRow {
            session: SessionRow::from(session),
            secret: secret.secret.to_text(),
            family: secret.family.to_text(),
        };
        transaction!(self, Relaxed, |conn| {
            // Two who sign in at once would not see each other.
            conn.serialize(&user).await?;
            let insert = diesel::insert_into(sessions::table).values(&row);
            insert.execute(conn).await?;
            let oldest = sessions::table
                .filter(sessions::user_id.eq(&user))
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
        let live = sessions::table
            .filter(sessions::secret.eq(secret.to_text()))
            .filter(sessions::kind.eq(kind.as_str()))
            .filter(sessions::expires_at.gt(now.as_millis()));
        find_one!(self, live)
    }

    async fn find_by_id(
        &self,
        id: SessionId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        let live = sessions::table
            .filter(sessions::id.eq(id.to_string()))
            .filter(sessions::user_id.eq(user.to_string()))
            .filter(sessions::expires_at.gt(now.as_millis()));
        find_one!(self, live)
    }

    async fn trace(
        &self,
        kind: SecretKind,
        secret: &Fingerprint,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let spent = spent_secrets::table
            .filter(spent_secrets::secret.eq(secret.secret.to_text()))
            .select(spent_secrets::session_id);
        let has_or_had = sessions::secret
            .eq(secret.secret.to_text())
            .or(sessions::family
                .eq(secret.family.to_text())
                .assume_not_null())
            .or(sessions::id.eq_any(spent));
        let query = sessions::table
            .filter(has_or_had)
            .filter(sessions::kind.eq(kind.as_str()))
            .filter(sessions::expires_at.gt(now.as_millis()));
        let rows = read!(self, |conn| query
            .select(SessionRow::as_select())
            .load(conn))?;
        rows.into_iter().next().map(Session::try_from).transpose()
    }

    async fn touch(
        &self,
        id: SessionId,
        _user: UserId,
        secret: Option<&SecretHash>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let now = now.as_millis();
        // A use by no secret tells nothing of the one in force.
        let secret = secret.map(|secret| secret.to_text()).unwrap_or_default();
        let unused = sessions::unused.and(sessions::secret.ne(secret));
        let live = sessions::table.find(id.to_string());
        let live = live.filter(sessions::expires_at.gt(now));
        let touch = diesel::update(live).set((used(now, 0), sessions::unused.eq(unused)));
        let touched = write_one!(self, Relaxed, |conn| touch.execute(conn))?;
        Ok(touched > 0)
    }

    async fn change_secret(
        &self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        let change = *change;
        transaction!(self, Synced, |conn| {
            if let Some(session) = conn.spend(kind, &change, now).await? {
                conn.keep(&session, &change).await?;
                return Ok(Changed::Fresh(session.try_into()?));
            }
            let Some(spent) = conn.spent(kind, &change, now).await? else {
                return Ok(Changed::Unknown);
            };
            if let Some(salt) = spent.forgiven(&change, now)? {
                let session = conn.renew(spent.session(), &change, now).await?;
                return Ok(match session {
                    Some(session) => Changed::Again(session.try_into()?, salt),
                    None => Changed::Unknown,
                });
            }
            let ended = conn.end(spent.session()).await?;
            conn.deny(ended.as_slice(), now).await?;
            Ok(match ended {
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
        let ended = self.end(None, user, which, now).await?;
        Ok(ended.unwrap_or_default())
    }

    async fn revoke_by(
        &self,
        by: &Authority,
        user: UserId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        self.end(Some(*by), user, which, now).await
    }

    fn is_beside_users(&self) -> bool {
        true
    }

    async fn denial(
        &self,
        id: SessionId,
        user: UserId,
        _now: Timestamp,
    ) -> Result<RevokedSession, StoreError> {
        // A session is kept for as long as its access tokens are valid, so that one which is
        // not there was ended, whatever became of the note that it was.
        let kept = sessions::table
            .find(id.to_string())
            .filter(sessions::user_id.eq(user.to_string()));
        let query = users::table.find(user.to_string());
        let row = read!(self, |conn| {
            let both = (UserRow::as_select(), exists(kept));
            optional(query.select(both).get_result::<(UserRow, bool)>(conn))
        })?;
        Ok(match row {
            Some((user, kept)) => RevokedSession {
                denied: !kept,
                user: Some(user.try_into()?),
            },
            None => RevokedSession {
                denied: true,
                user: None,
            },
        })
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let now = now.as_millis();
        transaction!(self, Synced, |conn| {
            conn.serialize("purge").await?;
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

    /// The database is where the users are.
    async fn identity(&self) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}

impl Database {
    /// Ends sessions of a user, while the sign-in stands that asks for it.
    async fn end(
        &self,
        by: Option<Authority>,
        user: UserId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let user = user.to_string();
        transaction!(self, Synced, |conn| {
            // Two that end the same sessions in another order would wait for each other.
            conn.serialize(&user).await?;
            if !conn.stands(&user, by).await? {
                return Err(Rollback::Answer(None));
            }
            // What is over counts for nothing. It is left to `purge`, which goes through the
            // sessions in another order: each would wait for the other.
            let matters = sessions::expires_at.gt(now.as_millis());
            let matters = matters.or(sessions::tokens_until.gt(now.as_millis()));
            let delete = diesel::delete(sessions::table)
                .filter(sessions::user_id.eq(&user))
                .filter(matters)
                .into_boxed();
            let delete = match which {
                Revoke::One(id) => delete.filter(sessions::id.eq(id.to_string())),
                Revoke::Others(id) => delete.filter(sessions::id.ne(id.to_string())),
                Revoke::All => delete,
            };
            let delete = delete.returning(SessionRow::as_returning());
            let ended: Vec<SessionRow> = delete.get_results(conn).await?;
            conn.deny(&ended, now).await?;
            Ok(Some(
                ended.iter().filter(|row| row.is_live(now)).count() as u64
            ))
        })
    }
}
