//! API keys.

use std::time::Duration;

use actix_web::web::{Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use auth_core::accounts::admin::ApiKeyForm;
use auth_core::events::Looked;
use auth_core::{ApiKey, AuthError, FieldCode, FieldError, Permission};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Permitted;
use super::page::{PageQuery, Part, query};
use super::{Answer, State, id, status};
use crate::body::Body;
use crate::dto::StatusAnswer;
use crate::problem::Problem;

/// An API key, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(super) struct ApiKeyDto {
    id: String,
    name: String,
    #[schema(value_type = Vec<String>)]
    scopes: Vec<&'static str>,
    /// Who made it: `user:ID`, or a tool and a name.
    created_by: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// To the minute; none where it was never used.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<&ApiKey> for ApiKeyDto {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            created_by: key.created_by.clone(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.to_string(),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ApiKeyBody {
    /// What to call it.
    #[schema(required, min_length = 1, max_length = 100)]
    pub(super) name: String,
    /// Permissions; neither `roles:write` nor `api_keys:write`, which only people have.
    #[schema(required, min_items = 1, example = json!(["users:read"]))]
    pub(super) scopes: Option<Vec<String>>,
    /// How many seconds it works; a year at most.
    #[schema(required, minimum = 1, maximum = 31622400)]
    pub(super) expires_in: Option<u64>,
}

/// A key that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct NewApiKeyAnswer {
    pub(super) api_key: ApiKeyDto,
    /// What to present as a bearer; shown this once.
    #[schema(example = "cak_…")]
    pub(super) key: String,
}

/// A part of the keys.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeys)]
pub(super) struct ApiKeysAnswer {
    pub(super) api_keys: Vec<ApiKeyDto>,
    /// The cursor of the next part; none where this was the last one.
    pub(super) next: Option<String>,
}

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
    Permitted(by, _): Permitted,
) -> Answer<ApiKeysAnswer> {
    let wanted: PageQuery = query(&req)?;
    let part = Part::of(wanted.cursor.as_deref(), wanted.limit)?;
    api.admin().look_around(by.actor(), Looked::ApiKeys).await;
    let mut keys = api.admin().api_keys(part.after, part.read()).await?;
    Ok(Json(ApiKeysAnswer {
        next: part.cut(&mut keys, |key| key.id.to_string()),
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
    api.admin().revoke_api_key(by.actor(), id(&path)?).await?;
    Ok(status("revoked"))
}

/// The permissions of these names.
fn scopes(names: &[String]) -> Result<Vec<Permission>, AuthError> {
    let scopes = names.iter().map(|name| Permission::of_name(name));
    scopes.collect::<Option<_>>().ok_or_else(|| {
        let detail = "A scope is one of the permissions, such as users:read.";
        FieldError::new("scopes", FieldCode::InvalidFormat, detail).into()
    })
}
