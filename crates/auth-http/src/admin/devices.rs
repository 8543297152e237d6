//! The devices on which accounts are signed in.

use actix_web::web::{Json, Path};
use auth_core::events::Looked;

use super::account_dto::EndedAnswer;
use super::caller::Permitted;
use super::{Answer, State, id, status};
use crate::dto::{SessionDto, SessionsAnswer, StatusAnswer};

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
    let user = api.account_to_change(&by, &path).await?;
    let ended = api.admin().sign_out(by.actor(), &user).await?;
    Ok(Json(ended.into()))
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
    let (user, session) = path.into_inner();
    let user = api.account_to_change(&by, &user).await?;
    let session = id(&session)?;
    let ended = api.admin().end_device(by.actor(), &user, session);
    ended.await?;
    Ok(status("revoked"))
}
