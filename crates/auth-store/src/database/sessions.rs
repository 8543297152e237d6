//! Sessions, their spent secrets, and the list of the denied.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::cache::ChangeLog;
use auth_core::secret::Salt;
use auth_core::session::{
    Age, Found, KEPT_SPENT, RevokedSession, SecretChange, SecretKind, SessionKey, SessionStore,
    Spent, Tally,
};
use auth_core::{
    Authority, Fingerprint, SecretHash, Session, SessionId, StoreError, Timestamp, User, UserId,
};
use diesel::dsl::{count, exists};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::durability::Durability;
use super::fault::failed;
use super::prepared::Prepared;
use super::purge::purge;
use super::rows::{SessionRow, UserRow, millis};
use super::run::{Dialect as _, Rollback, find, optional, read, transaction, write_one};
use super::steps::Steps as _;
use crate::schema::{denials, revocations, sessions, spent_secrets, users};

#[derive(Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(super) struct NewSessionRow {
    #[diesel(embed)]
    session: SessionRow,
    secret: String,
    family: String,
}

impl NewSessionRow {
    /// A session, and what is known of its secret.
    pub(super) fn new(session: &Session, secret: &Fingerprint) -> Self {
        Self {
            session: SessionRow::from(session),
            secret: secret.secret.to_text(),
            family: secret.family.to_text(),
        }
    }
}

/// How long the log of revocations is kept. Whoever is further behind forgets what it knew.
const LOG_KEPT: Duration = Duration::from_secs(3600);

/// What a use changes. What a later version keeps of a session besides stays as it is.
#[derive(AsChangeset)]
#[diesel(table_name = sessions)]
struct Use {
    last_seen_at: i64,
    expires_at: i64,
    tokens_until: i64,
    unused: bool,
    assurance: Option<String>,
}

impl Use {
    /// That which makes a session of the one that was read. What somebody has proven is written
    /// when it has changed only, so that a use that was read before takes nothing back.
    fn of(read: &Session, session: &Session) -> Self {
        let is_stronger = session.assurance != read.assurance;
        Self {
            last_seen_at: session.last_seen_at.as_millis(),
            expires_at: session.expires_at().as_millis(),
            tokens_until: session.tokens_until.as_millis(),
            unused: session.unused,
            assurance: session.assurance.to_stored().filter(|_| is_stronger),
        }
    }
}

/// A secret that was spent.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = spent_secrets)]
struct SpentRow {
    secret: String,
    session_id: String,
    salt: String,
    spent_at: i64,
    number: i64,
}

/// A session, the secret in force, and its owner.
type FoundRow = (SessionRow, String, UserRow);

fn found((row, secret, user): FoundRow, spent: Option<Spent>) -> Result<Found, StoreError> {
    Ok(Found {
        session: row.try_into()?,
        secret: SecretHash::from_text(&secret).map_err(failed)?,
        spent,
        as_stored: String::new(),
        user: Some(user.try_into()?),
    })
}

/// The session that a query finds, with its owner, in one go.
macro_rules! find_one {
    ($database:expr, $query:expr) => {{
        let with_owner = $query.inner_join(users::table);
        let row: Option<FoundRow> = find!(
            $database,
            with_owner.select((
                SessionRow::as_select(),
                sessions::secret,
                UserRow::as_select(),
            ))
        )?;
        row.map(|row| found(row, None)).transpose()
    }};
}

/// The session as it was read, unless it has changed since. Servers of older versions count no
/// changes, so the content itself is compared: whatever a use or a rotation writes.
macro_rules! as_read {
    ($read:expr) => {
        sessions::table
            .find($read.session.id.to_string())
            .filter(sessions::secret.eq($read.secret.to_text()))
            .filter(sessions::last_seen_at.eq($read.session.last_seen_at.as_millis()))
            .filter(sessions::tokens_until.eq($read.session.tokens_until.as_millis()))
            .filter(sessions::unused.eq($read.session.unused))
    };
}

/// A number that was counted.
#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

#[async_trait]
impl SessionStore for Database {
    fn is_beside_users(&self) -> bool {
        true
    }

    async fn insert(
        &self,
        session: &Session,
        secret: &Fingerprint,
    ) -> Result<Vec<Session>, StoreError> {
        let row = NewSessionRow::new(session, secret);
        let insert = diesel::insert_into(sessions::table).values(row);
        write_one!(self, Relaxed, |conn| insert.execute(conn))?;
        // After the insert has ended: two who sign in at once would not see each other
        // within it.
        self.by_user(session.user_id).await
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Found>, StoreError> {
        match key {
            SessionKey::Secret(secret) => {
                let secret = sessions::secret.eq(secret.to_text());
                find_one!(self, sessions::table.filter(secret))
            }
            SessionKey::Id(id, user) => {
                let session = sessions::table.find(id.to_string());
                find_one!(self, session.filter(sessions::user_id.eq(user.to_string())))
            }
            SessionKey::AnySecret(secret) => self.trace(secret).await,
        }
    }

    async fn replace(
        &self,
        read: &Found,
        next: &Session,
        change: Option<&SecretChange>,
        _now: Timestamp,
    ) -> Result<bool, StoreError> {
        match change {
            Some(change) => {
                let spent = self.spend(read, next, change).await?;
                match read.is_changed_for_all(next) {
                    true => self.once_in_force(spent).await,
                    false => Ok(spent),
                }
            }
            None => {
                let update = diesel::update(as_read!(read)).set(Use::of(&read.session, next));
                let update = Prepared(update);
                let updated = write_one!(self, Relaxed, |conn| update.execute(conn))?;
                Ok(updated > 0)
            }
        }
    }

    async fn delete(
        &self,
        user: UserId,
        ids: &[SessionId],
        by: Option<&Authority>,
        now: Timestamp,
    ) -> Result<Option<Vec<Session>>, StoreError> {
        let (user, by) = (user.to_string(), by.copied());
        let ids: Vec<_> = ids.iter().map(SessionId::to_string).collect();
        let ended = transaction!(self, Confirmed, |conn| {
            // Two that end the same sessions in another order would wait for each other.
            conn.serialize(&user).await?;
            if !conn.stands(&user, by).await? {
                return Err(Rollback::Answer(None));
            }
            let delete = diesel::delete(sessions::table)
                .filter(sessions::user_id.eq(&user))
                .filter(sessions::id.eq_any(&ids))
                .returning(SessionRow::as_returning());
            let ended: Vec<SessionRow> = delete.get_results(conn).await?;
            conn.deny(&ended, now).await?;
            let ended: Result<_, _> = ended.into_iter().map(Session::try_from).collect();
            Ok(Some(ended?))
        })?;
        // Also where there was nothing to end: somebody else may have ended it just now.
        self.once_in_force(ended).await
    }

    async fn by_user(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let theirs = sessions::table.filter(sessions::user_id.eq(user.to_string()));
        let rows = read!(self, |conn| theirs
            .select(SessionRow::as_select())
            .load(conn))?;
        rows.into_iter().map(Session::try_from).collect()
    }

    async fn denial(&self, id: SessionId, user: UserId) -> Result<RevokedSession, StoreError> {
        // A session is kept for as long as its access tokens are valid, so that one which is
        // not there was ended, whatever became of the note that it was.
        let kept = sessions::table
            .find(id.to_string())
            .filter(sessions::user_id.eq(user.to_string()));
        let query = users::table.find(user.to_string());
        let row: Option<(UserRow, bool)> =
            find!(self, query.select((UserRow::as_select(), exists(kept))))?;
        let (user, kept) = row.map_or((None, false), |(user, kept)| (Some(user), kept));
        Ok(RevokedSession {
            denied: !kept,
            user: user.map(User::try_from).transpose()?,
        })
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let now = now.as_millis();
        // A session whose access tokens still work can still be revoked.
        let over = sessions::expires_at
            .le(now)
            .and(sessions::tokens_until.le(now));
        let sessions: u64 = purge!(self, sessions by id: String, expires_at, over)?;
        let over = denials::denied_until.le(now);
        let denials: u64 = purge!(self, denials by session_id: String, denied_until, over)?;
        self.purge_log(now - millis(LOG_KEPT)).await?;
        Ok(sessions + denials)
    }

    async fn tally(&self, now: Timestamp) -> Result<Option<Tally>, StoreError> {
        // Of each age at first with all that are younger, in one go over the table.
        let used_within = |age: Age| {
            let since = (now - age.limit()).as_millis();
            count(sessions::id).aggregate_filter(sessions::last_seen_at.gt(since))
        };
        let ages = Age::ALL.map(used_within);
        let [hour, day, week, month, all] = ages;
        let live = sessions::table.filter(sessions::expires_at.gt(now.as_millis()));
        let counts =
            live.group_by(sessions::kind)
                .select((sessions::kind, hour, day, week, month, all));
        type Counts = (String, i64, i64, i64, i64, i64);
        let rows: Vec<Counts> = read!(self, |conn| counts.load(conn))?;
        let mut tally = Tally::default();
        for (kind, hour, day, week, month, all) in rows {
            let kind = SecretKind::from_stored(&kind);
            let mut younger = 0;
            for (age, count) in Age::ALL.into_iter().zip([hour, day, week, month, all]) {
                tally.add(
                    kind,
                    age,
                    u64::try_from(count - younger).unwrap_or_default(),
                );
                younger = count;
            }
        }
        Ok(Some(tally))
    }

    async fn live(&self, at_most: u32, now: Timestamp) -> Result<Option<u64>, StoreError> {
        // Diesel counts no limited query.
        let count = diesel::sql_query(format!(
            r#"SELECT COUNT(*) AS "count" FROM (SELECT 1 FROM "sessions" WHERE "expires_at" > {} LIMIT {at_most}) AS "live""#,
            now.as_millis()
        ));
        let live: Count = read!(self, |conn| count.get_result(conn))?;
        Ok(Some(u64::try_from(live.count).map_err(failed)?))
    }

    fn changes(&self) -> Option<Arc<dyn ChangeLog>> {
        self.followed()
    }

    async fn in_force(&self) -> Result<(), StoreError> {
        self.once_in_force(()).await
    }

    /// The database is where the users are.
    async fn identity(&self) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}

impl Database {
    /// Shortens the log of revocations to what was written since, and its last entry.
    async fn purge_log(&self, since: i64) -> Result<u64, StoreError> {
        let last = revocations::table
            .select(revocations::number)
            .order(revocations::number.desc())
            .limit(1);
        let last: Option<i64> = read!(self, |conn| optional(last.get_result(conn)))?;
        let past = revocations::made_at
            .lt(since)
            .and(revocations::number.lt(last.unwrap_or_default()));
        purge!(self, revocations by number: i64, made_at, past)
    }

    /// The session that has or had a secret. Each of the three ways there is a step in an
    /// index.
    async fn trace(&self, secret: &Fingerprint) -> Result<Option<Found>, StoreError> {
        let (hash, family) = (secret.secret.to_text(), secret.family.to_text());
        let by_spent = diesel::alias!(spent_secrets as by_spent);
        let spent = by_spent
            .filter(by_spent.field(spent_secrets::secret).eq(hash.clone()))
            .select(by_spent.field(spent_secrets::session_id))
            .single_value();
        let has_or_had = sessions::secret
            .eq(hash.clone())
            .or(sessions::family.eq(family).assume_not_null())
            .or(sessions::id.nullable().eq(spent).assume_not_null());
        let this_one = spent_secrets::session_id
            .eq(sessions::id)
            .and(spent_secrets::secret.eq(hash));
        let query = sessions::table
            .inner_join(users::table)
            .left_join(spent_secrets::table.on(this_one))
            .filter(has_or_had);
        let rows = read!(self, |conn| {
            let all = (
                SessionRow::as_select(),
                sessions::secret,
                UserRow::as_select(),
                Option::<SpentRow>::as_select(),
            );
            query.select(all).load(conn)
        })?;
        let Some((session, secret, user, spent)) = rows.into_iter().next() else {
            return Ok(None);
        };
        let spent: Option<SpentRow> = spent;
        let spent = spent.map(|spent| spent.of(&session)).transpose()?;
        found((session, secret, user), spent).map(Some)
    }

    /// Writes a session as it is after its secret was spent, if it is as it was read.
    async fn spend(
        &self,
        read: &Found,
        next: &Session,
        change: &SecretChange,
    ) -> Result<bool, StoreError> {
        let (read, next, change) = (read.clone(), next.clone(), *change);
        let durability = match read.is_changed_for_all(&next) {
            true => Durability::Confirmed,
            false => Durability::Synced,
        };
        transaction!(self, as durability, |conn| {
            // Of two at once the second waits here, and then sees what the first has done.
            let successor = (
                sessions::kind.eq(next.kind.as_str()),
                sessions::secret.eq(change.next.secret.to_text()),
                sessions::family.eq(change.next.family.to_text()),
                sessions::rotations.eq(sessions::rotations + 1),
            );
            let update = diesel::update(as_read!(read))
                .set((Use::of(&read.session, &next), successor))
                .returning(sessions::rotations);
            let update = Prepared(update);
            let Some(number) = optional(update.get_result::<i64>(conn)).await? else {
                return Ok(false);
            };
            let session_id = next.id.to_string();
            let too_old = spent_secrets::table
                .filter(spent_secrets::session_id.eq(session_id.clone()))
                .filter(spent_secrets::number.le(number - KEPT_SPENT as i64));
            let spent = SpentRow {
                secret: change.spent.secret.to_text(),
                session_id,
                salt: change.salt.to_text(),
                spent_at: change.at.as_millis(),
                number,
            };
            let insert = diesel::insert_into(spent_secrets::table).values(spent);
            insert.execute(conn).await?;
            if number > KEPT_SPENT as i64 {
                diesel::delete(too_old).execute(conn).await?;
            }
            Ok(true)
        })
    }
}

impl SpentRow {
    /// What is kept of the secret, for its session.
    fn of(&self, session: &SessionRow) -> Result<Spent, StoreError> {
        Ok(Spent {
            salt: Salt::from_text(&self.salt).map_err(failed)?,
            at: Timestamp::from_millis(self.spent_at),
            is_latest: self.number == session.rotations,
        })
    }
}
