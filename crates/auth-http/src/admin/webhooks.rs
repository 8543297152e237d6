//! Webhooks.

use actix_web::web::{Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use auth_core::Webhook;
use auth_core::accounts::admin::WebhookForm;
use auth_core::events::Looked;
use auth_core::webhook::{Deliveries, DeliveryState};

use super::caller::Permitted;
use super::page::{Part, moment, query};
use super::webhook_dto::{
    DeliveriesAnswer, DeliveriesQuery, QueuedAnswer, ReplayQuery, ReplayedAnswer, WebhookAnswer,
    WebhookBody, WebhookChangeBody, WebhookSecretAnswer, WebhooksAnswer,
};
use super::{Answer, State, id, status};
use crate::body::Body;
use crate::dto::StatusAnswer;
use crate::problem::Problem;

/// All webhooks, without their secrets.
#[utoipa::path(
    get, path = "/webhooks", tag = "webhooks",
    responses((status = 200, description = "The oldest first", body = WebhooksAnswer))
)]
pub(super) async fn list_webhooks(
    api: State,
    Permitted(by, _): Permitted,
) -> Answer<WebhooksAnswer> {
    api.admin().look_around(by.actor(), Looked::Webhooks).await;
    let webhooks = api.admin().webhooks().await?;
    let webhooks = webhooks.iter().map(Into::into).collect();
    Ok(Json(WebhooksAnswer { webhooks }))
}

/// Have a receiver told of what happens. Its secret is shown this once.
#[utoipa::path(
    post, path = "/webhooks", tag = "webhooks", request_body = WebhookBody,
    responses(
        (status = 201, description = "Made", body = WebhookSecretAnswer),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn create_webhook(
    api: State,
    Permitted(by, Body(body)): Permitted<Body<WebhookBody>>,
) -> Result<HttpResponse, Problem> {
    let form = WebhookForm::from(body);
    let (webhook, secret) = api.admin().create_webhook(by.actor(), &form).await?;
    let answer = WebhookSecretAnswer::of(&webhook, &secret);
    Ok(HttpResponse::Created().json(answer))
}

/// A webhook.
#[utoipa::path(
    get, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "It", body = WebhookAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn show_webhook(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<WebhookAnswer> {
    api.admin().look_around(by.actor(), Looked::Webhooks).await;
    let webhook = api.admin().webhook(id(&path)?).await?;
    Ok(Json((&webhook).into()))
}

/// Change a webhook. One that is enabled again starts with a clean slate.
#[utoipa::path(
    patch, path = "/webhooks/{id}", tag = "webhooks", request_body = WebhookChangeBody,
    params(("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "As it is now", body = WebhookAnswer),
        (status = 404, description = "`not_found`"),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn change_webhook(
    api: State,
    path: Path<String>,
    Permitted(by, Body(body)): Permitted<Body<WebhookChangeBody>>,
) -> Answer<WebhookAnswer> {
    let form = WebhookForm::from(body);
    let admin = api.admin();
    let changed: Webhook = admin.change_webhook(by.actor(), id(&path)?, &form).await?;
    Ok(Json((&changed).into()))
}

/// Delete a webhook, with what was still to be delivered to it.
#[utoipa::path(
    delete, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "Deleted", body = StatusAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn delete_webhook(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<StatusAnswer> {
    api.admin().delete_webhook(by.actor(), id(&path)?).await?;
    Ok(status("deleted"))
}

/// Give a webhook another secret, which is shown this once. For a day messages are signed with
/// both.
#[utoipa::path(
    post, path = "/webhooks/{id}/rotate-secret", tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "Its new secret", body = WebhookSecretAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn rotate_webhook_secret(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<WebhookSecretAnswer> {
    let (webhook, secret) = api.admin().rotate_webhook(by.actor(), id(&path)?).await?;
    Ok(Json(WebhookSecretAnswer::of(&webhook, &secret)))
}

/// Send a webhook something, to try it: an event of the type `webhook.test`.
#[utoipa::path(
    post, path = "/webhooks/{id}/test", tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "It is queued", body = QueuedAnswer),
        (status = 404, description = "`not_found`"),
        (status = 422, description = "`validation_failed`: it is disabled"),
    )
)]
pub(super) async fn test_webhook(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<QueuedAnswer> {
    let event = api.admin().test_webhook(by.actor(), id(&path)?).await?;
    let delivery = event.to_string();
    Ok(Json(QueuedAnswer { delivery }))
}

/// What was, or is to be, delivered to a webhook.
#[utoipa::path(
    get, path = "/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's id"), DeliveriesQuery),
    responses(
        (status = 200, description = "A part of it, the latest first", body = DeliveriesAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn list_deliveries_of_webhook(
    req: HttpRequest,
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<DeliveriesAnswer> {
    api.admin().look_around(by.actor(), Looked::Webhooks).await;
    let wanted: DeliveriesQuery = query(&req)?;
    let part = Part::of(wanted.cursor.as_deref(), wanted.limit)?;
    let which = Deliveries {
        state: wanted.state.map(DeliveryState::from),
        before: part.after,
        limit: part.read(),
    };
    let mut found = api.admin().webhook_deliveries(id(&path)?, &which).await?;
    Ok(Json(DeliveriesAnswer {
        next: part.cut(&mut found, |delivery| delivery.event.to_string()),
        deliveries: found.iter().map(Into::into).collect(),
    }))
}

/// Make a delivery once more, with the same id and the same bytes.
#[utoipa::path(
    post, path = "/webhooks/{id}/deliveries/{delivery}/replay", tag = "webhooks",
    params(
        ("id" = String, Path, description = "The webhook's id"),
        ("delivery" = String, Path, description = "The delivery's id"),
    ),
    responses(
        (status = 200, description = "It is queued", body = QueuedAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn replay_delivery_of_webhook(
    api: State,
    path: Path<(String, String)>,
    Permitted(by, _): Permitted,
) -> Answer<QueuedAnswer> {
    let (webhook, delivery) = path.into_inner();
    let (webhook, event) = (id(&webhook)?, id(&delivery)?);
    let admin = api.admin();
    admin.replay_delivery(by.actor(), webhook, event).await?;
    Ok(Json(QueuedAnswer { delivery }))
}

/// Make deliveries once more that failed, a thousand at most and the oldest first.
#[utoipa::path(
    post, path = "/webhooks/{id}/replay", tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's id"), ReplayQuery),
    responses(
        (status = 200, description = "They are queued", body = ReplayedAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn replay_failed_of_webhook(
    req: HttpRequest,
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<ReplayedAnswer> {
    let wanted: ReplayQuery = query(&req)?;
    let since = moment("since", wanted.since.as_deref())?.unwrap_or_default();
    let admin = api.admin();
    let queued = admin.replay_failed(by.actor(), id(&path)?, since).await?;
    Ok(Json(ReplayedAnswer { queued }))
}
