//! The queue of mails.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::audit::RecordOfMany;
use auth_core::mail::{Backlog, Hastened, MailClass, NewMail, Room, WaitingMail};
use auth_core::{
    AuditRecord, Effects, Email, MailKind, Outbox, OutboxEntry, StoreError, Timestamp, UserId,
};
use diesel::dsl::{auto_type, case_when};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::RunQueryDsl;
use tracing::warn;

use super::Database;
use super::audit::lines;
use super::fault::failed;
use super::prepared::Prepared;
use super::rows::{EffectRows, MailRow, NewMailRow, WaitingMailRow};
use super::run::{Dialect as _, read, transaction, write_one};
use super::steps::Steps as _;
use crate::schema::outbox;

define_sql_function! {
    /// The first of the two that is not null.
    fn coalesce(one: Nullable<BigInt>, other: BigInt) -> BigInt;
}

diesel::alias!(pub(super) const EARLIER: Alias<Earlier> = outbox as earlier);

/// How many mails are looked at to tell whether the queue is behind, and how far ahead.
const NEXT: i64 = 100;
const SOON: Duration = Duration::from_secs(86_400);

/// For how long a mail may be due that nobody has taken.
const OVERDUE: Duration = Duration::from_secs(60);

/// As often as this no mail fails while mail servers do their work.
const FAILING: i32 = 3;

/// Which mails to look for.
pub(super) struct Due {
    /// Those that are due by now.
    pub(super) now: i64,
    /// Those of these kinds.
    pub(super) kinds: Vec<&'static str>,
    /// None to these recipients.
    pub(super) busy: Vec<String>,
    /// At most so many.
    pub(super) limit: i64,
}

impl Due {
    fn of(class: MailClass, busy: &[auth_core::Email], limit: u32, now: i64) -> Self {
        Self {
            now,
            kinds: class.kinds().map(MailKind::as_str).collect(),
            busy: busy.iter().map(|to| to.as_str().to_owned()).collect(),
            limit: limit.into(),
        }
    }
}

/// The ids of due mails of some kinds, the longest due first: of each recipient the first.
macro_rules! due_mails {
    ($due:expr) => {{
        use diesel::dsl::{exists, not};
        use $crate::database::outbox::{Due, EARLIER, coalesce};
        let Due {
            now,
            kinds,
            busy,
            limit,
        } = $due;
        let due_at = coalesce(outbox::ready_at, outbox::due_at);
        let other_due_at = coalesce(
            EARLIER.field(outbox::ready_at),
            EARLIER.field(outbox::due_at),
        );
        let other_id = EARLIER.field(outbox::id);
        let earlier = EARLIER
            .filter(EARLIER.field(outbox::recipient).eq(outbox::recipient))
            .filter(EARLIER.field(outbox::kind).eq_any(kinds.clone()))
            .filter(
                other_due_at
                    .lt(due_at)
                    .or(other_due_at.eq(due_at).and(other_id.lt(outbox::id))),
            );
        outbox::table
            .filter(due_at.le(now))
            .filter(outbox::kind.eq_any(kinds))
            .filter(outbox::recipient.ne_all(busy))
            .filter(not(exists(earlier)))
            .order((due_at, outbox::id))
            .limit(limit)
            .select(outbox::id)
    }};
}

pub(super) use due_mails;

/// A queued mail that can be read. Another one stays where it is, since a newer server may know
/// what to do with it, and comes back with its lease: it holds up no other.
fn readable(row: MailRow) -> Option<OutboxEntry> {
    let id = row.id.clone();
    OutboxEntry::try_from(row)
        .inspect_err(|error| warn!(event = "mail_unreadable", mail_id = %id, %error))
        .ok()
}

/// Sets when a mail is due, in the column that says so.
#[auto_type]
fn due_at(at: i64) -> _ {
    let at: diesel::dsl::AsExprOf<i64, BigInt> = at.into_sql::<BigInt>();
    let ready_at = case_when(outbox::ready_at.is_not_null(), at.nullable());
    let due_at = case_when(outbox::ready_at.is_null(), at);
    (
        outbox::ready_at.eq(ready_at.otherwise(outbox::ready_at)),
        outbox::due_at.eq(due_at.otherwise(outbox::due_at)),
    )
}

/// Notes that a mail which is queued was asked for once more, at a time that differs from the
/// one before even where clocks don't: so whoever delivers it meanwhile sees that.
#[auto_type]
fn asked_again(at: i64) -> _ {
    let now: diesel::dsl::AsExprOf<i64, BigInt> = at.into_sql::<BigInt>();
    let is_later = case_when(now.gt(outbox::created_at), now);
    outbox::created_at.eq(is_later.otherwise(outbox::created_at + 1_i64))
}

/// Makes a mail due since it was asked for, as if it had not been tried.
#[auto_type]
fn due_anew() -> _ {
    let ready_at = case_when(
        outbox::ready_at.is_not_null(),
        outbox::created_at.nullable(),
    );
    let due_at = case_when(outbox::ready_at.is_null(), outbox::created_at);
    (
        outbox::ready_at.eq(ready_at.otherwise(outbox::ready_at)),
        outbox::due_at.eq(due_at.otherwise(outbox::due_at)),
        outbox::attempts.eq(0_i32),
    )
}

#[async_trait]
impl Outbox for Database {
    async fn queue(&self, mail: &NewMail) -> Result<(), StoreError> {
        let row = NewMailRow::from(mail);
        write_one!(self, Synced, |conn| diesel::insert_into(outbox::table)
            .values(&row)
            .on_conflict(outbox::cause)
            // This costs a write too: whether a mail is queued already depends on whether the
            // address is known, and time must not tell.
            .do_update()
            .set((
                asked_again(row.created_at),
                // It is for whoever asked last.
                outbox::frontend.eq(&row.frontend),
                outbox::languages.eq(&row.languages),
            ))
            .execute(conn))?;
        Ok(())
    }

    async fn queue_with(
        &self,
        mail: &NewMail,
        record: Option<AuditRecord>,
    ) -> Result<(), StoreError> {
        let effects = EffectRows::from(&Effects::mail([mail.clone()]).told_by(record));
        transaction!(self, Synced, |conn| {
            conn.keep(&effects).await?;
            Ok(())
        })
    }

    async fn claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        room: &Room,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        let (now, lease, room) = (now.as_millis(), lease_until.as_millis(), room.clone());
        let mut mails: Vec<MailRow> = transaction!(self, Synced, |conn| {
            let mut due = vec![];
            let mut left = room.total;
            let classes = MailClass::ALL
                .into_iter()
                .zip(room.of_class)
                .zip(&room.busy);
            for ((class, most), busy) in classes {
                let wanted = Due::of(class, busy, most.min(left), now);
                if wanted.limit > 0 {
                    let found = conn.due_mails(wanted).await?;
                    left = left.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
                    due.extend(found);
                }
            }
            let due = outbox::table.filter(outbox::id.eq_any(due));
            Ok(diesel::update(due)
                .set(due_at(lease))
                .returning(MailRow::as_returning())
                .get_results(conn)
                .await?)
        })?;
        mails.sort_by(MailRow::by_age);
        Ok(mails.into_iter().filter_map(readable).collect())
    }

    async fn done(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        let (id, asked) = (entry.id.clone(), entry.created_at.as_millis());
        transaction!(self, Synced, |conn| {
            let mail = outbox::table.find(&id);
            let answered = mail.filter(outbox::created_at.eq(asked));
            if diesel::delete(answered).execute(conn).await? == 0 {
                let anew = Prepared(diesel::update(mail).set(due_anew()));
                anew.execute(conn).await?;
            }
            Ok(())
        })
    }

    async fn retry(&self, id: &str, at: Timestamp) -> Result<(), StoreError> {
        let mail = outbox::table.find(id.to_owned());
        let attempts = outbox::attempts.eq(outbox::attempts + 1);
        let again = Prepared(diesel::update(mail).set((due_at(at.as_millis()), attempts)));
        write_one!(self, Synced, |conn| again.execute(conn))?;
        Ok(())
    }

    async fn postpone(&self, id: &str, at: Timestamp) -> Result<(), StoreError> {
        let mail = outbox::table.find(id.to_owned());
        let later = Prepared(diesel::update(mail).set(due_at(at.as_millis())));
        write_one!(self, Synced, |conn| later.execute(conn))?;
        Ok(())
    }

    async fn pending(&self) -> Result<u64, StoreError> {
        let count: i64 = read!(self, |conn| outbox::table.count().get_result(conn))?;
        u64::try_from(count).map_err(failed)
    }

    async fn waiting_for(&self, user: UserId, to: &Email) -> Result<Vec<OutboxEntry>, StoreError> {
        let theirs = outbox::user_id.eq(user.to_string());
        let theirs = theirs
            .assume_not_null()
            .or(outbox::recipient.eq(to.as_str().to_owned()));
        let mails = outbox::table.filter(theirs);
        let mut mails: Vec<MailRow> =
            read!(self, |conn| mails.select(MailRow::as_select()).load(conn))?;
        mails.sort_by(MailRow::by_age);
        Ok(mails.into_iter().filter_map(readable).collect())
    }

    async fn is_behind(&self, now: Timestamp) -> Result<bool, StoreError> {
        let due_at = coalesce(outbox::ready_at, outbox::due_at);
        let next = outbox::table
            .filter(due_at.le((now + SOON).as_millis()))
            .order(due_at)
            .limit(NEXT)
            .select((due_at, outbox::attempts));
        let next: Vec<(i64, i32)> = read!(self, |conn| next.load(conn))?;
        let latest = (now - OVERDUE).as_millis();
        let is_behind = |(due_at, attempts): &(i64, i32)| *due_at < latest || *attempts >= FAILING;
        Ok(next.iter().any(is_behind))
    }

    async fn backlog(&self, at_most: u32) -> Result<Backlog, StoreError> {
        let due_at = coalesce(outbox::ready_at, outbox::due_at);
        let first = outbox::table
            // All keep to it: so the databases search the index instead of reading it.
            .filter(due_at.gt(i64::MIN))
            .order(due_at)
            .limit(at_most.into())
            .select((due_at, outbox::attempts));
        let due: Vec<(i64, i32)> = read!(self, |conn| first.load(conn))?;
        let first_due = due.iter().map(|(due_at, _)| *due_at).min();
        Ok(Backlog {
            count: due.len() as u64,
            failing: due.iter().filter(|(_, attempts)| *attempts > 0).count() as u64,
            first_due: first_due.map(Timestamp::from_millis),
        })
    }

    async fn waiting(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<WaitingMail>, StoreError> {
        let page = outbox::table
            .filter(outbox::id.gt(after.unwrap_or_default().to_owned()))
            .order(outbox::id)
            .limit(limit.into());
        let rows: Vec<WaitingMailRow> = read!(self, |conn| page
            .select(WaitingMailRow::as_select())
            .load(conn))?;
        rows.into_iter().map(WaitingMail::try_from).collect()
    }

    async fn hasten(
        &self,
        id: &str,
        now: Timestamp,
        beyond: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<Hastened, StoreError> {
        let is_late = coalesce(outbox::ready_at, outbox::due_at).gt(beyond.as_millis());
        let mail = outbox::table.find(id.to_owned());
        let late = mail.clone().filter(is_late);
        let line = lines(record);
        transaction!(self, Synced, |conn| {
            let sooner = diesel::update(late.clone()).set(due_at(now.as_millis()));
            if sooner.execute(conn).await? > 0 {
                conn.record(&line).await?;
                return Ok(Hastened::Now);
            }
            let found: i64 = mail.clone().count().get_result(conn).await?;
            Ok(match found {
                0 => Hastened::Gone,
                _ => Hastened::Soon,
            })
        })
    }

    async fn hasten_failing(
        &self,
        now: Timestamp,
        beyond: Timestamp,
        at_most: u32,
        record: RecordOfMany,
    ) -> Result<u64, StoreError> {
        let (now, beyond) = (now.as_millis(), beyond.as_millis());
        let due = coalesce(outbox::ready_at, outbox::due_at);
        let failing = outbox::table
            .filter(due.gt(beyond))
            .filter(outbox::attempts.gt(0))
            .order(due)
            .limit(at_most.into())
            .select(outbox::id);
        let ids: Vec<String> = read!(self, |conn| failing.load(conn))?;
        // What somebody has taken meanwhile is due before that.
        let still = outbox::table
            .filter(outbox::id.eq_any(ids))
            .filter(due.gt(beyond));
        transaction!(self, Synced, |conn| {
            let sooner = diesel::update(still.clone()).set(due_at(now));
            let count = sooner.execute(conn).await? as u64;
            conn.record(&lines(record(count))).await?;
            Ok(count)
        })
    }
}
