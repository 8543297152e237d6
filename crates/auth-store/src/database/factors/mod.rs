//! Second factors, recovery codes, and what is known of an account's factors as a whole.

mod changes;
mod rows;
mod state;
mod waiting;

use async_trait::async_trait;
use auth_core::factor::{Added, Factor, FactorChange, Held, KeyId, Passkey, Removed, Waiting};
use auth_core::identity::FlowKey;
use auth_core::{Effects, FactorId, FactorStore, StoreError, Timestamp, UserId};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use self::rows::{FactorRow, StateRow};
use super::Database;
use super::fault::failed;
use super::purge::purge;
use super::rows::EffectRows;
use super::run::{Dialect as _, Rollback, optional, read, transaction, write_one};
use super::steps::Steps as _;
use crate::schema::{factor_states, factors, recovery_codes, shared_keys, waiting_steps};

/// The name under which the database has the key that its seeds are encrypted under.
const ENCRYPTION_KEY: &str = "encryption-key-id";

#[async_trait]
impl FactorStore for Database {
    async fn held(&self, user: UserId) -> Result<Held, StoreError> {
        let user = user.to_string();
        // Ids grow with time.
        let theirs = factors::table
            .filter(factors::user_id.eq(&user))
            .order(factors::id);
        let rows = read!(self, |conn| theirs
            .select(FactorRow::as_select())
            .load(conn))?;
        let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(&user));
        // Who has no factor has no recovery codes.
        let codes: i64 = match rows.is_empty() {
            true => 0,
            false => read!(self, |conn| codes.select(count_star()).get_result(conn))?,
        };
        let state = factor_states::table.find(&user);
        let state: Option<StateRow> = read!(self, |conn| {
            optional(state.select(StateRow::as_select()).get_result(conn))
        })?;
        let time = |at: Option<i64>| at.map(Timestamp::from_millis);
        Ok(Held {
            factors: rows
                .into_iter()
                .map(Factor::try_from)
                .collect::<Result<_, _>>()?,
            recovery_codes: u32::try_from(codes).map_err(failed)?,
            changed_at: time(state.as_ref().and_then(|state| state.changed_at)),
            required: state.as_ref().is_some_and(|state| state.required),
            lacking_since: time(state.as_ref().and_then(|state| state.lacking_since)),
            reset_at: time(state.as_ref().and_then(|state| state.reset_at)),
        })
    }

    async fn add(
        &self,
        change: &FactorChange,
        factor: &Factor,
        codes: Option<&[String]>,
    ) -> Result<Added, StoreError> {
        self.add_factor(change, factor, codes).await
    }

    async fn rename(&self, user: UserId, id: FactorId, name: &str) -> Result<bool, StoreError> {
        let factor = factors::table
            .find(id.to_string())
            .filter(factors::user_id.eq(user.to_string()));
        let update = diesel::update(factor).set(factors::name.eq(name.to_owned()));
        let renamed = write_one!(self, Synced, |conn| update.execute(conn))?;
        Ok(renamed > 0)
    }

    async fn remove(
        &self,
        change: &FactorChange,
        id: FactorId,
        keep_last: bool,
        issuers: &[String],
    ) -> Result<Removed, StoreError> {
        self.remove_factor(change, id, keep_last, issuers).await
    }

    async fn replace_recovery_codes(
        &self,
        change: &FactorChange,
        hashes: &[String],
    ) -> Result<bool, StoreError> {
        self.replace_codes_of(change, hashes).await
    }

    async fn take_step(&self, id: FactorId, step: i64, at: Timestamp) -> Result<bool, StoreError> {
        let earlier = factors::last_step.is_null().or(factors::last_step.lt(step));
        let factor = factors::table
            .find(id.to_string())
            .filter(earlier.assume_not_null());
        let update = diesel::update(factor).set((
            factors::last_step.eq(Some(step)),
            factors::last_used_at.eq(Some(at.as_millis())),
        ));
        let taken = write_one!(self, Synced, |conn| update.execute(conn))?;
        Ok(taken > 0)
    }

    async fn take_recovery_code(
        &self,
        user: UserId,
        hash: &str,
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        let (user, hash) = (user.to_string(), hash.to_owned());
        let effects = EffectRows::from(effects);
        transaction!(self, Synced, |conn| {
            let code = recovery_codes::table.find((&user, &hash));
            if diesel::delete(code).execute(conn).await? == 0 {
                return Err(Rollback::Answer(false));
            }
            conn.keep(&effects).await?;
            Ok(true)
        })
    }

    async fn owner_of_passkey(&self, credential_id: &str) -> Result<Option<UserId>, StoreError> {
        let passkey = factors::table.filter(factors::credential_id.eq(credential_id.to_owned()));
        let owner = passkey.select(factors::user_id);
        let owner: Option<String> = read!(self, |conn| optional(owner.get_result(conn)))?;
        owner.map(|id| id.parse().map_err(failed)).transpose()
    }

    async fn use_passkey(
        &self,
        id: FactorId,
        before: &Passkey,
        after: &Passkey,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let as_read = factors::passkey.eq(before.record.clone());
        let factor = factors::table
            .find(id.to_string())
            .filter(as_read.assume_not_null());
        let update = diesel::update(factor).set((
            factors::passkey.eq(Some(after.record.clone())),
            factors::last_used_at.eq(Some(at.as_millis())),
        ));
        let used = write_one!(self, Synced, |conn| update.execute(conn))?;
        Ok(used > 0)
    }

    async fn require(
        &self,
        user: UserId,
        required: bool,
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        self.require_factor(user, required, effects).await
    }

    async fn note_lack(&self, user: UserId, at: Timestamp) -> Result<Timestamp, StoreError> {
        self.note_lack_of(user, at).await
    }

    async fn schedule_reset(
        &self,
        change: &FactorChange,
        reset_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        self.schedule_reset_of(change, reset_at).await
    }

    async fn seeds(
        &self,
        after: Option<FactorId>,
        limit: u32,
    ) -> Result<Vec<(UserId, FactorId, String)>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let seeds = factors::table
            .filter(factors::id.gt(after))
            .filter(factors::seed.is_not_null())
            .order(factors::id)
            .limit(limit.into())
            .select((
                factors::user_id,
                factors::id,
                factors::seed.assume_not_null(),
            ));
        let rows: Vec<(String, String, String)> = read!(self, |conn| seeds.load(conn))?;
        let read = |(user, id, seed): (String, String, String)| {
            Ok((
                user.parse().map_err(failed)?,
                id.parse().map_err(failed)?,
                seed,
            ))
        };
        rows.into_iter().map(read).collect()
    }

    async fn replace_seed(
        &self,
        id: FactorId,
        before: &str,
        after: &str,
    ) -> Result<bool, StoreError> {
        let as_read = factors::seed.eq(before.to_owned());
        let factor = factors::table
            .find(id.to_string())
            .filter(as_read.assume_not_null());
        let update = diesel::update(factor).set(factors::seed.eq(Some(after.to_owned())));
        let replaced = write_one!(self, Synced, |conn| update.execute(conn))?;
        Ok(replaced > 0)
    }

    async fn encryption_key(&self, ours: &KeyId) -> Result<KeyId, StoreError> {
        let row = (
            shared_keys::name.eq(ENCRYPTION_KEY),
            shared_keys::value.eq(ours.as_str().to_owned()),
        );
        write_one!(self, Synced, |conn| diesel::insert_into(shared_keys::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))?;
        let key = shared_keys::table
            .find(ENCRYPTION_KEY)
            .select(shared_keys::value);
        let key: String = read!(self, |conn| key.get_result(conn))?;
        KeyId::of_text(&format!("{key}.")).ok_or_else(|| failed("a key has no name"))
    }

    async fn change_encryption_key(&self, to: &KeyId) -> Result<(), StoreError> {
        let key = shared_keys::table.find(ENCRYPTION_KEY);
        let update = diesel::update(key).set(shared_keys::value.eq(to.as_str().to_owned()));
        write_one!(self, Synced, |conn| update.execute(conn))?;
        Ok(())
    }

    async fn wait(
        &self,
        key: &FlowKey,
        waiting: &Waiting,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.keep_waiting(key, waiting, expires_at).await
    }

    async fn waiting(&self, key: &FlowKey, now: Timestamp) -> Result<Option<Waiting>, StoreError> {
        self.find_waiting(key, now).await
    }

    async fn take(&self, key: &FlowKey, now: Timestamp) -> Result<bool, StoreError> {
        self.take_waiting(key, now).await
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let reset = self.reset_lost(now).await?;
        let over = waiting_steps::expires_at.le(now.as_millis());
        let waited: u64 = purge!(self, waiting_steps by handle: String, expires_at, over)?;
        Ok(waited + reset)
    }
}
