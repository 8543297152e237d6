//! Users.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::cache::ChangeLog;
use auth_core::token::Purpose;
use auth_core::user::{
    Created, Deleted, Imported, UpdateConditions, Updated, UserChanges, UserSearch,
};
use auth_core::{
    Authority, Effects, Email, HashKind, ImportedUser, NewUser, Profile, Role, StoreError,
    Timestamp, User, UserId, UserStore, Username,
};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::{Taken, taken};
use super::identities::IdentityRow;
use super::rows::{EffectRows, UserRow, stored_hash};
use super::run::{Rollback, find, optional, read, transaction};
use super::steps::{Consequences, Steps as _};
use crate::schema::{sign_ups, users};

/// The columns that a change sets; what is `None` stays.
#[derive(AsChangeset)]
#[diesel(table_name = users)]
struct Changes {
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    username_key: Option<String>,
    username_skeleton: Option<String>,
    email: Option<String>,
    email_key: Option<String>,
    email_verified: Option<bool>,
    password_hash: Option<String>,
    disabled: Option<bool>,
    profile: Option<String>,
    role: Option<Option<&'static str>>,
    language: Option<Option<String>>,
}

impl From<&UserChanges> for Changes {
    fn from(changes: &UserChanges) -> Self {
        let (username, email) = (changes.username.as_ref(), changes.email.as_ref());
        let language = changes.language.as_ref();
        let name = |name: &auth_core::PersonName| name.as_str().to_owned();
        Self {
            first_name: changes.first_name.as_ref().map(name),
            last_name: changes.last_name.as_ref().map(name),
            username: username.map(|name| name.as_str().to_owned()),
            username_key: username.map(|name| name.key().to_owned()),
            username_skeleton: username.map(Username::skeleton),
            email: email.map(|email| email.as_str().to_owned()),
            email_key: email.map(|email| email.key().to_owned()),
            email_verified: changes.email_verified,
            password_hash: changes.password_hash.as_ref().map(stored_hash),
            disabled: changes.disabled,
            profile: changes.profile.as_ref().and_then(stored_profile),
            role: changes.role.map(|role| role.map(Role::as_str)),
            language: language.map(|tag| tag.as_ref().map(ToString::to_string)),
        }
    }
}

/// The text of a profile.
fn stored_profile(profile: &Profile) -> Option<String> {
    profile.stored().map(str::to_owned)
}

/// The text to compare a profile by.
fn comparable(profile: &Profile) -> String {
    stored_profile(profile).unwrap_or_default()
}

/// Compares with the text of a profile; none is compared like an empty one, which no profile has.
fn stored_profile_is() -> SqlLiteral<Bool> {
    sql("COALESCE(profile, '') = ")
}

impl Changes {
    /// The name that becomes the account's, by which it is found, and what it looks like.
    fn new_username(&self) -> Option<(String, String)> {
        self.username_key
            .clone()
            .zip(self.username_skeleton.clone())
    }

    /// The names and addresses that become the account's; `None` when all stay.
    fn new_names(&self) -> Option<Vec<String>> {
        let names = [&self.username_key, &self.email_key].into_iter().flatten();
        let names: Vec<String> = names.cloned().collect();
        (!names.is_empty()).then_some(names)
    }
}

/// The part of a password hash that stands before its salt: an index has it in these words.
macro_rules! hash_prefix {
    () => {
        "(CASE WHEN length(password_hash) > 67 \
         THEN substr(password_hash, 1, length(password_hash) - 67) END)"
    };
}

/// The parts before the salts of the password hashes in a table, each once. The next greater one
/// is one step in the index; skipping from one to the next never reads the table.
macro_rules! hash_prefixes {
    ($database:expr, $table:ident) => {{
        let mut found: Vec<String> = vec![];
        loop {
            let last = found.last().cloned().unwrap_or_default();
            let next = $table::table
                .filter(sql::<Bool>(concat!(hash_prefix!(), " > ")).bind::<Text, _>(last))
                .select(sql::<Nullable<Text>>(concat!("min(", hash_prefix!(), ")")));
            let next: Option<String> = read!($database, |conn| next.get_result(conn))?;
            let Some(next) = next else { break found };
            found.push(next);
        }
    }};
}

/// Adds a condition to an update, where there is one.
macro_rules! only_if {
    ($update:ident, $wanted:expr, |$value:ident| $condition:expr) => {
        if let Some($value) = $wanted {
            $update = $update.filter($condition);
        }
    };
}

/// The account that a query finds.
macro_rules! find_one {
    ($database:expr, $query:expr) => {{
        let row: Option<UserRow> = find!($database, $query.select(UserRow::as_select()))?;
        row.map(User::try_from).transpose()
    }};
}

/// The role that there has to be.
const ADMIN: Option<&str> = Some(Role::Admin.as_str());

/// Sign-ups that are over hold their names too, for whoever renames an account.
const EVER: Timestamp = Timestamp::from_millis(0);

/// The links that a change makes worthless.
fn withdrawn(new_credentials: bool, email_change: bool) -> &'static [Purpose] {
    match (new_credentials, email_change) {
        (true, _) => &[Purpose::Reset, Purpose::ChangeEmail],
        (false, true) => &[Purpose::ChangeEmail],
        (false, false) => &[],
    }
}

/// What comes of a change.
fn consequences(changes: &UserChanges, along: &UpdateConditions) -> Consequences {
    Consequences {
        withdrawn: withdrawn(changes.new_credentials, along.withdraw_email_change),
        forget_identities: along.forget_identities,
        forget_api_keys: changes.takes_powers(),
        effects: EffectRows::from(&along.effects),
    }
}

/// Which of two taken names is told must not depend on the database's order of indexes:
/// whether an address is known would show by it.
fn refused(name_is_taken: bool) -> Created {
    match name_is_taken {
        true => Created::UsernameTaken,
        false => Created::EmailTaken,
    }
}

#[async_trait]
impl UserStore for Database {
    async fn create(&self, user: &NewUser, effects: &Effects) -> Result<Created, StoreError> {
        let (row, effects) = (UserRow::from(user), EffectRows::from(effects));
        let identity = user.identity.as_ref();
        let identity = identity.map(|identity| IdentityRow::new(user.id, identity));
        let (name, skeleton) = (user.username.key().to_owned(), user.username.skeleton());
        let now = user.created_at;
        transaction!(self, Synced, |conn| {
            if conn.is_name_held(&name, &skeleton, now).await? {
                return Err(Rollback::Answer(Created::UsernameTaken));
            }
            let inserted = diesel::insert_into(users::table)
                .values((&row, users::username_skeleton.eq(&skeleton)))
                .on_conflict_do_nothing()
                .returning(UserRow::as_returning())
                .get_result(conn);
            match optional(inserted).await? {
                Some(row) => {
                    if let Some(identity) = &identity
                        && !conn.add_identity(identity).await?
                    {
                        return Err(Rollback::Answer(Created::IdentityTaken));
                    }
                    conn.keep(&effects).await?;
                    Ok(Created::Made(row.try_into()?))
                }
                None => Err(Rollback::Answer(refused(
                    conn.is_taken(&name, &skeleton).await?,
                ))),
            }
        })
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        find_one!(self, users::table.find(id.to_string()))
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        find_one!(
            self,
            users::table.filter(users::email_key.eq(email.key().to_owned()))
        )
    }

    async fn find_by_username(&self, name: &Username) -> Result<Option<User>, StoreError> {
        find_one!(
            self,
            users::table.filter(users::username_key.eq(name.key().to_owned()))
        )
    }

    async fn update(
        &self,
        id: UserId,
        changes: &UserChanges,
        along: &UpdateConditions,
    ) -> Result<Updated, StoreError> {
        let updated = self.write_changes(id, changes, along).await?;
        // A password that is hashed anew is one that is as it was read.
        match changes.is_noticed() || along.if_password_hash.is_none() {
            true => self.once_in_force(updated).await,
            false => Ok(updated),
        }
    }

    async fn delete(
        &self,
        id: UserId,
        by: Option<&Authority>,
        effects: &Effects,
    ) -> Result<Deleted, StoreError> {
        let (id, by, effects) = (id.to_string(), by.copied(), EffectRows::from(effects));
        let deleted = transaction!(self, Synced, |conn| {
            if !conn.stands(&id, by).await? {
                return Err(Rollback::Answer(Deleted::Refused));
            }
            if conn.is_last_admin(&id).await? {
                return Err(Rollback::Answer(Deleted::LastAdmin));
            }
            let user = users::table.find(&id);
            if diesel::delete(user).execute(conn).await? == 0 {
                return Ok(Deleted::Refused);
            }
            conn.forget(std::slice::from_ref(&id)).await?;
            conn.keep(&effects).await?;
            Ok(Deleted::Done)
        })?;
        self.once_in_force(deleted).await
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

    async fn search(&self, search: &UserSearch) -> Result<Vec<User>, StoreError> {
        self.search_users(search).await
    }

    fn changes(&self) -> Option<Arc<dyn ChangeLog>> {
        self.followed()
    }

    async fn in_force(&self) -> Result<(), StoreError> {
        self.once_in_force(()).await
    }

    async fn take_over(
        &self,
        accounts: &[ImportedUser],
        now: Timestamp,
        dry_run: bool,
    ) -> Result<Vec<Imported>, StoreError> {
        self.take_users_over(accounts, now, dry_run).await
    }

    async fn hash_kinds(&self) -> Result<Vec<HashKind>, StoreError> {
        let mut prefixes = hash_prefixes!(self, users);
        prefixes.extend(hash_prefixes!(self, sign_ups));
        let kinds = prefixes.iter().filter_map(|text| HashKind::of_prefix(text));
        Ok(kinds.collect())
    }
}

impl Database {
    /// Changes an account, if the conditions hold.
    async fn write_changes(
        &self,
        id: UserId,
        changes: &UserChanges,
        along: &UpdateConditions,
    ) -> Result<Updated, StoreError> {
        let id = id.to_string();
        let new_credentials = changes.new_credentials;
        let newer = users::credentials_version + i64::from(new_credentials);
        let takes_powers = changes.takes_powers();
        let consequences = consequences(changes, along);
        let changes = Changes::from(changes);
        let names = changes.new_names();
        let username = changes.new_username();
        let (by, spend) = (along.by, along.spend);
        let if_email = along.if_email.as_ref().map(|email| email.key().to_owned());
        let if_hash = along.if_password_hash.as_ref().map(stored_hash);
        let if_profile = along.if_profile.as_ref().map(comparable);
        transaction!(self, Synced, |conn| {
            if let Some(names) = &names {
                conn.hold_names(&id, names).await?;
            }
            if !conn.stands(&id, by).await? {
                return Err(Rollback::Answer(Updated::Refused));
            }
            if takes_powers && changes.role != Some(ADMIN) && conn.is_last_admin(&id).await? {
                return Err(Rollback::Answer(Updated::LastAdmin));
            }
            if let Some((name, skeleton)) = &username
                && conn.is_name_held(name, skeleton, EVER).await?
            {
                return Err(Rollback::Answer(Updated::UsernameTaken));
            }
            let mut update = diesel::update(users::table)
                .filter(users::id.eq(id.clone()))
                .set((&changes, users::credentials_version.eq(newer)))
                .into_boxed();
            only_if!(update, &if_email, |email| users::email_key.eq(email));
            only_if!(update, &if_hash, |hash| users::password_hash.eq(hash));
            only_if!(update, &if_profile, |text| stored_profile_is()
                .bind::<Text, _>(text));
            let updated = update.returning(UserRow::as_returning()).get_result(conn);
            match optional(updated).await {
                Ok(Some(row)) => {
                    if let Some(key) = spend
                        && !conn.spend_token(key).await?
                    {
                        return Err(Rollback::Answer(Updated::Refused));
                    }
                    conn.follow(&id, &consequences).await?;
                    Ok(Updated::Changed(row.try_into()?))
                }
                Ok(None) => Err(Rollback::Answer(Updated::Refused)),
                Err(error) => Err(match taken(&error) {
                    Some(Taken::Username) => Rollback::Answer(Updated::UsernameTaken),
                    Some(Taken::Email) => Rollback::Answer(Updated::EmailTaken),
                    None => error.into(),
                }),
            }
        })
    }
}
