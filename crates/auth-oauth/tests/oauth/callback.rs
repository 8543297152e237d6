//! RFC 9207: who answers.

use auth_core::IdentityProvider as _;
use auth_core::identity::Answer;
use auth_dev_provider::{Endpoint, Misbehaviour};

use crate::browser::{AMARA, answer, assert_rejected, challenge, party};
use crate::scripted::{Scripted, claims};

#[tokio::test]
async fn a_callback_of_another_issuer_is_refused_before_the_code_is_redeemed() {
    let party = party();
    let proof = party.misbehaving(Misbehaviour::WrongIssInCallback).await;
    assert_rejected(proof, "the callback comes from another issuer");
    assert_eq!(party.requests(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_provider_that_promised_to_name_itself_has_to() {
    let party = party();
    let proof = party.misbehaving(Misbehaviour::MissingIssInCallback).await;
    assert_rejected(proof, "the callback does not name its issuer");
    assert_eq!(party.requests(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_provider_that_promised_nothing_need_not() {
    let scripted = Scripted::start().await;
    scripted.sign_in(&claims()).await.unwrap();
}

/// Mix-up: the code that one provider gave is shown to another.
#[tokio::test]
async fn a_code_of_another_provider_is_refused() {
    let (one, other) = (party(), party());
    let challenge = challenge();
    let stolen = answer(&one.oidc, &challenge, &[AMARA]).await;
    let proof = other.oidc.identify(&stolen, &challenge).await;
    assert_rejected(proof, "the callback comes from another issuer");
    let dressed_up = Answer {
        issuer: Some(other.provider.issuer().to_owned()),
        ..stolen
    };
    let proof = other.oidc.identify(&dressed_up, &challenge).await;
    assert_rejected(proof, "error invalid_grant");
}

#[tokio::test]
async fn a_code_is_good_once_and_for_the_challenge_it_answers() {
    let party = party();
    let (mine, others) = (challenge(), challenge());
    let code = answer(&party.oidc, &mine, &[AMARA]).await;
    let proof = party.oidc.identify(&code, &others).await;
    assert_rejected(proof, "error invalid_grant");
    let code = answer(&party.oidc, &mine, &[AMARA]).await;
    party.oidc.identify(&code, &mine).await.unwrap();
    let proof = party.oidc.identify(&code, &mine).await;
    assert_rejected(proof, "error invalid_grant");
}
