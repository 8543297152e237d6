//! Identities at providers.

use async_trait::async_trait;
use auth_core::identity::{ProviderId, Subject};
use auth_core::identity_store::{Linked, Unlinked};
use auth_core::{
    Authority, Effects, Identity, IdentityId, IdentityStore, StoreError, Timestamp, User, UserId,
};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::failed;
use super::rows::{EffectRows, UserRow};
use super::run::{Rollback, optional, read, transaction};
use super::steps::Steps as _;
use crate::schema::{identities, users};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = false)]
pub(super) struct IdentityRow {
    id: String,
    pub(super) user_id: String,
    provider: String,
    issuer: String,
    subject: String,
    email: Option<String>,
    linked_at: i64,
}

impl IdentityRow {
    pub(super) fn new(user: UserId, identity: &Identity) -> Self {
        Self {
            id: identity.id.to_string(),
            user_id: user.to_string(),
            provider: identity.provider.to_string(),
            issuer: identity.subject.issuer.clone(),
            subject: identity.subject.name.clone(),
            email: identity.email.clone(),
            linked_at: identity.linked_at.as_millis(),
        }
    }

    /// The issuer and its name for the person.
    pub(super) fn key(&self) -> (&str, &str) {
        (&self.issuer, &self.subject)
    }
}

impl TryFrom<IdentityRow> for Identity {
    type Error = StoreError;

    fn try_from(row: IdentityRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.parse().map_err(failed)?,
            provider: ProviderId::from_stored(row.provider),
            subject: Subject {
                issuer: row.issuer,
                name: row.subject,
            },
            email: row.email,
            linked_at: Timestamp::from_millis(row.linked_at),
        })
    }
}

#[async_trait]
impl IdentityStore for Database {
    async fn owner(&self, subject: &Subject) -> Result<Option<(User, IdentityId)>, StoreError> {
        let owner = users::table
            .inner_join(identities::table)
            .filter(identities::issuer.eq(&subject.issuer))
            .filter(identities::subject.eq(&subject.name));
        let row = read!(self, |conn| {
            let both = (UserRow::as_select(), identities::id);
            optional(owner.select(both).get_result::<(UserRow, String)>(conn))
        })?;
        row.map(|(user, id)| Ok((user.try_into()?, id.parse().map_err(failed)?)))
            .transpose()
    }

    async fn list(&self, user: UserId) -> Result<Vec<Identity>, StoreError> {
        // Ids grow with time.
        let query = identities::table
            .filter(identities::user_id.eq(user.to_string()))
            .order(identities::id);
        let rows = read!(self, |conn| {
            query.select(IdentityRow::as_select()).load(conn)
        })?;
        rows.into_iter().map(Identity::try_from).collect()
    }

    async fn link(
        &self,
        user: UserId,
        by: &Authority,
        identity: &Identity,
        effects: &Effects,
    ) -> Result<Linked, StoreError> {
        let row = IdentityRow::new(user, identity);
        let effects = EffectRows::from(effects);
        let (user, by) = (user.to_string(), *by);
        let subject = identity.subject.clone();
        transaction!(self, Synced, |conn| {
            let confirmed = users::table.find(&user).filter(users::email_verified);
            if !conn.stands(&user, Some(by)).await?
                || !diesel::select(exists(confirmed)).get_result(conn).await?
            {
                return Err(Rollback::Answer(Linked::Refused));
            }
            if conn.add_identity(&row).await? {
                conn.keep(&effects).await?;
                return Ok(Linked::Linked);
            }
            let owner = identities::table
                .filter(identities::issuer.eq(&subject.issuer))
                .filter(identities::subject.eq(&subject.name))
                .select(identities::user_id);
            let owner: Option<String> = optional(owner.get_result(conn)).await?;
            Ok(match owner {
                Some(owner) if owner == user => Linked::Already,
                _ => Linked::Taken,
            })
        })
    }

    async fn unlink(
        &self,
        user: UserId,
        by: &Authority,
        id: IdentityId,
        issuers: &[String],
        effects: &Effects,
    ) -> Result<Unlinked, StoreError> {
        let (user, by, id) = (user.to_string(), *by, id.to_string());
        let issuers = issuers.to_vec();
        let effects = EffectRows::from(effects);
        transaction!(self, Synced, |conn| {
            // Of two that take the last two identities away, the second waits here.
            if !conn.stands(&user, Some(by)).await? {
                return Err(Rollback::Answer(Unlinked::Refused));
            }
            let password = users::table.find(&user).select(users::password_hash);
            let password: Option<String> = password.get_result(conn).await?;
            let identity = identities::table
                .find(&id)
                .filter(identities::user_id.eq(&user));
            if diesel::delete(identity).execute(conn).await? == 0 {
                return Err(Rollback::Answer(Unlinked::NotFound));
            }
            let others = identities::table
                .filter(identities::user_id.eq(&user))
                .filter(identities::issuer.eq_any(&issuers));
            let others: i64 = others.count().get_result(conn).await?;
            if password.is_none() && others == 0 {
                return Err(Rollback::Answer(Unlinked::LastSignInMethod));
            }
            conn.keep(&effects).await?;
            Ok(Unlinked::Unlinked)
        })
    }
}
