//! What the server itself is and does.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Json;
use auth_core::accounts::admin::Caller;
use auth_core::events::Looked;

use super::caller::Permitted;
use super::system_dto::{
    MeAnswer, PartsAnswer, SettingsAnswer, SigningKeyDto, SigningKeysAnswer, TallyAnswer,
};
use super::{AdminApi, Answer, State};
use crate::problem::{Code, Problem};

/// How many accounts are looked at to count the sessions of each.
const COUNTED: u64 = 10_000;

/// Who calls, and what they may do.
#[utoipa::path(
    get, path = "/me", tag = "system",
    responses((status = 200, description = "Whoever calls", body = MeAnswer))
)]
pub(super) async fn me(Permitted(by, _): Permitted) -> Json<MeAnswer> {
    let role = match &*by {
        Caller::Person(_, role) => Some((*role).into()),
        Caller::Program(_) => None,
    };
    let permissions = by.permissions();
    Json(MeAnswer {
        actor: by.actor().to_string(),
        role,
        permissions: permissions.iter().map(|one| one.as_str()).collect(),
        session: by.session().map(|session| session.to_string()),
    })
}

/// All live sessions, counted by what their credential is and when they were last used.
#[utoipa::path(
    get, path = "/sessions", tag = "system",
    responses(
        (status = 200, description = "The numbers", body = TallyAnswer),
        (status = 404, description = "`not_found`: Redis and memory can't count, and there are more than 10,000 accounts"),
    )
)]
pub(super) async fn tally_sessions(api: State, _by: Permitted) -> Answer<TallyAnswer> {
    let Some(tally) = api.admin().tally_within(COUNTED).await? else {
        let detail =
            "This session store can't count, and there are too many accounts to look at each.";
        return Err(Problem::new(Code::NotFound, detail));
    };
    Ok(Json((&tally).into()))
}

/// The keys that sign and verify access tokens; never their private parts.
#[utoipa::path(
    get, path = "/keys", tag = "system",
    responses(
        (status = 200, description = "The keys", body = SigningKeysAnswer),
        (status = 404, description = "`not_found`: this server issues no signed tokens"),
    )
)]
pub(super) async fn list_signing_keys(api: State, _by: Permitted) -> Answer<SigningKeysAnswer> {
    let Some(issuer) = api.api().issuer() else {
        let detail = "This server issues no signed tokens.";
        return Err(Problem::new(Code::NotFound, detail));
    };
    let keys = (issuer.made)();
    let keys = keys.map_err(Problem::from)?.into_iter();
    let shown = keys.map(|key| SigningKeyDto {
        kid: key.kid,
        alg: key.algorithm,
        state: key.state,
        created_at: key.created_at.to_string(),
        age: key.age.as_secs(),
    });
    Ok(Json(SigningKeysAnswer {
        keys: shown.collect(),
    }))
}

/// The settings that are in force, without what is secret in them.
#[utoipa::path(
    get, path = "/settings", tag = "system",
    responses((status = 200, description = "The settings", body = SettingsAnswer))
)]
pub(super) async fn show_settings(api: State, Permitted(by, _): Permitted) -> Json<SettingsAnswer> {
    api.admin().look_around(by.actor(), Looked::Settings).await;
    Json(SettingsAnswer {
        settings: api.inner.settings.get().iter().map(Into::into).collect(),
    })
}

/// How each part of the server does.
#[utoipa::path(
    get, path = "/health", tag = "system",
    responses((status = 200, description = "How they do, well or not", body = PartsAnswer))
)]
pub(super) async fn show_health(api: State, _by: Permitted) -> Json<PartsAnswer> {
    Json(parts(&api).await)
}

/// How each part does.
pub(super) async fn parts(api: &AdminApi) -> PartsAnswer {
    let word = |ok| if ok { "ok" } else { "degraded" };
    let stores = api.api().readiness().check().await;
    let stores = stores.iter().map(|check| (check.name, check.ok));
    let parts = api.admin().health().await;
    let parts = parts.iter().map(|part| (part.name, part.ok));
    let all: Vec<_> = stores.chain(parts).collect();
    PartsAnswer {
        status: word(all.iter().all(|(_, ok)| *ok)),
        parts: all.into_iter().map(|(name, ok)| (name, word(ok))).collect(),
    }
}

/// The description of this API.
pub(super) async fn openapi(api: State) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .content_type("application/json")
        .body(api.inner.description.clone())
}
