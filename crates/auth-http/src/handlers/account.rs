//! Signing up and confirming addresses.

use actix_web::{HttpRequest, HttpResponse};
use auth_core::Transport;
use auth_core::accounts::Registered;

use super::signed_in::{self, Previous};
use super::{State, status};
use crate::body::Body;
use crate::cross_site;
use crate::current_user::CurrentUser;
use crate::dto::{
    EmailBody, RefreshTransport, RegisterBody, SignInAnswer, StatusAnswer, UserAnswer, VerifyBody,
};
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
    Ok(match api.accounts().register(body.into(), ip).await? {
        Registered::Ready(user) => HttpResponse::Created().json(UserAnswer {
            user: api.user_dto(&user),
        }),
        Registered::VerificationSent => HttpResponse::Accepted().json(StatusAnswer {
            status: "verification_sent",
        }),
    })
}

/// Confirm an address with the token from the mailed link, and sign in.
///
/// A sign-up's token wants the password chosen at that sign-up. The token for the address of
/// an account, or for a new one, wants a session of the account or its password. Without
/// it the token is not spent.
#[utoipa::path(
    post, path = "/verify", tag = "account", request_body = VerifyBody,
    responses(
        (status = 200, description = "The address is confirmed, and the client signed in or one step away from it", body = SignInAnswer),
        (status = 400, description = "`invalid_token`"),
        (status = 401, description = "`invalid_credentials`: the password is missing or wrong"),
        (status = 409, description = "`email_taken`: somebody else confirmed the new address first; `username_taken`: somebody else got the name meanwhile"),
        (status = 429, description = "`too_many_attempts`, with Retry-After"),
        (status = 503, description = "`overloaded`, with Retry-After"),
    )
)]
pub(crate) async fn verify(
    req: HttpRequest,
    api: State,
    Body(body): Body<VerifyBody>,
) -> Result<HttpResponse, Problem> {
    let refresh = body.refresh;
    if refresh == RefreshTransport::Cookie {
        cross_site::check(&req, &api)?;
    }
    let who = CurrentUser::if_any(&req, &api).await?;
    let who = who.as_ref().map(CurrentUser::signed_in);
    let device = api.device(&req)?;
    let outcome = api.accounts().verify(body.into(), who, &device).await?;
    // The cookie is replaced; a client that sends tokens may go on with those it has.
    let strategy = api.accounts().strategy();
    let transport = who.map_or(strategy.transport(), |who| who.scheme.transport);
    let previous = match transport {
        Transport::Cookie => Previous::Ends,
        Transport::Bearer => Previous::Stays,
    };
    signed_in::answer(&req, &api, &outcome, refresh, previous).await
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
