//! The keys of the authenticator.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use ciborium::Value;

use super::SoftwareError;
use crate::algorithm::Algorithm;

/// A key that signs.
pub(super) enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Key {
    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, SoftwareError> {
        let key = match algorithm {
            Algorithm::Es256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(Self::Es256)
            }
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Self::EdDsa),
            Algorithm::Rs256 => return Err(SoftwareError::Unsupported),
        };
        key.map_err(|_| SoftwareError::Key)
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SoftwareError> {
        let signature = match self {
            Self::Es256(key) => key.sign(&SystemRandom::new(), message),
            Self::EdDsa(key) => key.try_sign(message),
        };
        let signature = signature.map_err(|_| SoftwareError::Key)?;
        Ok(signature.as_ref().to_vec())
    }

    /// The public key in COSE, for its algorithm or another one.
    pub(super) fn cose(&self, algorithm: Option<i64>) -> Result<Vec<u8>, SoftwareError> {
        let (key_type, curve, own, point) = match self {
            // The point is uncompressed: 4, x, y.
            Self::Es256(key) => (2, 1, Algorithm::Es256, &key.public_key().as_ref()[1..]),
            Self::EdDsa(key) => (1, 6, Algorithm::EdDsa, key.public_key().as_ref()),
        };
        let mut map = vec![
            (1.into(), key_type.into()),
            (3.into(), algorithm.unwrap_or(own.cose()).into()),
            ((-1).into(), curve.into()),
        ];
        for (label, coordinate) in [-2, -3].into_iter().zip(point.chunks(32)) {
            map.push((label.into(), coordinate.into()));
        }
        to_cbor(map)
    }
}

/// A map in CBOR.
pub(super) fn to_cbor(map: Vec<(Value, Value)>) -> Result<Vec<u8>, SoftwareError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&Value::Map(map), &mut bytes).map_err(|_| SoftwareError::Key)?;
    Ok(bytes)
}
