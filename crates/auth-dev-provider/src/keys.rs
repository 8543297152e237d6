//! The keys that ID tokens are signed with.

use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// An RSA key of 2048 bits for RS256.
pub(crate) struct SigningKey {
    pair: RsaKeyPair,
    kid: String,
}

impl SigningKey {
    pub(crate) fn generate() -> Result<Self, Unspecified> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
        let kid = thumbprint(&pair);
        Ok(Self { pair, kid })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
        Ok(signature)
    }

    fn jwk(&self) -> Value {
        let (n, e) = numbers(&self.pair);
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e})
    }
}

/// The modulus and the exponent (RFC 7518, 6.3.1).
fn numbers(pair: &RsaKeyPair) -> (String, String) {
    let public = pair.public_key();
    let text = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    (
        text(public.modulus().big_endian_without_leading_zero()),
        text(public.exponent().big_endian_without_leading_zero()),
    )
}

/// The SHA-256 thumbprint of the public half (RFC 7638).
fn thumbprint(pair: &RsaKeyPair) -> String {
    let (n, e) = numbers(pair);
    let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()))
}

/// The published keys. The last one signs, so that a client that takes the first one
/// it sees is found out.
pub(crate) struct KeyRing(Vec<Arc<SigningKey>>);

impl KeyRing {
    pub(crate) fn new(key: SigningKey) -> Self {
        Self(vec![Arc::new(key)])
    }

    pub(crate) fn signer(&self) -> Option<Arc<SigningKey>> {
        self.0.last().cloned()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// From now on this key signs; the one before stays published, older ones don't.
    pub(crate) fn rotate(&mut self, key: SigningKey) {
        self.0.drain(..self.0.len().saturating_sub(1));
        self.0.push(Arc::new(key));
    }

    /// Publishes these keys too.
    pub(crate) fn add_idle(&mut self, keys: Vec<SigningKey>) {
        self.0.splice(0..0, keys.into_iter().map(Arc::new));
    }

    /// Stops publishing all but this many, at least the one that signs.
    pub(crate) fn keep(&mut self, count: usize) {
        self.0.drain(..self.0.len().saturating_sub(count.max(1)));
    }

    /// The JWK Set (RFC 7517, 5).
    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<Value> = self.0.iter().map(|key| key.jwk()).collect();
        json!({ "keys": keys })
    }
}
