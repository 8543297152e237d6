//! Each misbehaviour does what it says, and only that.

use std::time::{Duration, Instant};

use auth_dev_provider::{Config, Endpoint, Misbehaviour};
use aws_lc_rs::hmac;
use serde_json::{Value, json};

use crate::lab::{CLIENT, Jwt, Lab, SECRET};

/// The claims that tell a token from the right one, and are not the same each time.
fn unlike(right: &Value, wrong: &Value) -> Vec<String> {
    let (right, wrong) = (right.as_object().unwrap(), wrong.as_object().unwrap());
    let names = right
        .keys()
        .chain(wrong.keys().filter(|name| !right.contains_key(*name)));
    let changing = ["iat", "exp", "auth_time", "at_hash"];
    let differs = |name: &&String| match changing.contains(&name.as_str()) {
        true => right.contains_key(*name) != wrong.contains_key(*name),
        false => right.get(*name) != wrong.get(*name),
    };
    names.filter(differs).cloned().collect()
}

#[tokio::test]
async fn one_claim_of_the_id_token_is_wrong() {
    use Misbehaviour as M;
    let lab = Lab::new();
    let right = Jwt::of(&lab.sign_in(&[]).await).claims;
    let cases = [
        (M::WrongIss, "iss", json!(lab.url("/another"))),
        (M::WrongAud, "aud", json!("another-client")),
        (
            M::ExtraAudWithoutAzp,
            "aud",
            json!([CLIENT, "another-client"]),
        ),
        (M::WrongAzp, "azp", json!("another-client")),
        (M::MissingSub, "sub", Value::Null),
        (M::MissingIat, "iat", Value::Null),
        (M::MissingExp, "exp", Value::Null),
        (M::MissingNonce, "nonce", Value::Null),
        (
            M::WrongNonce,
            "nonce",
            json!("the-nonce-of-another-request"),
        ),
        (M::UnverifiedEmail, "email_verified", json!(false)),
        (M::EmailVerifiedAsString, "email_verified", json!("true")),
    ];
    for (misbehaviour, claim, value) in cases {
        let token = Jwt::of(&lab.sign_in_with(misbehaviour).await);
        assert!(lab.is_signed(&token).await);
        assert_eq!(token.claims[claim], value, "{misbehaviour}");
        assert_eq!(unlike(&right, &token.claims), [claim], "{misbehaviour}");
    }
}

#[tokio::test]
async fn the_times_of_the_id_token_are_wrong() {
    use Misbehaviour as M;
    let lab = Lab::new();
    let cases = [
        (M::Expired, "exp", -3600),
        (M::IatInFuture, "iat", 3600),
        (M::OldAuthTime, "auth_time", -86400),
    ];
    for (misbehaviour, claim, seconds) in cases {
        let token = Jwt::of(&lab.sign_in_with(misbehaviour).await);
        let off = token.seconds_ahead(claim) - seconds;
        assert!((-5..=0).contains(&off), "{misbehaviour}: {off}");
        assert!(lab.is_signed(&token).await);
    }
}

#[tokio::test]
async fn the_hash_of_the_access_token_is_wrong() {
    let lab = Lab::new();
    let misbehaviour = Misbehaviour::WrongAtHash;
    let first = Jwt::of(&lab.sign_in_with(misbehaviour).await);
    let second = Jwt::of(&lab.sign_in_with(misbehaviour).await);
    // The right ones differ, as the access tokens do.
    assert_eq!(first.claims["at_hash"], second.claims["at_hash"]);
}

#[tokio::test]
async fn the_header_of_the_id_token_is_wrong() {
    let lab = Lab::new();
    let token = Jwt::of(&lab.sign_in_with(Misbehaviour::NoKid).await);
    assert_eq!(token.header, json!({"alg": "RS256", "typ": "JWT"}));
    assert!(lab.is_signed(&token).await);
    let token = Jwt::of(&lab.sign_in_with(Misbehaviour::UnknownKid).await);
    assert_eq!(token.header["kid"], "unknown");
    assert!(lab.is_signed(&token).await);
}

#[tokio::test]
async fn the_signature_of_the_id_token_is_wrong() {
    let lab = Lab::new();
    let token = Jwt::of(&lab.sign_in_with(Misbehaviour::AlgNone).await);
    assert_eq!(token.header["alg"], "none");
    assert!(token.signature.is_empty());
    let token = Jwt::of(&lab.sign_in_with(Misbehaviour::AlgHs256).await);
    assert_eq!(token.header["alg"], "HS256");
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    assert!(hmac::verify(&key, token.message.as_bytes(), &token.signature).is_ok());
    let mut token = Jwt::of(&lab.sign_in_with(Misbehaviour::BadSignature).await);
    assert!(!lab.is_signed(&token).await);
    *token.signature.last_mut().unwrap() ^= 1;
    assert!(lab.is_signed(&token).await);
}

#[tokio::test]
async fn there_is_no_id_token() {
    let lab = Lab::new();
    let tokens = lab.sign_in_with(Misbehaviour::NoIdToken).await;
    assert_eq!(tokens.get("id_token"), None);
    lab.userinfo(&tokens).await;
}

#[tokio::test]
async fn there_is_no_address() {
    let lab = Lab::new();
    let tokens = lab.sign_in_with(Misbehaviour::NoEmail).await;
    for claims in [Jwt::of(&tokens).claims, lab.userinfo(&tokens).await] {
        assert_eq!(claims.get("email"), None);
        assert_eq!(claims.get("email_verified"), None);
        assert_eq!(claims["name"], "Amara Okafor");
    }
}

#[tokio::test]
async fn userinfo_is_wrong() {
    let lab = Lab::new();
    let tokens = lab.sign_in_with(Misbehaviour::OtherSubInUserinfo).await;
    assert_eq!(Jwt::of(&tokens).claims["sub"], "sample-amara");
    assert_eq!(lab.userinfo(&tokens).await["sub"], "sample-amara-another");
    let tokens = lab.sign_in_with(Misbehaviour::UserinfoFails).await;
    assert_eq!(lab.with_token("/userinfo", &tokens).await.status(), 500);
    let tokens = lab.sign_in_with(Misbehaviour::UnverifiedEmail).await;
    assert_eq!(lab.userinfo(&tokens).await["email_verified"], false);
    let tokens = lab.sign_in_with(Misbehaviour::EmailVerifiedAsString).await;
    assert_eq!(lab.userinfo(&tokens).await["email_verified"], "true");
}

#[tokio::test]
async fn the_token_endpoint_is_late() {
    let delay = Duration::from_millis(300);
    let lab = Lab::with(|config| Config {
        slow_answer: delay,
        ..config
    });
    let start = Instant::now();
    let tokens = lab.sign_in_with(Misbehaviour::SlowToken).await;
    assert!(start.elapsed() >= delay);
    assert!(lab.is_signed(&Jwt::of(&tokens)).await);
}

#[tokio::test]
async fn the_token_endpoint_answers_nonsense() {
    use Misbehaviour as M;
    let lab = Lab::new();
    let cases = [
        (M::FailingToken, 500, "application/json"),
        (M::TokenNotJson, 200, "text/html; charset=utf-8"),
        (M::HugeTokenAnswer, 200, "application/json"),
    ];
    for (misbehaviour, status, kind) in cases {
        let code = lab.code(&[("misbehave", misbehaviour.as_str())]).await;
        let answer = lab.exchange(&code, &[]).await;
        assert_eq!(answer.status(), status, "{misbehaviour}");
        assert_eq!(answer.headers()["content-type"], kind);
        let is_huge = answer.text().await.unwrap().len() > 8_000_000;
        assert_eq!(is_huge, misbehaviour == M::HugeTokenAnswer);
    }
}

#[tokio::test]
async fn the_token_endpoint_redirects_and_counts_who_follows() {
    let lab = Lab::new();
    let code = lab.code(&[("misbehave", "redirecting_token")]).await;
    let answer = lab.exchange(&code, &[]).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], lab.url("/elsewhere").as_str());
    assert_eq!(lab.provider.requests(Endpoint::Elsewhere), 0);
    lab.get("/elsewhere").await;
    assert_eq!(lab.provider.requests(Endpoint::Elsewhere), 1);
}

#[tokio::test]
async fn the_callback_names_the_wrong_issuer_or_none() {
    let lab = Lab::new();
    let decide = async |name| {
        let fields = [("person", "sample-eleni"), ("misbehave", name)];
        lab.decide(&fields).await
    };
    let wrong = decide("wrong_iss_in_callback").await;
    assert_eq!(wrong.get("iss"), Some(lab.url("/another")));
    assert!(wrong.get("code").is_some());
    let missing = decide("missing_iss_in_callback").await;
    assert_eq!(missing.get("iss"), None);
    assert!(missing.get("code").is_some());
}
