//! Signed-in devices.

use actix_web::web::{Json, Path};
use auth_core::AuthError;

use super::{Answer, State, status};
use crate::current_user::CurrentUser;
use crate::dto::{RevokedAnswer, SessionDto, SessionsAnswer, StatusAnswer};

/// The devices on which the user is signed in.
#[utoipa::path(
    get, path = "/sessions", tag = "sessions", security(("credential" = [])),
    responses((status = 200, description = "The devices, the latest used first", body = SessionsAnswer))
)]
pub(crate) async fn list(api: State, user: CurrentUser) -> Answer<SessionsAnswer> {
    let who = user.signed_in();
    let sessions = api.accounts().sessions(who).await?;
    let sessions = sessions.iter();
    let sessions = sessions.map(|s| SessionDto::of(s, s.id == who.session_id));
    Ok(Json(SessionsAnswer {
        sessions: sessions.collect(),
    }))
}

/// Sign one device out.
#[utoipa::path(
    delete, path = "/sessions/{id}", tag = "sessions", security(("credential" = [])),
    params(("id" = String, Path, description = "The session's id")),
    responses(
        (status = 200, description = "Signed out", body = StatusAnswer),
        (status = 404, description = "`not_found`: unknown, or somebody else's"),
    )
)]
pub(crate) async fn revoke(
    api: State,
    user: CurrentUser,
    id: Path<String>,
) -> Answer<StatusAnswer> {
    let id = id.parse().map_err(|_| AuthError::NotFound)?;
    api.accounts().revoke_session(user.signed_in(), id).await?;
    Ok(status("revoked"))
}

/// Sign all other devices out.
#[utoipa::path(
    delete, path = "/sessions", tag = "sessions", security(("credential" = [])),
    responses((status = 200, description = "How many were signed out", body = RevokedAnswer))
)]
pub(crate) async fn revoke_others(api: State, user: CurrentUser) -> Answer<RevokedAnswer> {
    let revoked = api
        .accounts()
        .revoke_other_sessions(user.signed_in())
        .await?;
    Ok(Json(RevokedAnswer { revoked }))
}
