//! What goes wrong gets logged, so no secret may be in it.

use auth_core::SecretText;
use auth_core::identity::{Answer, Challenge, IdentityProvider as _};
use auth_dev_provider::Misbehaviour;
use auth_oauth::{GithubProvider, OidcConfig};
use serde_json::json;

use crate::browser::{
    AMARA, CALLBACK, CLIENT, CLIENT_SECRET, answer, challenge, outbound, party_with,
};
use crate::scripted::{Scripted, claims, with};

/// Everything a log could show of an error.
fn shown(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error:?}");
    let mut cause = Some(error);
    while let Some(error) = cause {
        text.push_str(&format!(" {error}"));
        cause = error.source();
    }
    text
}

#[track_caller]
fn assert_hides(text: &str, challenge: &Challenge, others: &[&str]) {
    let own = [&challenge.state, &challenge.nonce, &challenge.pkce_verifier];
    let own = own.map(SecretText::reveal);
    for secret in own.iter().chain(others).chain(&[CLIENT_SECRET]) {
        assert!(!text.contains(secret), "{text} has {secret}");
    }
}

#[tokio::test]
async fn no_misbehaviour_brings_a_secret_into_an_error() {
    let timeout = std::time::Duration::from_secs(3);
    let party = party_with(
        outbound(timeout),
        |it| it.claims_in_id_token = false,
        |_| {},
    );
    let mut failures = 0;
    for so in Misbehaviour::ALL
        .iter()
        .filter(|so| **so != Misbehaviour::Deny)
    {
        let challenge = challenge();
        let decision = [AMARA, ("misbehave", so.as_str())];
        let answer = answer(&party.oidc, &challenge, &decision).await;
        if let Err(error) = party.oidc.identify(&answer, &challenge).await {
            failures += 1;
            assert_hides(&shown(&error), &challenge, &[answer.code.reveal()]);
        }
    }
    assert!(failures > 20, "{failures}");
}

#[tokio::test]
async fn no_answer_of_the_token_endpoint_is_quoted() {
    let scripted = Scripted::start().await;
    let quoted = "QUOTED-4711";
    let good = scripted.tokens(&claims());
    let id_token = good["id_token"].as_str().unwrap();
    let bodies = [
        ("400 Bad Request", json!({"error": quoted, "error_description": quoted}).to_string()),
        ("400 Bad Request", json!({"error": "invalid_grant", "error_description": quoted}).to_string()),
        ("400 Bad Request", quoted.to_owned()),
        ("200 OK", quoted.to_owned()),
        ("200 OK", json!({"access_token": [quoted], "token_type": "Bearer"}).to_string()),
        ("200 OK", json!({"access_token": quoted, "id_token": quoted}).to_string()),
        ("200 OK", scripted.tokens(&with(claims(), json!({"exp": quoted}))).to_string()),
        ("200 OK", scripted.tokens(&with(claims(), json!({"sub": [quoted]}))).to_string()),
        ("200 OK", json!({"access_token": format!("{quoted}\n"), "token_type": "Bearer", "id_token": id_token}).to_string()),
    ];
    for (status, body) in bodies {
        for kind in ["application/json", "text/html"] {
            scripted.answer("/token", status, kind, &body);
            let error = scripted.redeem().await.unwrap_err();
            let hidden = [quoted, "the-code", "the-access-token", id_token];
            assert_hides(&shown(&error), &scripted.challenge, &hidden);
        }
    }
}

#[tokio::test]
async fn no_metadata_key_or_userinfo_is_quoted() {
    let quoted = "QUOTED-4711";
    for path in ["/.well-known/openid-configuration", "/jwks", "/userinfo"] {
        for (status, body) in [
            ("200 OK", quoted.to_owned()),
            (
                "200 OK",
                json!({"jwks_uri": "x", "keys": quoted, "sub": quoted}).to_string(),
            ),
            ("403 Forbidden", quoted.to_owned()),
            ("500 Oops", quoted.to_owned()),
        ] {
            let scripted = Scripted::start().await;
            scripted.answer(path, status, "application/json", &body);
            let error = scripted.sign_in(&claims()).await.unwrap_err();
            assert_hides(&shown(&error), &scripted.challenge, &[quoted, "the-code"]);
        }
    }
}

#[tokio::test]
async fn nothing_of_github_is_quoted() {
    let quoted = "QUOTED-4711";
    for body in [
        json!({"error": quoted, "error_description": quoted}),
        json!({"access_token": quoted}),
        json!({"access_token": [quoted]}),
    ] {
        let body = body.to_string();
        let answer = move |_: &str| crate::server::http("200 OK", "application/json", &body);
        let server = crate::server::serve(answer).await;
        let secret = SecretText::new(CLIENT_SECRET);
        let config = auth_oauth::GithubConfig {
            web_base: server.base.clone(),
            api_base: server.base.clone(),
            ..auth_oauth::GithubConfig::github(CLIENT, secret, CALLBACK)
        };
        let provider = GithubProvider::new(config, crate::browser::patient()).unwrap();
        let (challenge, code) = (challenge(), SecretText::new("the-code"));
        let answer = Answer {
            code,
            issuer: None,
            user: None,
        };
        let error = provider.identify(&answer, &challenge).await.unwrap_err();
        assert_hides(&shown(&error), &challenge, &[quoted, "the-code"]);
    }
}

#[test]
fn settings_hide_their_secret() {
    let secret = || SecretText::new(CLIENT_SECRET);
    let google = format!("{:?}", OidcConfig::google(CLIENT, secret(), CALLBACK));
    let github = auth_oauth::GithubConfig::github(CLIENT, secret(), CALLBACK);
    let shown = format!("{google} {github:?}");
    assert!(
        shown.contains(CLIENT) && !shown.contains(CLIENT_SECRET),
        "{shown}"
    );
}
