//! API keys.

use std::time::Duration;

use actix_web::web::{Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use auth_core::accounts::admin::ApiKeyForm;
use auth_core::{AuthError, FieldCode, FieldError, Permission};

use super::caller::Permitted;
use super::dto::{ApiKeyBody, ApiKeysAnswer, NewApiKeyAnswer, PageQuery};
use super::users::{cursor, limit, query};
use super::{Answer, State};
use crate::body::Body;
use crate::dto::StatusAnswer;
use crate::problem::Problem;

/// The keys that are not over, without their secrets.
#[utoipa::path(
    get, path = "/api-keys", tag = "api keys", params(PageQuery),
    responses(
        (status = 200, description = "A part of them, the oldest first", body = ApiKeysAnswer),
        (status = 400, description = "`invalid_request`: a parameter is wrong"),
    )
)]
pub(super) async fn list_api_keys(
    req: HttpRequest,
    api: State,
    _by: Permitted,
) -> Answer<ApiKeysAnswer> {
    let wanted: PageQuery = query(&req)?;
    let (limit, after) = (limit(wanted.limit)?, cursor(wanted.cursor.as_deref())?);
    // One more than is shown tells whether there are more.
    let mut keys = api.admin().api_keys(after, limit + 1).await?;
    let more = keys.len() > limit as usize;
    keys.truncate(limit as usize);
    let last = keys.last().filter(|_| more);
    Ok(Json(ApiKeysAnswer {
        next: last.map(|key| key.id.to_string()),
        api_keys: keys.iter().map(Into::into).collect(),
    }))
}

/// Make a key for a program. It is shown this once.
#[utoipa::path(
    post, path = "/api-keys", tag = "api keys", request_body = ApiKeyBody,
    responses(
        (status = 201, description = "Made", body = NewApiKeyAnswer),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn create_api_key(
    api: State,
    Permitted(by, Body(body)): Permitted<Body<ApiKeyBody>>,
) -> Result<HttpResponse, Problem> {
    let form = ApiKeyForm {
        scopes: scopes(body.scopes.as_deref().unwrap_or_default())?,
        name: body.name,
        lifetime: Duration::from_secs(body.expires_in.unwrap_or_default()),
    };
    let (key, text) = api.admin().create_api_key(by.actor(), &form).await?;
    Ok(HttpResponse::Created().json(NewApiKeyAnswer {
        api_key: (&key).into(),
        key: text.reveal().to_owned(),
    }))
}

/// Revoke a key, at once.
#[utoipa::path(
    delete, path = "/api-keys/{id}", tag = "api keys",
    params(("id" = String, Path, description = "The key's id")),
    responses(
        (status = 200, description = "Revoked", body = StatusAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn revoke_api_key(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<StatusAnswer> {
    let id = path.parse().map_err(|_| AuthError::NotFound)?;
    api.admin().revoke_api_key(by.actor(), id).await?;
    let status = "revoked";
    Ok(Json(StatusAnswer { status }))
}

/// The permissions of these names.
fn scopes(names: &[String]) -> Result<Vec<Permission>, AuthError> {
    let scopes = names.iter().map(|name| Permission::of_name(name));
    scopes.collect::<Option<_>>().ok_or_else(|| {
        let detail = "A scope is one of the permissions, such as users:read.";
        FieldError::new("scopes", FieldCode::InvalidFormat, detail).into()
    })
}
