//! What becomes known about a person.

use auth_dev_provider::{Endpoint, Misbehaviour};
use serde_json::json;

use crate::browser::{
    AMARA, assert_rejected, assert_unavailable, challenge, party, party_with, patient,
};
use crate::scripted::{Scripted, claims, with};

#[tokio::test]
async fn everything_the_id_token_tells() {
    let party = party();
    let amara = party.sign_in().await.unwrap();
    assert_eq!(amara.subject.issuer, party.provider.issuer());
    assert_eq!(amara.subject.name, "sample-amara");
    assert_eq!(amara.email.unwrap().as_str(), "amara@example.com");
    assert!(amara.email_verified);
    assert_eq!(amara.full_name.as_deref(), Some("Amara Okafor"));
    assert_eq!(amara.given_name.as_deref(), Some("Amara"));
    assert_eq!(amara.family_name.as_deref(), Some("Okafor"));
    assert_eq!(amara.preferred_username.as_deref(), Some("amara"));
    // Userinfo had nothing to add.
    assert_eq!(party.requests(Endpoint::Userinfo), 0);
}

#[tokio::test]
async fn an_address_that_is_not_verified_is_not() {
    let party = party();
    let amara = party
        .misbehaving(Misbehaviour::UnverifiedEmail)
        .await
        .unwrap();
    assert!(amara.email.is_some() && !amara.email_verified);
    let none = party.misbehaving(Misbehaviour::NoEmail).await.unwrap();
    assert!(none.email.is_none() && !none.email_verified);
}

#[tokio::test]
async fn verified_as_a_text_counts_only_where_it_is_set() {
    let so = Misbehaviour::EmailVerifiedAsString;
    for in_id_token in [true, false] {
        let party = party_with(patient(), |it| it.claims_in_id_token = in_id_token, |_| {});
        let amara = party.misbehaving(so).await.unwrap();
        assert!(amara.email.is_some() && !amara.email_verified);
        let doubt = amara.doubt.unwrap();
        let why = "email_verified is the text true, expected true; set trust_email=text";
        assert!(doubt.contains(why), "{doubt}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_left_out() {
    let decision = [
        ("subject", "x"),
        ("email", "not an address"),
        ("email_verified", "true"),
    ];
    let proof = party().arrive(&challenge(), &decision).await.unwrap();
    assert!(proof.email.is_none() && !proof.email_verified);
}

#[tokio::test]
async fn one_source_does_not_vouch_for_the_address_of_the_other() {
    let scripted = Scripted::start().await;
    let email = json!({"sub": "somebody", "email": "a@example.com"});
    let verified = json!({"sub": "somebody", "email_verified": true});
    scripted.json("/userinfo", &email);
    let proof = scripted
        .sign_in(&with(claims(), verified.clone()))
        .await
        .unwrap();
    assert!(proof.email.is_some() && !proof.email_verified);
    scripted.json("/userinfo", &verified);
    let proof = scripted.sign_in(&with(claims(), email)).await.unwrap();
    assert!(proof.email.is_some() && !proof.email_verified);
}

#[tokio::test]
async fn failing_userinfo_fails_the_sign_in() {
    let party = party_with(patient(), |it| it.claims_in_id_token = false, |_| {});
    let so = ("misbehave", Misbehaviour::UserinfoFails.as_str());
    let proof = party.arrive(&challenge(), &[AMARA, so]).await;
    assert_unavailable(proof, "status 500");
    let scripted = Scripted::start().await;
    scripted.answer("/userinfo", "403 Forbidden", "text/plain", "");
    let proof = scripted.sign_in(&claims()).await;
    assert_rejected(proof, "status 403");
}

#[tokio::test]
async fn a_provider_without_userinfo_has_an_id_token_at_least() {
    let scripted = Scripted::start().await;
    scripted.metadata(json!({"userinfo_endpoint": null}));
    let proof = scripted.sign_in(&claims()).await.unwrap();
    assert_eq!(proof.subject.name, "somebody");
    assert_eq!(proof.email, None);
}

#[tokio::test]
async fn people_who_sign_in_at_once_are_not_mixed_up() {
    let party = party();
    let arrive = async |name: &str| {
        let proof = party.arrive(&challenge(), &[("subject", name)]).await;
        proof.unwrap().subject.name
    };
    let names: Vec<String> = (0..20).map(|n| format!("person-{n}")).collect();
    let proven = futures_util::future::join_all(names.iter().map(|name| arrive(name))).await;
    assert_eq!(proven, names);
}
