//! The ID token (OpenID Connect Core 1.0, 2) and what can be wrong with it.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::authorize::{now, other_issuer};
use crate::claims::{self, Claims};
use crate::grants::Grant;
use crate::keys::SigningKey;
use crate::{Client, DevProvider, Misbehaviour};

const ANOTHER_CLIENT: &str = "another-client";
const HOUR: i64 = 3600;

/// A signed ID token for this grant and access token.
pub(crate) fn issue(
    provider: &DevProvider,
    client: &Client,
    grant: &Grant,
    access_token: &str,
) -> Result<String, Unspecified> {
    let mut claims = claims(provider, grant, access_token);
    if let Some(misbehaviour) = grant.misbehaviour {
        distort(&mut claims, misbehaviour, provider);
    }
    let key = provider.keys().signer().ok_or(Unspecified)?;
    sign(&claims, &key, client, grant.misbehaviour)
}

fn claims(provider: &DevProvider, grant: &Grant, access_token: &str) -> Claims {
    let (now, request) = (now(), &grant.request);
    let mut claims = if provider.config().claims_in_id_token {
        claims::by_scope(grant)
    } else {
        Claims::new()
    };
    let lifetime = provider.token_lifetime().as_secs().cast_signed();
    claims.extend(object(json!({
        "iss": provider.issuer(),
        "sub": grant.person.subject,
        "aud": request.client_id,
        "iat": now,
        "exp": now + lifetime,
        "auth_time": grant.auth_time,
        "at_hash": at_hash(access_token),
    })));
    let nonce = request.nonce.clone();
    claims.extend(nonce.map(|nonce| ("nonce".to_owned(), nonce.into())));
    claims
}

fn object(value: Value) -> Claims {
    match value {
        Value::Object(members) => members,
        _ => Claims::new(),
    }
}

/// The left half of the access token's hash (OpenID Connect Core 1.0, 3.1.3.6).
fn at_hash(access_token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..digest::SHA256_OUTPUT_LEN / 2])
}

/// Spoils the claims as it was asked for.
fn distort(claims: &mut Claims, so: Misbehaviour, provider: &DevProvider) {
    use Misbehaviour as M;
    let now = now();
    let spoilt = match so {
        M::WrongIss => json!({"iss": other_issuer(provider)}),
        M::WrongAud => json!({"aud": ANOTHER_CLIENT}),
        M::ExtraAudWithoutAzp => json!({"aud": [claims.get("aud"), ANOTHER_CLIENT]}),
        M::ExtraAud => json!({
            "aud": [claims.get("aud"), ANOTHER_CLIENT],
            "azp": claims.get("aud"),
        }),
        M::ClockAhead => json!({"iat": now + 30, "nbf": now + 30}),
        M::WrongAzp => json!({"azp": ANOTHER_CLIENT}),
        M::Expired => json!({"iat": now - 2 * HOUR, "exp": now - HOUR}),
        M::IatInFuture => json!({"iat": now + HOUR, "exp": now + 2 * HOUR}),
        M::WrongNonce => json!({"nonce": "the-nonce-of-another-request"}),
        M::OldAuthTime => json!({"auth_time": now - 24 * HOUR}),
        M::SecondFactor => json!({"amr": ["pwd", "mfa"]}),
        M::WrongAtHash => json!({"at_hash": at_hash("another-access-token")}),
        _ => json!({}),
    };
    claims.extend(object(spoilt));
    let missing = match so {
        M::MissingSub => "sub",
        M::MissingIat => "iat",
        M::MissingExp => "exp",
        M::MissingNonce => "nonce",
        M::NoAuthTime => "auth_time",
        _ => return,
    };
    claims.remove(missing);
}

/// The compact form (RFC 7515, 7.1).
fn sign(
    claims: &Claims,
    key: &SigningKey,
    client: &Client,
    misbehaviour: Option<Misbehaviour>,
) -> Result<String, Unspecified> {
    use Misbehaviour as M;
    let header = match misbehaviour {
        Some(M::AlgNone) => json!({"alg": "none"}),
        Some(M::AlgHs256) => json!({"alg": "HS256", "typ": "JWT"}),
        Some(M::AccessTokenAsIdToken) => {
            json!({"alg": "RS256", "typ": "at+jwt", "kid": key.kid()})
        }
        Some(M::NoKid) => json!({"alg": "RS256", "typ": "JWT"}),
        Some(M::UnknownKid) => json!({"alg": "RS256", "typ": "JWT", "kid": "unknown"}),
        _ => json!({"alg": "RS256", "typ": "JWT", "kid": key.kid()}),
    };
    let claims = Value::Object(claims.clone());
    let message = format!("{}.{}", segment(&header), segment(&claims));
    let signature = match misbehaviour {
        Some(M::AlgNone) => vec![],
        Some(M::AlgHs256) => hs256(client, message.as_bytes()),
        Some(M::BadSignature) => broken(key.sign(message.as_bytes())?),
        _ => key.sign(message.as_bytes())?,
    };
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn segment(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn hs256(client: &Client, message: &[u8]) -> Vec<u8> {
    let secret = client.secret.as_ref();
    let secret = secret.map(|secret| secret.as_bytes()).unwrap_or_default();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::sign(&key, message).as_ref().to_vec()
}

fn broken(mut signature: Vec<u8>) -> Vec<u8> {
    if let Some(last) = signature.last_mut() {
        *last ^= 1;
    }
    signature
}
