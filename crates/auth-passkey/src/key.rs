//! The public keys of credentials, in COSE (RFC 9052, 7 and RFC 9053, 7).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use ciborium::Value;

use crate::algorithm::Algorithm;
use crate::cbor::{bytes, number, whole};
use crate::refused::Refused;

/// The parameters of keys. Those below 0 mean something else for each type of key.
const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const MODULUS: i64 = -1;
const EXPONENT: i64 = -2;

/// The types of keys, and the curves.
const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;
const P256: i64 = 1;
const CURVE_ED25519: i64 = 6;

/// How long the coordinates are on both curves, in bytes.
const COORDINATE: usize = 32;

/// A key that verifies.
pub(crate) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// Reads a COSE key (WebAuthn L3, 6.5.1.1 and 5.8.5).
    pub(crate) fn from_cose(cose: &[u8]) -> Result<Self, Refused> {
        let malformed = Refused::Malformed("the public key");
        let map = whole(cose).ok_or(malformed)?;
        let algorithm = number(&map, ALGORITHM).ok_or(malformed)?;
        let key = match Algorithm::from_cose(algorithm).ok_or(Refused::Algorithm)? {
            Algorithm::EdDsa => ed25519(&map),
            Algorithm::Es256 => p256(&map),
            Algorithm::Rs256 => rsa(&map),
        };
        key.map(Self).ok_or(malformed)
    }

    /// Whether the signature is one over the message.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refused> {
        self.0
            .verify_sig(message, signature)
            .map_err(|_| Refused::Signature)
    }
}

fn ed25519(map: &Value) -> Option<ParsedPublicKey> {
    is_of(map, OKP, CURVE_ED25519)?;
    ParsedPublicKey::new(&ED25519, coordinate(map, X)?).ok()
}

/// Only the uncompressed form is allowed (WebAuthn L3, 5.8.5).
fn p256(map: &Value) -> Option<ParsedPublicKey> {
    is_of(map, EC2, P256)?;
    let point = [&[4], coordinate(map, X)?, coordinate(map, Y)?].concat();
    ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok()
}

fn rsa(map: &Value) -> Option<ParsedPublicKey> {
    (number(map, KEY_TYPE)? == RSA).then_some(())?;
    let (n, e) = (bytes(map, MODULUS)?, bytes(map, EXPONENT)?);
    // The library checks the size only with the first signature, when it is too late to say so.
    (256..=1024).contains(&n.len()).then_some(())?;
    RsaPublicKeyComponents { n, e }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .ok()
}

fn is_of(map: &Value, key_type: i64, curve: i64) -> Option<()> {
    let is = number(map, KEY_TYPE)? == key_type && number(map, CURVE)? == curve;
    is.then_some(())
}

fn coordinate(map: &Value, label: i64) -> Option<&[u8]> {
    bytes(map, label).filter(|bytes| bytes.len() == COORDINATE)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    fn read(map: Vec<(i64, Value)>) -> Result<(), Refused> {
        let map = map.into_iter().map(|(key, value)| (key.into(), value));
        let mut cose = Vec::new();
        ciborium::into_writer(&Value::Map(map.collect()), &mut cose).unwrap();
        PublicKey::from_cose(&cose).map(|_| ())
    }

    #[test]
    fn the_coordinates_of_a_point_are_of_one_length() {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let point = &key.public_key().as_ref()[1..];
        for split in [31, 32, 33] {
            let (x, y) = point.split_at(split);
            let read = read(vec![
                (KEY_TYPE, EC2.into()),
                (ALGORITHM, Algorithm::Es256.cose().into()),
                (CURVE, P256.into()),
                (X, x.into()),
                (Y, y.into()),
            ]);
            assert_eq!(read.is_ok(), split == COORDINATE, "{split}");
        }
    }

    #[test]
    fn an_rsa_key_is_of_that_type_and_of_2048_to_8192_bits() {
        for (key_type, bytes, is_good) in [
            (RSA, 256, true),
            (RSA, 1024, true),
            (RSA, 128, false),
            (RSA, 255, false),
            (RSA, 1025, false),
            (EC2, 256, false),
        ] {
            let read = read(vec![
                (KEY_TYPE, key_type.into()),
                (ALGORITHM, Algorithm::Rs256.cose().into()),
                (MODULUS, vec![0xff; bytes].into()),
                (EXPONENT, vec![1, 0, 1].into()),
            ]);
            assert_eq!(read.is_ok(), is_good, "{key_type} {bytes}");
        }
    }
}
