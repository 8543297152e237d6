//! What usernames look like, for those that were stored without it: names from before the
//! column, and those that older servers make.

use auth_core::{StoreError, Username};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::run::{read, transaction};
use crate::schema::users;

/// How many names are looked at in one transaction.
const BATCH: i64 = 500;

impl Database {
    /// Fills in the skeletons that are missing. Of names that look alike already, the one
    /// that was made first gets it; the others go without, and keep their names.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn fill_in_skeletons(&self) -> Result<(), StoreError> {
        let mut after = String::new();
        loop {
            let missing = users::table
                .filter(users::username_skeleton.is_null())
                .filter(users::id.gt(after))
                .order(users::id)
                .limit(BATCH);
            let names = missing.select((users::id, users::username));
            let names: Vec<(String, String)> = read!(self, |conn| names.load(conn))?;
            let Some((last, _)) = names.last() else {
                return Ok(());
            };
            after = last.clone();
            self.fill_in(names).await?;
        }
    }

    async fn fill_in(&self, names: Vec<(String, String)>) -> Result<(), StoreError> {
        transaction!(self, Synced, |conn| {
            for (id, name) in &names {
                let skeleton = Username::from_stored(name.clone()).skeleton();
                let alike = users::table.filter(users::username_skeleton.eq(&skeleton));
                if diesel::select(exists(alike)).get_result(conn).await? {
                    continue;
                }
                // Unless somebody changed it meanwhile.
                let unchanged = users::table.find(id).filter(users::username.eq(name));
                diesel::update(unchanged)
                    .set(users::username_skeleton.eq(skeleton))
                    .execute(conn)
                    .await?;
            }
            Ok(())
        })
    }
}
