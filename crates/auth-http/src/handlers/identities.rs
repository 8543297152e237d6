//! The accounts at providers that can sign in to this one.

use actix_web::HttpRequest;
use actix_web::web::{Json, Path};
use auth_core::{AuthError, Password};

use super::{Answer, State, status};
use crate::body::OptionalBody;
use crate::current_user::{CurrentUser, Signed};
use crate::dto::{DeleteBody, IdentitiesAnswer, StatusAnswer};

/// The linked accounts.
#[utoipa::path(
    get, path = "/identities", tag = "providers", security(("credential" = [])),
    responses((status = 200, description = "The linked accounts, the first linked first", body = IdentitiesAnswer))
)]
pub(crate) async fn list(api: State, user: CurrentUser) -> Answer<IdentitiesAnswer> {
    let identities = api.accounts().identities(user.signed_in()).await?;
    Ok(Json(IdentitiesAnswer {
        identities: identities.iter().map(Into::into).collect(),
    }))
}

/// Unlink an account.
#[utoipa::path(
    delete, path = "/identities/{id}", tag = "providers", request_body = Option<DeleteBody>,
    security(("credential" = [])),
    params(("id" = String, Path, description = "The link's id")),
    responses(
        (status = 200, description = "Unlinked", body = StatusAnswer),
        (status = 403, description = "`reauth_required`: `current_password` or a fresh sign-in is needed"),
        (status = 404, description = "`not_found`: unknown, or somebody else's"),
        (status = 409, description = "`last_sign_in_method`: no password and no other linked account would be left"),
    )
)]
pub(crate) async fn unlink(
    req: HttpRequest,
    api: State,
    id: Path<String>,
    Signed(user, OptionalBody(body)): Signed<OptionalBody<DeleteBody>>,
) -> Answer<StatusAnswer> {
    let id = id.parse().map_err(|_| AuthError::NotFound)?;
    let password = body.current_password.map(Password::new);
    let device = api.device(&req)?;
    api.accounts()
        .unlink(user.signed_in(), id, password.as_ref(), &device)
        .await?;
    Ok(status("unlinked"))
}
