//! `authctl webhook`: receivers that are told of what happens.

use std::iter;

use auth_core::accounts::admin::{Admin, WebhookForm};
use auth_core::events::EventKind;
use auth_core::webhook::{Deliveries, Delivery, DeliveryState};
use auth_core::{AuthError, EventId, SecretText, Timestamp, Webhook, WebhookId};
use auth_server::settings::one_of;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Context;
use super::stores::open_admin_with_keys;
use super::user::operator;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::table::table;

/// Receivers that are told of what happens.
#[derive(Subcommand)]
pub enum Command {
    /// Have a receiver told of what happens, and print its secret this once.
    Create(Create),

    /// List the webhooks.
    List,

    /// Delete a webhook, with what was still to be delivered to it.
    Delete(Which),

    /// Give a webhook another secret, and print it this once. For a day messages are signed with
    /// both.
    Rotate(Which),

    /// List what was, or is to be, delivered to a webhook, the latest first.
    Deliveries(DeliveriesOf),

    /// Make a delivery once more; without --delivery all that failed.
    Replay(Replay),

    /// Send a webhook something, to try it.
    Test(Which),
}

/// The webhook to make.
#[derive(Args)]
pub struct Create {
    /// Where the receiver is.
    #[arg(value_name = "URL")]
    url: String,

    /// What it is told of (repeatable): names of events, or * for all.
    #[arg(long = "event", value_delimiter = ',', default_value = "*")]
    #[arg(value_parser = event_names())]
    events: Vec<String>,

    /// What it is for.
    #[arg(long, default_value = "")]
    description: String,
}

fn event_names() -> PossibleValuesParser {
    iter::once("*")
        .chain(EventKind::names())
        .collect::<Vec<_>>()
        .into()
}

/// Which webhook.
#[derive(Args)]
pub struct Which {
    /// Its id.
    #[arg(value_name = "ID")]
    id: WebhookId,
}

/// Which deliveries.
#[derive(Args)]
pub struct DeliveriesOf {
    /// The webhook's id.
    #[arg(value_name = "ID")]
    id: WebhookId,

    /// Those in this state.
    #[arg(long, value_parser = one_of(DeliveryState::ALL, |state| state.as_str()))]
    state: Option<DeliveryState>,

    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

/// What to deliver once more.
#[derive(Args)]
pub struct Replay {
    /// The webhook's id.
    #[arg(value_name = "ID")]
    id: WebhookId,

    /// The delivery with this id.
    #[arg(long, conflicts_with = "since")]
    delivery: Option<EventId>,

    /// Those that failed and were queued then or later, such as 2027-01-31T18:00:00Z: a thousand
    /// at once, the oldest first.
    #[arg(long)]
    since: Option<Timestamp>,
}

#[derive(Serialize)]
struct WebhookShape {
    id: String,
    url: String,
    description: String,
    events: Vec<String>,
    created_at: String,
    enabled: bool,
    disabled_at: Option<String>,
    disabled_reason: Option<String>,
}

#[derive(Serialize)]
struct SecretShape {
    webhook: WebhookShape,
    secret: String,
}

#[derive(Serialize)]
struct WebhooksShape {
    webhooks: Vec<WebhookShape>,
}

#[derive(Serialize)]
struct DeletedShape {
    deleted: String,
}

#[derive(Serialize)]
struct DeliveryShape {
    id: String,
    event: String,
    state: &'static str,
    attempts: u32,
    due_at: String,
    created_at: String,
    delivered_at: Option<String>,
    last_status: Option<u16>,
    last_error: Option<String>,
}

#[derive(Serialize)]
struct DeliveriesShape {
    deliveries: Vec<DeliveryShape>,
}

#[derive(Serialize)]
struct QueuedShape {
    queued: u64,
}

#[derive(Serialize)]
struct TestShape {
    delivery: String,
}

impl From<&Webhook> for WebhookShape {
    fn from(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url.clone(),
            description: webhook.description.clone(),
            events: webhook.events.names(),
            created_at: webhook.created_at.to_string(),
            enabled: webhook.enabled,
            disabled_at: webhook.disabled_at.map(|at| at.to_string()),
            disabled_reason: webhook.disabled_reason.clone(),
        }
    }
}

impl WebhookShape {
    fn row(&self) -> [String; 5] {
        let state = match (self.enabled, &self.disabled_reason) {
            (true, _) => "enabled".to_owned(),
            (false, Some(reason)) => format!("disabled: {reason}"),
            (false, None) => "disabled".to_owned(),
        };
        [
            self.id.clone(),
            self.url.clone(),
            self.events.join(","),
            state,
            self.description.clone(),
        ]
    }
}

impl From<&Delivery> for DeliveryShape {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.event.to_string(),
            event: delivery.name.clone(),
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            due_at: delivery.due_at.to_string(),
            created_at: delivery.created_at.to_string(),
            delivered_at: delivery.delivered_at.map(|at| at.to_string()),
            last_status: delivery.last_status,
            last_error: delivery.last_error.clone(),
        }
    }
}

impl DeliveryShape {
    fn row(&self) -> [String; 6] {
        [
            self.id.clone(),
            self.event.clone(),
            self.state.to_owned(),
            self.attempts.to_string(),
            self.due_at.clone(),
            self.last_error.clone().unwrap_or_default(),
        ]
    }
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When a rule is broken, there is no such webhook, or a store fails.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let settings = &context.settings;
        auth_server::log_to_stderr(settings.log, settings.log_level.as_deref());
        let admin = open_admin_with_keys(settings).await?;
        let done = match self {
            Self::Create(create) => create.run(&admin).await,
            Self::List => list(&admin).await,
            Self::Delete(which) => which.delete(&admin).await,
            Self::Rotate(which) => which.rotate(&admin).await,
            Self::Deliveries(which) => which.list(&admin).await,
            Self::Replay(replay) => replay.run(&admin).await,
            Self::Test(which) => which.test(&admin).await,
        };
        done.map_err(explained)
    }
}

impl Create {
    async fn run(&self, admin: &Admin) -> anyhow::Result<Answer> {
        let form = WebhookForm {
            url: Some(self.url.clone()),
            events: Some(self.events.clone()),
            description: Some(self.description.clone()),
            enabled: None,
        };
        let (webhook, secret) = admin.create_webhook(&operator(), &form).await?;
        with_secret(&webhook, &secret)
    }
}

fn with_secret(webhook: &Webhook, secret: &SecretText) -> anyhow::Result<Answer> {
    let shape = SecretShape {
        webhook: webhook.into(),
        secret: secret.reveal().to_owned(),
    };
    let shown = format!(
        "{}\n\nNobody is shown this again. It signs what the webhook {} gets.",
        shape.secret, shape.webhook.id
    );
    Answer::new(&shape, shown)
}

async fn list(admin: &Admin) -> anyhow::Result<Answer> {
    let webhooks = admin.webhooks().await?;
    let shape = WebhooksShape {
        webhooks: webhooks.iter().map(Into::into).collect(),
    };
    let rows: Vec<_> = shape.webhooks.iter().map(WebhookShape::row).collect();
    let heading = ["ID", "URL", "EVENTS", "STATE", "DESCRIPTION"];
    Answer::new(&shape, table(heading, &rows))
}

impl Which {
    async fn delete(&self, admin: &Admin) -> anyhow::Result<Answer> {
        admin.delete_webhook(&operator(), self.id).await?;
        let deleted = self.id.to_string();
        let shown = format!("The webhook {deleted} is deleted.");
        Answer::new(&DeletedShape { deleted }, shown)
    }

    async fn rotate(&self, admin: &Admin) -> anyhow::Result<Answer> {
        let (webhook, secret) = admin.rotate_webhook(&operator(), self.id).await?;
        with_secret(&webhook, &secret)
    }

    async fn test(&self, admin: &Admin) -> anyhow::Result<Answer> {
        let delivery = admin.test_webhook(&operator(), self.id).await?.to_string();
        let shown = format!("The delivery {delivery} is queued; a server makes it.");
        Answer::new(&TestShape { delivery }, shown)
    }
}

impl DeliveriesOf {
    async fn list(&self, admin: &Admin) -> anyhow::Result<Answer> {
        let which = Deliveries {
            state: self.state,
            before: None,
            limit: self.limit,
        };
        let deliveries = admin.webhook_deliveries(self.id, &which).await?;
        let shape = DeliveriesShape {
            deliveries: deliveries.iter().map(Into::into).collect(),
        };
        let rows: Vec<_> = shape.deliveries.iter().map(DeliveryShape::row).collect();
        let heading = ["ID", "EVENT", "STATE", "TRIES", "DUE", "ERROR"];
        Answer::new(&shape, table(heading, &rows))
    }
}

impl Replay {
    async fn run(&self, admin: &Admin) -> anyhow::Result<Answer> {
        let queued = match self.delivery {
            Some(event) => {
                let replayed = admin.replay_delivery(&operator(), self.id, event).await;
                replayed.map(|()| 1)?
            }
            None => {
                let since = self.since.unwrap_or_default();
                admin.replay_failed(&operator(), self.id, since).await?
            }
        };
        let shown = format!("{queued} deliveries are queued; a server makes them.");
        Answer::new(&QueuedShape { queued }, shown)
    }
}

/// What is not found here is no user.
fn explained(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<AuthError>() {
        Some(AuthError::NotFound) => {
            Failure::not_found("there is no such webhook or delivery: see `authctl webhook list`")
                .into()
        }
        _ => error,
    }
}
