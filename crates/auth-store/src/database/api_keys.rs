//! API keys.

use async_trait::async_trait;
use auth_core::secret::SecretHash;
use auth_core::{
    ApiKey, ApiKeyId, ApiKeyStore, AuditRecord, Permission, Role, StoreError, Timestamp,
};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::audit::lines;
use super::fault::failed;
use super::purge::purge;
use super::run::{Dialect as _, Rollback, find, read, transaction, write_one};
use super::steps::Steps as _;
use crate::schema::{api_keys, users};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct KeyRow {
    id: String,
    name: String,
    scopes: String,
    created_by: String,
    maker_id: Option<String>,
    created_at: i64,
    expires_at: i64,
    last_used_at: Option<i64>,
}

impl From<&ApiKey> for KeyRow {
    fn from(key: &ApiKey) -> Self {
        let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: scopes.join(" "),
            created_by: key.created_by.clone(),
            maker_id: key.maker.map(|maker| maker.to_string()),
            created_at: key.created_at.as_millis(),
            expires_at: key.expires_at.as_millis(),
            last_used_at: key.last_used_at.map(Timestamp::as_millis),
        }
    }
}

impl TryFrom<KeyRow> for ApiKey {
    type Error = StoreError;

    /// Scopes that only a later version knows are passed over.
    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let maker = row.maker_id.map(|id| id.parse()).transpose();
        Ok(Self {
            id: row.id.parse().map_err(failed)?,
            name: row.name,
            scopes: row
                .scopes
                .split(' ')
                .filter_map(Permission::of_name)
                .collect(),
            created_by: row.created_by,
            maker: maker.map_err(failed)?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            last_used_at: row.last_used_at.map(Timestamp::from_millis),
        })
    }
}

#[async_trait]
impl ApiKeyStore for Database {
    async fn add(
        &self,
        key: &ApiKey,
        hash: SecretHash,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        let (row, hash, line) = (KeyRow::from(key), hash.to_text(), lines(record));
        transaction!(self, Synced, |conn| {
            if let Some(maker) = &row.maker_id {
                // Until the key is there, nobody takes the maker's role.
                conn.stands_at_all(maker).await?;
                let admin = users::table
                    .find(maker)
                    .filter(users::role.eq(Role::Admin.as_str()))
                    .filter(not(users::disabled));
                if !diesel::select(exists(admin)).get_result(conn).await? {
                    return Err(Rollback::Answer(false));
                }
            }
            diesel::insert_into(api_keys::table)
                .values((&row, api_keys::hash.eq(&hash)))
                .execute(conn)
                .await?;
            conn.record(&line).await?;
            Ok(true)
        })
    }

    async fn find(&self, hash: SecretHash) -> Result<Option<ApiKey>, StoreError> {
        let key = api_keys::table.filter(api_keys::hash.eq(hash.to_text()));
        let row: Option<KeyRow> = find!(self, key.select(KeyRow::as_select()))?;
        row.map(ApiKey::try_from).transpose()
    }

    async fn list(
        &self,
        after: Option<ApiKeyId>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<ApiKey>, StoreError> {
        // Ids grow with time, and every id is greater than nothing.
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let keys = api_keys::table
            .filter(api_keys::id.gt(after))
            .filter(api_keys::expires_at.gt(now.as_millis()))
            .order(api_keys::id)
            .limit(limit.into());
        let rows: Vec<KeyRow> = read!(self, |conn| keys.select(KeyRow::as_select()).load(conn))?;
        rows.into_iter().map(ApiKey::try_from).collect()
    }

    async fn note_use(&self, id: ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
        let at = at.as_millis();
        let earlier = api_keys::last_used_at.lt(at);
        let earlier = api_keys::last_used_at
            .is_null()
            .or(earlier.assume_not_null());
        let key = api_keys::table.find(id.to_string()).filter(earlier);
        let update = diesel::update(key).set(api_keys::last_used_at.eq(Some(at)));
        write_one!(self, Relaxed, |conn| update.execute(conn))?;
        Ok(())
    }

    async fn revoke(&self, id: ApiKeyId, record: Option<AuditRecord>) -> Result<bool, StoreError> {
        let (id, line) = (id.to_string(), lines(record));
        transaction!(self, Synced, |conn| {
            let revoke = diesel::delete(api_keys::table.find(&id));
            if revoke.execute(conn).await? == 0 {
                return Err(Rollback::Answer(false));
            }
            conn.record(&line).await?;
            Ok(true)
        })
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let over = api_keys::expires_at.le(now.as_millis());
        purge!(self, api_keys by id: String, expires_at, over)
    }
}
