//! What the token endpoint takes and refuses.

use std::time::Duration;

use auth_dev_provider::{Client, Config};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use serde_json::Value;

use crate::lab::{CALLBACK, CLIENT, Lab, PUBLIC, SECRET, basic, form, token_request};

async fn assert_refused(answer: Response, status: u16, error: &str) {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.json::<Value>().await.unwrap()["error"], error);
}

#[tokio::test]
async fn a_wrong_verifier_is_refused_and_spends_the_code() {
    let lab = Lab::new();
    let code = lab.code(&[]).await;
    let wrong = [("code_verifier", "wrong")];
    assert_refused(lab.exchange(&code, &wrong).await, 400, "invalid_grant").await;
    assert_refused(lab.exchange(&code, &[]).await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn a_code_shown_again_takes_its_token_with_it() {
    let lab = Lab::new();
    let code = lab.code(&[]).await;
    let tokens: Value = lab.exchange(&code, &[]).await.json().await.unwrap();
    lab.userinfo(&tokens).await;
    assert_refused(lab.exchange(&code, &[]).await, 400, "invalid_grant").await;
    assert_eq!(lab.with_token("/userinfo", &tokens).await.status(), 401);
}

#[tokio::test]
async fn a_code_is_bound_to_its_redirect_uri() {
    let lab = Lab::new();
    let code = lab.code(&[]).await;
    let other = [("redirect_uri", "http://127.0.0.1:9/other")];
    assert_refused(lab.exchange(&code, &other).await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn a_code_is_bound_to_its_client_and_survives_the_attempt_of_another() {
    let lab = Lab::new();
    let other = Client::confidential("other", "other-secret", [CALLBACK]);
    lab.provider.add_client(other).unwrap();
    let code = lab.code(&[]).await;
    let theirs = [("client_id", "other"), ("client_secret", "other-secret")];
    let refused = lab.post("/token", &token_request(&code, &theirs)).await;
    assert_refused(refused, 400, "invalid_grant").await;
    assert_eq!(lab.exchange(&code, &[]).await.status(), 200);
}

#[tokio::test]
async fn a_code_expires() {
    let lab = Lab::with(|config| Config {
        code_lifetime: Duration::ZERO,
        ..config
    });
    let code = lab.code(&[]).await;
    assert_refused(lab.exchange(&code, &[]).await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn an_access_token_expires() {
    let lab = Lab::with(|config| Config {
        token_lifetime: Duration::ZERO,
        ..config
    });
    let tokens = lab.sign_in(&[]).await;
    assert_eq!(lab.with_token("/userinfo", &tokens).await.status(), 401);
}

#[tokio::test]
async fn client_secret_basic_is_form_encoded_first() {
    let lab = Lab::new();
    let code = lab.code(&[]).await;
    let plain = STANDARD.encode(format!("{CLIENT}:{SECRET}"));
    let headers = [
        (format!("Basic {plain}"), 401),
        (basic(CLIENT, "wrong"), 401),
        (basic("unknown", SECRET), 401),
        ("Basic ~".to_owned(), 401),
        ("Bearer abc".to_owned(), 401),
        (basic(CLIENT, SECRET), 200),
    ];
    for (header, status) in headers {
        let request = lab.http.post(lab.url("/token"));
        let request = request.header("authorization", &header);
        let answer = form(request, &token_request(&code, &[])).send().await;
        assert_eq!(answer.unwrap().status(), status, "{header}");
    }
}

#[tokio::test]
async fn client_secret_post_works_too() {
    let lab = Lab::new();
    let code = lab.code(&[]).await;
    let wrong = [("client_id", CLIENT), ("client_secret", "wrong")];
    let refused = lab.post("/token", &token_request(&code, &wrong)).await;
    assert_eq!(
        refused.headers()["www-authenticate"],
        "Basic realm=\"clients\""
    );
    assert_refused(refused, 401, "invalid_client").await;
    let right = [("client_id", CLIENT), ("client_secret", SECRET)];
    let answer = lab.post("/token", &token_request(&code, &right)).await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn only_a_public_client_needs_no_secret() {
    let lab = Lab::new();
    let code = lab.code(&[("client_id", PUBLIC)]).await;
    let fields = token_request(&code, &[("client_id", PUBLIC)]);
    assert_eq!(lab.post("/token", &fields).await.status(), 200);
    let code = lab.code(&[]).await;
    for client in [CLIENT, "unknown", ""] {
        let fields = token_request(&code, &[("client_id", client)]);
        let refused = lab.post("/token", &fields).await;
        assert_refused(refused, 401, "invalid_client").await;
    }
}

#[tokio::test]
async fn a_request_that_says_two_things_is_refused() {
    let lab = Lab::new();
    let code = lab.code(&[]).await;
    for twice in [("client_secret", SECRET), ("client_id", PUBLIC)] {
        let refused = lab.exchange(&code, &[twice]).await;
        assert_refused(refused, 400, "invalid_request").await;
    }
    let repeated = [("code_verifier", "a"), ("code_verifier", "b")];
    let refused = lab.exchange(&code, &repeated).await;
    assert_refused(refused, 400, "invalid_request").await;
}

#[tokio::test]
async fn a_request_with_a_gap_is_refused() {
    let lab = Lab::new();
    let code = lab.code(&[]).await;
    for name in ["grant_type", "code", "redirect_uri", "code_verifier"] {
        let refused = lab.exchange(&code, &[(name, "")]).await;
        assert_refused(refused, 400, "invalid_request").await;
    }
    let other = [("grant_type", "password")];
    let refused = lab.exchange(&code, &other).await;
    assert_refused(refused, 400, "unsupported_grant_type").await;
}
