//! One key and its use.

use auth_core::Timestamp;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, crypto, encode};

use super::{KeyError, material::Material};
use crate::Algorithm;
use crate::claims::WireClaims;

/// `typ` of an access token (RFC 9068, 2.1).
pub(crate) const TOKEN_TYPE: &str = "at+jwt";

/// A key that signs and verifies tokens. Its memory is wiped when it is dropped.
#[derive(Debug)]
pub(crate) struct Key {
    kid: String,
    algorithm: Algorithm,
    created_at: Timestamp,
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl Key {
    /// Reads the text of a key file. The id of a public key is its thumbprint (RFC 7638).
    /// A secret gets the given one: an id that depended on it could be used to guess it.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub(super) fn parse(
        algorithm: Algorithm,
        text: &str,
        secret_kid: &str,
        created_at: Timestamp,
    ) -> Result<Self, &'static str> {
        let material = Material::parse(algorithm, text)?;
        Ok(Self {
            kid: material.thumbprint.unwrap_or_else(|| secret_kid.to_owned()),
            algorithm,
            created_at,
            signing: material.signing,
            verifying: material.verifying,
        })
    }

    /// The id that tokens name the key by.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm it is used with.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// When it was made.
    pub(super) fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Makes a token that says this.
    pub(crate) fn sign(&self, claims: &WireClaims) -> Result<String, KeyError> {
        let header = Header {
            typ: Some(TOKEN_TYPE.to_owned()),
            kid: Some(self.kid.clone()),
            ..Header::new(self.algorithm.jws())
        };
        let failed = |_| KeyError::Crypto {
            task: "sign a token",
        };
        encode(&header, claims, &self.signing).map_err(failed)
    }

    /// Whether a message carries this key's signature, given in base64url.
    pub(crate) fn verifies(&self, message: &str, signature: &str) -> bool {
        let algorithm = self.algorithm.jws();
        crypto::verify(signature, message.as_bytes(), &self.verifying, algorithm).unwrap_or(false)
    }

    /// The public half (RFC 7517); a secret has none.
    pub(super) fn jwk(&self) -> Option<Jwk> {
        if self.algorithm == Algorithm::Hs256 {
            return None;
        }
        let mut jwk = Jwk::from_decoding_key(&self.verifying, Some(self.algorithm.jws())).ok()?;
        jwk.common.key_id = Some(self.kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Some(jwk)
    }
}
