//! Changing and resetting passwords.

use actix_web::{HttpRequest, HttpResponse};
use auth_core::Password;

use super::signed_in::grant;
use super::{State, status};
use crate::body::Body;
use crate::current_user::Signed;
use crate::dto::{ChangePasswordBody, EmailBody, GrantDto, ResetBody, StatusAnswer};
use crate::problem::Problem;

/// Change the password. Every other session dies; this device gets a new credential.
#[utoipa::path(
    post, path = "/password/change", tag = "password", request_body = ChangePasswordBody,
    security(("credential" = [])),
    responses((status = 200, description = "Changed; the old credential is dead", body = GrantDto))
)]
pub(crate) async fn change(
    req: HttpRequest,
    api: State,
    Signed(user, Body(body)): Signed<Body<ChangePasswordBody>>,
) -> Result<HttpResponse, Problem> {
    let current = Password::new(body.current_password);
    let new = Password::new(body.new_password);
    let device = api.device(&req)?;
    let changed = api
        .accounts()
        .change_password(user.signed_in(), &current, &new, &device);
    let issued = changed.await?;
    Ok(grant(&req, &api, &issued, body.refresh))
}

/// Ask for a reset link. The answer is always the same.
#[utoipa::path(
    post, path = "/password/forgot", tag = "password", request_body = EmailBody,
    responses((status = 202, description = "If an account has the address, a mail is on its way", body = StatusAnswer))
)]
pub(crate) async fn forgot(
    req: HttpRequest,
    api: State,
    Body(body): Body<EmailBody>,
) -> Result<HttpResponse, Problem> {
    let ip = api.client_ip(&req)?;
    api.accounts().forgot_password(&body.email, ip).await?;
    Ok(HttpResponse::Accepted().json(status("reset_sent").0))
}

/// Set a new password with the token from the mailed link. Every session dies. The device
/// counts as one that has signed in before.
#[utoipa::path(
    post, path = "/password/reset", tag = "password", request_body = ResetBody,
    responses(
        (status = 200, description = "The new password is in force", body = StatusAnswer),
        (status = 400, description = "`invalid_token`"),
    )
)]
pub(crate) async fn reset(
    req: HttpRequest,
    api: State,
    Body(body): Body<ResetBody>,
) -> Result<HttpResponse, Problem> {
    let (new, ip) = (Password::new(body.password), api.client_ip(&req)?);
    let reset = api.accounts().reset_password(&body.token, &new, ip);
    let user = reset.await?;
    let mut answer = HttpResponse::Ok().json(status("password_reset").0);
    api.remember_device(&mut answer, &user);
    Ok(answer)
}
