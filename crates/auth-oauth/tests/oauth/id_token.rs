//! What else an ID token must be, beyond the certification profiles.

use auth_dev_provider::Misbehaviour;
use serde_json::json;

use crate::browser::{CLIENT, assert_rejected, party};
use crate::scripted::{Scripted, claims, now, with};

const NOT_NOW: &str = "the ID token's exp or iat is not of now";
const ALGORITHM: &str = "the ID token is not signed by an algorithm that is allowed";
const AZP: &str = "the ID token's azp is another client";
const SEVERAL: &str = "the ID token is for several clients and has no azp";
const SUBJECT: &str = "the ID token's sub is empty or too long";

#[tokio::test]
async fn what_can_be_wrong_is_refused() {
    let party = party();
    for (so, why) in [
        (Misbehaviour::ExtraAudWithoutAzp, SEVERAL),
        (Misbehaviour::WrongAzp, AZP),
        (Misbehaviour::Expired, NOT_NOW),
        (Misbehaviour::IatInFuture, NOT_NOW),
        (
            Misbehaviour::MissingExp,
            "the token endpoint's answer can't be read",
        ),
        (
            Misbehaviour::MissingNonce,
            "the ID token's nonce is not the one that was sent",
        ),
        (
            Misbehaviour::WrongAtHash,
            "the ID token belongs to another access token",
        ),
        (Misbehaviour::AlgHs256, ALGORITHM),
        (Misbehaviour::NoIdToken, "the provider gave no ID token"),
    ] {
        assert_rejected(party.misbehaving(so).await, why);
    }
}

#[tokio::test]
async fn several_audiences_need_the_client_as_authorized_party() {
    let scripted = Scripted::start().await;
    let two = with(claims(), json!({"aud": [CLIENT, "another"]}));
    assert_rejected(scripted.sign_in(&two).await, SEVERAL);
    let others = with(two.clone(), json!({"azp": "another"}));
    assert_rejected(scripted.sign_in(&others).await, AZP);
    let ours = with(two, json!({"azp": CLIENT}));
    scripted.sign_in(&ours).await.unwrap();
}

#[tokio::test]
async fn an_authorized_party_does_not_make_up_for_the_audience() {
    let scripted = Scripted::start().await;
    let others = with(claims(), json!({"aud": ["another"], "azp": CLIENT}));
    assert_rejected(
        scripted.sign_in(&others).await,
        "the ID token is for another client",
    );
}

#[tokio::test]
async fn clocks_may_be_five_seconds_apart_and_a_token_ten_minutes_old() {
    let scripted = Scripted::start().await;
    let timed =
        |iat: i64, exp: i64| with(claims(), json!({"iat": now() + iat, "exp": now() + exp}));
    // A second to spare, since the test takes time itself.
    for (iat, exp) in [(4, 60), (-590, 60), (-60, -2)] {
        scripted.sign_in(&timed(iat, exp)).await.unwrap();
    }
    for (iat, exp) in [(8, 60), (-602, 60), (-60, -6)] {
        assert_rejected(scripted.sign_in(&timed(iat, exp)).await, NOT_NOW);
    }
}

#[tokio::test]
async fn a_subject_has_1_to_255_characters() {
    let scripted = Scripted::start().await;
    let named = |name: &str| with(claims(), json!({"sub": name}));
    for name in ["", &"x".repeat(256)] {
        assert_rejected(scripted.sign_in(&named(name)).await, SUBJECT);
    }
    let longest = "x".repeat(255);
    scripted.json("/userinfo", &json!({"sub": longest}));
    let proof = scripted.sign_in(&named(&longest)).await.unwrap();
    assert_eq!(proof.subject.name, longest);
}

#[tokio::test]
async fn only_listed_algorithms_are_taken() {
    for listed in [json!(["RS256"]), json!(["HS256"]), json!([])] {
        let scripted = Scripted::start().await;
        scripted.metadata(json!({"id_token_signing_alg_values_supported": listed}));
        assert_rejected(scripted.sign_in(&claims()).await, ALGORITHM);
    }
}

#[tokio::test]
async fn a_time_of_sign_in_that_is_still_to_come_is_refused() {
    let scripted = Scripted::start().await;
    let early = with(claims(), json!({"auth_time": now() + 60}));
    let why = "the person did not sign in at the provider anew";
    assert_rejected(scripted.sign_in(&early).await, why);
}

/// Whoever knows the secret could sign otherwise, and "none" needs no secret at all.
#[tokio::test]
async fn listing_a_symmetric_algorithm_does_not_make_the_secret_a_key() {
    let scripted = Scripted::start().await;
    scripted.json("/token", &scripted.tokens_by_secret(&claims()));
    assert_rejected(scripted.redeem().await, ALGORITHM);
}
