//! Webhooks on the wire.

use auth_core::accounts::admin::WebhookForm;
use auth_core::webhook::{Delivery, DeliveryState};
use auth_core::{SecretText, Webhook};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A receiver that is told of what happens.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookDto {
    id: String,
    url: String,
    description: String,
    /// Names of events, or `*` for all.
    #[schema(example = json!(["*"]))]
    events: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    enabled: bool,
    #[schema(format = DateTime)]
    disabled_at: Option<String>,
    /// `operator`, `gone` (it answered 410) or `failing` (nothing succeeded for days).
    disabled_reason: Option<String>,
}

impl From<&Webhook> for WebhookDto {
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

/// A webhook in an answer.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookAnswer {
    webhook: WebhookDto,
}

impl From<&Webhook> for WebhookAnswer {
    fn from(webhook: &Webhook) -> Self {
        Self {
            webhook: webhook.into(),
        }
    }
}

/// A webhook with its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookSecretAnswer {
    webhook: WebhookDto,
    /// What its messages are signed with (Standard Webhooks); shown this once.
    #[schema(example = "whsec_…")]
    secret: String,
}

impl WebhookSecretAnswer {
    pub(super) fn of(webhook: &Webhook, secret: &SecretText) -> Self {
        Self {
            webhook: webhook.into(),
            secret: secret.reveal().to_owned(),
        }
    }
}

/// All webhooks.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhooks)]
pub(super) struct WebhooksAnswer {
    pub(super) webhooks: Vec<WebhookDto>,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WebhookBody {
    /// Where it is: an https URL of the public internet, unless the server says otherwise.
    #[schema(required, max_length = 2048, example = "https://example.org/webhooks")]
    url: String,
    /// Names of events, or `*` for all, which is the default.
    #[schema(min_items = 1, max_items = 100, example = json!(["signed_in"]))]
    events: Option<Vec<String>>,
    #[schema(max_length = 200)]
    description: Option<String>,
    /// Whether it is told anything; it is by default.
    enabled: Option<bool>,
}

impl From<WebhookBody> for WebhookForm {
    fn from(body: WebhookBody) -> Self {
        Self {
            url: Some(body.url),
            events: body.events,
            description: body.description,
            enabled: body.enabled,
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WebhookChangeBody {
    #[schema(max_length = 2048)]
    url: Option<String>,
    /// Names of events, or `*` for all.
    #[schema(min_items = 1, max_items = 100)]
    events: Option<Vec<String>>,
    #[schema(max_length = 200)]
    description: Option<String>,
    enabled: Option<bool>,
}

impl From<WebhookChangeBody> for WebhookForm {
    fn from(body: WebhookChangeBody) -> Self {
        Self {
            url: body.url,
            events: body.events,
            description: body.description,
            enabled: body.enabled,
        }
    }
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeliveryStateName {
    /// It is to be tried.
    Pending,
    /// The receiver has it.
    Delivered,
    /// It was given up.
    Failed,
}

impl From<DeliveryStateName> for DeliveryState {
    fn from(name: DeliveryStateName) -> Self {
        match name {
            DeliveryStateName::Pending => Self::Pending,
            DeliveryStateName::Delivered => Self::Delivered,
            DeliveryStateName::Failed => Self::Failed,
        }
    }
}

/// Which deliveries.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveriesQuery {
    /// Those in this state.
    #[param(inline)]
    pub(super) state: Option<DeliveryStateName>,
    /// `next` of the part before.
    pub(super) cursor: Option<String>,
    /// At most so many.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u32>,
}

/// Since when.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct ReplayQuery {
    /// Those that were queued then or later; all where nothing is said.
    #[param(format = DateTime)]
    pub(super) since: Option<String>,
}

/// What was, or is to be, delivered.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryDto {
    /// `webhook-id` of the message, and the id of the event in the audit trail.
    id: String,
    #[schema(example = "signed_in")]
    event: String,
    /// `pending`, `delivered` or `failed`.
    #[schema(value_type = String)]
    state: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried next; none for one that is over.
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    delivered_at: Option<String>,
    /// What the receiver answered last.
    last_status: Option<u16>,
    /// Why the last try failed.
    last_error: Option<String>,
}

impl From<&Delivery> for DeliveryDto {
    fn from(delivery: &Delivery) -> Self {
        let is_pending = delivery.state == DeliveryState::Pending;
        Self {
            id: delivery.event.to_string(),
            event: delivery.name.clone(),
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            next_attempt_at: is_pending.then(|| delivery.due_at.to_string()),
            created_at: delivery.created_at.to_string(),
            delivered_at: delivery.delivered_at.map(|at| at.to_string()),
            last_status: delivery.last_status,
            last_error: delivery.last_error.clone(),
        }
    }
}

/// A part of the deliveries.
#[derive(Serialize, ToSchema)]
#[schema(as = Deliveries)]
pub(super) struct DeliveriesAnswer {
    pub(super) deliveries: Vec<DeliveryDto>,
    /// The cursor of the next part; none where this was the last one.
    pub(super) next: Option<String>,
}

/// A delivery that is queued.
#[derive(Serialize, ToSchema)]
#[schema(as = QueuedDelivery)]
pub(super) struct QueuedAnswer {
    /// Its id.
    pub(super) delivery: String,
}

/// Deliveries that are queued once more.
#[derive(Serialize, ToSchema)]
#[schema(as = ReplayedDeliveries)]
pub(super) struct ReplayedAnswer {
    /// How many.
    pub(super) queued: u64,
}
