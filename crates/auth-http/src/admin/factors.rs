//! The second factors of accounts.

use std::time::Duration;

use actix_web::web::{Json, Path};
use auth_core::events::Looked;
use auth_core::factor::Held;
use auth_core::{AuthError, FieldCode, FieldError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Permitted;
use super::{AdminApi, Answer, State, id, needed, status};
use crate::body::{Body, OptionalBody};
use crate::dto::{FactorsAnswer, StatusAnswer};

/// How long somebody has time to object to a reset of factors where nothing is said, and at most.
const RESET_DELAYS: (u64, u64) = (86_400, 90 * 86_400);

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RequiredBody {
    /// Whether the account has to have a second factor, whatever is asked of all.
    #[schema(required)]
    pub(super) required: Option<bool>,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FactorResetBody {
    /// In how many seconds they go; a day where nothing is said, 90 at most. Until then their
    /// owner, who is told by mail, can object by using one.
    #[schema(minimum = 0, maximum = 7776000)]
    pub(super) delay: Option<u64>,
}

/// When the factors go.
#[derive(Serialize, ToSchema)]
pub(super) struct FactorResetAnswer {
    #[schema(format = DateTime)]
    pub(super) removed_at: String,
}

impl AdminApi {
    pub(super) fn shown_factors(&self, held: &Held) -> FactorsAnswer {
        let factors = self.api().accounts().factors();
        let required = factors.map_or(held.required, |factors| factors.is_required_of(held));
        let grace = factors.map(|factors| factors.policy.grace);
        FactorsAnswer::of(held, required, grace.unwrap_or_default())
    }
}

/// The second factors of an account.
#[utoipa::path(
    get, path = "/users/{id}/factors", tag = "factors",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "What there is", body = FactorsAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn list_factors_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<FactorsAnswer> {
    let admin = api.admin();
    let user = admin.look(by.actor(), id(&path)?, Looked::Factors).await?;
    let held = admin.held_factors(&user).await?;
    Ok(Json(api.shown_factors(&held)))
}

/// Have all factors of an account go after a while, since its owner has lost them.
#[utoipa::path(
    post, path = "/users/{id}/factors/reset", tag = "factors",
    request_body = Option<FactorResetBody>,
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "When they go", body = FactorResetAnswer),
        (status = 404, description = "`not_found`: no account, or none that has a factor"),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn reset_factors_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, OptionalBody(body)): Permitted<OptionalBody<FactorResetBody>>,
) -> Answer<FactorResetAnswer> {
    let (default, most) = RESET_DELAYS;
    let delay = body.delay.unwrap_or(default);
    if delay > most {
        let detail = "Factors go within 90 days.";
        let error = FieldError::new("delay", FieldCode::TooLong, detail);
        return Err(AuthError::from(error).into());
    }
    let user = api.account_to_change(&by, &path).await?;
    let delay = Duration::from_secs(delay);
    let reset = api.admin().schedule_factor_reset(by.actor(), &user, delay);
    Ok(Json(FactorResetAnswer {
        removed_at: reset.await?.to_string(),
    }))
}

/// Take that back.
#[utoipa::path(
    delete, path = "/users/{id}/factors/reset", tag = "factors",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "They stay", body = StatusAnswer),
        (status = 404, description = "`not_found`: no account, or none that has a factor"),
    )
)]
pub(super) async fn keep_factors_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<StatusAnswer> {
    let user = api.account_to_change(&by, &path).await?;
    api.admin().cancel_factor_reset(by.actor(), &user).await?;
    Ok(status("kept"))
}

/// Say whether an account has to have a second factor.
#[utoipa::path(
    put, path = "/users/{id}/factors/required", tag = "factors", request_body = RequiredBody,
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "What there is", body = FactorsAnswer),
        (status = 404, description = "`not_found`"),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn require_factor_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, Body(body)): Permitted<Body<RequiredBody>>,
) -> Answer<FactorsAnswer> {
    let required = body.required.ok_or_else(|| needed("required"))?;
    let user = api.account_to_change(&by, &path).await?;
    let admin = api.admin();
    admin.require_factor(by.actor(), &user, required).await?;
    let held = admin.held_factors(&user).await?;
    Ok(Json(api.shown_factors(&held)))
}
