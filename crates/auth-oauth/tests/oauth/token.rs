//! The token endpoint: how the client shows who it is, and answers that are none.

use std::time::Duration;

use auth_dev_provider::{Client, Endpoint, Misbehaviour};
use auth_oauth::ClientSecret;
use serde_json::json;

use crate::browser::{
    CALLBACK, CLIENT, assert_rejected, assert_unavailable, outbound, party, party_with, patient,
};
use crate::scripted::{Scripted, claims};

#[tokio::test]
async fn the_secret_goes_into_the_body_only_where_the_header_is_not_taken() {
    for (methods, in_body) in [
        (json!(["client_secret_post"]), true),
        (json!(["client_secret_post", "client_secret_basic"]), false),
        (json!(["private_key_jwt"]), false),
    ] {
        let scripted = Scripted::start().await;
        scripted.metadata(json!({"token_endpoint_auth_methods_supported": methods}));
        scripted.sign_in(&claims()).await.unwrap();
        let request = scripted.request_to("POST /token");
        assert_eq!(request.contains("client_secret=the-client-secret"), in_body);
        assert_eq!(request.contains("authorization: Basic"), !in_body);
    }
}

#[tokio::test]
async fn a_public_client_signs_in_without_a_secret() {
    let public = |it: &mut auth_dev_provider::Config| {
        it.clients = vec![Client::public(CLIENT, [CALLBACK])];
    };
    let party = party_with(patient(), public, |it| {
        it.client_secret = ClientSecret::None
    });
    party.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_wrong_secret_is_said_so() {
    let wrong = auth_core::SecretText::new("a-guess");
    let party = party_with(
        patient(),
        |_| {},
        |it| it.client_secret = ClientSecret::Shared(wrong),
    );
    let proof = party.sign_in().await;
    assert_rejected(
        proof,
        "error invalid_client; check client_id and the client's secret",
    );
}

#[tokio::test]
async fn a_slow_token_endpoint_is_not_waited_for() {
    let party = party_with(outbound(Duration::from_secs(2)), |_| {}, |_| {});
    let proof = party.misbehaving(Misbehaviour::SlowToken).await;
    assert_unavailable(proof, "no answer within 2s (--oauth-timeout)");
}

#[tokio::test]
async fn a_failing_token_endpoint_is_unavailable() {
    let proof = party().misbehaving(Misbehaviour::FailingToken).await;
    assert_unavailable(proof, "status 500");
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_refused() {
    let proof = party().misbehaving(Misbehaviour::TokenNotJson).await;
    let why = "status 200 with `text/html; charset=utf-8`, expected an object of JSON";
    assert_rejected(proof, why);
}

#[tokio::test]
async fn a_huge_answer_is_refused() {
    let proof = party().misbehaving(Misbehaviour::HugeTokenAnswer).await;
    assert_rejected(proof, "its answer is larger than 1048576 bytes");
}

#[tokio::test]
async fn a_redirecting_token_endpoint_is_not_followed() {
    let party = party();
    let proof = party.misbehaving(Misbehaviour::RedirectingToken).await;
    assert_rejected(proof, "status 302 with a redirect, which is not followed");
    assert_eq!(party.requests(Endpoint::Elsewhere), 0);
}
