//! The audit trail.

use async_trait::async_trait;
use auth_core::audit::{AuditFilter, AuditOrder, AuditOutcome};
use auth_core::{AuditRecord, AuditStore, EventId, StoreError, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::failed;
use super::purge::purge;
use super::run::{Dialect as _, read, transaction};
use super::steps::Steps as _;
use crate::schema::audit_events;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
pub(super) struct AuditRow {
    id: String,
    at: i64,
    event: String,
    outcome: String,
    actor: Option<String>,
    user_id: Option<String>,
    session_id: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    details: Option<String>,
}

impl From<&AuditRecord> for AuditRow {
    fn from(record: &AuditRecord) -> Self {
        Self {
            id: record.id.to_string(),
            at: record.at().as_millis(),
            event: record.event.clone(),
            outcome: record.outcome.as_str().to_owned(),
            actor: record.actor.clone(),
            user_id: record.user.map(|id| id.to_string()),
            session_id: record.session.map(|id| id.to_string()),
            ip: record.ip.map(|ip| ip.to_string()),
            user_agent: record.user_agent.clone(),
            request_id: record.request_id.clone(),
            details: record.details.clone(),
        }
    }
}

/// The line that tells of a change, for the transaction that makes it.
pub(super) fn lines(record: Option<AuditRecord>) -> Vec<AuditRow> {
    record.iter().map(AuditRow::from).collect()
}

impl TryFrom<AuditRow> for AuditRecord {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let outcome = AuditOutcome::from_stored(&row.outcome);
        let user = row.user_id.map(|id| id.parse()).transpose();
        let session = row.session_id.map(|id| id.parse()).transpose();
        let ip = row.ip.map(|ip| ip.parse()).transpose();
        Ok(Self {
            id: row.id.parse().map_err(failed)?,
            event: row.event,
            outcome: outcome.ok_or_else(|| failed("a line of the audit trail has no outcome"))?,
            actor: row.actor,
            user: user.map_err(failed)?,
            session: session.map_err(failed)?,
            ip: ip.map_err(failed)?,
            user_agent: row.user_agent,
            request_id: row.request_id,
            details: row.details,
        })
    }
}

/// Reads lines that match what is `Some` in the filter. The conditions are put together here,
/// since a condition that is always true would keep a database from its index.
macro_rules! matching {
    ($filter:expr) => {{
        let filter: &AuditFilter = $filter;
        let mut query = audit_events::table
            .select(AuditRow::as_select())
            .into_boxed();
        if let Some(user) = filter.user {
            query = query.filter(audit_events::user_id.eq(user.to_string()));
        }
        if let Some(actor) = filter.actor.clone() {
            query = query.filter(audit_events::actor.eq(actor));
        }
        if let Some(event) = filter.event.clone() {
            query = query.filter(audit_events::event.eq(event));
        }
        // Ids grow with time.
        if let Some(since) = filter.since {
            query = query.filter(audit_events::id.ge(EventId::first_of(since).to_string()));
        }
        if let Some(until) = filter.until {
            query = query.filter(audit_events::id.lt(EventId::first_of(until).to_string()));
        }
        query
    }};
}

#[async_trait]
impl AuditStore for Database {
    async fn append(&self, records: &[AuditRecord]) -> Result<(), StoreError> {
        let rows: Vec<AuditRow> = records.iter().map(AuditRow::from).collect();
        transaction!(self, Synced, |conn| {
            conn.record(&rows).await?;
            Ok(())
        })
    }

    async fn page(
        &self,
        filter: &AuditFilter,
        order: AuditOrder,
        after: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        // Every id is between these two, so that a page always is a range of the key.
        let after = match (after, order) {
            (Some(id), _) => id.to_string(),
            (None, AuditOrder::OldestFirst) => String::new(),
            (None, AuditOrder::LatestFirst) => EventId::MAX.to_string(),
        };
        let rows: Vec<AuditRow> = read!(self, |conn| {
            let query = matching!(filter).limit(limit.into());
            let query = match order {
                AuditOrder::LatestFirst => query
                    .filter(audit_events::id.lt(after))
                    .order(audit_events::id.desc()),
                AuditOrder::OldestFirst => query
                    .filter(audit_events::id.gt(after))
                    .order(audit_events::id.asc()),
            };
            query.load(conn)
        })?;
        rows.into_iter().map(AuditRecord::try_from).collect()
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        let first_kept = EventId::first_of(before);
        purge!(self, audit_events by id: String, id, audit_events::id.lt(first_kept.to_string()))
    }
}
