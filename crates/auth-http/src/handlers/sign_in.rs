//! Signing in, staying signed in, signing out.

use actix_web::{HttpRequest, HttpResponse};
use auth_core::{AuthError, Credential, FieldCode, FieldError, Issued, Secret, Transport};

use super::{State, status};
use crate::api::Api;
use crate::body::{Body, OptionalBody};
use crate::cross_site;
use crate::current_user::CurrentUser;
use crate::dto::{
    GrantDto, LoginBody, LogoutBody, RefreshBody, RefreshTransport, SessionDto, StatusAnswer,
};
use crate::if_user;
use crate::problem::Problem;

/// Sign in with a username or an e-mail address.
#[utoipa::path(
    post, path = "/login", tag = "sign-in", request_body = LoginBody,
    responses(
        (status = 200, description = "Signed in", body = GrantDto),
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
    let issued = api
        .accounts()
        .sign_in(body.into(), &api.device(&req)?)
        .await?;
    end_previous(&req, &api).await?;
    Ok(grant(&req, &api, &issued, refresh))
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
    let mut presented = Vec::from_iter(cookies.credential(&req, strategy.transport()));
    if strategy.has_refresh_tokens() {
        let named = body.refresh_token.and_then(|token| token.parse().ok());
        let refresh = [named, cookies.refresh_secret(&req)];
        presented.extend(refresh.into_iter().flatten().map(Credential::Refresh));
    }
    let sessions = api.accounts().trace(&presented).await?;
    for (user, _) in &sessions {
        if_user::check(&req, *user)?;
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
    let (strategy, cookies) = (api.accounts().strategy(), api.cookies());
    let (secret, answer_in) = match (strategy.transport(), body.refresh_token) {
        (Transport::Bearer, Some(token)) => (token.parse().ok(), RefreshTransport::Body),
        _ if strategy.has_refresh_tokens() => {
            (cookies.refresh_secret(&req), RefreshTransport::Cookie)
        }
        _ => (cookies.session_secret(&req), RefreshTransport::Cookie),
    };
    let secret: Secret = secret.ok_or(AuthError::Unauthenticated)?;
    let issued = api.accounts().refresh(&secret).await?;
    Ok(renewed(&req, &api, &issued, answer_in))
}

/// The answer to a sign-in: it hands a credential to the client, and a cookie by which the
/// device will be known again.
pub(super) fn grant(
    req: &HttpRequest,
    api: &Api,
    issued: &Issued,
    refresh_in: RefreshTransport,
) -> HttpResponse {
    let mut answer = renewed(req, api, issued, refresh_in);
    api.remember_device(&mut answer, &issued.user);
    answer
}

/// The answer that hands a credential to the client.
fn renewed(
    req: &HttpRequest,
    api: &Api,
    issued: &Issued,
    refresh_in: RefreshTransport,
) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    let transport = api.accounts().strategy().transport();
    let mut dto = GrantDto {
        user: api.user_dto(&issued.user),
        session: SessionDto::of(&issued.session, true),
        token_type: transport.token_type(),
        expires_in: issued.tokens.expires_in.as_secs(),
        access_token: None,
        refresh_token: None,
    };
    if transport == Transport::Cookie {
        api.cookies().set(req, &mut answer, issued);
        return answer.json(dto);
    }
    dto.access_token = Some(issued.tokens.access.reveal().to_owned());
    match (&issued.tokens.refresh, refresh_in) {
        (Some(refresh), RefreshTransport::Cookie) => {
            let cookies = api.cookies();
            cookies.set_refresh(&mut answer, &issued.session, refresh);
        }
        (refresh, _) => dto.refresh_token = refresh.as_ref().map(Secret::reveal),
    }
    answer.json(dto)
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

/// A sign-in on a device that is signed in replaces the old credential.
pub(super) async fn end_previous(req: &HttpRequest, api: &Api) -> Result<(), Problem> {
    if let Ok(previous) = CurrentUser::of(req, api).await {
        api.accounts().sign_out(previous.signed_in()).await?;
    }
    Ok(())
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
