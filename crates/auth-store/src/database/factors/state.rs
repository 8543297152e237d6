//! What is known of an account's second factors as a whole.

use auth_core::factor::FactorChange;
use auth_core::{Effects, StoreError, Timestamp, UserId};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::database::Database;
use crate::database::rows::EffectRows;
use crate::database::run::{Dialect as _, Rollback, optional, read, transaction};
use crate::database::steps::Steps as _;
use crate::schema::{factor_states, factors};

/// Notes something of an account's factors as a whole.
macro_rules! note {
    ($conn:ident, $user:expr, $values:expr) => {
        diesel::insert_into(factor_states::table)
            .values((
                factor_states::user_id.eq($user),
                factor_states::required.eq(false),
                $values,
            ))
            .on_conflict(factor_states::user_id)
            .do_update()
            .set($values)
            .execute($conn)
            .await?
    };
}

pub(super) use note;

impl Database {
    pub(super) async fn require_factor(
        &self,
        user: UserId,
        required: bool,
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        let (user, effects) = (user.to_string(), EffectRows::from(effects));
        transaction!(self, Synced, |conn| {
            if !conn.stands_at_all(&user).await? {
                return Err(Rollback::Answer(false));
            }
            diesel::insert_into(factor_states::table)
                .values((
                    factor_states::user_id.eq(&user),
                    factor_states::required.eq(required),
                ))
                .on_conflict(factor_states::user_id)
                .do_update()
                .set((
                    factor_states::required.eq(required),
                    factor_states::lacking_since.eq(None::<i64>),
                ))
                .execute(conn)
                .await?;
            conn.keep(&effects).await?;
            Ok(true)
        })
    }

    pub(super) async fn note_lack_of(
        &self,
        user: UserId,
        at: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let (user, at) = (user.to_string(), at.as_millis());
        let since = transaction!(self, Synced, |conn| {
            conn.serialize(&user).await?;
            let state = factor_states::table
                .find(&user)
                .select(factor_states::lacking_since);
            let since: Option<Option<i64>> = optional(state.get_result(conn)).await?;
            if let Some(Some(since)) = since {
                return Ok(since);
            }
            note!(conn, &user, factor_states::lacking_since.eq(Some(at)));
            Ok(at)
        })?;
        Ok(Timestamp::from_millis(since))
    }

    pub(super) async fn schedule_reset_of(
        &self,
        change: &FactorChange,
        reset_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let (user, effects) = (change.user.to_string(), EffectRows::from(&change.effects));
        let (at, reset_at) = (change.at.as_millis(), reset_at.map(Timestamp::as_millis));
        transaction!(self, Synced, |conn| {
            conn.serialize(&user).await?;
            // What has gone by now does not come back.
            if conn.forget_lost_factors(&user, at).await? {
                return Ok(false);
            }
            let theirs = factors::table.filter(factors::user_id.eq(&user));
            if theirs.select(count_star()).get_result::<i64>(conn).await? == 0 {
                return Err(Rollback::Answer(false));
            }
            note!(conn, &user, factor_states::reset_at.eq(reset_at));
            conn.keep(&effects).await?;
            Ok(true)
        })
    }

    /// Deletes the factors of accounts whose time has come; gives the number of accounts.
    pub(super) async fn reset_lost(&self, now: Timestamp) -> Result<u64, StoreError> {
        let now = now.as_millis();
        let due = factor_states::table
            .filter(factor_states::reset_at.le(now).assume_not_null())
            .select(factor_states::user_id)
            .limit(100);
        let due: Vec<String> = read!(self, |conn| due.load(conn))?;
        for user in &due {
            let user = user.clone();
            transaction!(self, Synced, |conn| {
                conn.serialize(&user).await?;
                conn.forget_lost_factors(&user, now).await?;
                Ok(())
            })?;
        }
        Ok(due.len() as u64)
    }
}
