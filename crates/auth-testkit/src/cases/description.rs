//! What a server says about itself.

use anyhow::{Context as _, Result, ensure};
use auth_client::Code;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::case::cases;
use crate::shape;
use crate::target::Target;

cases! { "description":
    the_strategy_is_told,
    a_part_that_is_not_there_is_not_found [NoProviders],
    providers_that_are_not_there_are_not_described [NoProviders],
    the_providers_are_listed_in_order [Providers],
    the_routes_of_providers_are_described [Providers],
    the_exchange_is_described_with_tokens [Providers, Bearer],
    there_is_no_exchange_without_tokens [Providers, Cookie],
    the_key_set_holds_public_keys_only [Jwt],
    the_issuer_says_where_its_keys_are [Bearer, Jwt],
    there_is_no_key_set_without_tokens [Opaque],
    health_is_told_without_secrets,
    the_description_is_openapi_and_names_every_route,
    the_description_lists_every_code,
    every_secured_route_refuses_a_stranger,
    the_documentation_loads_nothing_foreign,
}

async fn the_strategy_is_told(target: &Target) -> Result<()> {
    let reply = target.client().await?.get("/strategy").await?.ok()?;
    shape::strategy(reply.json())?;
    let verification = reply.json()["verification"].as_str().unwrap_or_default();
    ensure!(matches!(verification, "required" | "optional"), "{reply}");
    let guarantees = &reply.json()["guarantees"];
    let bound = guarantees["revocation_bound_seconds"].as_u64();
    let seconds = bound.with_context(|| format!("no bound: {reply}"))?;
    let expected = match seconds {
        0 => "before_answer".to_owned(),
        n => format!("within {n} seconds"),
    };
    ensure!(guarantees["revocation"] == *expected, "{reply}");
    Ok(())
}

async fn a_part_that_is_not_there_is_not_found(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for path in [
        "/oauth/example/start",
        "/oauth/example/start?return_to=/",
        "/oauth/x/callback",
    ] {
        client.get(path).await?.refused(404, "not_found")?;
    }
    let exchange = client
        .post("/oauth/exchange", &json!({"code": "A".repeat(43)}))
        .await?;
    exchange.refused(404, "not_found")?;
    Ok(())
}

/// The routes that go with providers.
const PROVIDER_ROUTES: [(&str, &str); 5] = [
    ("get", "/oauth/{provider}/start"),
    ("get", "/oauth/{provider}/callback"),
    ("post", "/oauth/{provider}/link"),
    ("get", "/identities"),
    ("delete", "/identities/{id}"),
];

const EXCHANGE: (&str, &str) = ("post", "/oauth/exchange");

/// Whether a route of the contract is described.
async fn is_described(target: &Target, (method, path): (&str, &str)) -> Result<bool> {
    let path = format!("{}{path}", target.base_path());
    Ok(document(target).await?["paths"][path][method].is_object())
}

async fn providers_that_are_not_there_are_not_described(target: &Target) -> Result<()> {
    let reply = target.client().await?.get("/strategy").await?.ok()?;
    ensure!(reply.json()["providers"] == json!([]), "{reply}");
    for route in PROVIDER_ROUTES.into_iter().chain([EXCHANGE]) {
        ensure!(!is_described(target, route).await?, "{route:?}");
    }
    Ok(())
}

async fn the_providers_are_listed_in_order(target: &Target) -> Result<()> {
    let reply = target.client().await?.get("/strategy").await?.ok()?;
    let wanted = target.providers()?.all();
    let wanted = wanted.map(|provider| json!({"id": provider.id(), "name": provider.name()}));
    ensure!(reply.json()["providers"] == json!(wanted), "{reply}");
    Ok(())
}

async fn the_routes_of_providers_are_described(target: &Target) -> Result<()> {
    for route in PROVIDER_ROUTES {
        ensure!(is_described(target, route).await?, "{route:?}");
    }
    Ok(())
}

async fn the_exchange_is_described_with_tokens(target: &Target) -> Result<()> {
    ensure!(is_described(target, EXCHANGE).await?);
    Ok(())
}

async fn there_is_no_exchange_without_tokens(target: &Target) -> Result<()> {
    ensure!(!is_described(target, EXCHANGE).await?);
    let client = target.client().await?;
    let exchange = client.exchange(&"A".repeat(43)).await?;
    exchange.refused(404, "not_found")?;
    Ok(())
}

async fn the_key_set_holds_public_keys_only(target: &Target) -> Result<()> {
    let reply = target
        .client()
        .await?
        .get("^/.well-known/jwks.json")
        .await?
        .ok()?;
    let keys = reply.json()["keys"]
        .as_array()
        .with_context(|| format!("{reply}"))?;
    for key in keys {
        let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
        let private = private.into_iter().find(|name| key.get(name).is_some());
        ensure!(private.is_none(), "a key shows its {private:?}");
        ensure!(key["kid"].is_string() && key["kty"].is_string(), "{key}");
    }
    Ok(())
}

const METADATA: [&str; 2] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
];

/// RFC 8414, for whoever verifies tokens by libraries.
async fn the_issuer_says_where_its_keys_are(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let claims = super::tokens::part(&super::tokens::access(&ada.client)?, 1)?;
    let document = document(target).await?;
    for path in METADATA {
        let reply = ada.client.get(&format!("^{path}")).await?.ok()?;
        let metadata = reply.json();
        ensure!(metadata["issuer"] == claims["iss"], "{reply}");
        let keys = format!("{}/.well-known/jwks.json", target.origin);
        ensure!(metadata["jwks_uri"] == *keys, "{reply}");
        ensure!(document["paths"][path]["get"].is_object(), "{path}");
    }
    Ok(())
}

async fn there_is_no_key_set_without_tokens(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for path in ["/.well-known/jwks.json"].into_iter().chain(METADATA) {
        let reply = client.get(&format!("^{path}")).await?;
        reply.refused(404, "not_found")?;
    }
    Ok(())
}

async fn health_is_told_without_secrets(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for path in [
        "^/health/live",
        "^/health/ready",
        "^/health",
        "^/health/client",
    ] {
        let reply = client.get(path).await?.ok()?;
        let body = reply.text().to_lowercase();
        for word in ["://", "password", "error", "exception", "version"] {
            ensure!(!body.contains(word), "{reply} tells of {word}");
        }
    }
    Ok(())
}

async fn document(target: &Target) -> Result<Value> {
    let reply = target.client().await?.get("^/openapi.json").await?.ok()?;
    Ok(reply.json().clone())
}

/// The routes that every server describes.
const ROUTES: [(&str, &str); 20] = [
    ("post", "/register"),
    ("post", "/verify"),
    ("post", "/verify/resend"),
    ("post", "/login"),
    ("post", "/logout"),
    ("delete", "/logout"),
    ("post", "/refresh"),
    ("get", "/profile"),
    ("patch", "/profile"),
    ("delete", "/profile"),
    ("post", "/password/change"),
    ("post", "/password/forgot"),
    ("post", "/password/reset"),
    ("get", "/sessions"),
    ("delete", "/sessions"),
    ("delete", "/sessions/{id}"),
    ("get", "/strategy"),
    ("get", "^/health/live"),
    ("get", "^/health/ready"),
    ("get", "^/health/client"),
];

async fn the_description_is_openapi_and_names_every_route(target: &Target) -> Result<()> {
    let document = document(target).await?;
    let version = document["openapi"].as_str().unwrap_or_default();
    ensure!(version.starts_with("3.1"), "this is OpenAPI {version:?}");
    for (method, path) in ROUTES {
        let path = match path.strip_prefix('^') {
            Some(path) => path.to_owned(),
            None => format!("{}{path}", target.base_path()),
        };
        let operation = &document["paths"][&path][method];
        ensure!(operation.is_object(), "{method} {path} is not described");
        ensure!(
            operation["responses"].is_object(),
            "{method} {path} answers nothing"
        );
    }
    Ok(())
}

async fn the_description_lists_every_code(target: &Target) -> Result<()> {
    let document = document(target).await?;
    let schemas = document["components"]["schemas"]
        .as_object()
        .context("no schemas")?;
    let mut lists = schemas
        .values()
        .filter_map(|schema| schema["enum"].as_array());
    let known = |list: &&Vec<Value>| list.contains(&json!("invalid_credentials"));
    let listed = lists.find(known).context("no schema lists the codes")?;
    ensure!(
        listed.len() == Code::ALL.len(),
        "{} codes, not {}",
        listed.len(),
        Code::ALL.len()
    );
    for code in Code::ALL {
        ensure!(listed.contains(&json!(code)), "{code} is not listed");
    }
    Ok(())
}

/// Whether an operation asks for a credential.
fn is_secured(document: &Value, operation: &Value) -> bool {
    let schemes = operation.get("security").or(document.get("security"));
    let schemes = schemes.and_then(Value::as_array);
    // An empty entry means that doing without is fine too.
    schemes.is_some_and(|all| !all.is_empty() && !all.contains(&json!({})))
}

/// A path of the description with something in place of its parameters.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => Uuid::now_v7().to_string(),
        false => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn every_secured_route_refuses_a_stranger(target: &Target) -> Result<()> {
    let document = document(target).await?;
    let stranger = target.client().await?;
    let (mut called, mut ids) = (0, std::collections::BTreeSet::new());
    for (path, operations) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let id = operation["operationId"].as_str();
            ensure!(ids.insert(id), "two operations are called {id:?}");
            if !is_secured(&document, operation) {
                continue;
            }
            let method = Method::from_bytes(method.to_uppercase().as_bytes())?;
            let call = stranger.call(method, &format!("^{}", filled(path)));
            let call = match operation.get("requestBody") {
                Some(_) => call.json(&json!({})),
                None => call,
            };
            call.send().await?.unauthenticated()?;
            called += 1;
        }
    }
    ensure!(called >= 7, "only {called} routes are described as secured");
    Ok(())
}

async fn the_documentation_loads_nothing_foreign(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let mut reply = client.get("^/docs").await?;
    if reply.status.is_redirection() {
        let place = reply
            .header("location")
            .context("nowhere to go")?
            .to_owned();
        ensure!(
            place.starts_with('/') && !place.starts_with("//"),
            "/docs leads to {place}"
        );
        reply = client.get(&format!("^{place}")).await?;
    }
    let reply = reply.ok()?;
    ensure!(reply.media_type() == "text/html", "{reply}");
    let html = reply.text();
    let loaded = html.split(['"', '\'']).filter(|text| {
        text.starts_with("http:") || text.starts_with("https:") || text.starts_with("//")
    });
    let foreign: Vec<_> = loaded
        .filter(|url| !url.starts_with(&target.origin))
        .collect();
    ensure!(foreign.is_empty(), "/docs loads {foreign:?}");
    let policy = reply.header("content-security-policy").unwrap_or_default();
    ensure!(
        policy.contains("default-src"),
        "/docs may load anything: {policy:?}"
    );
    ensure!(
        !policy.contains("http") && !policy.contains('*'),
        "/docs may load: {policy}"
    );
    Ok(())
}
