//! Flows that are under way at providers, and sign-ins that wait to be picked up. What is
//! lost with the power is begun anew, so nothing here waits for the disk.

use async_trait::async_trait;
use auth_core::identity::{Flow, FlowKey, Intent, OneTimeCode, ProviderId};
use auth_core::secret::SecretHash;
use auth_core::{FlowStore, StoreError, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::failed;
use super::purge::purge;
use super::rows::assurance;
use super::run::{Dialect as _, optional, read, write_one};
use crate::schema::{finished_flows, flows, handovers};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = flows, treat_none_as_default_value = false)]
struct FlowRow {
    state: String,
    browser: String,
    provider: String,
    return_to: String,
    fresh: bool,
    started_at: i64,
    user_id: Option<String>,
    session_id: Option<String>,
    credentials_version: Option<i64>,
    expires_at: i64,
}

impl FlowRow {
    fn new(key: &FlowKey, flow: &Flow, expires_at: Timestamp) -> Self {
        let link = match flow.intent {
            Intent::SignIn => None,
            Intent::Link {
                user_id,
                session_id,
                credentials_version,
            } => Some((
                user_id.to_string(),
                session_id.to_string(),
                credentials_version,
            )),
        };
        let (user_id, session_id, credentials_version) = match link {
            Some((user, session, credentials_version)) => {
                (Some(user), Some(session), Some(credentials_version))
            }
            None => (None, None, None),
        };
        Self {
            state: key.secret.to_text(),
            browser: key.browser.to_text(),
            provider: flow.provider.to_string(),
            return_to: flow.return_to.clone(),
            fresh: flow.fresh,
            started_at: flow.started_at.as_millis(),
            user_id,
            session_id,
            credentials_version,
            expires_at: expires_at.as_millis(),
        }
    }
}

impl TryFrom<FlowRow> for Flow {
    type Error = StoreError;

    fn try_from(row: FlowRow) -> Result<Self, StoreError> {
        let intent = match (row.user_id, row.session_id, row.credentials_version) {
            (Some(user), Some(session), Some(credentials_version)) => Intent::Link {
                user_id: user.parse().map_err(failed)?,
                session_id: session.parse().map_err(failed)?,
                credentials_version,
            },
            _ => Intent::SignIn,
        };
        Ok(Self {
            provider: ProviderId::from_stored(row.provider),
            intent,
            return_to: row.return_to,
            started_at: Timestamp::from_millis(row.started_at),
            fresh: row.fresh,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = handovers, treat_none_as_default_value = false)]
struct HandoverRow {
    code: String,
    browser: String,
    user_id: String,
    credentials_version: i64,
    auth_time: i64,
    expires_at: i64,
    identity_id: Option<String>,
    assurance: Option<String>,
}

impl HandoverRow {
    fn new(key: &FlowKey, handover: &OneTimeCode, expires_at: Timestamp) -> Self {
        Self {
            code: key.secret.to_text(),
            browser: key.browser.to_text(),
            user_id: handover.user_id.to_string(),
            credentials_version: handover.credentials_version,
            auth_time: handover.auth_time.as_millis(),
            expires_at: expires_at.as_millis(),
            identity_id: handover.identity.as_ref().map(ToString::to_string),
            assurance: handover.assurance.to_stored(),
        }
    }
}

impl TryFrom<HandoverRow> for OneTimeCode {
    type Error = StoreError;

    fn try_from(row: HandoverRow) -> Result<Self, StoreError> {
        let identity = row.identity_id.map(|id| id.parse()).transpose();
        Ok(Self {
            identity: identity.map_err(failed)?,
            assurance: assurance(row.assurance.as_deref()),
            user_id: row.user_id.parse().map_err(failed)?,
            credentials_version: row.credentials_version,
            auth_time: Timestamp::from_millis(row.auth_time),
        })
    }
}

#[async_trait]
impl FlowStore for Database {
    async fn begin(
        &self,
        key: &FlowKey,
        flow: &Flow,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let row = FlowRow::new(key, flow, expires_at);
        write_one!(self, Relaxed, |conn| diesel::insert_into(flows::table)
            .values(&row)
            .execute(conn))?;
        Ok(())
    }

    async fn finish(
        &self,
        key: &FlowKey,
        provider: &ProviderId,
        now: Timestamp,
    ) -> Result<Option<Flow>, StoreError> {
        let flow = flows::table
            .find(key.secret.to_text())
            .filter(flows::browser.eq(key.browser.to_text()))
            .filter(flows::provider.eq(provider.to_string()))
            .filter(flows::expires_at.gt(now.as_millis()));
        let take = diesel::delete(flow);
        let row = write_one!(self, Relaxed, |conn| {
            optional(take.returning(FlowRow::as_returning()).get_result(conn))
        })?;
        row.map(Flow::try_from).transpose()
    }

    async fn remember(
        &self,
        state: &SecretHash,
        flow: &Flow,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let row = (
            finished_flows::state.eq(state.to_text()),
            finished_flows::provider.eq(flow.provider.to_string()),
            finished_flows::return_to.eq(flow.return_to.clone()),
            finished_flows::expires_at.eq(until.as_millis()),
        );
        write_one!(self, Relaxed, |conn| diesel::insert_into(
            finished_flows::table
        )
        .values(row)
        .execute(conn))?;
        Ok(())
    }

    async fn return_to(
        &self,
        state: &SecretHash,
        provider: &ProviderId,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let (state, provider) = (state.to_text(), provider.to_string());
        let finished = finished_flows::table
            .find(&state)
            .filter(finished_flows::provider.eq(&provider))
            .filter(finished_flows::expires_at.gt(now.as_millis()))
            .select(finished_flows::return_to);
        let found = read!(self, |conn| optional(finished.first(conn)))?;
        if found.is_some() {
            return Ok(found);
        }
        let live = flows::table
            .find(&state)
            .filter(flows::provider.eq(&provider))
            .filter(flows::expires_at.gt(now.as_millis()))
            .select(flows::return_to);
        read!(self, |conn| optional(live.first(conn)))
    }

    async fn hand_over(
        &self,
        key: &FlowKey,
        handover: &OneTimeCode,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let row = HandoverRow::new(key, handover, expires_at);
        write_one!(self, Relaxed, |conn| diesel::insert_into(handovers::table)
            .values(&row)
            .execute(conn))?;
        Ok(())
    }

    async fn redeem(
        &self,
        key: &FlowKey,
        now: Timestamp,
    ) -> Result<Option<OneTimeCode>, StoreError> {
        let handover = handovers::table
            .find(key.secret.to_text())
            .filter(handovers::browser.eq(key.browser.to_text()))
            .filter(handovers::expires_at.gt(now.as_millis()));
        let take = diesel::delete(handover);
        let row = write_one!(self, Relaxed, |conn| {
            optional(take.returning(HandoverRow::as_returning()).get_result(conn))
        })?;
        row.map(OneTimeCode::try_from).transpose()
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let now = now.as_millis();
        let over = flows::expires_at.le(now);
        let flows: u64 = purge!(self, flows by state: String, expires_at, over)?;
        let over = handovers::expires_at.le(now);
        let handovers: u64 = purge!(self, handovers by code: String, expires_at, over)?;
        let over = finished_flows::expires_at.le(now);
        let finished: u64 = purge!(self, finished_flows by state: String, expires_at, over)?;
        Ok(flows + handovers + finished)
    }
}
