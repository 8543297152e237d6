//! Signed JWTs (RFC 7519, RFC 7515) and the keys that sign them (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm as Algorithm};
use openidconnect::{AccessToken, AccessTokenHash, JsonWebKey as _, JwsSigningAlgorithm as _};
use serde_json::Value;

use crate::fault::{Fault, shown};
use crate::json::Object;

/// The fewest bits of an RSA modulus (RFC 7518, 3.3).
const MIN_RSA_BITS: usize = 2048;

/// Without `none` and the algorithms whose key would be the client secret.
pub(super) const ALLOWED: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// The algorithm of this name.
pub(super) fn algorithm(name: &Value) -> Option<Algorithm> {
    serde_json::from_value(name.clone()).ok()
}

/// A JWT that nothing is proven of yet.
pub(super) struct Jwt<'t> {
    pub(super) claims: Object,
    header: Object,
    signed: &'t str,
    signature: Vec<u8>,
}

/// Why no key signed a JWT.
pub(super) enum Unsigned {
    /// Its key is not among the known ones; the provider may have others by now.
    UnknownKey(Fault),
    /// For good.
    Final(Fault),
}

impl<'t> Jwt<'t> {
    /// The parts of a JWT. What is in it is not looked at yet, so that a claim that nobody
    /// uses can have any form.
    pub(super) fn parse(text: &'t str) -> Result<Self, Fault> {
        let parsed = || {
            let (signed, signature) = text.rsplit_once('.')?;
            let (header, claims) = signed.split_once('.')?;
            let object = |what, part| Object::parse(what, &URL_SAFE_NO_PAD.decode(part).ok()?);
            Some(Self {
                header: object("the ID token's header", header)?,
                claims: object("the ID token", claims)?,
                signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
                signed,
            })
        };
        parsed().ok_or(Fault::rejected("the ID token is no signed JWT"))
    }

    /// The key that signed it, by an algorithm that is listed.
    pub(super) fn signer<'k>(
        &self,
        keys: &'k Keys,
        listed: Option<&[Algorithm]>,
    ) -> Result<Signer<'k>, Unsigned> {
        self.check_header().map_err(Unsigned::Final)?;
        let algorithm = self.algorithm(listed).map_err(Unsigned::Final)?;
        let kid = self.header.optional("kid").map_err(Unsigned::Final)?;
        let candidates = keys.fitting(kid, &algorithm)?;
        let (message, signature) = (self.signed.as_bytes(), &self.signature);
        let signed_by = |key: &&CoreJsonWebKey| {
            let checked = key.verify_signature(&algorithm, message, signature);
            checked.is_ok()
        };
        match candidates.into_iter().find(signed_by) {
            Some(key) => Ok(Signer { key, algorithm }),
            None => Err(Unsigned::Final(Fault::rejected(
                "the ID token's signature is wrong",
            ))),
        }
    }

    /// Another kind of JWT, such as an access token, is no ID token (RFC 8725, 3.11), and
    /// what must be understood is not (RFC 7515, 4.1.11).
    fn check_header(&self) -> Result<(), Fault> {
        if let Some(kind) = self.header.optional("typ")? {
            let plain = kind.to_ascii_lowercase();
            let plain = plain.strip_prefix("application/").unwrap_or(&plain);
            if !["jwt", "jose"].contains(&plain) {
                return Err(self.header.unexpected("typ", "JWT", &shown(kind)));
            }
        }
        for name in ["crit", "cty"] {
            if self.header.get(name).is_some() {
                return Err(self.header.unexpected(name, "nothing", "there"));
            }
        }
        Ok(())
    }

    fn algorithm(&self, listed: Option<&[Algorithm]>) -> Result<Algorithm, Fault> {
        let name = self.header.required("alg")?;
        let allowed = |one: &Algorithm| {
            ALLOWED.contains(one) && listed.is_none_or(|listed| listed.contains(one))
        };
        let known = algorithm(&Value::from(name)).filter(allowed);
        known.ok_or_else(|| {
            Fault::rejected(format!(
                "the ID token is signed by {}, which is not an algorithm that is allowed and \
                 that the provider's metadata lists",
                shown(name)
            ))
        })
    }
}

/// The key that signed a JWT.
pub(super) struct Signer<'k> {
    key: &'k CoreJsonWebKey,
    algorithm: Algorithm,
}

impl Signer<'_> {
    /// The hash by which an ID token names its access token (OpenID Connect Core 1.0, 3.1.3.6).
    pub(super) fn hash(&self, access_token: &str) -> Option<String> {
        let token = AccessToken::new(access_token.to_owned());
        let hash = AccessTokenHash::from_token(&token, &self.algorithm, self.key);
        hash.ok().map(|hash| hash.to_string())
    }
}

/// The keys that a provider publishes.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    usable: Vec<CoreJsonWebKey>,
    refused: Vec<(Option<String>, String)>,
}

impl Keys {
    /// The keys of a JWK Set (RFC 7517, 5). One that can't be read is left out, one that
    /// must not be used is remembered, so that it can be said why.
    pub(super) fn read(set: &Object) -> Result<Self, Fault> {
        let Some(Value::Array(keys)) = set.get("keys") else {
            return Err(set.unexpected("keys", "a list", "none"));
        };
        let mut read = Self::default();
        for key in keys {
            if let Some(why) = unsuitable(key) {
                let kid = key["kid"].as_str().map(str::to_owned);
                read.refused.push((kid, why));
            } else if let Ok(key) = serde_json::from_value(key.clone()) {
                read.usable.push(key);
            }
        }
        Ok(read)
    }

    /// Those that may have signed; without a key id there must be no choice
    /// (OpenID Connect Core 1.0, 10.1).
    fn fitting(
        &self,
        kid: Option<&str>,
        algorithm: &Algorithm,
    ) -> Result<Vec<&CoreJsonWebKey>, Unsigned> {
        let named = |known: Option<&str>| kid.is_none() || known == kid;
        let fits = |key: &&CoreJsonWebKey| {
            named(key.key_id().map(|id| id.as_str()))
                && algorithm.key_type().as_ref() == Some(key.key_type())
        };
        let keys: Vec<_> = self.usable.iter().filter(fits).collect();
        if kid.is_none() && keys.len() > 1 {
            return Err(Unsigned::Final(Fault::rejected(
                "the ID token does not say which of several keys signed it",
            )));
        }
        if !keys.is_empty() {
            return Ok(keys);
        }
        let kid_shown = kid.map_or_else(|| "without id".to_owned(), shown);
        match self
            .refused
            .iter()
            .find(|(known, _)| named(known.as_deref()))
        {
            Some((_, why)) => Err(Unsigned::Final(Fault::rejected(format!(
                "the ID token is signed by the key {kid_shown}, which is refused: {why}"
            )))),
            None => Err(Unsigned::UnknownKey(Fault::rejected(format!(
                "the ID token is signed by a key that is not published: {kid_shown}"
            )))),
        }
    }
}

/// Why a key must not be used to check signatures (RFC 7517, 4.2 and 4.3; RFC 7518, 3.3).
fn unsuitable(key: &Value) -> Option<String> {
    match &key["use"] {
        Value::Null => {}
        Value::String(purpose) if purpose == "sig" => {}
        Value::String(purpose) => return Some(format!("its use is {}, not sig", shown(purpose))),
        _ => return Some("its use is no text".to_owned()),
    }
    match &key["key_ops"] {
        Value::Null => {}
        Value::Array(operations) if operations.iter().any(|one| one == "verify") => {}
        _ => return Some("its key_ops don't include verify".to_owned()),
    }
    if key["kty"] != "RSA" {
        return None;
    }
    let modulus = key["n"].as_str().unwrap_or_default();
    let Ok(modulus) = URL_SAFE_NO_PAD.decode(modulus) else {
        return Some("its modulus can't be read".to_owned());
    };
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros).map_or(8, |byte| byte.leading_zeros());
    let bits = (modulus.len() - zeros) * 8 - usize::try_from(first).unwrap_or(0).min(8);
    (bits < MIN_RSA_BITS).then(|| format!("RSA of {bits} bits, at least {MIN_RSA_BITS} are needed"))
}
