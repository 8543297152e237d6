//! Counted hits.

use async_trait::async_trait;
use auth_core::limit::{Blocked, Count, Outcome, Penalty};
use auth_core::{LimitStore, Rule, StoreError, Timestamp};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::query_dsl::methods;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::RunQueryDsl;

use super::Database;
use super::prepared::Prepared;
use super::purge::purge;
use super::rows::millis;
use super::run::{Dialect as _, optional, read, write_one};
use crate::schema::limits;

diesel::infix_operator!(ShiftLeft, " << ", BigInt);

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = limits)]
struct LimitRow {
    key: String,
    hits: i32,
    ends_at: i64,
    blocked_until: i64,
    pending: i32,
    pending_until: i64,
}

impl LimitRow {
    fn new(key: &str, count: Count) -> Self {
        Self {
            key: key.to_owned(),
            hits: integer(count.hits),
            ends_at: count.ends_at.as_millis(),
            blocked_until: count.blocked_until.as_millis(),
            pending: integer(count.pending),
            pending_until: count.pending_until.as_millis(),
        }
    }
}

impl From<LimitRow> for Count {
    fn from(row: LimitRow) -> Self {
        Self {
            hits: u32::try_from(row.hits).unwrap_or_default(),
            ends_at: Timestamp::from_millis(row.ends_at),
            blocked_until: Timestamp::from_millis(row.blocked_until),
            pending: u32::try_from(row.pending).unwrap_or_default(),
            pending_until: Timestamp::from_millis(row.pending_until),
        }
    }
}

fn integer(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// How long hits beyond the free ones block, in numbers that SQL can work with: the delay
/// is `first` doubled as often as hits came after `free`, and `longest` from so many hits
/// on that doubling could pass it. Without doubling none of it matters.
#[derive(Default)]
struct Delays {
    first: i64,
    longest: i64,
    longest_from: i32,
}

impl Delays {
    /// The most doublings that [`Rule::after_hit`] makes.
    const MAX_DOUBLINGS: u32 = 20;

    fn new(rule: &Rule) -> Self {
        let Penalty::Doubling { first, max } = rule.penalty else {
            return Self::default();
        };
        let delay = |doublings: u32| first.saturating_mul(1 << doublings).min(max);
        let doublings = (0..Self::MAX_DOUBLINGS).find(|n| delay(*n) == max);
        let doublings = doublings.unwrap_or(Self::MAX_DOUBLINGS);
        Self {
            first: millis(first),
            longest: millis(delay(doublings)),
            longest_from: integer(rule.free.saturating_add(doublings)),
        }
    }
}

#[async_trait]
impl LimitStore for Database {
    async fn count(
        &self,
        key: &str,
        rule: &Rule,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Option<Blocked>, StoreError> {
        loop {
            if self.count_unless_blocked(key, rule, outcome, now).await? {
                return Ok(None);
            }
            // Blocked, unless a refund came in between: then it is counted after all.
            let row = limits::table.find(key);
            let row = read!(self, |conn| {
                optional(row.select(LimitRow::as_select()).get_result(conn))
            })?;
            if let Some(blocked) = row.and_then(|row| Count::from(row).block(now)) {
                return Ok(Some(blocked));
            }
        }
    }

    async fn settle(&self, key: &str) -> Result<(), StoreError> {
        let pending = limits::table
            .find(key.to_owned())
            .filter(limits::pending.gt(0));
        let settle = diesel::update(pending).set(limits::pending.eq(limits::pending - 1));
        let settle = Prepared(settle);
        write_one!(self, Relaxed, |conn| settle.execute(conn))?;
        Ok(())
    }

    async fn refund(&self, key: &str) -> Result<(), StoreError> {
        let counted = limits::table
            .find(key.to_owned())
            .filter(limits::hits.gt(0));
        let still_pending = case_when(limits::pending.gt(0), limits::pending - 1);
        let refund = diesel::update(counted).set((
            limits::hits.eq(limits::hits - 1),
            limits::blocked_until.eq(0),
            limits::pending.eq(still_pending.otherwise(0)),
        ));
        let refund = Prepared(refund);
        write_one!(self, Relaxed, |conn| refund.execute(conn))?;
        Ok(())
    }

    async fn clear(&self, key: &str) -> Result<(), StoreError> {
        let count = limits::table.find(key.to_owned());
        write_one!(self, Relaxed, |conn| diesel::delete(count).execute(conn))?;
        Ok(())
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let over = limits::ends_at.le(now.as_millis());
        purge!(self, limits by key: String, ends_at, over)
    }
}

impl Database {
    /// Counts a hit as [`Rule::after_hit`] does, unless the key is blocked.
    async fn count_unless_blocked(
        &self,
        key: &str,
        rule: &Rule,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = LimitRow::new(key, rule.after_hit(None, outcome, now));
        let fixed = (rule.penalty == Penalty::RestOfWindow).into_sql::<Bool>();
        let free = integer(rule.free);
        let delays = Delays::new(rule);
        let now = now.as_millis();

        let live = limits::ends_at.gt(now);
        let hits = limits::hits + 1;
        let ends_at = case_when(live.and(fixed), limits::ends_at).otherwise(row.ends_at);
        let doubled = ShiftLeft::new(delays.first.into_sql::<BigInt>(), hits - free);
        let delay = case_when(
            hits.ge(delays.longest_from),
            delays.longest.into_sql::<BigInt>(),
        );
        let blocked_until = case_when(hits.lt(free), 0i64.into_sql::<BigInt>())
            .when(fixed, limits::ends_at)
            .otherwise(delay.otherwise(doubled) + now);
        let pending = live.and(limits::pending_until.gt(now));
        let longer = pending.and(limits::pending_until.gt(row.pending_until));
        let next = (
            limits::hits.eq(case_when(live, hits).otherwise(row.hits)),
            limits::ends_at.eq(ends_at),
            limits::blocked_until.eq(case_when(live, blocked_until).otherwise(row.blocked_until)),
            limits::pending
                .eq(case_when(pending, limits::pending + row.pending).otherwise(row.pending)),
            limits::pending_until
                .eq(case_when(longer, limits::pending_until).otherwise(row.pending_until)),
        );
        let upsert = diesel::insert_into(limits::table)
            .values(row)
            .on_conflict(limits::key)
            .do_update()
            .set(next);
        let upsert = methods::FilterDsl::filter(upsert, limits::blocked_until.le(now));
        let counted = write_one!(self, Relaxed, |conn| upsert.execute(conn))?;
        Ok(counted > 0)
    }
}
