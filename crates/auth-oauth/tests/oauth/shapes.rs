//! What real providers send: read where it is not used, and usable where a setting says so.

use std::time::Duration;

use auth_core::SecretText;
use auth_core::identity::{Answer, IdentityProvider as _};
use auth_oauth::{ClaimNames, ClientAuth, OidcConfig, TrustEmail, Userinfo};
use serde_json::{Value, json};

use crate::browser::{CLIENT, Proof, assert_rejected};
use crate::scripted::{Scripted, claims, now, with};

fn amara() -> Value {
    json!({"email": "amara@example.com", "email_verified": true, "name": "Amara Okafor"})
}

async fn signed_in(members: Value, change: impl FnOnce(&mut OidcConfig)) -> Proof {
    let scripted = Scripted::start_with(change).await;
    scripted.sign_in(&with(claims(), members)).await
}

#[tokio::test]
async fn claims_that_nobody_uses_can_have_any_form() {
    for members in [
        json!({"updated_at": "2026-01-02T03:04:05.678Z"}),
        json!({"locale": {"country": "US", "language": "en"}}),
        json!({"auth_time": "2026-01-02T03:04:05Z"}),
        json!({"phone_number_verified": "true", "address": "Main Street", "birthdate": 1990}),
        json!({"picture": null, "website": [], "gender": 1, "amr": "pwd", "acr": 1}),
        json!({"given_name": {"en": "Amara"}, "preferred_username": 7}),
        json!({"sub": "somebody", "cognito:username": "amara", "token_use": "id"}),
    ] {
        let proof = signed_in(with(amara(), members.clone()), |_| {}).await;
        let proof = proof.unwrap_or_else(|error| panic!("{members}: {error:?}"));
        assert!(proof.email_verified, "{members}");
    }
}

#[tokio::test]
async fn what_else_a_token_answer_holds_does_not_matter() {
    let scripted = Scripted::start().await;
    let good = scripted.tokens(&with(claims(), amara()));
    for members in [
        json!({"expires_in": "3599", "ext_expires_in": "3599", "not_before": "0"}),
        json!({"expires_in": null, "refresh_token": null, "scope": null}),
        json!({"scope": ["openid", "user:read:email"]}),
        json!({"token_type": "bearer"}),
        json!({"token_type": null}),
    ] {
        scripted.json("/token", &with(good.clone(), members.clone()));
        scripted
            .redeem()
            .await
            .unwrap_or_else(|error| panic!("{members}: {error:?}"));
    }
}

#[tokio::test]
async fn what_is_used_is_read_strictly_and_named() {
    let scripted = Scripted::start().await;
    let good = scripted.tokens(&claims());
    for (members, why) in [
        (
            json!({"token_type": "DPoP"}),
            "token_type is `DPoP`, expected Bearer",
        ),
        (
            json!({"token_type": ["Bearer"]}),
            "token_type is a list, expected Bearer",
        ),
        (
            json!({"access_token": 7}),
            "access_token is a number, expected a text",
        ),
        (json!({"id_token": {}}), "id_token is an object"),
    ] {
        scripted.json("/token", &with(good.clone(), members));
        assert_rejected(scripted.redeem().await, why);
    }
    for (members, why) in [
        (json!({"exp": "1767322800"}), "the ID token: exp is a text"),
        (json!({"iat": -1}), "the ID token: iat is a number"),
        (json!({"sub": 7}), "the ID token: sub is a number"),
        (json!({"nonce": [1]}), "the ID token: nonce is a list"),
        (
            json!({"aud": [CLIENT, 7]}),
            "the ID token: aud is a list of other things",
        ),
        (json!({"nbf": now() + 90}), "iat or nbf is"),
    ] {
        let proof = scripted.sign_in(&with(claims(), members)).await;
        assert_rejected(proof, why);
    }
}

#[tokio::test]
async fn metadata_is_read_whatever_it_lacks_and_is_called() {
    let scripted = Scripted::start().await;
    scripted.metadata(json!({
        "subject_types_supported": null,
        "response_types_supported": null,
        "id_token_signing_alg_values_supported": null,
        "token_endpoint_auth_methods_supported": [7],
        "claims_supported": "all",
    }));
    scripted.sign_in(&claims()).await.unwrap();
    for kind in ["text/plain; charset=utf-8", "application/octet-stream"] {
        let scripted = Scripted::start().await;
        scripted.retyped("/.well-known/openid-configuration", kind);
        scripted.retyped("/jwks", kind);
        scripted.sign_in(&claims()).await.unwrap();
    }
}

/// Entra ID sends no `email_verified`; some directories only `upn`, B2C a list.
#[tokio::test]
async fn an_issuer_can_be_trusted_with_its_addresses() {
    let plain = json!({"email": "amara@example.com"});
    let proof = signed_in(plain.clone(), |_| {}).await.unwrap();
    assert!(!proof.email_verified);
    assert!(proof.doubt.unwrap().contains("set trust_email=true"));
    let trusting = |it: &mut OidcConfig| it.trust_email = TrustEmail::Always;
    assert!(signed_in(plain, trusting).await.unwrap().email_verified);
    let denied = json!({"email": "amara@example.com", "email_verified": "false"});
    assert!(!signed_in(denied, trusting).await.unwrap().email_verified);
    for (claim, value) in [
        ("upn", json!("amara@example.com")),
        ("emails", json!(["amara@example.com", "b@example.com"])),
    ] {
        let mapped = |it: &mut OidcConfig| it.claims.email = claim.to_owned();
        // `email_verified` says nothing about another claim.
        let told = json!({claim: value, "email_verified": true});
        assert!(
            !signed_in(told.clone(), mapped)
                .await
                .unwrap()
                .email_verified
        );
        let proof = signed_in(told, |it| {
            mapped(it);
            trusting(it);
        });
        let proof = proof.await.unwrap();
        assert_eq!(proof.email.unwrap().as_str(), "amara@example.com");
        assert!(proof.email_verified);
    }
}

#[tokio::test]
async fn texts_count_as_verified_where_it_is_set() {
    let text = |it: &mut OidcConfig| it.trust_email = TrustEmail::Text;
    for (value, verified) in [
        (json!("true"), true),
        (json!("True"), true),
        (json!(1), true),
        (json!("false"), false),
        (json!("yes"), false),
        (json!(null), false),
    ] {
        let told = json!({"email": "amara@example.com", "email_verified": value});
        let proof = signed_in(told, text).await.unwrap();
        assert_eq!(proof.email_verified, verified, "{value}");
    }
}

#[tokio::test]
async fn names_can_have_other_names() {
    let told = json!({"display": "Amara Okafor", "first": "Amara", "last": "Okafor", "nick": "am"});
    let proof = signed_in(told, |it| {
        it.claims = ClaimNames {
            name: "display".into(),
            given_name: "first".into(),
            family_name: "last".into(),
            username: "nick".into(),
            ..ClaimNames::default()
        };
    });
    let proof = proof.await.unwrap();
    assert_eq!(proof.full_name.as_deref(), Some("Amara Okafor"));
    assert_eq!(proof.given_name.as_deref(), Some("Amara"));
    assert_eq!(proof.family_name.as_deref(), Some("Okafor"));
    assert_eq!(proof.preferred_username.as_deref(), Some("am"));
}

#[tokio::test]
async fn a_nonce_may_be_missing_where_it_is_off_but_not_be_another() {
    let off = |it: &mut OidcConfig| it.nonce = false;
    signed_in(json!({"nonce": null}), off).await.unwrap();
    let other = signed_in(json!({"nonce": "another"}), off).await;
    assert_rejected(other, "nonce is another one");
}

#[tokio::test]
async fn pkce_can_be_left_out() {
    let scripted = Scripted::start_with(|it| it.pkce = false).await;
    scripted.sign_in(&claims()).await.unwrap();
    let request = scripted.request_to("POST /token");
    assert!(!request.contains("code_verifier"), "{request}");
    let url = scripted.start_flow().await.unwrap();
    assert!(!url.contains("code_challenge"), "{url}");
}

#[tokio::test]
async fn the_way_of_the_secret_can_be_set() {
    for (auth, basic, post) in [
        (ClientAuth::Basic, true, false),
        (ClientAuth::Post, false, true),
        (ClientAuth::None, false, false),
    ] {
        let scripted = Scripted::start_with(|it| it.client_auth = Some(auth)).await;
        scripted.sign_in(&claims()).await.unwrap();
        let request = scripted.request_to("POST /token");
        assert_eq!(request.contains("authorization: Basic"), basic, "{auth}");
        assert_eq!(request.contains("client_secret="), post, "{auth}");
    }
}

#[tokio::test]
async fn userinfo_that_fails_matters_only_for_an_address() {
    let email = json!({"email": "amara@example.com", "email_verified": true});
    for (members, mode, fails) in [
        (&email, Userinfo::On, false),
        (&json!({}), Userinfo::On, true),
        (&json!({}), Userinfo::Optional, false),
        (&json!({}), Userinfo::Off, false),
    ] {
        let scripted = Scripted::start_with(|it| it.userinfo = mode).await;
        scripted.answer("/userinfo", "401 No", "application/jwt", "x.y.z");
        let proof = scripted.sign_in(&with(claims(), members.clone())).await;
        if fails {
            assert_rejected(proof, "userinfo at 127.0.0.1");
        } else {
            proof.unwrap();
        }
    }
    let scripted = Scripted::start_with(|it| it.userinfo = Userinfo::Optional).await;
    scripted.json("/userinfo", &json!({"sub": "somebody-else"}));
    let why = "sub is another one";
    assert_rejected(scripted.sign_in(&with(claims(), email)).await, why);
}

#[tokio::test]
async fn the_leeway_can_be_set() {
    let ahead = json!({"iat": now() + 30, "nbf": now() + 30});
    signed_in(ahead.clone(), |_| {}).await.unwrap();
    let strict = signed_in(ahead, |it| it.leeway = Duration::from_secs(5)).await;
    assert_rejected(
        strict,
        "ahead of the time here, expected now, within leeway=5s",
    );
}

const TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// A provider whose every tenant has an issuer of its own, as Entra ID publishes it.
async fn tenants(allowed: &[&str]) -> Scripted {
    let scripted = Scripted::start_with(|it| {
        it.discovery = Some(format!("{}/.well-known/openid-configuration", it.issuer));
        it.issuer.push_str("/{tenantid}/v2.0");
        it.tenants = allowed.iter().map(|one| (*one).to_owned()).collect();
    })
    .await;
    let issuer = format!("{}/{{tenantid}}/v2.0", scripted.server.base);
    scripted.metadata(json!({"issuer": issuer}));
    scripted
}

#[tokio::test]
async fn each_tenant_has_an_issuer_of_its_own() {
    let scripted = tenants(&[]).await;
    let of = |tenant: &str| format!("{}/{tenant}/v2.0", scripted.server.base);
    let told = |iss: String, tid: Value| with(claims(), json!({"iss": iss, "tid": tid}));
    let proof = scripted.sign_in(&told(of(TENANT), json!(TENANT))).await;
    let issuer = proof.unwrap().subject.issuer;
    assert_eq!(issuer, of(TENANT));
    assert!(scripted.oidc.vouches_as(&issuer));
    assert!(!scripted.oidc.vouches_as("https://id.example"));
    for (iss, tid, why) in [
        (of("other"), json!(TENANT), "iss is `"),
        (of("{tenantid}"), json!("{tenantid}"), "tid is `{tenantid}`"),
        (of("a/b"), json!("a/b"), "tid is `a/b`"),
        (of(""), json!(""), "tid is ``"),
        (of(TENANT), json!(null), "tid is nothing"),
    ] {
        assert_rejected(scripted.sign_in(&told(iss, tid)).await, why);
    }
    let scripted = tenants(&["other"]).await;
    let iss = format!("{}/{TENANT}/v2.0", scripted.server.base);
    let stranger = with(claims(), json!({"iss": iss, "tid": TENANT}));
    let why = "expected one of tenants";
    assert_rejected(scripted.sign_in(&stranger).await, why);
}

#[tokio::test]
async fn the_name_beside_a_posted_code_is_told() {
    let form = |it: &mut OidcConfig| it.response_mode = auth_oauth::ResponseMode::FormPost;
    let scripted = Scripted::start_with(form).await;
    let url = scripted.start_flow().await.unwrap();
    assert!(url.contains("response_mode=form_post"), "{url}");
    let told = json!({"email": "amara@example.com", "email_verified": true});
    scripted.json("/token", &scripted.tokens(&with(claims(), told)));
    let user =
        json!({"name": {"firstName": "Amara", "lastName": "Okafor"}, "email": "eve@example.com"});
    for (user, given) in [(user.to_string(), Some("Amara")), ("{".into(), None)] {
        let answer = Answer {
            code: SecretText::new("the-code"),
            issuer: None,
            user: Some(SecretText::new(user)),
        };
        let proof = scripted.oidc.identify(&answer, &scripted.challenge).await;
        let proof = proof.unwrap();
        assert_eq!(proof.given_name.as_deref(), given);
        assert_eq!(proof.email.unwrap().as_str(), "amara@example.com");
    }
}

#[tokio::test]
async fn keys_that_must_not_check_signatures_are_refused() {
    let short = "x".repeat(172);
    for (members, why) in [
        (json!({"use": "enc"}), "its use is `enc`, not sig"),
        (
            json!({"key_ops": ["sign"]}),
            "its key_ops don't include verify",
        ),
        (
            json!({"key_ops": "verify"}),
            "its key_ops don't include verify",
        ),
        (
            json!({"kty": "RSA", "n": short, "e": "AQAB"}),
            "at least 2048 are needed",
        ),
    ] {
        let scripted = Scripted::start().await;
        scripted.publish_key(members);
        assert_rejected(scripted.sign_in(&claims()).await, why);
    }
    let scripted = Scripted::start().await;
    scripted.publish_key(json!({"use": null, "key_ops": ["verify"]}));
    scripted.sign_in(&claims()).await.unwrap();
}

#[tokio::test]
async fn another_kind_of_jwt_is_no_id_token() {
    let scripted = Scripted::start().await;
    for (header, good) in [
        (json!({"typ": "JWT"}), true),
        (json!({"typ": "application/jwt"}), true),
        (json!({"typ": "at+jwt"}), false),
        (json!({"typ": "logout+jwt"}), false),
        (json!({"crit": ["b64"]}), false),
        (json!({"cty": "JWT"}), false),
    ] {
        scripted.json("/token", &scripted.tokens_with(&header, &claims()));
        assert_eq!(scripted.redeem().await.is_ok(), good, "{header}");
    }
}

#[tokio::test]
async fn what_a_log_line_repeats_is_short_and_escaped() {
    let scripted = Scripted::start().await;
    let forged = format!("https://id.example\n2026 ERROR {}", "x".repeat(999));
    let proof = scripted
        .sign_in(&with(claims(), json!({"iss": forged})))
        .await;
    let Err(auth_core::ProviderError::Rejected(cause)) = proof else {
        panic!("{proof:?}");
    };
    let text = cause.to_string();
    assert!(!text.contains('\n') && text.len() < 400, "{text}");
}
