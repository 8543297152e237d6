//! Second factors, recovery codes, and what is known of an account's factors as a whole.

use async_trait::async_trait;
use auth_core::factor::{
    Added, Check, Factor, FactorChange, FactorKind, Held, KeyId, MOST_FACTORS, Passkey, Removed,
    Waiting,
};
use auth_core::identity::FlowKey;
use auth_core::mail::NewMail;
use auth_core::{FactorId, FactorStore, StoreError, Timestamp, UserId};
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::failed;
use super::purge::purge;
use super::rows::NewMailRow;
use super::run::{Dialect as _, Rollback, optional, read, transaction, write_one};
use super::steps::Steps as _;
use crate::schema::{
    factor_states, factors, identities, recovery_codes, shared_keys, users, waiting_steps,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = factors, treat_none_as_default_value = false)]
struct FactorRow {
    id: String,
    user_id: String,
    kind: String,
    name: String,
    created_at: i64,
    last_used_at: Option<i64>,
    seed: Option<String>,
    credential_id: Option<String>,
    passkey: Option<String>,
}

impl FactorRow {
    fn new(user: UserId, factor: &Factor) -> Self {
        let (seed, passkey) = match &factor.check {
            Check::Totp(seed) => (Some(seed.clone()), None),
            Check::Passkey(passkey) => (None, Some(passkey.clone())),
        };
        let (credential_id, passkey) = passkey.map(|it| (it.credential_id, it.record)).unzip();
        Self {
            id: factor.id.to_string(),
            user_id: user.to_string(),
            kind: factor.kind().as_str().to_owned(),
            name: factor.name.clone(),
            created_at: factor.created_at.as_millis(),
            last_used_at: factor.last_used_at.map(Timestamp::as_millis),
            seed,
            credential_id,
            passkey,
        }
    }

    fn owner(&self) -> Result<UserId, StoreError> {
        self.user_id.parse().map_err(failed)
    }
}

impl TryFrom<FactorRow> for Factor {
    type Error = StoreError;

    fn try_from(row: FactorRow) -> Result<Self, StoreError> {
        let kind = FactorKind::from_stored(&row.kind);
        let check = match (kind, row.seed, row.credential_id.zip(row.passkey)) {
            (Some(FactorKind::Totp), Some(seed), _) => Check::Totp(seed),
            (Some(FactorKind::Passkey), _, Some((credential_id, record))) => {
                Check::Passkey(Passkey {
                    credential_id,
                    record,
                })
            }
            _ => return Err(failed("a second factor is of an unknown kind")),
        };
        Ok(Self {
            id: row.id.parse().map_err(failed)?,
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
            last_used_at: row.last_used_at.map(Timestamp::from_millis),
            check,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = factor_states)]
struct StateRow {
    required: bool,
    changed_at: Option<i64>,
    lacking_since: Option<i64>,
    reset_at: Option<i64>,
}

/// The name under which the database has the key that its seeds are encrypted under.
const ENCRYPTION_KEY: &str = "encryption-key-id";

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
        let factors: Result<Vec<_>, _> = rows.into_iter().map(Factor::try_from).collect();
        let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(&user));
        let codes: i64 = match rows_may_have_codes(&factors) {
            true => read!(self, |conn| codes.select(count_star()).get_result(conn))?,
            false => 0,
        };
        let state = factor_states::table.find(&user);
        let state: Option<StateRow> = read!(self, |conn| {
            optional(state.select(StateRow::as_select()).get_result(conn))
        })?;
        let time = |at: Option<i64>| at.map(Timestamp::from_millis);
        Ok(Held {
            factors: factors?,
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
        let row = FactorRow::new(change.user, factor);
        let (user, codes) = (change.user.to_string(), codes.map(<[String]>::to_vec));
        let (by, at, mail) = (change.by, change.at.as_millis(), rows(&change.mail));
        transaction!(self, Synced, |conn| {
            conn.serialize(&user).await?;
            if !conn.stands(&user, by).await? {
                return Err(Rollback::Answer(Added::Refused));
            }
            // What was to go by now has gone.
            let is_due = factor_states::table
                .find(&user)
                .filter(factor_states::reset_at.le(at).assume_not_null());
            if diesel::select(exists(is_due)).get_result(conn).await? {
                conn.forget_factors(std::slice::from_ref(&user)).await?;
            }
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
            conn.queue(&mail).await?;
            Ok(Added::Added)
        })
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
        let (user, id, issuers) = (change.user.to_string(), id.to_string(), issuers.to_vec());
        let (by, at, mail) = (change.by, change.at.as_millis(), rows(&change.mail));
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
            conn.queue(&mail).await?;
            Ok(Removed::Removed)
        })
    }

    async fn replace_recovery_codes(
        &self,
        change: &FactorChange,
        hashes: &[String],
    ) -> Result<bool, StoreError> {
        let (user, hashes) = (change.user.to_string(), hashes.to_vec());
        let (by, mail) = (change.by, rows(&change.mail));
        transaction!(self, Synced, |conn| {
            conn.serialize(&user).await?;
            let theirs = factors::table.filter(factors::user_id.eq(&user));
            if !conn.stands(&user, by).await?
                || theirs.select(count_star()).get_result::<i64>(conn).await? == 0
            {
                return Err(Rollback::Answer(false));
            }
            conn.replace_codes(&user, &hashes).await?;
            conn.queue(&mail).await?;
            Ok(true)
        })
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
        mail: &[NewMail],
    ) -> Result<bool, StoreError> {
        let (user, hash, mail) = (user.to_string(), hash.to_owned(), rows(mail));
        transaction!(self, Synced, |conn| {
            let code = recovery_codes::table.find((&user, &hash));
            if diesel::delete(code).execute(conn).await? == 0 {
                return Err(Rollback::Answer(false));
            }
            conn.queue(&mail).await?;
            Ok(true)
        })
    }

    async fn find_passkey(
        &self,
        credential_id: &str,
    ) -> Result<Option<(UserId, Factor)>, StoreError> {
        let factor = factors::table.filter(factors::credential_id.eq(credential_id.to_owned()));
        let row: Option<FactorRow> = read!(self, |conn| {
            optional(factor.select(FactorRow::as_select()).get_result(conn))
        })?;
        row.map(|row| Ok((row.owner()?, row.try_into()?)))
            .transpose()
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

    async fn require(&self, user: UserId, required: bool) -> Result<bool, StoreError> {
        let user = user.to_string();
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
            Ok(true)
        })
    }

    async fn note_lack(&self, user: UserId, at: Timestamp) -> Result<Timestamp, StoreError> {
        let (user, at) = (user.to_string(), at.as_millis());
        let since: Option<i64> = transaction!(self, Synced, |conn| {
            conn.serialize(&user).await?;
            let state = factor_states::table
                .find(&user)
                .select(factor_states::lacking_since);
            let since: Option<Option<i64>> = optional(state.get_result(conn)).await?;
            if let Some(Some(since)) = since {
                return Ok(Some(since));
            }
            note!(conn, &user, factor_states::lacking_since.eq(Some(at)));
            Ok(Some(at))
        })?;
        Ok(Timestamp::from_millis(since.unwrap_or(at)))
    }

    async fn schedule_reset(
        &self,
        change: &FactorChange,
        reset_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let (user, mail) = (change.user.to_string(), rows(&change.mail));
        let reset_at = reset_at.map(Timestamp::as_millis);
        transaction!(self, Synced, |conn| {
            let theirs = factors::table.filter(factors::user_id.eq(&user));
            if theirs.select(count_star()).get_result::<i64>(conn).await? == 0 {
                return Err(Rollback::Answer(false));
            }
            note!(conn, &user, factor_states::reset_at.eq(reset_at));
            conn.queue(&mail).await?;
            Ok(true)
        })
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

impl Database {
    /// Deletes the factors of accounts whose time has come; gives the number of accounts.
    async fn reset_lost(&self, now: Timestamp) -> Result<u64, StoreError> {
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
                let state = factor_states::table
                    .find(&user)
                    .filter(factor_states::reset_at.le(now).assume_not_null());
                let done = diesel::update(state).set((
                    factor_states::reset_at.eq(None::<i64>),
                    factor_states::changed_at.eq(factor_states::reset_at),
                ));
                if done.execute(conn).await? > 0 {
                    conn.forget_factors(std::slice::from_ref(&user)).await?;
                }
                Ok(())
            })?;
        }
        Ok(due.len() as u64)
    }
}

fn rows(mail: &[NewMail]) -> Vec<NewMailRow> {
    mail.iter().map(NewMailRow::from).collect()
}

/// Who has no factor has no recovery codes.
fn rows_may_have_codes(factors: &Result<Vec<Factor>, StoreError>) -> bool {
    factors.as_ref().is_ok_and(|factors| !factors.is_empty())
}
