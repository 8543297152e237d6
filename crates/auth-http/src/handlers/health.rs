//! Whether the server lives and can work.

use std::collections::BTreeMap;

use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse};

use super::State;
use crate::dto::{ClientAnswer, HealthAnswer};
use crate::problem::Problem;

/// The process answers.
#[utoipa::path(
    get, path = "/health/live", tag = "operation",
    responses((status = 200, description = "It lives", body = HealthAnswer))
)]
pub(crate) async fn live() -> Json<HealthAnswer> {
    Json(HealthAnswer {
        status: "ok",
        checks: BTreeMap::new(),
    })
}

/// The process and everything it depends on answer, and it is not about to stop.
#[utoipa::path(
    get, path = "/health/ready", tag = "operation",
    responses(
        (status = 200, description = "It can work", body = HealthAnswer),
        (status = 503, description = "A dependency is away, or the server is about to stop", body = HealthAnswer),
    )
)]
pub(crate) async fn ready(api: State) -> HttpResponse {
    let checks = api.readiness().check().await;
    let word = |ok| if ok { "ok" } else { "unavailable" };
    let ok = checks.iter().all(|check| check.ok) && !api.is_leaving();
    let body = HealthAnswer {
        status: word(ok),
        checks: checks.iter().map(|c| (c.name, word(c.ok))).collect(),
    };
    if ok {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}

/// As whom this request reaches the server: for operators who set up a proxy in front of it.
#[utoipa::path(
    get, path = "/health/client", tag = "operation",
    responses(
        (status = 200, description = "As whom", body = ClientAnswer),
        (status = 400, description = "`unreadable_forwarding`"),
    )
)]
pub(crate) async fn client(api: State, req: HttpRequest) -> Result<Json<ClientAnswer>, Problem> {
    Ok(Json(ClientAnswer {
        address: api.client_ip(&req)?,
        proxy: api.proxy(&req),
    }))
}
