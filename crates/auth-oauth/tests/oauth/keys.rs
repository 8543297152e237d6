//! Keys that are not known yet.

use std::time::Duration;

use auth_dev_provider::{Endpoint, Misbehaviour};
use futures_util::future::join_all;
use serde_json::json;

use crate::browser::{assert_rejected, assert_unavailable, party};
use crate::scripted::{Scripted, claims};

const UNKNOWN: &str = "signed by a key that is not published";

#[tokio::test]
async fn a_key_that_changes_just_before_signing_is_found() {
    let party = party();
    party
        .misbehaving(Misbehaviour::RotateBeforeSigning)
        .await
        .unwrap();
    // Once with the metadata, and once for the new key.
    assert_eq!(party.requests(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn an_unknown_key_has_the_keys_fetched_once_per_cool_down() {
    let party = party();
    for _ in 0..3 {
        let proof = party.misbehaving(Misbehaviour::UnknownKid).await;
        assert_rejected(proof, UNKNOWN);
    }
    assert_eq!(party.requests(Endpoint::Jwks), 2);
    party.clock.advance(Duration::from_secs(11));
    let proof = party.misbehaving(Misbehaviour::UnknownKid).await;
    assert_rejected(proof, UNKNOWN);
    assert_eq!(party.requests(Endpoint::Jwks), 3);
}

#[tokio::test]
async fn a_second_rotation_is_found_after_the_cool_down() {
    let party = party();
    party
        .misbehaving(Misbehaviour::RotateBeforeSigning)
        .await
        .unwrap();
    let proof = party.misbehaving(Misbehaviour::RotateBeforeSigning).await;
    assert_rejected(proof, UNKNOWN);
    party.clock.advance(Duration::from_secs(11));
    party.sign_in().await.unwrap();
}

#[tokio::test]
async fn everybody_who_comes_after_a_rotation_shares_one_fetch() {
    let party = party();
    party.sign_in().await.unwrap();
    party.provider.rotate_key().unwrap();
    for proof in join_all((0..8).map(|_| party.sign_in())).await {
        proof.unwrap();
    }
    assert_eq!(party.requests(Endpoint::Jwks), 2);
}

/// The keys that another request fetched may have been on their way already when the token was
/// signed by a newer one.
#[tokio::test]
async fn keys_that_another_fetched_are_not_the_last_word() {
    let scripted = Scripted::start_with(|config| config.key_cooldown = Duration::ZERO).await;
    scripted.sign_in(&claims()).await.unwrap();
    let tokens = scripted.tokens_with(&json!({"kid": "two"}), &claims());
    scripted.json("/token", &tokens);
    scripted.publish_key_late(json!({"kid": "two"}));
    for proof in join_all((0..2).map(|_| scripted.redeem())).await {
        proof.unwrap();
    }
}

#[tokio::test]
async fn known_keys_are_not_fetched_again() {
    let party = party();
    for _ in 0..3 {
        party.sign_in().await.unwrap();
    }
    assert_eq!(party.requests(Endpoint::Jwks), 1);
}

#[tokio::test]
async fn keys_that_cant_be_fetched_make_the_provider_unavailable() {
    let scripted = Scripted::start().await;
    scripted.answer("/jwks", "502 Bad Gateway", "text/plain", "");
    assert_unavailable(scripted.start_flow().await, "status 502");
}
