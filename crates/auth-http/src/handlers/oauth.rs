//! Signing in through a provider: out, back, and on to the credential.

use actix_web::http::header::LOCATION;
use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use auth_core::accounts::{AuthorizationRedirect, AuthorizationRequest, Outcome};
use auth_core::id::SessionId;
use auth_core::{AuthError, FieldCode, FieldError, Password, SecretText, Transport};

use super::State;
use super::replace::{is_browser, question};
use super::signed_in::{self, Previous};
use crate::api::Api;
use crate::body::{Body, OptionalBody};
use crate::cross_site;
use crate::current_user::{CurrentUser, Signed};
use crate::dto::{
    Browser, CallbackQuery, ExchangeBody, LinkAnswer, LinkBody, SignInAnswer, StartQuery,
};
use crate::navigation;
use crate::problem::{Code, Problem};
use crate::return_to::{self, HOME, with_fragment};

/// Go to a provider to sign in. A browser that can't go there comes back to `return_to`
/// with `error` in the fragment.
#[utoipa::path(
    get, path = "/oauth/{provider}/start", tag = "providers",
    params(("provider" = String, Path, description = "An id from `/strategy`"), StartQuery),
    responses(
        (status = 200, description = "A page that asks first: another site leads here, and somebody is signed in"),
        (status = 303, description = "To the provider"),
        (status = 403, description = "`navigation_required`: an image, a frame, a script's request or a prefetch"),
        (status = 404, description = "`not_found`: no such provider"),
        (status = 422, description = "`validation_failed`: `return_to` leads elsewhere"),
        (status = 503, description = "`provider_unavailable`, with Retry-After"),
    )
)]
pub(crate) async fn start(
    req: HttpRequest,
    api: State,
    provider: Path<String>,
    Query(query): Query<StartQuery>,
) -> Result<HttpResponse, Problem> {
    navigation::required(&req)?;
    let fresh = fresh(query.prompt.as_deref())?;
    let back = return_to::parse(api.config(), query.return_to.as_deref())?;
    if let Some(question) = question(&req, &api, &provider, &back).await? {
        return Ok(question);
    }
    let request = AuthorizationRequest {
        provider: provider.clone(),
        return_to: back.clone(),
        fresh,
        browser: api.cookies().flow_secret(&req),
    };
    let begun = api.accounts().begin_sign_in(request, api.client_ip(&req)?);
    match begun.await {
        Ok(redirect) => {
            let mut answer = to(&redirect.url);
            bind(&api, &mut answer, &redirect);
            Ok(answer.finish())
        }
        Err(AuthError::NotFound) => Err(AuthError::NotFound.into()),
        Err(error) => failed(&req, &back, &provider, error.into()),
    }
}

/// Where a provider sends the browser back to. On to `return_to`: with the cookie set, or
/// with a one-time `code` for `/oauth/exchange` in the fragment, or with `error` there. A
/// client that is no browser (its `Accept` lacks `text/html`) gets the error itself.
#[utoipa::path(
    get, path = "/oauth/{provider}/callback", tag = "providers",
    params(("provider" = String, Path, description = "An id from `/strategy`"), CallbackQuery),
    responses(
        (status = 303, description = "To `return_to`"),
        (status = 400, description = "`invalid_flow`: unknown, spent, expired or begun in another browser"),
        (status = 403, description = "`access_denied`, or `email_unverified`: the provider vouches for no address"),
        (status = 409, description = "`link_required`: an account has the address; or `identity_taken`"),
        (status = 502, description = "`provider_failed`"),
        (status = 503, description = "`provider_unavailable`, with Retry-After"),
    )
)]
pub(crate) async fn callback(
    req: HttpRequest,
    api: State,
    provider: Path<String>,
    Query(query): Query<CallbackQuery>,
) -> Result<HttpResponse, Problem> {
    came_back(&req, &api, &provider, query, None).await
}

/// Ends the flow that an answer belongs to, however it came; `user` is what the provider says
/// about the person beside it.
pub(super) async fn came_back(
    req: &HttpRequest,
    api: &State,
    provider: &str,
    query: CallbackQuery,
    user: Option<SecretText>,
) -> Result<HttpResponse, Problem> {
    let device = api.device(req)?;
    let session = presented_session(req, api).await?;
    let state = query.state().to_owned();
    let browser = Browser {
        shared: api.cookies().flow_secret(req),
        tab: api.cookies().tab_secret(req, &state),
        session,
    };
    let callback = query.brought_by(browser, user);
    let finished = api.accounts().finish(provider, callback, &device).await;
    let finished = match finished {
        Ok(finished) => finished,
        Err(error) => return lost(req, api, provider, &state, error.into()).await,
    };
    let back = finished.return_to;
    match finished.outcome {
        Ok(Outcome::SignedIn(outcome)) => signed_in::redirect(req, api, &outcome, &back, to).await,
        Ok(Outcome::HandedOver(code)) => {
            Ok(to(&with_fragment(&back, &[("code", &code.reveal())])).finish())
        }
        Ok(Outcome::Linked) => Ok(to(&back).finish()),
        Err(error) => failed(req, &back, provider, error.into()),
    }
}

/// Exchange the code from the fragment for a grant, within a minute, once, and in the
/// browser that began: send it with credentials, so that the flow cookie comes along.
#[utoipa::path(
    post, path = "/oauth/exchange", tag = "providers", request_body = ExchangeBody,
    responses(
        (status = 200, description = "Signed in, or one step away from it", body = SignInAnswer),
        (status = 400, description = "`invalid_token`: unknown, spent, expired or another browser's"),
    )
)]
pub(crate) async fn exchange(
    req: HttpRequest,
    api: State,
    Body(body): Body<ExchangeBody>,
) -> Result<HttpResponse, Problem> {
    cross_site::check(&req, &api)?;
    let browser = api.cookies().flow_secret(&req);
    let device = api.device(&req)?;
    let exchanged = api
        .accounts()
        .exchange(&body.code, browser.as_ref(), &device);
    let outcome = exchanged.await?;
    signed_in::answer(&req, &api, &outcome, body.refresh, Previous::Ends).await
}

/// Link an account at a provider to the signed-in one: go to the answered `url` in the
/// same browser.
#[utoipa::path(
    post, path = "/oauth/{provider}/link", tag = "providers",
    request_body = Option<LinkBody>, security(("credential" = [])),
    params(("provider" = String, Path, description = "An id from `/strategy`")),
    responses(
        (status = 200, description = "Where to go", body = LinkAnswer),
        (status = 403, description = "`reauth_required`: `current_password` or a fresh sign-in is needed; or `email_unverified`"),
        (status = 404, description = "`not_found`: no such provider"),
    )
)]
pub(crate) async fn link(
    req: HttpRequest,
    api: State,
    provider: Path<String>,
    Signed(user, OptionalBody(body)): Signed<OptionalBody<LinkBody>>,
) -> Result<HttpResponse, Problem> {
    let request = AuthorizationRequest {
        provider: provider.into_inner(),
        return_to: return_to::parse(api.config(), body.return_to.as_deref())?,
        fresh: false,
        browser: api.cookies().flow_secret(&req),
    };
    let password = body.current_password.map(Password::new);
    let device = api.device(&req)?;
    let redirect = api
        .accounts()
        .begin_link(user.signed_in(), password.as_ref(), request, &device)
        .await?;
    let mut answer = HttpResponse::Ok();
    bind(&api, &mut answer, &redirect);
    Ok(answer.json(Json(LinkAnswer { url: redirect.url })))
}

/// The live session whose cookie the browser brings, if it brings one.
async fn presented_session(req: &HttpRequest, api: &Api) -> Result<Option<SessionId>, Problem> {
    if api.accounts().strategy().transport() != Transport::Cookie {
        return Ok(None);
    }
    match CurrentUser::of(req, api).await {
        Ok(user) => Ok(Some(user.signed_in().session_id)),
        Err(problem) if problem.code() == Code::Unauthenticated => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Whether the person has to show anew who they are (OpenID Connect Core 1.0, 3.1.2.1).
fn fresh(prompt: Option<&str>) -> Result<bool, AuthError> {
    match prompt {
        None => Ok(false),
        Some("login") => Ok(true),
        Some(_) => {
            let detail = "The only prompt that can be asked for is `login`.";
            Err(FieldError::new("prompt", FieldCode::InvalidFormat, detail).into())
        }
    }
}

fn bind(api: &Api, answer: &mut HttpResponseBuilder, redirect: &AuthorizationRedirect) {
    let lifetime = api.accounts().config().flow_lifetime;
    let (cookies, secret) = (api.cookies(), &redirect.browser);
    cookies.set_flow(answer, secret, lifetime);
    if redirect.is_first {
        cookies.set_tab(answer, &redirect.state, secret, lifetime);
    }
}

/// A flow that can't be ended by this browser. One that takes part in flows here goes on to
/// where that flow leads, if it is known: it has ended it before, or another tab is about to
/// sign it in.
async fn lost(
    req: &HttpRequest,
    api: &Api,
    provider: &str,
    state: &str,
    problem: Problem,
) -> Result<HttpResponse, Problem> {
    let takes_part = is_browser(req) && api.cookies().flow_secret(req).is_some();
    if takes_part && problem.code() == Code::InvalidFlow {
        let known = api.accounts().destination(provider, state).await;
        if let Ok(back) = known {
            return Ok(to(&back).finish());
        }
    }
    failed(req, HOME, provider, problem)
}

/// A redirect that is followed by GET (RFC 9110, 15.4.4).
fn to(address: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header((LOCATION, address));
    answer
}

/// A browser goes back to where it can show what went wrong; a program is told at once.
fn failed(
    req: &HttpRequest,
    back: &str,
    provider: &str,
    problem: Problem,
) -> Result<HttpResponse, Problem> {
    if !is_browser(req) {
        return Err(problem);
    }
    problem.log();
    let outcome = [("error", problem.code().as_str()), ("provider", provider)];
    Ok(to(&with_fragment(back, &outcome)).finish())
}
