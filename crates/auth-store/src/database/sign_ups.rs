//! Sign-ups that wait for their link.

use async_trait::async_trait;
use auth_core::password::PasswordSalt;
use auth_core::sign_up::Activated;
use auth_core::token::TokenKey;
use auth_core::{
    Effects, Email, PasswordHash, PersonName, Secret, SignUp, SignUpStore, StoreError, Timestamp,
    User, UserId, Username,
};
use diesel::dsl::{auto_type, exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::failed;
use super::purge::purge;
use super::rows::{EffectRows, UserRow, stored_hash};
use super::run::{Dialect as _, Rollback, optional, read, transaction};
use super::steps::Steps as _;
use crate::schema::{outbox, sign_ups, users};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_ups)]
struct SignUpRow {
    id: String,
    first_name: String,
    last_name: String,
    username: String,
    username_key: String,
    username_skeleton: String,
    email: String,
    email_key: String,
    password_hash: String,
    created_at: i64,
    expires_at: i64,
}

impl From<&SignUp> for SignUpRow {
    fn from(sign_up: &SignUp) -> Self {
        Self {
            id: sign_up.id.to_string(),
            first_name: sign_up.first_name.as_str().to_owned(),
            last_name: sign_up.last_name.as_str().to_owned(),
            username: sign_up.username.as_str().to_owned(),
            username_key: sign_up.username.key().to_owned(),
            username_skeleton: sign_up.username.skeleton(),
            email: sign_up.email.as_str().to_owned(),
            email_key: sign_up.email.key().to_owned(),
            password_hash: stored_hash(&sign_up.password_hash),
            created_at: sign_up.created_at.as_millis(),
            expires_at: sign_up.expires_at.as_millis(),
        }
    }
}

impl TryFrom<SignUpRow> for SignUp {
    type Error = StoreError;

    fn try_from(row: SignUpRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.parse().map_err(failed)?,
            first_name: PersonName::from_stored(row.first_name),
            last_name: PersonName::from_stored(row.last_name),
            username: Username::from_stored(row.username),
            email: Email::from_stored(row.email),
            password_hash: PasswordHash::from_stored(row.password_hash),
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        })
    }
}

/// A sign-up waits until it expires; its link may not have been mailed yet. Written as `AND`,
/// since SQLite finds nothing in an index for the negation of an `OR`.
#[auto_type]
pub(super) fn is_over(now: i64) -> _ {
    let mail = outbox::table.filter(outbox::user_id.eq(sign_ups::id.nullable()));
    sign_ups::expires_at.le(now).and(not(exists(mail)))
}

fn read_all(rows: Vec<SignUpRow>) -> Result<Vec<SignUp>, StoreError> {
    rows.into_iter().map(SignUp::try_from).collect()
}

#[async_trait]
impl SignUpStore for Database {
    async fn salt(&self, email: &Email) -> Result<PasswordSalt, StoreError> {
        let key: &Secret = self
            .sign_up_key
            .get_or_try_init(|| self.shared_key("sign_ups"))
            .await?;
        Ok(PasswordSalt::derived(key, email.key()))
    }

    async fn keep(&self, sign_up: &SignUp, effects: &Effects) -> Result<bool, StoreError> {
        let row = SignUpRow::from(sign_up);
        let effects = EffectRows::from(effects);
        let now = sign_up.created_at;
        transaction!(self, Synced, |conn| {
            let (name, skeleton) = (&row.username_key, &row.username_skeleton);
            if conn.is_name_held(name, skeleton, now).await?
                || conn.is_taken(name, skeleton).await?
            {
                return Err(Rollback::Answer(false));
            }
            let insert = diesel::insert_into(sign_ups::table).values(&row);
            insert.execute(conn).await?;
            conn.keep(&effects).await?;
            Ok(true)
        })
    }

    async fn find(&self, id: UserId, now: Timestamp) -> Result<Option<SignUp>, StoreError> {
        let waiting = sign_ups::table
            .filter(sign_ups::id.eq(id.to_string()))
            .filter(not(is_over(now.as_millis())));
        let row = read!(self, |conn| {
            optional(waiting.select(SignUpRow::as_select()).get_result(conn))
        })?;
        row.map(SignUp::try_from).transpose()
    }

    async fn find_by_email(
        &self,
        email: &Email,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SignUp>, StoreError> {
        let waiting = sign_ups::table
            .filter(sign_ups::email_key.eq(email.key()))
            .filter(not(is_over(now.as_millis())))
            .order(sign_ups::id.desc())
            .limit(limit.into());
        let rows = read!(self, |conn| {
            waiting.select(SignUpRow::as_select()).load(conn)
        })?;
        read_all(rows)
    }

    async fn find_by_username(
        &self,
        username: &Username,
        now: Timestamp,
    ) -> Result<Option<SignUp>, StoreError> {
        let waiting = sign_ups::table
            .filter(sign_ups::username_key.eq(username.key()))
            .filter(not(is_over(now.as_millis())));
        let row = read!(self, |conn| {
            optional(waiting.select(SignUpRow::as_select()).get_result(conn))
        })?;
        row.map(SignUp::try_from).transpose()
    }

    async fn activate(
        &self,
        id: UserId,
        token: TokenKey,
        effects: &Effects,
    ) -> Result<Activated, StoreError> {
        let (id, effects) = (id.to_string(), EffectRows::from(effects));
        transaction!(self, Synced, |conn| {
            if !conn.spend_token(token).await? {
                return Err(Rollback::Answer(Activated::Refused));
            }
            let sign_up = diesel::delete(sign_ups::table.find(&id));
            let sign_up = sign_up.returning(SignUpRow::as_returning());
            let Some(sign_up) = optional(sign_up.get_result(conn)).await? else {
                return Err(Rollback::Answer(Activated::Refused));
            };
            conn.forget(std::slice::from_ref(&id)).await?;
            let (name, skeleton) = (
                sign_up.username_key.clone(),
                sign_up.username_skeleton.clone(),
            );
            let row = UserRow::activated(sign_up.try_into()?);
            let inserted = diesel::insert_into(users::table)
                .values((row, users::username_skeleton.eq(&skeleton)))
                .on_conflict_do_nothing()
                .returning(UserRow::as_returning())
                .get_result(conn);
            match optional(inserted).await? {
                Some(row) => {
                    conn.keep(&effects).await?;
                    Ok(Activated::Made(User::try_from(row)?))
                }
                None => Err(Rollback::Answer(
                    match conn.is_taken(&name, &skeleton).await? {
                        true => Activated::UsernameTaken,
                        false => Activated::Refused,
                    },
                )),
            }
        })
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        purge!(self, sign_ups by id: String, expires_at, is_over(now.as_millis()))
    }
}
