//! What this server is.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Json;
use auth_core::strategy::Revocation;

use super::State;
use crate::dto::{Guarantees, PasswordRules, StrategyAnswer};
use crate::problem::{Code, Problem};

/// What this server is and promises.
#[utoipa::path(
    get, path = "/strategy", tag = "operation",
    responses((status = 200, description = "The strategy", body = StrategyAnswer))
)]
pub(crate) async fn strategy(api: State) -> Json<StrategyAnswer> {
    let accounts = api.accounts();
    let (rules, description) = (accounts.config(), accounts.strategy().description());
    Json(StrategyAnswer {
        strategy: description.name,
        token_type: description.transport.token_type(),
        verification: rules.verification.as_str(),
        password: PasswordRules {
            min_length: rules.password.min_length,
            max_length: rules.password.max_length,
        },
        providers: accounts.providers().iter().map(Into::into).collect(),
        guarantees: Guarantees {
            revocation: match description.revocation {
                Revocation::Immediate => "immediate".into(),
                Revocation::Within(time) => format!("within {} seconds", time.as_secs()),
            },
            store_reads_per_request: description.store_reads_per_request,
        },
    })
}

/// The public keys that verify this server's tokens (RFC 7517).
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "operation",
    responses((status = 200, description = "A JWK set", body = Object))
)]
pub(crate) async fn jwks(api: State) -> Result<HttpResponse, Problem> {
    let keys = api.key_set();
    let keys = keys.ok_or_else(|| Problem::new(Code::NotFound, "There are no public keys."))?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .insert_header((CONTENT_TYPE, "application/jwk-set+json"))
        .body(keys.to_string()))
}

/// This description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation",
    responses((status = 200, description = "An OpenAPI 3.1 document", body = Object))
)]
pub(crate) async fn openapi(api: State) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .content_type("application/json")
        .body(api.description())
}
