//! Users.

use async_trait::async_trait;
use auth_core::mail::NewMail;
use auth_core::token::Purpose;
use auth_core::user::{Along, Created, Unverified, Updated, UserChanges};
use auth_core::{
    Authority, Email, NewUser, StoreError, Timestamp, User, UserId, UserStore, Username,
};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::{Taken, failed, taken};
use super::identities::IdentityRow;
use super::rows::{NewMailRow, UserRow, stored_hash};
use super::run::{Undo, optional, read, transaction};
use super::steps::Steps as _;
use crate::schema::{outbox, tokens, users};

/// The columns that a change sets; what is `None` stays.
#[derive(AsChangeset)]
#[diesel(table_name = users)]
struct Changes {
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    username_key: Option<String>,
    email: Option<String>,
    email_key: Option<String>,
    email_verified: Option<bool>,
    password_hash: Option<String>,
    disabled: Option<bool>,
}

impl From<&UserChanges> for Changes {
    fn from(changes: &UserChanges) -> Self {
        let (username, email) = (changes.username.as_ref(), changes.email.as_ref());
        let name = |name: &auth_core::PersonName| name.as_str().to_owned();
        Self {
            first_name: changes.first_name.as_ref().map(name),
            last_name: changes.last_name.as_ref().map(name),
            username: username.map(|name| name.as_str().to_owned()),
            username_key: username.map(|name| name.key().to_owned()),
            email: email.map(|email| email.as_str().to_owned()),
            email_key: email.map(|email| email.key().to_owned()),
            email_verified: changes.email_verified,
            password_hash: changes.password_hash.as_ref().map(stored_hash),
            disabled: changes.disabled,
        }
    }
}

fn rows(mail: &[NewMail]) -> Vec<NewMailRow> {
    mail.iter().map(NewMailRow::from).collect()
}

/// The account that a query finds.
macro_rules! find_one {
    ($database:expr, $query:expr) => {{
        let query = $query;
        let row = read!($database, |conn| {
            optional(query.select(UserRow::as_select()).get_result(conn))
        })?;
        row.map(User::try_from).transpose()
    }};
}

#[async_trait]
impl UserStore for Database {
    async fn create(
        &self,
        user: &NewUser,
        unverified: Unverified,
        mail: &[NewMail],
    ) -> Result<Created, StoreError> {
        let (row, mail) = (UserRow::from(user), rows(mail));
        let identity = user.identity.as_ref();
        let identity = identity.map(|identity| IdentityRow::new(user.id, identity));
        let email = user.email.key().to_owned();
        transaction!(self, Synced, |conn| {
            let replaced = match unverified {
                Unverified::Keep => None,
                Unverified::Replace => conn.delete_unverified(&email).await?,
            };
            // Which of two taken names is told must not depend on the database's order of
            // indexes: whether an address is known would show by it.
            let inserted = diesel::insert_into(users::table)
                .values(row)
                .on_conflict(users::username_key)
                .do_nothing()
                .returning(UserRow::as_returning())
                .get_result(conn);
            match optional(inserted).await {
                Ok(Some(row)) => {
                    if let Some(identity) = identity
                        && !conn.add_identity(identity).await?
                    {
                        return Err(Undo::Answer(Created::IdentityTaken));
                    }
                    conn.queue(mail).await?;
                    Ok(Created::Made {
                        user: row.try_into()?,
                        replaced: replaced.map(|id| id.parse()).transpose().map_err(failed)?,
                    })
                }
                Ok(None) => Err(Undo::Answer(Created::UsernameTaken)),
                Err(error) if taken(&error) == Some(Taken::Email) => {
                    Err(Undo::Answer(Created::EmailTaken))
                }
                Err(error) => Err(error.into()),
            }
        })
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        find_one!(self, users::table.find(id.to_string()))
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        find_one!(self, users::table.filter(users::email_key.eq(email.key())))
    }

    async fn find_by_username(&self, name: &Username) -> Result<Option<User>, StoreError> {
        find_one!(
            self,
            users::table.filter(users::username_key.eq(name.key()))
        )
    }

    async fn update(
        &self,
        id: UserId,
        changes: &UserChanges,
        along: &Along,
    ) -> Result<Updated, StoreError> {
        let (id, mail) = (id.to_string(), rows(&along.mail));
        let new_generation = changes.new_generation;
        let generation = users::generation.eq(users::generation + i64::from(new_generation));
        let changes = Changes::from(changes);
        let (by, spend) = (along.by, along.spend);
        let if_email = along.if_email.as_ref().map(|email| email.key().to_owned());
        let if_hash = along.if_password_hash.as_ref().map(stored_hash);
        transaction!(self, Synced, |conn| {
            if !conn.stands(&id, by).await? {
                return Err(Undo::Answer(Updated::Refused));
            }
            if let Some(key) = spend
                && !conn.spend_token(key).await?
            {
                return Err(Undo::Answer(Updated::Refused));
            }
            let mut update = diesel::update(users::table)
                .filter(users::id.eq(id.clone()))
                .set((changes, generation))
                .into_boxed();
            if let Some(email) = if_email {
                update = update.filter(users::email_key.eq(email));
            }
            if let Some(hash) = if_hash {
                update = update.filter(users::password_hash.eq(hash));
            }
            let updated = update.returning(UserRow::as_returning()).get_result(conn);
            match optional(updated).await {
                Ok(Some(row)) => {
                    if new_generation {
                        conn.withdraw(&id).await?;
                    }
                    conn.queue(mail).await?;
                    Ok(Updated::Changed(row.try_into()?))
                }
                Ok(None) => Err(Undo::Answer(Updated::Refused)),
                Err(error) => Err(match taken(&error) {
                    Some(Taken::Username) => Undo::Answer(Updated::UsernameTaken),
                    Some(Taken::Email) => Undo::Answer(Updated::EmailTaken),
                    None => error.into(),
                }),
            }
        })
    }

    async fn delete(
        &self,
        id: UserId,
        by: Option<&Authority>,
        mail: &[NewMail],
    ) -> Result<bool, StoreError> {
        let (id, by, mail) = (id.to_string(), by.copied(), rows(mail));
        transaction!(self, Synced, |conn| {
            if !conn.stands(&id, by).await? {
                return Err(Undo::Answer(false));
            }
            let user = users::table.find(&id);
            if diesel::delete(user).execute(conn).await? == 0 {
                return Ok(false);
            }
            conn.forget(&[id]).await?;
            conn.queue(mail).await?;
            Ok(true)
        })
    }

    async fn list(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        // Ids grow with time, and every id is greater than nothing.
        let after = after.as_ref().map(UserId::to_string).unwrap_or_default();
        let query = users::table
            .filter(users::id.gt(after))
            .order(users::id)
            .limit(limit.into());
        let rows = read!(self, |conn| query.select(UserRow::as_select()).load(conn))?;
        rows.into_iter().map(User::try_from).collect()
    }

    async fn purge_unverified(
        &self,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<UserId>, StoreError> {
        let (cutoff, now) = (cutoff.as_millis(), now.as_millis());
        let ids: Vec<String> = transaction!(self, Synced, |conn| {
            let live_token = tokens::table
                .filter(tokens::user_id.eq(users::id))
                .filter(tokens::purpose.eq(Purpose::Verify.as_str()))
                .filter(tokens::expires_at.gt(now));
            let pending_mail = outbox::table.filter(outbox::user_id.eq(users::id.nullable()));
            let never_confirmed = users::table
                .filter(users::email_verified.eq(false))
                .filter(users::created_at.lt(cutoff))
                .filter(not(exists(live_token)))
                .filter(not(exists(pending_mail)));
            let deleted = diesel::delete(never_confirmed).returning(users::id);
            let ids: Vec<String> = deleted.get_results(conn).await?;
            conn.forget(&ids).await?;
            Ok(ids)
        })?;
        let ids = ids.iter().map(|id| id.parse());
        ids.collect::<Result<_, _>>().map_err(failed)
    }
}
