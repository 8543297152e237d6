//! Signing in, staying signed in, signing out.

use actix_web::{HttpRequest, HttpResponse};
use auth_core::strategy::{Carrier, RefreshRequest};
use auth_core::{AuthError, Credential, FieldCode, FieldError, Secret, Transport};

use super::signed_in::{self, Previous, renewed};
use super::{State, status};
use crate::api::Api;
use crate::body::{Body, OptionalBody};
use crate::cross_site;
use crate::current_user::CurrentUser;
use crate::dto::{
    GrantDto, LoginBody, LogoutBody, RefreshBody, RefreshTransport, SignInAnswer, StatusAnswer,
    TransportName,
};
use crate::if_user;
use crate::problem::Problem;
use crate::transport::Leftovers;

/// Sign in with a username or an e-mail address.
#[utoipa::path(
    post, path = "/login", tag = "sign-in", request_body = LoginBody,
    responses(
        (status = 200, description = "Signed in, or one step away from it", body = SignInAnswer),
        (status = 401, description = "`invalid_credentials`: unknown, wrong or disabled"),
        (status = 403, description = "`email_unverified`: the password is right"),
        (status = 429, description = "`too_many_attempts`, with Retry-After"),
        (status = 503, description = "`overloaded`, with Retry-After"),
    )
)]
pub(crate) async fn login(
    req: HttpRequest,
    api: State,
    Body(body): Body<LoginBody>,
) -> Result<HttpResponse, Problem> {
    let refresh = body.refresh;
    if refresh == RefreshTransport::Cookie {
        cross_site::check(&req, &api)?;
    }
    required(&body)?;
    let device = api.device(&req)?;
    let outcome = api.accounts().sign_in(body.into(), &device).await?;
    signed_in::answer(&req, &api, &outcome, refresh, Previous::Ends).await
}

/// Sign this device out. Its credentials are dead at once, on every node. An access token
/// that has expired is enough, and so is a session id or a refresh token that a refresh has
/// just replaced.
#[utoipa::path(
    post, path = "/logout", tag = "sign-in", request_body = Option<LogoutBody>,
    security(("credential" = []), ()),
    responses(
        (status = 200, description = "Signed out", body = StatusAnswer),
        (status = 401, description = "`unauthenticated`: no credential of a session that lives"),
    )
)]
pub(crate) async fn logout(
    req: HttpRequest,
    api: State,
    OptionalBody(body): OptionalBody<LogoutBody>,
) -> Result<HttpResponse, Problem> {
    let (strategy, cookies) = (api.accounts().strategy(), api.cookies());
    let mut presented: Vec<_> = cookies.credentials(&req, strategy).collect();
    if strategy.has_refresh_tokens() {
        let named = body.refresh_token.and_then(|token| token.parse().ok());
        let refresh = [named, cookies.refresh_secret(&req)];
        presented.extend(refresh.into_iter().flatten().map(Credential::Refresh));
    }
    let sessions = api.accounts().trace(&presented).await?;
    for (user, _) in &sessions {
        if_user::check(&req, *user)?;
        CurrentUser::note(&req, *user);
    }
    api.accounts().sign_out_of(&sessions).await?;
    Ok(signed_out_response(&req, &api, "signed_out"))
}

/// The same as POST /logout.
#[utoipa::path(
    delete, path = "/logout", tag = "sign-in", request_body = Option<LogoutBody>,
    security(("credential" = []), ()),
    responses(
        (status = 200, description = "Signed out", body = StatusAnswer),
        (status = 401, description = "`unauthenticated`: no credential of a session that lives"),
    )
)]
#[allow(
    dead_code,
    reason = "one handler serves both methods; this describes the second"
)]
pub(crate) fn logout_by_delete() {}

/// Renew the credential: a bearer strategy rotates its refresh token, a cookie strategy
/// renews the session's id and idle time.
#[utoipa::path(
    post, path = "/refresh", tag = "sign-in", request_body = Option<RefreshBody>,
    responses(
        (status = 200, description = "A fresh credential", body = GrantDto),
        (status = 401, description = "`unauthenticated`: unknown, dead or spent"),
        (status = 429, description = "`too_many_attempts`, with Retry-After; the old secret stays good"),
    )
)]
pub(crate) async fn refresh(
    req: HttpRequest,
    api: State,
    OptionalBody(body): OptionalBody<RefreshBody>,
) -> Result<HttpResponse, Problem> {
    let wants_cookie = matches!(body.transport, Some(TransportName::Cookie));
    if wants_cookie || body.refresh == Some(RefreshTransport::Cookie) {
        cross_site::check(&req, &api)?;
    }
    for (carrier, secret) in presented(&req, &api, &body) {
        let request = RefreshRequest {
            secret: &secret,
            carrier,
            can_keep: body.transport.map(Into::into),
        };
        match api.accounts().refresh(request).await {
            // What a cookie has left behind does not stand in the way of another.
            Err(AuthError::Unauthenticated) => {}
            Err(error) => return Err(error.into()),
            Ok(issued) => {
                let refresh_in = body.refresh.unwrap_or(match carrier.is_refresh_cookie() {
                    true => RefreshTransport::Cookie,
                    false => RefreshTransport::Body,
                });
                let mut answer = renewed(&req, &api, &issued, refresh_in);
                if issued.from != issued.scheme {
                    signed_in::clear(&req, &api, &mut answer, &issued, Leftovers::Of(carrier));
                }
                return Ok(answer);
            }
        }
    }
    Err(AuthError::Unauthenticated.into())
}

/// The secrets that could be exchanged for a fresh credential: that in the body if there is one,
/// else those in cookies, and of these the one of the server's own kind first.
fn presented(req: &HttpRequest, api: &Api, body: &RefreshBody) -> Vec<(Carrier, Secret)> {
    let (strategy, cookies) = (api.accounts().strategy(), api.cookies());
    let named = body.refresh_token.as_ref();
    if let Some(token) = named.filter(|_| strategy.takes(Transport::Bearer)) {
        let secret = token.parse().ok();
        return secret
            .map(|secret| (Carrier::Body, secret))
            .into_iter()
            .collect();
    }
    let refresh = cookies.refresh_secret(req);
    let carrier = match strategy.bridge() {
        None if strategy.transport() == Transport::Cookie => Carrier::BesideSessionCookie,
        None => Carrier::RefreshCookie,
        Some(_) if cookies.has_token_in_session_cookie(req) => Carrier::BesideSessionCookie,
        Some(_) => Carrier::RefreshCookie,
    };
    let refresh = refresh.map(|secret| (carrier, secret));
    let session = cookies.session_secret(req);
    let session = session.map(|secret| (Carrier::SessionCookie, secret));
    let own_first = match strategy.refreshes_by_session_cookie() {
        true => [session, refresh],
        false => [refresh, session],
    };
    own_first.into_iter().flatten().collect()
}

/// The answer that takes the credential back.
pub(super) fn signed_out_response(
    req: &HttpRequest,
    api: &Api,
    done: &'static str,
) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    if api.config().is_https() {
        // Not the cookies: ours are taken back one by one, and the device stays known.
        answer.insert_header(("clear-site-data", "\"cache\", \"storage\""));
    }
    let mut answer = answer.json(status(done).0);
    let strategy = api.accounts().strategy();
    api.cookies().clear(req, &mut answer, strategy);
    answer
}

/// Nothing to look up and nothing to count when a field is missing.
fn required(body: &LoginBody) -> Result<(), AuthError> {
    let fields = [
        ("identifier", &body.identifier),
        ("password", &body.password),
    ];
    let missing = fields.iter().filter(|(_, value)| value.is_empty());
    let missing: Vec<FieldError> = missing
        .map(|(field, _)| FieldError::new(*field, FieldCode::Required, "This field is needed."))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(AuthError::Invalid(missing))
    }
}
