//! The OpenID Foundation's relying-party certification profiles Basic and Config, test by
//! test under its names (<https://openid.net/certification/rp_testing/>).

use auth_core::IdentityProvider as _;
use auth_dev_provider::{Endpoint, Misbehaviour};
use url::Url;

use crate::browser::{AMARA, assert_rejected, challenge, party, party_with, patient, query};
use crate::scripted::{Scripted, claims};

#[tokio::test]
async fn rp_response_type_code() {
    let party = party();
    let url = party.oidc.authorization_url(&challenge()).await.unwrap();
    let response_type = query(&Url::parse(&url).unwrap(), "response_type");
    assert_eq!(response_type.as_deref(), Some("code"));
    party.sign_in().await.unwrap();
}

#[tokio::test]
async fn rp_scope_userinfo_claims() {
    let party = party_with(patient(), |it| it.claims_in_id_token = false, |_| {});
    let amara = party.sign_in().await.unwrap();
    assert_eq!(amara.email.unwrap().as_str(), "amara@example.com");
    assert_eq!(amara.given_name.as_deref(), Some("Amara"));
    let narrow = |it: &mut auth_oauth::OidcConfig| it.scopes = vec!["openid".into()];
    let party = party_with(patient(), |_| {}, narrow);
    let amara = party.sign_in().await.unwrap();
    assert_eq!((amara.email, amara.full_name), (None, None));
}

#[tokio::test]
async fn rp_nonce_invalid() {
    let proof = party().misbehaving(Misbehaviour::WrongNonce).await;
    assert_rejected(proof, "nonce is another one");
}

#[tokio::test]
async fn rp_token_endpoint_client_secret_basic() {
    let scripted = Scripted::start().await;
    scripted.sign_in(&claims()).await.unwrap();
    let request = scripted.request_to("POST /token");
    // the-client:the-client-secret
    assert!(request.contains("authorization: Basic dGhlLWNsaWVudDp0aGUtY2xpZW50LXNlY3JldA=="));
    assert!(!request.contains("client_secret"), "{request}");
}

#[tokio::test]
async fn rp_id_token_aud() {
    let proof = party().misbehaving(Misbehaviour::WrongAud).await;
    assert_rejected(
        proof,
        "aud is `another-client`, expected client_id `the-client`",
    );
}

#[tokio::test]
async fn rp_id_token_kid_absent_single_jwks() {
    party().misbehaving(Misbehaviour::NoKid).await.unwrap();
}

#[tokio::test]
async fn rp_id_token_kid_absent_multiple_jwks() {
    let party = party();
    party.provider.publish_keys(3).unwrap();
    let proof = party.misbehaving(Misbehaviour::NoKid).await;
    assert_rejected(
        proof,
        "the ID token does not say which of several keys signed it",
    );
}

#[tokio::test]
async fn rp_id_token_iat() {
    let proof = party().misbehaving(Misbehaviour::MissingIat).await;
    assert_rejected(proof, "iat is nothing, expected a time");
}

#[tokio::test]
async fn rp_id_token_sig_rs256() {
    party().sign_in().await.unwrap();
}

#[tokio::test]
async fn rp_id_token_bad_sig_rs256() {
    let proof = party().misbehaving(Misbehaviour::BadSignature).await;
    assert_rejected(proof, "the ID token's signature is wrong");
}

/// A client may take unsigned ID tokens in this flow; this one does not.
#[tokio::test]
async fn rp_id_token_sig_none() {
    let proof = party().misbehaving(Misbehaviour::AlgNone).await;
    assert_rejected(
        proof,
        "signed by `none`, which is not an algorithm that is allowed",
    );
}

#[tokio::test]
async fn rp_id_token_issuer_mismatch() {
    let proof = party().misbehaving(Misbehaviour::WrongIss).await;
    assert_rejected(proof, "iss is `http://127.0.0.1:");
}

#[tokio::test]
async fn rp_id_token_sub() {
    let proof = party().misbehaving(Misbehaviour::MissingSub).await;
    assert_rejected(proof, "sub is nothing, expected a text");
}

#[tokio::test]
async fn rp_userinfo_bearer_header() {
    let scripted = Scripted::start().await;
    scripted.sign_in(&claims()).await.unwrap();
    let request = scripted.request_to("GET /userinfo ");
    assert!(
        request.contains("authorization: Bearer the-access-token"),
        "{request}"
    );
}

#[tokio::test]
async fn rp_userinfo_bad_sub_claim() {
    let party = party_with(patient(), |it| it.claims_in_id_token = false, |_| {});
    let proof = party.misbehaving(Misbehaviour::OtherSubInUserinfo).await;
    assert_rejected(proof, "sub is another one, expected that of the ID token");
}

#[tokio::test]
async fn rp_discovery_openid_configuration() {
    let party = party();
    let url = party.oidc.authorization_url(&challenge()).await.unwrap();
    let start = format!("{}/authorize?", party.provider.issuer());
    assert!(url.starts_with(&start), "{url}");
    assert_eq!(party.requests(Endpoint::Discovery), 1);
}

#[tokio::test]
async fn rp_discovery_jwks_uri_keys() {
    let party = party();
    party.provider.publish_keys(3).unwrap();
    party.sign_in().await.unwrap();
    assert_eq!(party.requests(Endpoint::Jwks), 1);
}

#[tokio::test]
async fn rp_discovery_issuer_not_matching_config() {
    let party = party();
    for other in [
        "https://another.example",
        &format!("{}/", party.provider.issuer()),
    ] {
        party.provider.discovery_issuer(Some(other));
        let start = party.oidc.authorization_url(&challenge()).await;
        let why = format!(
            "names the issuer `{other}`, but issuer=`{}`",
            party.provider.issuer()
        );
        assert_rejected(start, &why);
        let checked = party.oidc.check().await;
        assert_rejected(checked, &why);
        party.clock.advance(std::time::Duration::from_secs(2));
    }
}

#[tokio::test]
async fn rp_key_rotation_op_sign_key() {
    let party = party();
    party.sign_in().await.unwrap();
    party.provider.rotate_key().unwrap();
    party.sign_in().await.unwrap();
    assert_eq!(party.requests(Endpoint::Jwks), 2);
}

/// The code is redeemed after the key has changed.
#[tokio::test]
async fn rp_key_rotation_op_sign_key_native() {
    let party = party();
    let challenge = challenge();
    let answer = crate::browser::answer(&party.oidc, &challenge, &[AMARA]).await;
    party.provider.rotate_key().unwrap();
    party.oidc.identify(&answer, &challenge).await.unwrap();
}
