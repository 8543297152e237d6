//! A provider whose metadata, tokens and userinfo the test writes itself.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use auth_core::SecretText;
use auth_core::SystemClock;
use auth_core::identity::{Answer, Challenge, IdentityProvider as _};
use auth_core::{Clock as _, ProviderError};
use auth_oauth::OidcProvider;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::browser::{CLIENT, CLIENT_SECRET, Proof, challenge, config, patient};
use crate::server::{Server, http, serve};

const JSON: &str = "application/json";

/// What a path answers, one after the other and then always the last: status, content type, body.
type Answers = Arc<Mutex<HashMap<String, VecDeque<(String, String, String)>>>>;

pub struct Scripted {
    pub server: Server,
    answers: Answers,
    key: Ed25519KeyPair,
    pub oidc: OidcProvider,
    pub challenge: Challenge,
}

/// Claims of an ID token, beside `iss` and `nonce`.
pub fn claims() -> Value {
    let now = now();
    json!({"sub": "somebody", "aud": CLIENT, "iat": now, "exp": now + 60})
}

pub fn now() -> i64 {
    SystemClock.now().as_secs()
}

/// `claims` with these members put in place.
pub fn with(mut claims: Value, members: Value) -> Value {
    let object = claims.as_object_mut().unwrap();
    object.extend(members.as_object().unwrap().clone());
    claims
}

impl Scripted {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut auth_oauth::OidcConfig)) -> Self {
        let answers = Answers::default();
        let script = Arc::clone(&answers);
        let server = serve(move |request| {
            let path = request.split(' ').nth(1).unwrap_or_default();
            let mut script = script.lock().unwrap();
            let Some(answers) = script.get_mut(path) else {
                return http("404 Not Found", "text/plain", "");
            };
            let (status, kind, body) = &answers[0];
            let answer = http(status, kind, body);
            if answers.len() > 1 {
                answers.pop_front();
            }
            answer
        })
        .await;
        let mut config = config(&server.base);
        change(&mut config);
        let clock = Arc::new(SystemClock);
        let scripted = Self {
            oidc: OidcProvider::new(config, patient(), clock).unwrap(),
            key: Ed25519KeyPair::generate().unwrap(),
            challenge: challenge(),
            server,
            answers,
        };
        scripted.metadata(json!({}));
        scripted.publish_key(json!({}));
        scripted.json("/userinfo", &json!({"sub": "somebody"}));
        scripted
    }

    pub fn answer(&self, path: &str, status: &str, kind: &str, body: &str) {
        let answer = (status.to_owned(), kind.to_owned(), body.to_owned());
        let answers = VecDeque::from([answer]);
        self.answers
            .lock()
            .unwrap()
            .insert(path.to_owned(), answers);
    }

    /// Gives an answer another content type.
    pub fn retyped(&self, path: &str, kind: &str) {
        if let Some(answer) = self.answers.lock().unwrap().get_mut(path) {
            answer[0].1 = kind.to_owned();
        }
    }

    pub fn json(&self, path: &str, body: &Value) {
        self.answer(path, "200 OK", JSON, &body.to_string());
    }

    /// Publishes metadata with these members put in place.
    pub fn metadata(&self, members: Value) {
        let at = |path: &str| format!("{}{path}", self.server.base);
        let usual = json!({
            "issuer": self.server.base,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"),
            "jwks_uri": at("/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
        });
        self.json("/.well-known/openid-configuration", &with(usual, members));
    }

    /// Publishes the key with these members put in place.
    pub fn publish_key(&self, members: Value) {
        self.json("/jwks", &self.keys(members));
    }

    /// Publishes it like that from the next but one time on that somebody asks.
    pub fn publish_key_late(&self, members: Value) {
        let answer = (
            "200 OK".to_owned(),
            JSON.to_owned(),
            self.keys(members).to_string(),
        );
        let mut answers = self.answers.lock().unwrap();
        answers.get_mut("/jwks").unwrap().push_back(answer);
    }

    fn keys(&self, members: Value) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        let key = json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "one", "x": x});
        json!({ "keys": [with(key, members)] })
    }

    /// The token endpoint's answer with an ID token of these claims.
    pub fn tokens(&self, claims: &Value) -> Value {
        self.tokens_with(&json!({}), claims)
    }

    /// The same with these members in the ID token's header.
    pub fn tokens_with(&self, header: &Value, claims: &Value) -> Value {
        let header = with(json!({"alg": "EdDSA", "kid": "one"}), header.clone());
        self.signed(&header, claims, |message| {
            self.key.sign(message).as_ref().into()
        })
    }

    /// The same, signed with the client's secret.
    pub fn tokens_by_secret(&self, claims: &Value) -> Value {
        let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
        let header = json!({"alg": "HS256"});
        self.signed(&header, claims, |message| {
            hmac::sign(&key, message).as_ref().into()
        })
    }

    fn signed(&self, header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> Value {
        let own = json!({"iss": self.server.base, "nonce": self.challenge.nonce.reveal()});
        let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", part(header), part(&with(own, claims.clone())));
        let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
        json!({
            "access_token": "the-access-token",
            "token_type": "Bearer",
            "id_token": format!("{message}.{signature}"),
        })
    }

    pub async fn sign_in(&self, claims: &Value) -> Proof {
        self.json("/token", &self.tokens(claims));
        self.redeem().await
    }

    /// Signs in with whatever the token endpoint answers.
    pub async fn redeem(&self) -> Proof {
        let answer = Answer {
            code: SecretText::new("the-code"),
            issuer: None,
            user: None,
        };
        self.oidc.identify(&answer, &self.challenge).await
    }

    pub async fn start_flow(&self) -> Result<String, ProviderError> {
        self.oidc.authorization_url(&self.challenge).await
    }

    /// The last request that begins like this.
    pub fn request_to(&self, start: &str) -> String {
        let seen = self.server.seen.lock().unwrap();
        let found = seen.iter().rev().find(|request| request.starts_with(start));
        found.expect("there was such a request").clone()
    }
}
