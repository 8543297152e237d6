//! Signing up and confirming addresses.

use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse};
use auth_core::accounts::Registered;

use super::{Answer, State, status, to_the_end};
use crate::body::Body;
use crate::dto::{EmailBody, RegisterBody, StatusAnswer, TokenBody, UserAnswer};
use crate::problem::Problem;

/// Sign up.
///
/// With required verification the answer is the same whether the address is new or
/// known; the owner of a known one is told by mail.
#[utoipa::path(
    post, path = "/register", tag = "account", request_body = RegisterBody,
    responses(
        (status = 201, description = "The account can be used (optional verification)", body = UserAnswer),
        (status = 202, description = "A mail is on its way (required verification)", body = StatusAnswer),
        (status = 409, description = "`username_taken`, or with optional verification `email_taken`"),
    )
)]
pub(crate) async fn register(
    req: HttpRequest,
    api: State,
    Body(body): Body<RegisterBody>,
) -> Result<HttpResponse, Problem> {
    let ip = api.client_ip(&req)?;
    let accounts = api.accounts().clone();
    let registered = to_the_end(async move { accounts.register(body.into(), ip).await });
    Ok(match registered.await? {
        Registered::Ready(user) => HttpResponse::Created().json(UserAnswer {
            user: (&*user).into(),
        }),
        Registered::VerificationSent => HttpResponse::Accepted().json(StatusAnswer {
            status: "verification_sent",
        }),
    })
}

/// Confirm an address with the token from the mailed link: the address of a new account,
/// or the new address of an existing one.
#[utoipa::path(
    post, path = "/verify", tag = "account", request_body = TokenBody,
    responses(
        (status = 200, description = "The address is confirmed", body = UserAnswer),
        (status = 400, description = "`invalid_token`"),
    )
)]
pub(crate) async fn verify(
    req: HttpRequest,
    api: State,
    Body(body): Body<TokenBody>,
) -> Answer<UserAnswer> {
    let user = api
        .accounts()
        .verify(&body.token, api.client_ip(&req)?)
        .await?;
    Ok(Json(UserAnswer {
        user: (&user).into(),
    }))
}

/// Ask for another confirmation mail. The answer is always the same.
#[utoipa::path(
    post, path = "/verify/resend", tag = "account", request_body = EmailBody,
    responses((status = 202, description = "If the address waits for confirmation, a mail is on its way", body = StatusAnswer))
)]
pub(crate) async fn resend(
    req: HttpRequest,
    api: State,
    Body(body): Body<EmailBody>,
) -> Result<HttpResponse, Problem> {
    let ip = api.client_ip(&req)?;
    api.accounts().resend_verification(&body.email, ip).await?;
    Ok(HttpResponse::Accepted().json(status("verification_sent").0))
}
