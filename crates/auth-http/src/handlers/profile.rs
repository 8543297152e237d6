//! The signed-in user's account.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse};
use auth_core::Password;

use super::sign_in::signed_out_response;
use super::{Answer, State};
use crate::body::{Body, OptionalBody};
use crate::current_user::{CurrentUser, Signed};
use crate::dto::{DeleteBody, ProfileBody, StatusAnswer, UserDto};
use crate::json::unreadable;
use crate::problem::Problem;

/// The signed-in user.
#[utoipa::path(
    get, path = "/profile", tag = "profile", security(("credential" = [])),
    responses((status = 200, description = "The user", body = UserDto))
)]
pub(crate) async fn show(api: State, user: CurrentUser) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(user.profile(&api))
}

/// Change names, username or address. A new address changes nothing until it is
/// confirmed; the old one is told.
#[utoipa::path(
    patch, path = "/profile", tag = "profile", request_body = ProfileBody,
    security(("credential" = [])),
    responses(
        (status = 200, description = "The user as it is now", body = UserDto),
        (status = 403, description = "`reauth_required`: a new address needs `current_password` or a fresh sign-in"),
        (status = 409, description = "`username_taken`"),
    )
)]
pub(crate) async fn change(
    req: HttpRequest,
    api: State,
    Signed(user, Body(mut body)): Signed<Body<ProfileBody>>,
) -> Answer<UserDto> {
    let fields = body.profile.take();
    if fields.is_some() && !api.accounts().has_profile_fields() {
        return Err(unreadable("The field `profile` is unknown here."));
    }
    let device = api.device(&req)?;
    let changed =
        api.accounts()
            .change_profile(user.signed_in(), body.into(), fields.as_ref(), &device);
    Ok(Json(api.user_dto(&changed.await?)))
}

/// Delete the account, and with it every session, token and pending mail.
#[utoipa::path(
    delete, path = "/profile", tag = "profile", request_body = Option<DeleteBody>,
    security(("credential" = [])),
    responses(
        (status = 200, description = "Deleted", body = StatusAnswer),
        (status = 403, description = "`reauth_required`: `current_password` or a fresh sign-in is needed"),
    )
)]
pub(crate) async fn delete(
    req: HttpRequest,
    api: State,
    Signed(user, OptionalBody(body)): Signed<OptionalBody<DeleteBody>>,
) -> Result<HttpResponse, Problem> {
    let password = body.current_password.map(Password::new);
    let device = api.device(&req)?;
    let who = user.signed_in();
    let deleted = api
        .accounts()
        .delete_account(who, password.as_ref(), &device);
    deleted.await?;
    let mut answer = signed_out_response(&req, &api, "deleted");
    api.device_cookie().clear(&mut answer);
    api.trust_cookie().clear(&mut answer);
    Ok(answer)
}
