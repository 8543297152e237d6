//! A provider on a port of its own, and a client that does everything by hand.

use auth_dev_provider::{Client, Config, Misbehaviour, Spawned, spawn};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use url::{Url, form_urlencoded};

pub const CALLBACK: &str = "http://127.0.0.1:9/callback?kept=yes";
pub const CLIENT: &str = "lab app";
/// Every character of it has to be encoded, or reads as something else.
pub const SECRET: &str = "s:e+c%r/é t";
pub const PUBLIC: &str = "public-app";
/// The example of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub type Field<'a> = (&'a str, &'a str);

pub struct Lab {
    pub provider: Spawned,
    pub http: reqwest::Client,
}

impl Lab {
    pub fn new() -> Self {
        Self::with(|config| config)
    }

    pub fn with(change: impl FnOnce(Config) -> Config) -> Self {
        let clients = vec![
            Client::confidential(CLIENT, SECRET, [CALLBACK]),
            Client::public(PUBLIC, [CALLBACK]),
        ];
        let set_up = |issuer| {
            change(Config {
                clients,
                ..Config::new(issuer)
            })
        };
        let http = reqwest::Client::builder().redirect(Policy::none());
        Self {
            provider: spawn(set_up).unwrap(),
            http: http.build().unwrap(),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.provider.issuer())
    }

    pub async fn get(&self, path: &str) -> Response {
        self.http.get(self.url(path)).send().await.unwrap()
    }

    pub async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap()
    }

    pub async fn post(&self, path: &str, fields: &[Field<'_>]) -> Response {
        form(self.http.post(self.url(path)), fields)
            .send()
            .await
            .unwrap()
    }

    /// Sends a decision and reads what the callback gets.
    pub async fn decide(&self, fields: &[Field<'_>]) -> Callback {
        Callback::of(&self.post("/authorize", &request(fields)).await)
    }

    /// A code for Amara, or for whom the fields say.
    pub async fn code(&self, fields: &[Field<'_>]) -> String {
        let mut all = fields.to_vec();
        if !fields.iter().any(|(name, _)| *name == "email") {
            all.push(("person", "sample-amara"));
        }
        self.decide(&all).await.get("code").unwrap()
    }

    /// Sends the right token request with these fields changed, by client_secret_basic.
    pub async fn exchange(&self, code: &str, changes: &[Field<'_>]) -> Response {
        let request = self.http.post(self.url("/token"));
        let request = request.header(AUTHORIZATION, basic(CLIENT, SECRET));
        form(request, &token_request(code, changes))
            .send()
            .await
            .unwrap()
    }

    /// The tokens of a whole sign-in.
    pub async fn sign_in(&self, fields: &[Field<'_>]) -> Value {
        let code = self.code(fields).await;
        let answer = self.exchange(&code, &[]).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// The tokens of a sign-in that goes wrong like this.
    pub async fn sign_in_with(&self, misbehaviour: Misbehaviour) -> Value {
        self.sign_in(&[("misbehave", misbehaviour.as_str())]).await
    }

    pub async fn with_token(&self, path: &str, tokens: &Value) -> Response {
        let token = tokens["access_token"].as_str().unwrap();
        let request = self.http.get(self.url(path)).bearer_auth(token);
        let request = request.header("user-agent", "lab");
        request.send().await.unwrap()
    }

    pub async fn userinfo(&self, tokens: &Value) -> Value {
        let answer = self.with_token("/userinfo", tokens).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    pub async fn kids(&self) -> Vec<String> {
        let jwks = self.json("/jwks").await;
        let keys = jwks["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Whether one of the published keys signed this.
    pub async fn is_signed(&self, token: &Jwt) -> bool {
        let jwks = self.json("/jwks").await;
        let mut keys = jwks["keys"].as_array().unwrap().iter();
        keys.any(|key| token.is_signed_by(key))
    }
}

/// An authorization request in which these fields are changed or added.
pub fn request<'a>(changes: &[Field<'a>]) -> Vec<Field<'a>> {
    let usual = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
        ("state", "the state"),
        ("nonce", "the nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    changed(&usual, changes)
}

pub fn token_request<'a>(code: &'a str, changes: &[Field<'a>]) -> Vec<Field<'a>> {
    let usual = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    changed(&usual, changes)
}

fn changed<'a>(usual: &[Field<'a>], changes: &[Field<'a>]) -> Vec<Field<'a>> {
    let is_changed = |field: &&Field<'_>| changes.iter().any(|change| change.0 == field.0);
    let kept = usual.iter().filter(|field| !is_changed(field));
    kept.chain(changes).copied().collect()
}

pub fn encoded(fields: &[Field<'_>]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

pub fn form(request: RequestBuilder, fields: &[Field<'_>]) -> RequestBuilder {
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(encoded(fields))
}

/// The header of client_secret_basic: encoded as in a form, then base64.
pub fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(id), encode(secret));
    format!("Basic {}", STANDARD.encode(pair))
}

/// Where a browser is sent, which must be the callback.
pub struct Callback(Url);

impl Callback {
    pub fn of(answer: &Response) -> Self {
        assert_eq!(answer.status(), 303);
        let location = answer.headers()[LOCATION].to_str().unwrap();
        assert!(location.starts_with(CALLBACK), "{location}");
        Self(location.parse().unwrap())
    }

    pub fn get(&self, name: &str) -> Option<String> {
        let mut pairs = self.0.query_pairs();
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// The parts of an ID token.
pub struct Jwt {
    pub header: Value,
    pub claims: Value,
    pub signature: Vec<u8>,
    pub message: String,
}

impl Jwt {
    pub fn of(tokens: &Value) -> Self {
        let token = tokens["id_token"].as_str().unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts.len(), 3);
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let json = |part| serde_json::from_slice(&bytes(part)).unwrap();
        Self {
            header: json(parts[0]),
            claims: json(parts[1]),
            signature: bytes(parts[2]),
            message: format!("{}.{}", parts[0], parts[1]),
        }
    }

    pub fn is_signed_by(&self, jwk: &Value) -> bool {
        let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        let (n, e) = (number("n"), number("e"));
        let message = self.message.as_bytes();
        RsaPublicKeyComponents { n, e }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, &self.signature)
            .is_ok()
    }

    /// A time claim in seconds from now.
    pub fn seconds_ahead(&self, claim: &str) -> i64 {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        self.claims[claim].as_i64().unwrap() - since.as_secs().cast_signed()
    }
}
