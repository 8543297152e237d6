//! What waits for one more step of somebody.

use auth_core::factor::{Waiting, WaitingFor, WaitingSignIn};
use auth_core::identity::FlowKey;
use auth_core::strategy::AuthenticationEvent;
use auth_core::{Email, StoreError, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::database::Database;
use crate::database::fault::failed;
use crate::database::rows::assurance;
use crate::database::run::{optional, read, write_one};
use crate::schema::waiting_steps;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = waiting_steps, treat_none_as_default_value = false)]
struct WaitingRow {
    handle: String,
    client: String,
    waits_for: String,
    user_id: Option<String>,
    credentials_version: Option<i64>,
    proven_at: Option<i64>,
    remember: Option<bool>,
    identity_id: Option<String>,
    assurance: Option<String>,
    scheme: Option<String>,
    email: Option<String>,
    expires_at: i64,
}

impl WaitingRow {
    fn new(key: &FlowKey, waiting: &Waiting, expires_at: Timestamp) -> Self {
        let sign_in = waiting.sign_in.as_ref();
        let proof = sign_in.map(|sign_in| &sign_in.proof);
        Self {
            handle: key.secret.to_text(),
            client: key.browser.to_text(),
            waits_for: waiting.waits_for.as_str().to_owned(),
            user_id: waiting.user.map(|id| id.to_string()),
            credentials_version: sign_in.map(|sign_in| sign_in.credentials_version),
            proven_at: proof.map(|proof| proof.at.as_millis()),
            remember: proof.map(|proof| proof.remember),
            identity_id: proof
                .and_then(|proof| proof.identity)
                .map(|id| id.to_string()),
            assurance: proof.and_then(|proof| proof.assurance.to_stored()),
            scheme: sign_in.map(|sign_in| sign_in.scheme.clone()),
            email: waiting.email.as_ref().map(ToString::to_string),
            expires_at: expires_at.as_millis(),
        }
    }

    fn sign_in(&self) -> Result<Option<WaitingSignIn>, StoreError> {
        let (Some(credentials_version), Some(at), Some(scheme)) =
            (self.credentials_version, self.proven_at, &self.scheme)
        else {
            return Ok(None);
        };
        let identity = self.identity_id.as_ref().map(|id| id.parse()).transpose();
        Ok(Some(WaitingSignIn {
            credentials_version,
            proof: AuthenticationEvent {
                at: Timestamp::from_millis(at),
                remember: self.remember.unwrap_or_default(),
                identity: identity.map_err(failed)?,
                assurance: assurance(self.assurance.as_deref()),
            },
            scheme: scheme.clone(),
        }))
    }
}

impl TryFrom<WaitingRow> for Waiting {
    type Error = StoreError;

    fn try_from(row: WaitingRow) -> Result<Self, StoreError> {
        let sign_in = row.sign_in()?;
        let waits_for = WaitingFor::from_stored(&row.waits_for);
        let user = row.user_id.map(|id| id.parse()).transpose();
        Ok(Self {
            waits_for: waits_for.ok_or_else(|| failed("something waits for what is unknown"))?,
            user: user.map_err(failed)?,
            sign_in,
            email: row.email.map(Email::from_stored),
        })
    }
}

/// What waits under a key.
#[diesel::dsl::auto_type]
fn under(key: &FlowKey, now: Timestamp) -> _ {
    let handle: String = key.secret.to_text();
    let client: String = key.browser.to_text();
    let now: i64 = now.as_millis();
    waiting_steps::table
        .filter(waiting_steps::handle.eq(handle))
        .filter(waiting_steps::client.eq(client))
        .filter(waiting_steps::expires_at.gt(now))
}

/// What is lost with the power is begun anew, so nothing here waits for the disk.
impl Database {
    pub(super) async fn keep_waiting(
        &self,
        key: &FlowKey,
        waiting: &Waiting,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let row = WaitingRow::new(key, waiting, expires_at);
        write_one!(self, Relaxed, |conn| diesel::insert_into(
            waiting_steps::table
        )
        .values(&row)
        .execute(conn))?;
        Ok(())
    }

    pub(super) async fn find_waiting(
        &self,
        key: &FlowKey,
        now: Timestamp,
    ) -> Result<Option<Waiting>, StoreError> {
        let found = under(key, now);
        let row: Option<WaitingRow> = read!(self, |conn| {
            optional(found.select(WaitingRow::as_select()).get_result(conn))
        })?;
        row.map(Waiting::try_from).transpose()
    }

    pub(super) async fn take_waiting(
        &self,
        key: &FlowKey,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let take = diesel::delete(under(key, now));
        let taken = write_one!(self, Relaxed, |conn| take.execute(conn))?;
        Ok(taken > 0)
    }
}
