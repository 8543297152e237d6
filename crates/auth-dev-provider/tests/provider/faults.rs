//! Faults of the whole provider, and what it counts.

use auth_dev_provider::{
    Config, ConfigError, DevProvider, Endpoint, ProviderError, SpawnError, spawn,
};
use serde_json::Value;

use crate::lab::{Jwt, Lab};

#[tokio::test]
async fn during_an_outage_nothing_answers() {
    let lab = Lab::new();
    lab.provider.set_outage(true);
    for path in [
        "/.well-known/openid-configuration",
        "/jwks",
        "/authorize",
        "/user",
    ] {
        assert_eq!(lab.get(path).await.status(), 503);
    }
    assert_eq!(lab.post("/token", &[]).await.status(), 503);
    lab.provider.set_outage(false);
    assert_eq!(lab.get("/jwks").await.status(), 200);
    assert_eq!(lab.provider.requests(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn discovery_can_name_another_issuer() {
    let lab = Lab::new();
    let path = "/.well-known/openid-configuration";
    lab.provider.discovery_issuer(Some("https://other.example"));
    let document: Value = lab.json(path).await;
    assert_eq!(document["issuer"], "https://other.example");
    assert_eq!(document["token_endpoint"], lab.url("/token"));
    lab.provider.discovery_issuer(None);
    assert_eq!(lab.json(path).await["issuer"], lab.provider.issuer());
}

#[tokio::test]
async fn requests_are_counted() {
    let lab = Lab::new();
    let tokens = lab.sign_in(&[]).await;
    lab.userinfo(&tokens).await;
    lab.userinfo(&tokens).await;
    let count = |endpoint| lab.provider.requests(endpoint);
    assert_eq!(count(Endpoint::Authorize), 1);
    assert_eq!(count(Endpoint::Token), 1);
    assert_eq!(count(Endpoint::Userinfo), 2);
    assert_eq!(count(Endpoint::Discovery), 0);
    assert_eq!(count(Endpoint::Jwks), 0);
}

#[tokio::test]
async fn a_provider_can_live_under_a_path() {
    let lab = Lab::with(|mut config| {
        config.issuer.set_path("/dev/provider/");
        config
    });
    assert!(lab.provider.issuer().ends_with("/dev/provider"));
    let token = Jwt::of(&lab.sign_in(&[]).await);
    assert_eq!(token.claims["iss"], lab.provider.issuer());
    assert!(lab.is_signed(&token).await);
    assert_eq!(lab.provider.requests(Endpoint::Jwks), 1);
    let root = lab.provider.issuer().replace("/dev/provider", "/jwks");
    assert_eq!(reqwest::get(root).await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_dropped_provider_is_gone() {
    let lab = Lab::new();
    let jwks = lab.url("/jwks");
    drop(lab.provider);
    assert!(reqwest::get(jwks).await.unwrap_err().is_connect());
}

#[test]
fn a_provider_that_others_could_reach_is_refused() {
    let config = Config::new("https://id.example.org".parse().unwrap());
    let refused = ProviderError::Config(ConfigError::NotLoopback("https://id.example.org/".into()));
    assert_eq!(DevProvider::new(config.clone()).unwrap_err(), refused);
    let spawned = spawn(|_| config);
    assert!(matches!(spawned, Err(SpawnError::Provider(error)) if error == refused));
}
