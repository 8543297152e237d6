//! What else an ID token must be, beyond the certification profiles.

use auth_dev_provider::Misbehaviour;
use serde_json::json;

use crate::browser::{CLIENT, assert_rejected, party};
use crate::scripted::{Scripted, claims, now, with};

const NOT_NOW: &str = "expected now, within leeway=60s";
const ALGORITHM: &str = "which is not an algorithm that is allowed";
const AZP: &str = "azp is `another";
const SEVERAL: &str = "aud is for `another";
const SUBJECT: &str = "sub is empty or too long";

#[tokio::test]
async fn what_can_be_wrong_is_refused() {
    let party = party();
    for (so, why) in [
        (Misbehaviour::ExtraAudWithoutAzp, SEVERAL),
        (Misbehaviour::WrongAzp, AZP),
        (Misbehaviour::Expired, NOT_NOW),
        (Misbehaviour::IatInFuture, NOT_NOW),
        (Misbehaviour::MissingExp, "exp is nothing, expected a time"),
        (
            Misbehaviour::MissingNonce,
            "nonce is nothing, expected the one that was sent (nonce=off",
        ),
        (Misbehaviour::WrongAtHash, "at_hash is another one"),
        (Misbehaviour::AlgHs256, ALGORITHM),
        (Misbehaviour::NoIdToken, "the provider gave no ID token"),
    ] {
        assert_rejected(party.misbehaving(so).await, why);
    }
}

#[tokio::test]
async fn other_audiences_have_to_be_trusted_and_need_an_azp() {
    let scripted = Scripted::start().await;
    let two = with(claims(), json!({"aud": [CLIENT, "another"]}));
    let ours = with(two.clone(), json!({"azp": CLIENT}));
    assert_rejected(scripted.sign_in(&ours).await, SEVERAL);
    let trusting = Scripted::start_with(|it| it.audiences = vec!["another".into()]).await;
    let none = "azp is nothing, expected client_id `the-client`";
    assert_rejected(trusting.sign_in(&two).await, none);
    let others = with(two.clone(), json!({"azp": "another"}));
    assert_rejected(trusting.sign_in(&others).await, AZP);
    trusting.sign_in(&ours).await.unwrap();
    let third = with(ours, json!({"aud": [CLIENT, "another", "third"]}));
    assert_rejected(trusting.sign_in(&third).await, "aud is for `third` too");
}

#[tokio::test]
async fn an_authorized_party_does_not_make_up_for_the_audience() {
    let scripted = Scripted::start().await;
    let others = with(claims(), json!({"aud": ["another"], "azp": CLIENT}));
    assert_rejected(
        scripted.sign_in(&others).await,
        "aud is `another`, expected client_id `the-client`",
    );
}

#[tokio::test]
async fn clocks_may_be_a_leeway_apart_and_a_token_ten_minutes_old() {
    let scripted = Scripted::start().await;
    let timed =
        |iat: i64, exp: i64| with(claims(), json!({"iat": now() + iat, "exp": now() + exp}));
    // A second to spare, since the test takes time itself.
    for (iat, exp) in [(55, 120), (-650, 60), (-60, -50)] {
        scripted.sign_in(&timed(iat, exp)).await.unwrap();
    }
    for (iat, exp) in [(65, 120), (-665, 60), (-120, -61)] {
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
    let early = with(claims(), json!({"auth_time": now() + 90}));
    let why = "auth_time is another time";
    assert_rejected(scripted.sign_in(&early).await, why);
}

/// Whoever knows the secret could sign otherwise, and "none" needs no secret at all.
#[tokio::test]
async fn listing_a_symmetric_algorithm_does_not_make_the_secret_a_key() {
    let scripted = Scripted::start().await;
    scripted.json("/token", &scripted.tokens_by_secret(&claims()));
    assert_rejected(scripted.redeem().await, ALGORITHM);
}
