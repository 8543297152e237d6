//! Webhooks. What is to be delivered to them is in [`webhook_deliveries`](super::webhook_deliveries).

use async_trait::async_trait;
use auth_core::audit::RecordOfMany;
use auth_core::webhook::{
    Batch, Deliveries, Delivery, Disabled, SealedSecrets, Settlement, WebhookBacklog,
    WebhookChange, WebhookEvents,
};
use auth_core::{AuditRecord, EventId, StoreError, Timestamp, Webhook, WebhookId, WebhookStore};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tracing::warn;

use super::Database;
use super::audit::lines;
use super::fault::failed;
use super::run::{Dialect as _, Rollback, find, read, transaction, write_one};
use super::steps::Steps as _;
use super::webhook_deliveries::PENDING;
use crate::schema::{webhook_deliveries, webhook_endpoints};

/// Makes whoever adds webhooks at once take turns.
const TURN: &str = "webhooks";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_endpoints, treat_none_as_default_value = false)]
struct WebhookRow {
    id: String,
    url: String,
    description: String,
    events: String,
    created_at: i64,
    enabled: bool,
    disabled_at: Option<i64>,
    disabled_reason: Option<String>,
}

/// The secrets of a webhook: the current one, the one before, and until when that counts.
pub(super) type SecretRow = (String, Option<String>, Option<i64>);

/// What is set of a webhook that changes.
#[derive(AsChangeset, Default)]
#[diesel(table_name = webhook_endpoints)]
struct Changes {
    url: Option<String>,
    description: Option<String>,
    events: Option<String>,
    enabled: Option<bool>,
    disabled_at: Option<Option<i64>>,
    disabled_reason: Option<Option<String>>,
    failing_since: Option<Option<i64>>,
}

impl Changes {
    fn of(change: &WebhookChange, now: Timestamp) -> Self {
        let fields = Self {
            url: change.url.clone(),
            description: change.description.clone(),
            events: change.events.as_ref().map(WebhookEvents::to_stored),
            // Whoever is somewhere else has not failed there.
            failing_since: change.url.as_ref().map(|_| None),
            ..Self::default()
        };
        match change.enabled {
            None => fields,
            Some(true) => Self {
                enabled: Some(true),
                disabled_at: Some(None),
                disabled_reason: Some(None),
                failing_since: Some(None),
                ..fields
            },
            Some(false) => Self {
                enabled: Some(false),
                disabled_at: Some(Some(now.as_millis())),
                disabled_reason: Some(Some(Disabled::Operator.as_str().to_owned())),
                ..fields
            },
        }
    }

    fn is_empty(&self) -> bool {
        self.url.is_none()
            && self.description.is_none()
            && self.events.is_none()
            && self.enabled.is_none()
    }
}

impl From<&Webhook> for WebhookRow {
    fn from(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url.clone(),
            description: webhook.description.clone(),
            events: webhook.events.to_stored(),
            created_at: webhook.created_at.as_millis(),
            enabled: webhook.enabled,
            disabled_at: webhook.disabled_at.map(Timestamp::as_millis),
            disabled_reason: webhook.disabled_reason.clone(),
        }
    }
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = StoreError;

    fn try_from(row: WebhookRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.parse().map_err(failed)?,
            url: row.url,
            description: row.description,
            events: WebhookEvents::from_stored(&row.events),
            created_at: Timestamp::from_millis(row.created_at),
            enabled: row.enabled,
            disabled_at: row.disabled_at.map(Timestamp::from_millis),
            disabled_reason: row.disabled_reason,
        })
    }
}

/// The secrets that a row holds.
pub(super) fn secrets((current, previous, until): SecretRow) -> SealedSecrets {
    SealedSecrets {
        current,
        previous: previous.zip(until.map(Timestamp::from_millis)),
    }
}

#[async_trait]
impl WebhookStore for Database {
    async fn add(
        &self,
        webhook: &Webhook,
        secret: &str,
        most: u32,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        let (row, secret) = (WebhookRow::from(webhook), secret.to_owned());
        let line = lines(record);
        transaction!(self, Synced, |conn| {
            conn.serialize(TURN).await?;
            let present = webhook_endpoints::table
                .filter(webhook_endpoints::id.gt(""))
                .select(webhook_endpoints::id)
                .limit(most.into());
            let present: Vec<String> = present.load(conn).await?;
            if present.len() >= most as usize {
                return Err(Rollback::Answer(false));
            }
            diesel::insert_into(webhook_endpoints::table)
                .values((&row, webhook_endpoints::secret.eq(&secret)))
                .execute(conn)
                .await?;
            conn.record(&line).await?;
            Ok(true)
        })
    }

    async fn find(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        let webhook = webhook_endpoints::table.find(id.to_string());
        let row: Option<WebhookRow> = find!(self, webhook.select(WebhookRow::as_select()))?;
        row.map(Webhook::try_from).transpose()
    }

    async fn list(&self) -> Result<Vec<Webhook>, StoreError> {
        // Every id is greater than nothing.
        let all = webhook_endpoints::table
            .filter(webhook_endpoints::id.gt(""))
            .order(webhook_endpoints::id);
        let rows: Vec<WebhookRow> =
            read!(self, |conn| all.select(WebhookRow::as_select()).load(conn))?;
        rows.into_iter().map(Webhook::try_from).collect()
    }

    async fn change(
        &self,
        id: WebhookId,
        change: &WebhookChange,
        now: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<Option<Webhook>, StoreError> {
        let changes = Changes::of(change, now);
        if changes.is_empty() {
            return WebhookStore::find(self, id).await;
        }
        let (id, line) = (id.to_string(), lines(record));
        let row: Option<WebhookRow> = transaction!(self, Synced, |conn| {
            let webhook = webhook_endpoints::table.find(&id);
            let changed = diesel::update(webhook)
                .set(&changes)
                .returning(WebhookRow::as_returning())
                .get_result(conn)
                .await;
            let changed = changed.optional()?;
            if changed.is_some() {
                conn.record(&line).await?;
            }
            Ok(changed)
        })?;
        row.map(Webhook::try_from).transpose()
    }

    async fn remove(&self, id: WebhookId, record: Option<AuditRecord>) -> Result<bool, StoreError> {
        let (key, line) = (id.to_string(), lines(record));
        let removed = transaction!(self, Synced, |conn| {
            let webhook = webhook_endpoints::table.find(&key);
            let removed = diesel::delete(webhook).execute(conn).await? > 0;
            if removed {
                conn.record(&line).await?;
            }
            Ok(removed)
        })?;
        // They may be many. What is left when this is cut short goes in time.
        if let Err(error) = self.remove_deliveries(id).await {
            warn!(webhook = %id, %error, "deliveries of a deleted webhook are left for later");
        }
        Ok(removed)
    }

    async fn rotate(
        &self,
        id: WebhookId,
        secret: &str,
        previous_until: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        let (id, secret, line) = (id.to_string(), secret.to_owned(), lines(record));
        let until = previous_until.as_millis();
        transaction!(self, Synced, |conn| {
            let update = diesel::update(webhook_endpoints::table.find(&id)).set((
                webhook_endpoints::previous_secret.eq(webhook_endpoints::secret.nullable()),
                webhook_endpoints::previous_until.eq(Some(until)),
                webhook_endpoints::secret.eq(&secret),
            ));
            let rotated = update.execute(conn).await? > 0;
            if rotated {
                conn.record(&line).await?;
            }
            Ok(rotated)
        })
    }

    async fn disable(
        &self,
        id: WebhookId,
        url: &str,
        why: Disabled,
        failing_since: Option<Timestamp>,
        now: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        let (id, url, now) = (id.to_string(), url.to_owned(), now.as_millis());
        let since = failing_since.map_or(i64::MAX, Timestamp::as_millis);
        let line = lines(record);
        transaction!(self, Synced, |conn| {
            let enabled = webhook_endpoints::table
                .find(&id)
                .filter(webhook_endpoints::url.eq(&url))
                .filter(webhook_endpoints::enabled.eq(true));
            let set = (
                webhook_endpoints::enabled.eq(false),
                webhook_endpoints::disabled_at.eq(Some(now)),
                webhook_endpoints::disabled_reason.eq(Some(why.as_str())),
            );
            let disabled = match since {
                i64::MAX => diesel::update(enabled).set(set).execute(conn).await?,
                since => {
                    let failing = webhook_endpoints::failing_since.le(since);
                    let failing = enabled.filter(failing.assume_not_null());
                    diesel::update(failing).set(set).execute(conn).await?
                }
            };
            if disabled > 0 {
                conn.record(&line).await?;
            }
            Ok(disabled > 0)
        })
    }

    async fn secrets(&self) -> Result<Vec<(WebhookId, SealedSecrets)>, StoreError> {
        let all = webhook_endpoints::table
            .filter(webhook_endpoints::id.gt(""))
            .select((
                webhook_endpoints::id,
                (
                    webhook_endpoints::secret,
                    webhook_endpoints::previous_secret,
                    webhook_endpoints::previous_until,
                ),
            ));
        let rows: Vec<(String, SecretRow)> = read!(self, |conn| all.load(conn))?;
        let rows = rows
            .into_iter()
            .map(|(id, row)| Ok((id.parse().map_err(failed)?, secrets(row))));
        rows.collect()
    }

    async fn reseal(
        &self,
        id: WebhookId,
        before: &SealedSecrets,
        after: &SealedSecrets,
    ) -> Result<bool, StoreError> {
        let unchanged = webhook_endpoints::table
            .find(id.to_string())
            .filter(webhook_endpoints::secret.eq(before.current.clone()));
        let previous = after.previous.clone().map(|(sealed, _)| sealed);
        let update = diesel::update(unchanged).set((
            webhook_endpoints::secret.eq(after.current.clone()),
            webhook_endpoints::previous_secret.eq(previous),
        ));
        Ok(write_one!(self, Synced, |conn| update.execute(conn))? > 0)
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<WebhookId>, StoreError> {
        let due = webhook_deliveries::table
            .filter(webhook_deliveries::webhook_id.eq(webhook_endpoints::id))
            .filter(webhook_deliveries::state.eq(PENDING))
            .filter(webhook_deliveries::due_at.le(now.as_millis()));
        let webhooks = webhook_endpoints::table
            .filter(webhook_endpoints::enabled.eq(true))
            .filter(exists(due))
            .select(webhook_endpoints::id);
        let ids: Vec<String> = read!(self, |conn| webhooks.load(conn))?;
        ids.iter().map(|id| id.parse().map_err(failed)).collect()
    }

    async fn claim(
        &self,
        id: WebhookId,
        now: Timestamp,
        lease_until: Timestamp,
        most: u32,
    ) -> Result<Option<Batch>, StoreError> {
        self.claim_deliveries(id, now, lease_until, most).await
    }

    async fn settle(
        &self,
        batch: &Batch,
        event: EventId,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.settle_delivery(batch, event, settlement, now).await
    }

    async fn backlog(&self, at_most: u32) -> Result<WebhookBacklog, StoreError> {
        let mut backlog = WebhookBacklog::default();
        for webhook in self.list().await? {
            let operator = Some(Disabled::Operator.as_str());
            if !webhook.enabled {
                backlog.disabled += u64::from(webhook.disabled_reason.as_deref() != operator);
                continue;
            }
            let due = self.pending_deliveries(webhook.id, at_most).await?;
            backlog.pending += due.len() as u64;
            let first = [backlog.first_due, due.as_slice().first().copied()];
            backlog.first_due = first.into_iter().flatten().min();
        }
        Ok(backlog)
    }

    async fn queue(
        &self,
        id: WebhookId,
        event: EventId,
        name: &str,
        payload: &str,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        self.queue_delivery(id, event, name, payload, record).await
    }

    async fn deliveries(
        &self,
        id: WebhookId,
        which: &Deliveries,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.list_deliveries(id, which).await
    }

    async fn replay(
        &self,
        id: WebhookId,
        event: EventId,
        now: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        self.replay_delivery(id, event, now, record).await
    }

    async fn replay_failed(
        &self,
        id: WebhookId,
        since: Timestamp,
        now: Timestamp,
        at_most: u32,
        record: RecordOfMany,
    ) -> Result<u64, StoreError> {
        self.replay_failed_deliveries(id, since, now, at_most, record)
            .await
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.purge_deliveries(before).await
    }
}
