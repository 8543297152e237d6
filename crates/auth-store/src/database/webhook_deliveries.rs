//! What is to be delivered to webhooks. A trigger on the audit trail queues it.

use std::time::Instant;

use auth_core::audit::RecordOfMany;
use auth_core::webhook::{Batch, Claimed, Deliveries, Delivery, DeliveryState, Fault, Settlement};
use auth_core::{AuditRecord, EventId, StoreError, Timestamp, WebhookId};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::audit::lines;
use super::fault::failed;
use super::run::{Dialect as _, Rollback, optional, read, transaction};
use super::steps::Steps as _;
use super::webhooks::{SecretRow, secrets};
use crate::purge::{Step, in_steps};
use crate::schema::{webhook_deliveries, webhook_endpoints};

/// What is still to be delivered.
pub(super) const PENDING: &str = DeliveryState::Pending.as_str();

const DELIVERED: &str = DeliveryState::Delivered.as_str();
const FAILED: &str = DeliveryState::Failed.as_str();

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries)]
struct DeliveryRow {
    event_id: String,
    event: String,
    state: String,
    attempts: i32,
    due_at: i64,
    created_at: i64,
    delivered_at: Option<i64>,
    last_status: Option<i32>,
    last_error: Option<String>,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let state = DeliveryState::of_name(&row.state);
        let status = row
            .last_status
            .and_then(|status| u16::try_from(status).ok());
        Ok(Self {
            event: row.event_id.parse().map_err(failed)?,
            name: row.event,
            state: state.ok_or_else(|| failed("a delivery has no state"))?,
            attempts: u32::try_from(row.attempts).map_err(failed)?,
            due_at: Timestamp::from_millis(row.due_at),
            created_at: Timestamp::from_millis(row.created_at),
            delivered_at: row.delivered_at.map(Timestamp::from_millis),
            last_status: status,
            last_error: row.last_error,
        })
    }
}

/// A delivery that was claimed: when it was queued, its event, payload and number of tries.
type ClaimedRow = (i64, String, String, i32);

fn claimed((_, event, payload, attempts): ClaimedRow) -> Result<Claimed, StoreError> {
    Ok(Claimed {
        event: event.parse().map_err(failed)?,
        payload,
        attempts: u32::try_from(attempts).map_err(failed)?,
    })
}

/// What a settlement sets: the state, when it is due or ended, when it was delivered, the status
/// and what went wrong.
type Outcome = (&'static str, i64, Option<i64>, Option<i32>, Option<String>);

fn outcome(settlement: &Settlement, now: i64) -> Outcome {
    let failure = |state, at, fault: &Fault| {
        let status = fault.status.map(i32::from);
        (state, at, None, status, Some(fault.error.clone()))
    };
    match settlement {
        Settlement::Delivered { status } => {
            (DELIVERED, now, Some(now), Some((*status).into()), None)
        }
        Settlement::Retry { at, fault } => failure(PENDING, at.as_millis(), fault),
        Settlement::Failed { fault } => failure(FAILED, now, fault),
    }
}

/// Makes a delivery one that has not been tried.
#[derive(AsChangeset, Clone, Copy)]
#[diesel(table_name = webhook_deliveries)]
struct Anew {
    state: &'static str,
    attempts: i32,
    due_at: i64,
}

impl Anew {
    const fn due(at: Timestamp) -> Self {
        Self {
            state: PENDING,
            attempts: 0,
            due_at: at.as_millis(),
        }
    }
}

impl Database {
    pub(super) async fn claim_deliveries(
        &self,
        id: WebhookId,
        now: Timestamp,
        lease_until: Timestamp,
        most: u32,
    ) -> Result<Option<Batch>, StoreError> {
        let (key, now, lease) = (id.to_string(), now.as_millis(), lease_until.as_millis());
        let turn = format!("webhook {id}");
        let claim = transaction!(self, Relaxed, |conn| {
            // Servers take turns: they would find the same rows.
            conn.serialize(&turn).await?;
            let enabled = webhook_endpoints::table
                .find(&key)
                .filter(webhook_endpoints::enabled.eq(true))
                .select((
                    webhook_endpoints::url,
                    (
                        webhook_endpoints::secret,
                        webhook_endpoints::previous_secret,
                        webhook_endpoints::previous_until,
                    ),
                ));
            let enabled = optional(enabled.get_result::<(String, SecretRow)>(conn));
            let Some((url, sealed)) = enabled.await? else {
                return Err(Rollback::Answer(None));
            };
            let due = webhook_deliveries::table
                .filter(webhook_deliveries::webhook_id.eq(&key))
                .filter(webhook_deliveries::state.eq(PENDING))
                .filter(webhook_deliveries::due_at.le(now))
                .order(webhook_deliveries::due_at)
                .limit(most.into())
                .select(webhook_deliveries::event_id);
            let due: Vec<String> = due.load(conn).await?;
            let taken = webhook_deliveries::table
                .filter(webhook_deliveries::webhook_id.eq(&key))
                .filter(webhook_deliveries::event_id.eq_any(&due));
            let mut rows: Vec<ClaimedRow> = diesel::update(taken)
                .set(webhook_deliveries::due_at.eq(lease))
                .returning((
                    webhook_deliveries::created_at,
                    webhook_deliveries::event_id,
                    webhook_deliveries::payload,
                    webhook_deliveries::attempts,
                ))
                .get_results(conn)
                .await?;
            rows.sort();
            Ok(Some((url, sealed, rows)))
        })?;
        let Some((url, sealed, rows)) = claim else {
            return Ok(None);
        };
        let deliveries = rows.into_iter().map(claimed).collect::<Result<_, _>>()?;
        Ok(Some(Batch {
            webhook: id,
            url,
            secrets: secrets(sealed),
            lease_until,
            deliveries,
        }))
    }

    pub(super) async fn settle_delivery(
        &self,
        batch: &Batch,
        event: EventId,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (webhook, event) = (batch.webhook.to_string(), event.to_string());
        let (lease, now) = (batch.lease_until.as_millis(), now.as_millis());
        let has_arrived = matches!(settlement, Settlement::Delivered { .. });
        let outcome = outcome(settlement, now);
        transaction!(self, Synced, |conn| {
            let (state, due_at, delivered_at, status, error) = outcome.clone();
            // The lease tells this claim from a later one.
            let ours = webhook_deliveries::table
                .find((&webhook, &event))
                .filter(webhook_deliveries::state.eq(PENDING))
                .filter(webhook_deliveries::due_at.eq(lease));
            let settled = diesel::update(ours)
                .set((
                    webhook_deliveries::state.eq(state),
                    webhook_deliveries::due_at.eq(due_at),
                    webhook_deliveries::attempts.eq(webhook_deliveries::attempts + 1),
                    webhook_deliveries::delivered_at.eq(delivered_at),
                    webhook_deliveries::last_status.eq(status),
                    webhook_deliveries::last_error.eq(error),
                ))
                .execute(conn)
                .await?;
            if settled == 0 {
                return Ok(());
            }
            let endpoint = webhook_endpoints::table.find(&webhook);
            match has_arrived {
                true => {
                    let failing = webhook_endpoints::failing_since.is_not_null();
                    diesel::update(endpoint.filter(failing))
                        .set(webhook_endpoints::failing_since.eq(None::<i64>))
                        .execute(conn)
                        .await?
                }
                false => {
                    let well = webhook_endpoints::failing_since.is_null();
                    diesel::update(endpoint.filter(well))
                        .set(webhook_endpoints::failing_since.eq(Some(now)))
                        .execute(conn)
                        .await?
                }
            };
            Ok(())
        })
    }

    /// When what waits for a webhook is due, the first due first and at most so many.
    pub(super) async fn pending_deliveries(
        &self,
        id: WebhookId,
        at_most: u32,
    ) -> Result<Vec<Timestamp>, StoreError> {
        let first = webhook_deliveries::table
            .filter(webhook_deliveries::webhook_id.eq(id.to_string()))
            .filter(webhook_deliveries::state.eq(PENDING))
            .order(webhook_deliveries::due_at)
            .limit(at_most.into())
            .select(webhook_deliveries::due_at);
        let due: Vec<i64> = read!(self, |conn| first.load(conn))?;
        Ok(due.into_iter().map(Timestamp::from_millis).collect())
    }

    pub(super) async fn queue_delivery(
        &self,
        id: WebhookId,
        event: EventId,
        name: &str,
        payload: &str,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        let (id, at) = (id.to_string(), event.at().as_millis());
        let line = lines(record);
        let (event, name, payload) = (event.to_string(), name.to_owned(), payload.to_owned());
        transaction!(self, Synced, |conn| {
            let webhook = webhook_endpoints::table.find(&id);
            if !diesel::select(exists(webhook)).get_result(conn).await? {
                return Err(Rollback::Answer(false));
            }
            diesel::insert_into(webhook_deliveries::table)
                .values((
                    webhook_deliveries::webhook_id.eq(&id),
                    webhook_deliveries::event_id.eq(&event),
                    webhook_deliveries::event.eq(&name),
                    webhook_deliveries::payload.eq(&payload),
                    webhook_deliveries::state.eq(PENDING),
                    webhook_deliveries::attempts.eq(0),
                    webhook_deliveries::due_at.eq(at),
                    webhook_deliveries::created_at.eq(at),
                ))
                .execute(conn)
                .await?;
            conn.record(&line).await?;
            Ok(true)
        })
    }

    pub(super) async fn list_deliveries(
        &self,
        id: WebhookId,
        which: &Deliveries,
    ) -> Result<Vec<Delivery>, StoreError> {
        let before = which.before.unwrap_or(EventId::MAX).to_string();
        let rows: Vec<DeliveryRow> = read!(self, |conn| {
            let mut theirs = webhook_deliveries::table
                .filter(webhook_deliveries::webhook_id.eq(id.to_string()))
                .filter(webhook_deliveries::event_id.lt(before))
                .order(webhook_deliveries::event_id.desc())
                .limit(which.limit.into())
                .select(DeliveryRow::as_select())
                .into_boxed();
            if let Some(state) = which.state {
                theirs = theirs.filter(webhook_deliveries::state.eq(state.as_str()));
            }
            theirs.load(conn)
        })?;
        rows.into_iter().map(Delivery::try_from).collect()
    }

    pub(super) async fn replay_delivery(
        &self,
        id: WebhookId,
        event: EventId,
        now: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        let delivery = webhook_deliveries::table.find((id.to_string(), event.to_string()));
        let line = lines(record);
        transaction!(self, Synced, |conn| {
            let anew = diesel::update(delivery.clone()).set(Anew::due(now));
            let replayed = anew.execute(conn).await? > 0;
            if replayed {
                conn.record(&line).await?;
            }
            Ok(replayed)
        })
    }

    pub(super) async fn replay_failed_deliveries(
        &self,
        id: WebhookId,
        since: Timestamp,
        now: Timestamp,
        at_most: u32,
        record: RecordOfMany,
    ) -> Result<u64, StoreError> {
        let failed = webhook_deliveries::table
            .filter(webhook_deliveries::webhook_id.eq(id.to_string()))
            .filter(webhook_deliveries::state.eq(FAILED))
            .filter(webhook_deliveries::created_at.ge(since.as_millis()));
        let oldest = failed
            .clone()
            .order(webhook_deliveries::event_id)
            .limit(at_most.into())
            .select(webhook_deliveries::event_id);
        transaction!(self, Synced, |conn| {
            let oldest: Vec<String> = oldest.clone().load(conn).await?;
            let failed = failed.clone();
            let failed = failed.filter(webhook_deliveries::event_id.eq_any(oldest));
            let anew = diesel::update(failed).set(Anew::due(now));
            let count = anew.execute(conn).await? as u64;
            conn.record(&lines(record(count))).await?;
            Ok(count)
        })
    }

    /// Deletes all deliveries of a webhook that is gone.
    pub(super) async fn remove_deliveries(&self, id: WebhookId) -> Result<u64, StoreError> {
        in_steps(|most| async move {
            let theirs =
                webhook_deliveries::table.filter(webhook_deliveries::webhook_id.eq(id.to_string()));
            transaction!(self, Relaxed, |conn| {
                // Whoever purges would delete the same rows.
                conn.serialize("purge").await?;
                let began = Instant::now();
                let theirs = theirs.clone();
                let some = theirs
                    .clone()
                    .limit(most as i64)
                    .select(webhook_deliveries::event_id);
                let some: Vec<String> = some.load(conn).await?;
                let theirs = theirs.filter(webhook_deliveries::event_id.eq_any(&some));
                let deleted = diesel::delete(theirs).execute(conn).await?;
                Ok(Step::since(began, some.len(), deleted))
            })
        })
        .await
    }

    /// What is pending for a webhook that is enabled stays, however long it has been due.
    pub(super) async fn purge_deliveries(&self, before: Timestamp) -> Result<u64, StoreError> {
        let before = before.as_millis();
        in_steps(|most| async move {
            transaction!(self, Relaxed, |conn| {
                // Servers take turns: they would find the same rows.
                conn.serialize("purge").await?;
                let began = Instant::now();
                let enabled = || {
                    webhook_endpoints::table
                        .filter(webhook_endpoints::id.eq(webhook_deliveries::webhook_id))
                        .filter(webhook_endpoints::enabled.eq(true))
                };
                let is_over = || {
                    webhook_deliveries::state
                        .ne(PENDING)
                        .or(not(exists(enabled())))
                };
                let oldest = webhook_deliveries::table
                    .filter(webhook_deliveries::due_at.le(before))
                    .filter(is_over())
                    .order(webhook_deliveries::due_at)
                    .limit(most as i64)
                    .select(webhook_deliveries::due_at);
                let found: Vec<i64> = oldest.load(conn).await?;
                let Some(last) = found.last() else {
                    return Ok(Step::since(began, 0, 0));
                };
                let over = webhook_deliveries::table
                    .filter(webhook_deliveries::due_at.le(last))
                    .filter(is_over());
                let deleted = diesel::delete(over).execute(conn).await?;
                Ok(Step::since(began, found.len(), deleted))
            })
        })
        .await
    }
}
