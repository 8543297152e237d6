//! The authorization code flow as it should be.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::lab::{CLIENT, Jwt, Lab};

#[tokio::test]
async fn discovery_describes_the_provider() {
    let lab = Lab::new();
    let document = lab.json("/.well-known/openid-configuration").await;
    let addresses = [
        ("issuer", ""),
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("userinfo_endpoint", "/userinfo"),
        ("jwks_uri", "/jwks"),
    ];
    for (member, path) in addresses {
        assert_eq!(document[member], lab.url(path));
    }
    let lists = [
        ("response_types_supported", json!(["code"])),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!(["RS256"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("scopes_supported", json!(["openid", "profile", "email"])),
    ];
    for (member, list) in lists {
        assert_eq!(document[member], list);
    }
    let says_iss = &document["authorization_response_iss_parameter_supported"];
    assert_eq!(says_iss, &json!(true));
}

#[tokio::test]
async fn the_callback_gets_code_state_and_issuer() {
    let lab = Lab::new();
    let callback = lab.decide(&[("person", "sample-eleni")]).await;
    assert!(callback.get("code").is_some());
    assert_eq!(callback.get("state").as_deref(), Some("the state"));
    assert_eq!(callback.get("iss").as_deref(), Some(lab.provider.issuer()));
    assert_eq!(callback.get("kept").as_deref(), Some("yes"));
}

#[tokio::test]
async fn a_code_gives_a_signed_id_token() {
    let lab = Lab::new();
    let tokens = lab.sign_in(&[]).await;
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 600);
    let token = Jwt::of(&tokens);
    assert_eq!(token.header["alg"], "RS256");
    assert_eq!(token.header["kid"], lab.kids().await[0].as_str());
    assert!(lab.is_signed(&token).await);
    let claims = &token.claims;
    assert_eq!(claims["iss"], lab.provider.issuer());
    assert_eq!(claims["sub"], "sample-amara");
    assert_eq!(claims["aud"], CLIENT);
    assert_eq!(claims["nonce"], "the nonce");
    assert!((-5..=0).contains(&token.seconds_ahead("iat")));
    assert!((-5..=0).contains(&token.seconds_ahead("auth_time")));
    assert!((595..=600).contains(&token.seconds_ahead("exp")));
}

#[tokio::test]
async fn the_id_token_is_bound_to_the_access_token() {
    let lab = Lab::new();
    let tokens = lab.sign_in(&[]).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    let hash = digest::digest(&digest::SHA256, access_token.as_bytes());
    let half = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
    assert_eq!(Jwt::of(&tokens).claims["at_hash"], half);
}

#[tokio::test]
async fn userinfo_tells_the_claims_of_the_scopes() {
    let lab = Lab::new();
    let whole = json!({
        "sub": "sample-amara", "name": "Amara Okafor", "given_name": "Amara",
        "family_name": "Okafor", "preferred_username": "amara",
        "email": "amara@example.com", "email_verified": true,
    });
    assert_eq!(lab.userinfo(&lab.sign_in(&[]).await).await, whole);
    let only = lab.sign_in(&[("scope", "openid email")]).await;
    let email =
        json!({"sub": "sample-amara", "email": "amara@example.com", "email_verified": true});
    assert_eq!(lab.userinfo(&only).await, email);
    let bare = lab.sign_in(&[("scope", "openid")]).await;
    assert_eq!(lab.userinfo(&bare).await, json!({"sub": "sample-amara"}));
}

#[tokio::test]
async fn the_id_token_carries_the_claims_of_the_scopes_unless_told_otherwise() {
    let lab = Lab::new();
    let token = Jwt::of(&lab.sign_in(&[]).await);
    assert_eq!(token.claims["email"], "amara@example.com");
    assert_eq!(token.claims["name"], "Amara Okafor");
    let lab = Lab::with(|config| auth_dev_provider::Config {
        claims_in_id_token: false,
        ..config
    });
    let tokens = lab.sign_in(&[]).await;
    let token = Jwt::of(&tokens);
    assert_eq!(token.claims.get("email"), None);
    assert_eq!(token.claims.get("name"), None);
    assert_eq!(lab.userinfo(&tokens).await["email"], "amara@example.com");
}

#[tokio::test]
async fn without_the_scope_openid_it_is_plain_oauth() {
    let lab = Lab::new();
    let tokens = lab.sign_in(&[("scope", "email")]).await;
    assert_eq!(tokens.get("id_token"), None);
    assert_eq!(lab.with_token("/userinfo", &tokens).await.status(), 403);
}

#[tokio::test]
async fn userinfo_wants_a_good_token() {
    let lab = Lab::new();
    assert_eq!(lab.get("/userinfo").await.status(), 401);
    let unknown = json!({"access_token": "unknown"});
    let refused = lab.with_token("/userinfo", &unknown).await;
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("invalid_token"));
}
