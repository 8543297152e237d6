//! What this server is.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Json;
use auth_core::Accounts;
use auth_core::factor::SecondFactor;
use auth_core::strategy::{Bridge, Description, Revocation, Scheme};

use super::State;
use crate::api::{Api, TokenIssuer};
use crate::dto::{BridgeDto, FactorRules, Guarantees, IssuerAnswer, PasswordRules, StrategyAnswer};
use crate::problem::{Code, Problem};

/// What this server is and promises.
#[utoipa::path(
    get, path = "/strategy", tag = "operation",
    responses((status = 200, description = "The strategy", body = StrategyAnswer))
)]
pub(crate) async fn strategy(api: State) -> Json<StrategyAnswer> {
    let accounts = api.accounts();
    let (rules, description) = (accounts.config(), accounts.description());
    Json(StrategyAnswer {
        strategy: description.name,
        format: description.format,
        transport: description.transport.as_str(),
        token_type: description.transport.token_type(),
        verification: rules.verification.as_str(),
        factors: factors(accounts),
        password: PasswordRules {
            min_length: rules.password.min_length,
            max_length: rules.password.max_length,
        },
        providers: accounts
            .providers()
            .iter()
            .map(|provider| (&*provider).into())
            .collect(),
        guarantees: guarantees(&description),
        bridge: accounts.strategy().bridge().map(bridge),
    })
}

fn factors(accounts: &Accounts) -> FactorRules {
    let Some(factors) = accounts.factors() else {
        return FactorRules {
            second_factor: SecondFactor::Off.as_str(),
            methods: vec![],
            passwordless: vec![],
            trusted_device_days: 0,
        };
    };
    let policy = &factors.policy;
    let can_add = policy.second_factor != SecondFactor::Off;
    let has_passkeys = factors.passkeys.is_some();
    let named = |all: [(&'static str, bool); 2]| {
        let there = all.into_iter().filter(|(_, is_there)| *is_there);
        there.map(|(name, _)| name).collect()
    };
    FactorRules {
        second_factor: policy.second_factor.as_str(),
        methods: named([
            ("totp", can_add && factors.cipher.is_some()),
            ("passkey", can_add && has_passkeys),
        ]),
        passwordless: named([("passkey", has_passkeys), ("mail_code", policy.mail_codes)]),
        trusted_device_days: policy.trusted_device.as_secs() / 86_400,
    }
}

fn bridge(bridge: &Bridge) -> BridgeDto {
    BridgeDto {
        accepts: bridge.schemes.iter().map(Scheme::name).collect(),
        percent: bridge.percent,
        until: bridge.until.map(|until| until.to_string()),
    }
}

fn guarantees(description: &Description) -> Guarantees {
    let (revocation, bound) = match description.revocation {
        Revocation::BeforeAnswer => ("before_answer".into(), Some(0)),
        Revocation::BeforeAnswerInStore => ("before_answer in this session store".into(), None),
        Revocation::Within(time) => {
            let seconds = time.as_secs();
            (format!("within {seconds} seconds"), Some(seconds))
        }
    };
    Guarantees {
        revocation,
        revocation_bound_seconds: bound,
        store_reads_per_request: description.store_reads_per_request,
    }
}

/// The public keys that verify this server's tokens (RFC 7517).
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "operation",
    responses((status = 200, description = "A JWK set", body = Object))
)]
pub(crate) async fn jwks(api: State) -> Result<HttpResponse, Problem> {
    let keys = (token_issuer(&api)?.keys)();
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .insert_header((CONTENT_TYPE, "application/jwk-set+json"))
        .body(keys.to_string()))
}

/// Who issues this server's tokens, and where the keys are that verify them (RFC 8414). It
/// is no OAuth server: nothing else is on offer.
#[utoipa::path(
    get, path = "/.well-known/oauth-authorization-server", tag = "operation",
    responses((status = 200, description = "The issuer's metadata", body = IssuerAnswer))
)]
pub(crate) async fn issuer(api: State) -> Result<HttpResponse, Problem> {
    let base = api.config().public_url.as_str().trim_end_matches('/');
    let metadata = IssuerAnswer {
        issuer: token_issuer(&api)?.name.clone(),
        jwks_uri: format!("{base}/.well-known/jwks.json"),
        response_types_supported: [],
        grant_types_supported: [],
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .json(metadata))
}

/// The same, where libraries for OpenID Connect look for it.
#[utoipa::path(
    get, path = "/.well-known/openid-configuration", tag = "operation",
    responses((status = 200, description = "The issuer's metadata", body = IssuerAnswer))
)]
#[allow(
    dead_code,
    reason = "one handler serves both addresses; this describes the second"
)]
pub(crate) fn issuer_by_openid() {}

fn token_issuer(api: &Api) -> Result<&TokenIssuer, Problem> {
    let issuer = api.issuer();
    issuer.ok_or_else(|| Problem::new(Code::NotFound, "This server issues no signed tokens."))
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
