//! Changes of an account's second factors: each together with its mail, and none once the sign-in
//! that it rests on has ended.

use auth_core::factor::{Added, Factor, FactorChange, FactorKind, MOST_FACTORS, Removed};
use auth_core::{FactorId, StoreError};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::rows::FactorRow;
use super::state::note;
use crate::database::Database;
use crate::database::rows::EffectRows;
use crate::database::run::{Dialect as _, Rollback, transaction};
use crate::database::steps::Steps as _;
use crate::schema::{factor_states, factors, identities, users};

impl Database {
    pub(super) async fn add_factor(
        &self,
        change: &FactorChange,
        factor: &Factor,
        codes: Option<&[String]>,
    ) -> Result<Added, StoreError> {
        let row = FactorRow::new(change.user, factor);
        let (user, codes) = (change.user.to_string(), codes.map(<[String]>::to_vec));
        let (by, at, effects) = (
            change.by,
            change.at.as_millis(),
            EffectRows::from(&change.effects),
        );
        transaction!(self, Synced, |conn| {
            conn.serialize(&user).await?;
            if !conn.stands(&user, by).await? {
                return Err(Rollback::Answer(Added::Refused));
            }
            // What was to go by now has gone.
            conn.forget_lost_factors(&user, at).await?;
            let theirs = factors::table.filter(factors::user_id.eq(&user));
            let held: i64 = theirs.select(count_star()).get_result(conn).await?;
            if held >= MOST_FACTORS as i64 {
                return Err(Rollback::Answer(Added::TooMany));
            }
            let insert = diesel::insert_into(factors::table).values(&row);
            let insert = insert.on_conflict_do_nothing();
            if insert.execute(conn).await? == 0 {
                return Err(Rollback::Answer(Added::Taken));
            }
            if let Some(codes) = &codes {
                conn.replace_codes(&user, codes).await?;
            }
            let changed = (
                factor_states::changed_at.eq(Some(at)),
                factor_states::lacking_since.eq(None::<i64>),
                factor_states::reset_at.eq(None::<i64>),
            );
            note!(conn, &user, changed);
            conn.keep(&effects).await?;
            Ok(Added::Added)
        })
    }

    pub(super) async fn remove_factor(
        &self,
        change: &FactorChange,
        id: FactorId,
        keep_last: bool,
        issuers: &[String],
    ) -> Result<Removed, StoreError> {
        let (user, id, issuers) = (change.user.to_string(), id.to_string(), issuers.to_vec());
        let (by, at, effects) = (
            change.by,
            change.at.as_millis(),
            EffectRows::from(&change.effects),
        );
        transaction!(self, Synced, |conn| {
            // Of two that take the last two factors away, the second waits here.
            conn.serialize(&user).await?;
            if !conn.stands(&user, by).await? {
                return Err(Rollback::Answer(Removed::Refused));
            }
            let factor = factors::table.find(&id).filter(factors::user_id.eq(&user));
            if diesel::delete(factor).execute(conn).await? == 0 {
                return Err(Rollback::Answer(Removed::NotFound));
            }
            let theirs = factors::table.filter(factors::user_id.eq(&user));
            let left: i64 = theirs.select(count_star()).get_result(conn).await?;
            let passkeys = theirs.filter(factors::kind.eq(FactorKind::Passkey.as_str()));
            let passkeys: i64 = passkeys.select(count_star()).get_result(conn).await?;
            let password = users::table.find(&user).select(users::password_hash);
            let password: Option<String> = password.get_result(conn).await?;
            let others = identities::table
                .filter(identities::user_id.eq(&user))
                .filter(identities::issuer.eq_any(&issuers));
            let others: i64 = others.select(count_star()).get_result(conn).await?;
            let is_shut = password.is_none() && others == 0 && passkeys == 0;
            if is_shut || (keep_last && left == 0) {
                return Err(Rollback::Answer(Removed::Last));
            }
            if left == 0 {
                conn.forget_factors(std::slice::from_ref(&user)).await?;
            }
            note!(conn, &user, factor_states::changed_at.eq(Some(at)));
            conn.keep(&effects).await?;
            Ok(Removed::Removed)
        })
    }

    pub(super) async fn replace_codes_of(
        &self,
        change: &FactorChange,
        hashes: &[String],
    ) -> Result<bool, StoreError> {
        let (user, hashes) = (change.user.to_string(), hashes.to_vec());
        let (by, effects) = (change.by, EffectRows::from(&change.effects));
        transaction!(self, Synced, |conn| {
            conn.serialize(&user).await?;
            let theirs = factors::table.filter(factors::user_id.eq(&user));
            if !conn.stands(&user, by).await?
                || theirs.select(count_star()).get_result::<i64>(conn).await? == 0
            {
                return Err(Rollback::Answer(false));
            }
            conn.replace_codes(&user, &hashes).await?;
            conn.keep(&effects).await?;
            Ok(true)
        })
    }
}
