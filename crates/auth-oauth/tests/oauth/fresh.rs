//! Asking for a fresh sign-in.

use std::time::Duration;

use auth_core::identity::{Challenge, IdentityProvider as _};
use auth_core::{Clock as _, SystemClock};
use auth_dev_provider::Misbehaviour;
use url::Url;

use crate::browser::{AMARA, assert_rejected, challenge, party, party_with, patient, query};
use crate::scripted::{Scripted, claims};

fn fresh() -> Challenge {
    Challenge {
        authenticated_since: Some(SystemClock.now()),
        ..challenge()
    }
}

#[tokio::test]
async fn the_provider_is_asked_for_it() {
    for prompt in ["login", "select_account"] {
        let party = party_with(patient(), |_| {}, |it| it.fresh_prompt = prompt.into());
        let url = party.oidc.authorization_url(&fresh()).await.unwrap();
        let url = Url::parse(&url).unwrap();
        assert_eq!(query(&url, "prompt").as_deref(), Some(prompt));
        assert_eq!(query(&url, "max_age").as_deref(), Some("0"));
    }
}

#[tokio::test]
async fn a_fresh_sign_in_is_told_with_its_time() {
    let proof = party().arrive(&fresh(), &[AMARA]).await.unwrap();
    let age = SystemClock.now().since(proof.auth_time.unwrap());
    assert!(age < Duration::from_secs(30), "{age:?}");
}

#[tokio::test]
async fn a_session_of_yesterday_will_not_do() {
    let party = party();
    let so = Misbehaviour::OldAuthTime;
    let proof = party
        .arrive(&fresh(), &[AMARA, ("misbehave", so.as_str())])
        .await;
    assert_rejected(proof, "auth_time is another time");
    // It does where nobody asked for a fresh one.
    party.misbehaving(so).await.unwrap();
}

#[tokio::test]
async fn a_provider_that_states_no_time_is_believed() {
    let mut scripted = Scripted::start().await;
    scripted.challenge = fresh();
    let proof = scripted.sign_in(&claims()).await.unwrap();
    assert_eq!(proof.auth_time, None);
}
