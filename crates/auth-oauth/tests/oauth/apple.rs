//! Apple's client secret, which is signed for each use.

use auth_core::SecretText;
use auth_oauth::{ClientAuth, ClientSecret, NotASigningKey, SigningClient};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::PublicKeyData as _;
use serde_json::Value;

use crate::scripted::{Scripted, claims, now};

#[tokio::test]
async fn the_secret_is_signed_for_the_token_endpoint_and_now() {
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = SecretText::new(key.serialize_pem());
    let signing = SigningClient::new("TEAM", "KEY", &pem).unwrap();
    assert!(!format!("{signing:?}").contains("PRIVATE"));
    let scripted = Scripted::start_with(|it| {
        it.client_secret = ClientSecret::Signed(signing);
        it.client_auth = Some(ClientAuth::Post);
    })
    .await;
    scripted.sign_in(&claims()).await.unwrap();
    let request = scripted.request_to("POST /token");
    let (_, secret) = request.split_once("client_secret=").unwrap();
    let secret = secret.split('&').next().unwrap();
    let (signed, signature) = secret.rsplit_once('.').unwrap();
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.der_bytes());
    public
        .verify(signed.as_bytes(), &decoded(signature))
        .unwrap();
    let (header, body) = signed.split_once('.').unwrap();
    let json = |part: &str| serde_json::from_slice::<Value>(&decoded(part)).unwrap();
    let (header, body) = (json(header), json(body));
    assert_eq!(
        (&header["alg"], &header["kid"]),
        (&"ES256".into(), &"KEY".into())
    );
    assert_eq!(body["iss"], "TEAM");
    assert_eq!(body["sub"], crate::browser::CLIENT);
    assert_eq!(body["aud"], scripted.server.base.as_str());
    assert!(body["iat"].as_i64().unwrap() < now() && body["exp"].as_i64().unwrap() > now());
}

#[test]
fn a_key_that_cant_sign_is_refused() {
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    for pem in ["", "-----BEGIN PRIVATE KEY-----", &p384.serialize_pem()] {
        let refused = SigningClient::new("TEAM", "KEY", &SecretText::new(pem)).err();
        assert_eq!(refused, Some(NotASigningKey));
    }
}
