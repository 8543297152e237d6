//! Sign-ins that take one more step, or begin without a password.

use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse};
use auth_core::accounts::{FinishSignIn, Pending};

use super::signed_in::{self, Previous};
use super::{Answer, State};
use crate::api::Api;
use crate::body::Body;
use crate::cross_site;
use crate::dto::{
    EmailBody, FactorBody, PasskeySignInAnswer, PendingBody, PendingDto, SignInAnswer,
    StepOptionsAnswer,
};
use crate::problem::Problem;

/// End a sign-in that takes one more step. It may take another one.
#[utoipa::path(
    post, path = "/login/factor", tag = "sign-in", request_body = FactorBody,
    responses(
        (status = 200, description = "Signed in, or one step away from it", body = SignInAnswer),
        (status = 400, description = "`invalid_token`: nothing waits under this id for this client"),
        (status = 401, description = "`invalid_factor`: wrong, used before, or not one of the methods; the sign-in still waits"),
        (status = 429, description = "`too_many_attempts`, with Retry-After"),
    )
)]
pub(crate) async fn factor(
    req: HttpRequest,
    api: State,
    Body(body): Body<FactorBody>,
) -> Result<HttpResponse, Problem> {
    cross_site::check(&req, &api)?;
    let refresh = body.refresh;
    let device = api.device(&req)?;
    let form = FinishSignIn::try_from(body)?;
    let finished = api.accounts().finish_sign_in(form, &device).await?;
    let codes = &finished.recovery_codes;
    let answer = signed_in::answer_with(
        &req,
        &api,
        &finished.outcome,
        refresh,
        Previous::Ends,
        codes,
    );
    let mut answer = answer.await?;
    if let Some(trust) = &finished.trust {
        api.trust_cookie()
            .set(&mut answer, &trust.value, trust.max_age);
    }
    Ok(answer)
}

/// What the step takes before it can be taken: the options of a passkey, or the seed of an
/// authenticator app that is to be added.
#[utoipa::path(
    post, path = "/login/factor/options", tag = "sign-in", request_body = PendingBody,
    responses(
        (status = 200, description = "What it takes", body = StepOptionsAnswer),
        (status = 400, description = "`invalid_token`: nothing waits under this id for this client"),
        (status = 401, description = "`invalid_factor`: it takes neither"),
    )
)]
pub(crate) async fn options(
    req: HttpRequest,
    api: State,
    Body(body): Body<PendingBody>,
) -> Answer<StepOptionsAnswer> {
    cross_site::check(&req, &api)?;
    let device = api.device(&req)?;
    let options = api.accounts().step_options(&body.pending, &device).await?;
    Ok(Json(options.into()))
}

/// Begin to sign in with a passkey alone.
#[utoipa::path(
    post, path = "/login/passkey", tag = "sign-in",
    responses(
        (status = 200, description = "What the browser needs; `/login/factor` ends it", body = PasskeySignInAnswer),
        (status = 404, description = "`not_found`: there are no passkeys here"),
    )
)]
pub(crate) async fn passkey(req: HttpRequest, api: State) -> Result<HttpResponse, Problem> {
    cross_site::check(&req, &api)?;
    let device = api.device(&req)?;
    let (pending, passkey) = api.accounts().begin_passkey_sign_in(&device).await?;
    let answer = PasskeySignInAnswer {
        pending: (&pending).into(),
        passkey,
    };
    let mut response = HttpResponse::Ok();
    bind(&api, &mut response, &pending);
    Ok(response.json(answer))
}

/// Have a code mailed that signs in. The answer is the same whether or not the address has an
/// account.
#[utoipa::path(
    post, path = "/login/mail", tag = "sign-in", request_body = EmailBody,
    responses(
        (status = 200, description = "If the address has an account, a code is on its way; `/login/factor` takes it", body = PendingDto),
        (status = 404, description = "`not_found`: nobody signs in so here"),
        (status = 429, description = "`too_many_attempts`, with Retry-After"),
    )
)]
pub(crate) async fn mail(
    req: HttpRequest,
    api: State,
    Body(body): Body<EmailBody>,
) -> Result<HttpResponse, Problem> {
    cross_site::check(&req, &api)?;
    let device = api.device(&req)?;
    let pending = api.accounts().begin_mail_sign_in(&body.email, &device);
    let pending = pending.await?;
    let mut response = HttpResponse::Ok();
    bind(&api, &mut response, &pending);
    Ok(response.json(PendingDto::from(&pending)))
}

/// Binds what waits to the browser.
fn bind(api: &Api, response: &mut actix_web::HttpResponseBuilder, pending: &Pending) {
    let cookies = api.cookies();
    cookies.set_flow(response, &pending.client, pending.lifetime);
}
