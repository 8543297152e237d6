//! Accounts that come from elsewhere, with everything that belongs to them.

use std::collections::BTreeSet;

use auth_core::user::Imported;
use auth_core::{ImportedUser, StoreError, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::identities::IdentityRow;
use super::rows::{UserRow, stored_hash};
use super::run::{Rollback, transaction};
use super::sqlite::SqliteConn;
use super::steps::Steps as _;
use crate::schema::{identities, users};

/// An account as its rows.
struct Arrival {
    id: String,
    username_key: String,
    skeleton: String,
    email_key: String,
    password_hash: Option<String>,
    user: UserRow,
    identities: Vec<IdentityRow>,
}

impl From<&ImportedUser> for Arrival {
    fn from(account: &ImportedUser) -> Self {
        let user = &account.user;
        let identity = |identity| IdentityRow::new(user.id, identity);
        Self {
            id: user.id.to_string(),
            username_key: user.username.key().to_owned(),
            skeleton: user.username.skeleton(),
            email_key: user.email.key().to_owned(),
            password_hash: user.password_hash.as_ref().map(stored_hash),
            user: account.into(),
            identities: account.identities.iter().map(identity).collect(),
        }
    }
}

/// Somebody who has the id or the address of an arrival.
#[derive(Queryable)]
struct Present {
    id: String,
    username_key: String,
    email_key: String,
    password_hash: Option<String>,
}

impl Arrival {
    /// What is to be said of somebody who is there; `owners` have one of the identities.
    fn beside(&self, present: &Present, owners: &BTreeSet<String>) -> Imported {
        let same_hash =
            present.password_hash.is_some() && present.password_hash == self.password_hash;
        let same_email = present.email_key == self.email_key;
        let same_name = present.username_key == self.username_key;
        match present.id == self.id {
            true if same_hash || same_email || same_name => Imported::AlreadyThere,
            true => Imported::IdTaken,
            false if same_hash || owners.contains(&present.id) => Imported::AlreadyThere,
            false => Imported::EmailTaken,
        }
    }
}

/// The steps of taking one account over, on either connection.
trait TakeOver {
    /// Makes it, unless something of it is there.
    async fn take(&mut self, arrival: &Arrival, now: Timestamp) -> QueryResult<Imported>;

    /// Who has one of its identities.
    async fn owners(&mut self, arrival: &Arrival) -> QueryResult<BTreeSet<String>>;

    /// Inserts its rows. Others may have come in between.
    async fn insert(&mut self, arrival: &Arrival) -> QueryResult<Imported>;
}

macro_rules! take_over_on {
    ($conn:ty) => {
        impl TakeOver for $conn {
            async fn take(&mut self, arrival: &Arrival, now: Timestamp) -> QueryResult<Imported> {
                // Whoever takes the name meanwhile is waited for here.
                let (name, skeleton) = (&arrival.username_key, &arrival.skeleton);
                let is_held = self.is_name_held(name, skeleton, now).await?;
                let present = users::table
                    .filter(users::id.eq(&arrival.id))
                    .or_filter(users::email_key.eq(&arrival.email_key))
                    .select((
                        users::id,
                        users::username_key,
                        users::email_key,
                        users::password_hash,
                    ));
                let present: Vec<Present> = present.load(self).await?;
                let owners = self.owners(arrival).await?;
                // Who has the id goes before who has the address.
                let nearest = present.iter().max_by_key(|one| one.id == arrival.id);
                if let Some(present) = nearest {
                    return Ok(arrival.beside(present, &owners));
                }
                match (is_held, owners.is_empty()) {
                    (_, false) => Ok(Imported::IdentityTaken),
                    (true, true) => Ok(Imported::UsernameTaken),
                    (false, true) => self.insert(arrival).await,
                }
            }

            async fn owners(&mut self, arrival: &Arrival) -> QueryResult<BTreeSet<String>> {
                let mut owners = BTreeSet::new();
                for (issuer, subject) in arrival.identities.iter().map(IdentityRow::key) {
                    let owner = identities::table
                        .filter(identities::issuer.eq(issuer))
                        .filter(identities::subject.eq(subject))
                        .select(identities::user_id);
                    let owner: Vec<String> = owner.load(self).await?;
                    owners.extend(owner);
                }
                Ok(owners)
            }

            async fn insert(&mut self, arrival: &Arrival) -> QueryResult<Imported> {
                let (name, skeleton) = (&arrival.username_key, &arrival.skeleton);
                let row = (&arrival.user, users::username_skeleton.eq(skeleton));
                let inserted = diesel::insert_into(users::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(self)
                    .await?;
                if inserted == 0 {
                    return Ok(match self.is_taken(name, skeleton).await? {
                        true => Imported::UsernameTaken,
                        false => Imported::EmailTaken,
                    });
                }
                for identity in &arrival.identities {
                    if !self.add_identity(identity).await? {
                        // Nobody has seen the account: all of this is one transaction.
                        self.forget(std::slice::from_ref(&arrival.id)).await?;
                        let user = users::table.find(&arrival.id);
                        diesel::delete(user).execute(self).await?;
                        return Ok(Imported::IdentityTaken);
                    }
                }
                Ok(Imported::Taken)
            }
        }
    };
}

take_over_on!(SqliteConn);
#[cfg(feature = "postgres")]
take_over_on!(diesel_async::AsyncPgConnection);

impl Database {
    /// Takes accounts over in one transaction.
    pub(super) async fn take_users_over(
        &self,
        accounts: &[ImportedUser],
        now: Timestamp,
        dry_run: bool,
    ) -> Result<Vec<Imported>, StoreError> {
        let arrivals: Vec<Arrival> = accounts.iter().map(Arrival::from).collect();
        transaction!(self, Synced, |conn| {
            let mut imported = Vec::with_capacity(arrivals.len());
            for arrival in &arrivals {
                imported.push(conn.take(arrival, now).await?);
            }
            match dry_run {
                true => Err(Rollback::Answer(imported)),
                false => Ok(imported),
            }
        })
    }
}
