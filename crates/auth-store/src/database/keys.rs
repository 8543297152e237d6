//! Keys that all servers of a database share.

use auth_core::{Secret, StoreError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::failed;
use super::run::{optional, read, write_one};
use crate::schema::shared_keys;

impl Database {
    /// The key of this name; the first server that asks makes it.
    ///
    /// # Errors
    /// When the database is away, or can't be written to while there is no such key.
    pub async fn shared_key(&self, name: &'static str) -> Result<Secret, StoreError> {
        if let Some(key) = self.find_key(name).await? {
            return Ok(key);
        }
        let fresh = Secret::generate().reveal();
        let insert = diesel::insert_into(shared_keys::table)
            .values((shared_keys::name.eq(name), shared_keys::value.eq(fresh)))
            .on_conflict(shared_keys::name)
            .do_nothing();
        write_one!(self, Synced, |conn| insert.execute(conn))?;
        let key = self.find_key(name).await?;
        key.ok_or_else(|| failed("a shared key was deleted"))
    }

    async fn find_key(&self, name: &str) -> Result<Option<Secret>, StoreError> {
        let key = shared_keys::table.find(name).select(shared_keys::value);
        let key: Option<String> = read!(self, |conn| optional(key.get_result(conn)))?;
        key.map(|text| text.parse().map_err(failed)).transpose()
    }
}
