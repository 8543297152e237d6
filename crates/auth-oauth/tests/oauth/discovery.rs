//! What a provider publishes: when it is asked, and what is not believed.

use std::sync::Arc;
use std::time::Duration;

use auth_core::{IdentityProvider as _, SystemClock};
use auth_dev_provider::Endpoint;
use auth_oauth::{ConfigError, OidcProvider};
use futures_util::future::join_all;
use serde_json::json;
use url::Url;

use crate::browser::{
    CLIENT, assert_rejected, assert_unavailable, challenge, config, party, patient, query,
};
use crate::scripted::Scripted;

const OUT: &str = "status 503";

#[tokio::test]
async fn fifty_people_at_once_cost_one_discovery() {
    let party = party();
    assert_eq!(party.requests(Endpoint::Discovery), 0);
    let challenge = challenge();
    let starts = (0..50).map(|_| party.oidc.authorization_url(&challenge));
    for start in join_all(starts).await {
        start.unwrap();
    }
    assert_eq!(party.requests(Endpoint::Discovery), 1);
    assert_eq!(party.requests(Endpoint::Jwks), 1);
}

#[tokio::test]
async fn the_authorization_request_says_everything() {
    let (party, challenge) = (party(), challenge());
    let url = party.oidc.authorization_url(&challenge).await.unwrap();
    let url = Url::parse(&url).unwrap();
    let of = |name| query(&url, name);
    assert_eq!(of("client_id").as_deref(), Some(CLIENT));
    assert_eq!(of("scope").as_deref(), Some("openid email profile"));
    assert_eq!(of("state").as_deref(), Some(challenge.state.reveal()));
    assert_eq!(of("nonce").as_deref(), Some(challenge.nonce.reveal()));
    assert_eq!(of("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(of("prompt"), None);
    assert_eq!(of("max_age").as_deref(), Some("2592000"));
    assert!(!url.as_str().contains(challenge.pkce_verifier.reveal()));
}

#[tokio::test]
async fn a_provider_that_is_out_is_left_in_peace_and_recovers() {
    let (party, challenge) = (party(), challenge());
    party.provider.set_outage(true);
    for _ in 0..5 {
        assert_unavailable(party.oidc.authorization_url(&challenge).await, OUT);
    }
    assert_eq!(party.requests(Endpoint::Discovery), 1);
    party.provider.set_outage(false);
    party.clock.advance(Duration::from_secs(2));
    party.sign_in().await.unwrap();
    assert_eq!(party.requests(Endpoint::Discovery), 2);
}

#[tokio::test]
async fn old_metadata_serves_while_it_cant_be_fetched_anew() {
    let (party, challenge) = (party(), challenge());
    party.oidc.authorization_url(&challenge).await.unwrap();
    party.clock.advance(Duration::from_secs(3599));
    party.oidc.authorization_url(&challenge).await.unwrap();
    assert_eq!(party.requests(Endpoint::Discovery), 1);
    party.clock.advance(Duration::from_secs(2));
    party.provider.set_outage(true);
    for _ in 0..5 {
        party.oidc.authorization_url(&challenge).await.unwrap();
    }
    assert_eq!(party.requests(Endpoint::Discovery), 2);
    party.provider.set_outage(false);
    party.clock.advance(Duration::from_secs(2));
    party.oidc.authorization_url(&challenge).await.unwrap();
    party.oidc.authorization_url(&challenge).await.unwrap();
    assert_eq!(party.requests(Endpoint::Discovery), 3);
}

#[tokio::test]
async fn an_endpoint_without_tls_is_refused() {
    for endpoint in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
    ] {
        let scripted = Scripted::start().await;
        scripted.metadata(json!({endpoint: "http://id.example/somewhere"}));
        let start = scripted.start_flow().await;
        assert_rejected(start, "expected an https address");
    }
    let scripted = Scripted::start().await;
    scripted.metadata(json!({"jwks_uri": "http://id.example/keys"}));
    assert_rejected(scripted.start_flow().await, "expected an https address");
}

#[tokio::test]
async fn metadata_that_is_missing_or_broken_is_refused() {
    let scripted = Scripted::start().await;
    let path = "/.well-known/openid-configuration";
    scripted.answer(path, "404 Not Found", "text/plain", "");
    let why = "status 404 with `text/plain`, expected an object of JSON";
    assert_rejected(scripted.start_flow().await, why);
    let scripted = Scripted::start().await;
    scripted.json(path, &json!({"issuer": "https://id.example"}));
    let why = "its metadata names the issuer `https://id.example`, but issuer=";
    assert_rejected(scripted.start_flow().await, why);
    let scripted = Scripted::start().await;
    scripted.metadata(json!({"token_endpoint": null}));
    assert_rejected(
        scripted.start_flow().await,
        "token_endpoint is nothing, expected a text",
    );
}

#[test]
fn settings_that_cant_work_are_refused_at_once() {
    let with = |issuer: &str, callback: &str| {
        let mut config = config(issuer);
        config.redirect_uri = callback.to_owned();
        OidcProvider::new(config, patient(), Arc::new(SystemClock)).err()
    };
    let callback = "https://app.example/callback";
    assert_eq!(with("https://id.example", callback), None);
    for bad in [
        "id.example",
        "http://id.example",
        "https://id.example/?a",
        "https://a/#b",
    ] {
        assert_eq!(with(bad, callback), Some(ConfigError::Address));
    }
    for bad in ["/callback", "https://app.example/#a"] {
        let refused = Some(ConfigError::RedirectUri(bad.into()));
        assert_eq!(with("https://id.example", bad), refused);
    }
}

#[tokio::test]
async fn a_verifier_of_unsuitable_length_is_refused() {
    let (party, mut challenge) = (party(), challenge());
    challenge.pkce_verifier = auth_core::SecretText::new("short");
    let start = party.oidc.authorization_url(&challenge).await;
    assert_rejected(start, "the PKCE verifier has an unsuitable length");
}
