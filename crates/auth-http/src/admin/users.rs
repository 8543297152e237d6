//! Accounts.

use actix_web::web::{Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use auth_core::accounts::admin::Search;
use auth_core::events::Looked;
use auth_core::{AuthError, Password};

use super::account_dto::{
    AccountAnswer, AccountsAnswer, ChangeBody, CreateBody, EndedAnswer, RoleBody, UsersQuery,
};
use super::caller::Permitted;
use super::page::{Part, query};
use super::{Answer, State, id, needed, status};
use crate::body::Body;
use crate::dto::{IdentitiesAnswer, StatusAnswer};
use crate::problem::{Code, Problem};

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
    let part = Part::of(wanted.cursor.as_deref(), wanted.limit)?;
    let search = Search {
        text: wanted.search,
        disabled: wanted.disabled,
        role: wanted.role.map(Into::into),
    };
    let found = api
        .admin()
        .search(by.actor(), &search, part.after, part.limit);
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
    req: HttpRequest,
    api: State,
    Permitted(by, Body(body)): Permitted<Body<CreateBody>>,
) -> Result<HttpResponse, Problem> {
    let admin = api.admin();
    let new = admin.draft(&(&body).into())?;
    let user = match body.password {
        Some(password) => {
            let new = admin.with_password(new, &Password::new(password)).await?;
            by.again(&req).await?;
            admin.create(by.actor(), new).await?
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
    let user = api.account_to_change(&by, &path).await?;
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
    let user = api.account_to_change(&by, &path).await?;
    let ended = api.admin().delete(by.actor(), user).await?;
    Ok(Json(ended.into()))
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
    let user = api.account_to_change(&by, &path).await?;
    let ended = api.admin().disable(by.actor(), &user).await?;
    Ok(Json(ended.into()))
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
    let user = api.account_to_change(&by, &path).await?;
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
    let user = api.account_to_change(&by, &path).await?;
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
