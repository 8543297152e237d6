//! Discord.

use auth_core::SecretText;
use auth_core::identity::{Answer, IdentityProvider as _};
use auth_oauth::{DiscordConfig, DiscordProvider};
use serde_json::{Value, json};

use crate::browser::{CALLBACK, CLIENT, CLIENT_SECRET, Proof, assert_rejected, challenge, patient};
use crate::server::{http, serve};

async fn arrive(account: Value) -> Proof {
    let body = account.to_string();
    let server = serve(move |request| {
        let tokens = r#"{"access_token": "t", "token_type": "Bearer", "expires_in": 604800}"#;
        let body = match request.split(' ').nth(1) {
            Some("/api/users/@me") => body.as_str(),
            _ => tokens,
        };
        http("200 OK", "application/json", body)
    })
    .await;
    let config = DiscordConfig {
        base: server.base.clone(),
        ..DiscordConfig::discord(CLIENT, SecretText::new(CLIENT_SECRET), CALLBACK)
    };
    let provider = DiscordProvider::new(config, patient()).unwrap();
    let answer = Answer {
        code: SecretText::new("the-code"),
        issuer: None,
        user: None,
    };
    provider.identify(&answer, &challenge()).await
}

#[tokio::test]
async fn an_account_is_known_by_its_id() {
    let account = json!({
        "id": "80351110224678912", "username": "amara", "global_name": "Amara",
        "email": "amara@example.com", "verified": true, "premium_type": 1,
    });
    let amara = arrive(account.clone()).await.unwrap();
    assert_eq!(amara.subject.name, "80351110224678912");
    assert!(amara.email_verified);
    assert_eq!(amara.full_name.as_deref(), Some("Amara"));
    assert_eq!(amara.preferred_username.as_deref(), Some("amara"));
    let unverified = crate::scripted::with(account.clone(), json!({"verified": false}));
    assert!(!arrive(unverified).await.unwrap().email_verified);
    let numbered = crate::scripted::with(account, json!({"id": 7}));
    assert_rejected(arrive(numbered).await, "id is a number, expected a text");
}
