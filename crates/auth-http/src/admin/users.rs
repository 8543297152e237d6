//! Accounts.

use std::time::Duration;

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use auth_core::accounts::admin::{Cursor, Search};
use auth_core::events::Looked;
use auth_core::factor::Held;
use auth_core::{AuthError, FieldCode, FieldError, Password, User, UserId};
use serde::de::DeserializeOwned;

use super::caller::Permitted;
use super::dto::{
    AccountAnswer, AccountsAnswer, ChangeBody, CreateBody, EndedAnswer, FactorResetAnswer,
    FactorResetBody, PersonAnswer, RequiredBody, RoleBody, UsersQuery,
};
use super::{AdminApi, Answer, State};
use crate::body::{Body, OptionalBody};
use crate::dto::{FactorsAnswer, IdentitiesAnswer, SessionDto, SessionsAnswer, StatusAnswer};
use crate::problem::{Code, Problem};

/// How many are listed at once where nothing is said, and at most.
const LIMITS: (u32, u32) = (50, 200);

/// How long somebody has time to object to a reset of factors where nothing is said, and at most.
const RESET_DELAYS: (u64, u64) = (86_400, 90 * 86_400);

/// The parameters of a request.
pub(super) fn query<T: DeserializeOwned>(req: &HttpRequest) -> Result<T, Problem> {
    let query = Query::<T>::from_query(req.query_string());
    let invalid = |_| {
        let detail = "A parameter is unknown, repeated or of the wrong type.";
        Problem::new(Code::InvalidRequest, detail)
    };
    query.map(Query::into_inner).map_err(invalid)
}

/// How many are to be listed at once.
pub(super) fn limit(wanted: Option<u32>) -> Result<u32, Problem> {
    let (default, most) = LIMITS;
    let limit = wanted.unwrap_or(default);
    match (1..=most).contains(&limit) {
        true => Ok(limit),
        false => {
            let detail = format!("`limit` is 1 to {most}.");
            Err(Problem::new(Code::InvalidRequest, detail))
        }
    }
}

/// Where a list is to go on.
pub(super) fn cursor<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, Problem> {
    let cursor = text.map(str::parse).transpose();
    cursor.map_err(|_| {
        let detail = "`cursor` is `next` of the part before.";
        Problem::new(Code::InvalidRequest, detail)
    })
}

/// The account in a path.
fn id(path: &Path<String>) -> Result<UserId, AuthError> {
    path.parse().map_err(|_| AuthError::NotFound)
}

impl AdminApi {
    /// The account in a path, to do something with it.
    async fn account(&self, path: &Path<String>) -> Result<User, AuthError> {
        self.admin().account(id(path)?).await
    }

    fn shown_factors(&self, held: &Held) -> FactorsAnswer {
        let factors = self.api().accounts().factors();
        let required = factors.map_or(held.required, |factors| factors.is_required_of(held));
        let grace = factors.map(|factors| factors.policy.grace);
        FactorsAnswer::of(held, required, grace.unwrap_or_default())
    }
}

fn status(status: &'static str) -> Json<StatusAnswer> {
    Json(StatusAnswer { status })
}

/// List and search accounts, by the beginning of the username, then of the address.
#[utoipa::path(
    get, path = "/users", tag = "users", params(UsersQuery),
    responses(
        (status = 200, description = "A part of them", body = AccountsAnswer),
        (status = 400, description = "`invalid_request`: a parameter is wrong"),
    )
)]
pub(super) async fn list_users(
    req: HttpRequest,
    api: State,
    Permitted(by, _): Permitted,
) -> Answer<AccountsAnswer> {
    let wanted: UsersQuery = query(&req)?;
    let limit = limit(wanted.limit)?;
    let cursor: Option<Cursor> = cursor(wanted.cursor.as_deref())?;
    let search = Search {
        text: wanted.search,
        disabled: wanted.disabled,
        role: wanted.role.map(Into::into),
    };
    let found = api.admin().search(by.actor(), &search, cursor, limit);
    let found = found.await?;
    Ok(Json(AccountsAnswer {
        users: found.users.iter().map(Into::into).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// Make an account, or without a password have its owner invited.
#[utoipa::path(
    post, path = "/users", tag = "users", request_body = CreateBody,
    responses(
        (status = 201, description = "Made", body = AccountAnswer),
        (status = 409, description = "`username_taken` or `email_taken`"),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn create_user(
    api: State,
    Permitted(by, Body(body)): Permitted<Body<CreateBody>>,
) -> Result<HttpResponse, Problem> {
    let admin = api.admin();
    let new = admin.draft(&(&body).into())?;
    let user = match body.password {
        Some(password) => {
            let password = Password::new(password);
            admin.create(by.actor(), new, &password).await?
        }
        None => admin.invite(by.actor(), new).await?,
    };
    Ok(HttpResponse::Created().json(AccountAnswer::from(&user)))
}

/// Look at an account.
#[utoipa::path(
    get, path = "/users/{id}", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "The account", body = AccountAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn show_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<AccountAnswer> {
    let user = api.admin().look(by.actor(), id(&path)?, Looked::Account);
    Ok(Json((&user.await?).into()))
}

/// Change names and the address. The owner is told of a new username or address.
#[utoipa::path(
    patch, path = "/users/{id}", tag = "users", request_body = ChangeBody,
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "As it is now", body = AccountAnswer),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`username_taken` or `email_taken`"),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn change_user(
    api: State,
    path: Path<String>,
    Permitted(by, Body(body)): Permitted<Body<ChangeBody>>,
) -> Answer<AccountAnswer> {
    let user = api.account(&path).await?;
    let changed = api.admin().change(by.actor(), &user, &body.into()).await?;
    Ok(Json((&changed).into()))
}

/// Delete an account with everything that belongs to it; its owner is told by mail.
#[utoipa::path(
    delete, path = "/users/{id}", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "Deleted", body = EndedAnswer),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`last_admin`: nobody would be one any more"),
    )
)]
pub(super) async fn delete_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<EndedAnswer> {
    let user = api.account(&path).await?;
    let ended = api.admin().delete(by.actor(), user).await?;
    Ok(Json(EndedAnswer {
        user: (&ended.user).into(),
        sessions_ended: ended.sessions_ended,
    }))
}

/// Disable an account and sign it out everywhere.
#[utoipa::path(
    post, path = "/users/{id}/disable", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "Disabled", body = EndedAnswer),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`last_admin`: nobody would be one any more"),
    )
)]
pub(super) async fn disable_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<EndedAnswer> {
    let user = api.account(&path).await?;
    let ended = api.admin().disable(by.actor(), &user).await?;
    Ok(Json(EndedAnswer {
        user: (&ended.user).into(),
        sessions_ended: ended.sessions_ended,
    }))
}

/// Let a disabled account sign in again.
#[utoipa::path(
    post, path = "/users/{id}/enable", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "Enabled", body = AccountAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn enable_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<AccountAnswer> {
    let user = api.account(&path).await?;
    let enabled = api.admin().enable(by.actor(), &user).await?;
    Ok(Json((&enabled).into()))
}

/// Forget the failed sign-ins of an account, so that its owner need not wait.
#[utoipa::path(
    post, path = "/users/{id}/unlock", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "Forgotten", body = StatusAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn unlock_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<StatusAnswer> {
    let user = api.account(&path).await?;
    api.admin().unlock(by.actor(), &user).await?;
    Ok(status("unlocked"))
}

/// Mail a link by which the owner sets a new password.
#[utoipa::path(
    post, path = "/users/{id}/reset-password", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 202, description = "It will be mailed", body = StatusAnswer),
        (status = 404, description = "`not_found`, or the account is disabled: the link would not work"),
    )
)]
pub(super) async fn reset_password_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Result<HttpResponse, Problem> {
    let user = api.account(&path).await?;
    if !api.admin().send_reset(by.actor(), &user).await? {
        let detail = "The account is disabled: enable it first.";
        return Err(Problem::new(Code::NotFound, detail));
    }
    let status = "mail_queued";
    Ok(HttpResponse::Accepted().json(StatusAnswer { status }))
}

/// End every session of an account.
#[utoipa::path(
    post, path = "/users/{id}/sign-out", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "Signed out everywhere", body = EndedAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn sign_out_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<EndedAnswer> {
    let user = api.account(&path).await?;
    let ended = api.admin().sign_out(by.actor(), &user).await?;
    Ok(Json(EndedAnswer {
        user: (&ended.user).into(),
        sessions_ended: ended.sessions_ended,
    }))
}

/// The devices on which an account is signed in.
#[utoipa::path(
    get, path = "/users/{id}/sessions", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "The devices, the latest used first", body = SessionsAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn list_sessions_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<SessionsAnswer> {
    let admin = api.admin();
    let user = admin.look(by.actor(), id(&path)?, Looked::Devices).await?;
    let sessions = admin.devices(&user).await?;
    let own = by.session();
    let shown = sessions.iter();
    let shown = shown.map(|one| SessionDto::of(one, Some(one.id) == own));
    Ok(Json(SessionsAnswer {
        sessions: shown.collect(),
    }))
}

/// Sign one device out.
#[utoipa::path(
    delete, path = "/users/{id}/sessions/{sid}", tag = "users",
    params(
        ("id" = String, Path, description = "The account's id"),
        ("sid" = String, Path, description = "The session's id"),
    ),
    responses(
        (status = 200, description = "Signed out", body = StatusAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn end_session_of_user(
    api: State,
    path: Path<(String, String)>,
    Permitted(by, _): Permitted,
) -> Answer<StatusAnswer> {
    let (id, session) = path.into_inner();
    let id = id.parse().map_err(|_| AuthError::NotFound)?;
    let session = session.parse().map_err(|_| AuthError::NotFound)?;
    let user = api.admin().account(id).await?;
    let ended = api.admin().end_device(by.actor(), &user, session);
    ended.await?;
    Ok(status("revoked"))
}

/// The identities that an account can be signed in with.
#[utoipa::path(
    get, path = "/users/{id}/identities", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "The identities, the first linked first", body = IdentitiesAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn list_identities_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<IdentitiesAnswer> {
    let admin = api.admin();
    let user = admin.look(by.actor(), id(&path)?, Looked::Identities);
    let identities = admin.identities(&user.await?).await?;
    Ok(Json(IdentitiesAnswer {
        identities: identities.iter().map(Into::into).collect(),
    }))
}

/// The second factors of an account.
#[utoipa::path(
    get, path = "/users/{id}/factors", tag = "factors",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "What there is", body = FactorsAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn list_factors_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<FactorsAnswer> {
    let admin = api.admin();
    let user = admin.look(by.actor(), id(&path)?, Looked::Factors).await?;
    let held = admin.held_factors(&user).await?;
    Ok(Json(api.shown_factors(&held)))
}

/// Have all factors of an account go after a while, since its owner has lost them.
#[utoipa::path(
    post, path = "/users/{id}/factors/reset", tag = "factors",
    request_body = Option<FactorResetBody>,
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "When they go", body = FactorResetAnswer),
        (status = 404, description = "`not_found`: no account, or none that has a factor"),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn reset_factors_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, OptionalBody(body)): Permitted<OptionalBody<FactorResetBody>>,
) -> Answer<FactorResetAnswer> {
    let (default, most) = RESET_DELAYS;
    let delay = body.delay.unwrap_or(default);
    if delay > most {
        let detail = "Factors go within 90 days.";
        let error = FieldError::new("delay", FieldCode::TooLong, detail);
        return Err(AuthError::from(error).into());
    }
    let user = api.account(&path).await?;
    let delay = Duration::from_secs(delay);
    let reset = api.admin().schedule_factor_reset(by.actor(), &user, delay);
    Ok(Json(FactorResetAnswer {
        removed_at: reset.await?.to_string(),
    }))
}

/// Take that back.
#[utoipa::path(
    delete, path = "/users/{id}/factors/reset", tag = "factors",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "They stay", body = StatusAnswer),
        (status = 404, description = "`not_found`: no account, or none that has a factor"),
    )
)]
pub(super) async fn keep_factors_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<StatusAnswer> {
    let user = api.account(&path).await?;
    api.admin().cancel_factor_reset(by.actor(), &user).await?;
    Ok(status("kept"))
}

/// Say whether an account has to have a second factor.
#[utoipa::path(
    put, path = "/users/{id}/factors/required", tag = "factors", request_body = RequiredBody,
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "What there is", body = FactorsAnswer),
        (status = 404, description = "`not_found`"),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn require_factor_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, Body(body)): Permitted<Body<RequiredBody>>,
) -> Answer<FactorsAnswer> {
    let required = body.required.ok_or_else(|| needed("required"))?;
    let user = api.account(&path).await?;
    let admin = api.admin();
    admin.require_factor(by.actor(), &user, required).await?;
    let held = admin.held_factors(&user).await?;
    Ok(Json(api.shown_factors(&held)))
}

/// Give an account a role, or take the one it has. Nobody does that to themselves.
#[utoipa::path(
    put, path = "/users/{id}/role", tag = "users", request_body = RoleBody,
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "As it is now", body = AccountAnswer),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`last_admin`: nobody would be one any more"),
        (status = 422, description = "`validation_failed`"),
    )
)]
pub(super) async fn set_role_of_user(
    api: State,
    path: Path<String>,
    Permitted(by, Body(body)): Permitted<Body<RoleBody>>,
) -> Answer<AccountAnswer> {
    let wanted = body.role.ok_or_else(|| needed("role"))?;
    let user = api.account(&path).await?;
    let changed = api.admin().set_role(by.actor(), &user, wanted.into());
    let changed = changed.await.map_err(|error| match error {
        AuthError::Forbidden => {
            let detail = "Nobody changes their own role: another admin has to.";
            Problem::new(Code::Forbidden, detail)
        }
        other => other.into(),
    })?;
    Ok(Json((&changed).into()))
}

/// All that is kept about a person, in one document.
#[utoipa::path(
    get, path = "/users/{id}/export", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "All of it, but for secrets and their hashes", body = PersonAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn export_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<PersonAnswer> {
    let record = api.admin().person(by.actor(), id(&path)?).await?;
    let factors = record.factors.as_ref().map(|held| api.shown_factors(held));
    Ok(Json(PersonAnswer::of(&record, factors)))
}

/// A field that is missing.
fn needed(field: &'static str) -> AuthError {
    FieldError::new(field, FieldCode::Required, "This is needed.").into()
}
