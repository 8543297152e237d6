//! What a key file holds: how it is made and read.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{DecodingKey, EncodingKey};
use zeroize::Zeroizing;

use crate::Algorithm;

/// The fewest bytes of an HS256 secret (RFC 7518, 3.2).
const MIN_SECRET_LEN: usize = 32;

/// The fewest different bytes of an HS256 secret. 32 random bytes practically always
/// have more; placeholders and repeated words have fewer.
const MIN_SECRET_VARIETY: usize = 16;

/// Both halves of a key; the secret of HS256 is both.
pub(super) struct Material {
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
    /// The thumbprint of the public half (RFC 7638); a secret has none.
    pub(super) thumbprint: Option<String>,
}

impl Material {
    /// Reads the text of a key file.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub(super) fn parse(algorithm: Algorithm, text: &str) -> Result<Self, &'static str> {
        match algorithm {
            Algorithm::EdDsa => {
                ed25519(text).ok_or("holds no Ed25519 private key in PKCS#8 PEM form")
            }
            Algorithm::Es256 => p256(text).ok_or("holds no P-256 private key in PKCS#8 PEM form"),
            Algorithm::Rs256 => {
                rsa(text).ok_or("holds no RSA private key of 2048 bits or more in PEM form")
            }
            Algorithm::Hs256 => secret(text),
        }
    }

    /// A pair whose public half can be shown.
    fn pair(signing: EncodingKey, verifying: DecodingKey) -> Option<Self> {
        let jwk = Jwk::from_decoding_key(&verifying, None).ok()?;
        Some(Self {
            signing,
            verifying,
            thumbprint: Some(jwk.thumbprint(ThumbprintHash::SHA256).ok()?),
        })
    }
}

/// Makes the text of a new key file: PKCS#8 PEM, or base64 for HS256.
pub(super) fn generate(algorithm: Algorithm) -> Result<Zeroizing<String>, Unspecified> {
    let random = SystemRandom::new();
    match algorithm {
        Algorithm::EdDsa => Ok(pem(Ed25519KeyPair::generate_pkcs8v1(&random)?.as_ref())),
        Algorithm::Es256 => {
            let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
            Ok(pem(EcdsaKeyPair::generate_pkcs8(curve, &random)?.as_ref()))
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
            let der: Pkcs8V1Der<'_> = pair.as_der()?;
            Ok(pem(der.as_ref()))
        }
        Algorithm::Hs256 => {
            let mut secret = Zeroizing::new([0; MIN_SECRET_LEN]);
            rand::fill(&mut secret[..])?;
            Ok(Zeroizing::new(STANDARD.encode(*secret) + "\n"))
        }
    }
}

/// The command that prints the text of a new key file.
pub(super) const fn remedy(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDsa => "openssl genpkey -algorithm ed25519",
        Algorithm::Es256 => "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        Algorithm::Rs256 => "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        Algorithm::Hs256 => "openssl rand -base64 32",
    }
}

fn ed25519(text: &str) -> Option<Material> {
    let signing = EncodingKey::from_ed_pem(text.as_bytes()).ok()?;
    let pair = Ed25519KeyPair::from_pkcs8(signing.as_bytes()).ok()?;
    let verifying = DecodingKey::from_ed_der(pair.public_key().as_ref());
    Material::pair(signing, verifying)
}

fn p256(text: &str) -> Option<Material> {
    let signing = EncodingKey::from_ec_pem(text.as_bytes()).ok()?;
    let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::from_pkcs8(curve, signing.as_bytes()).ok()?;
    let verifying = DecodingKey::from_ec_der(pair.public_key().as_ref());
    Material::pair(signing, verifying)
}

/// The fewest bytes of an RSA modulus (RFC 7518, 3.3).
const MIN_MODULUS_LEN: usize = 256;

fn rsa(text: &str) -> Option<Material> {
    let signing = EncodingKey::from_rsa_pem(text.as_bytes()).ok()?;
    let pair = RsaKeyPair::from_der(signing.as_bytes()).ok()?;
    if pair.public_modulus_len() < MIN_MODULUS_LEN {
        return None;
    }
    let verifying = DecodingKey::from_rsa_der(pair.public_key().as_ref());
    Material::pair(signing, verifying)
}

fn secret(text: &str) -> Result<Material, &'static str> {
    let secret = STANDARD.decode(text.trim());
    let secret = Zeroizing::new(secret.map_err(|_| "holds no secret in base64")?);
    if secret.len() < MIN_SECRET_LEN {
        return Err("holds a secret of less than 32 bytes");
    }
    let mut different = secret.clone();
    different.sort_unstable();
    different.dedup();
    if different.len() < MIN_SECRET_VARIETY {
        return Err("holds a secret that is not random");
    }
    Ok(Material {
        signing: EncodingKey::from_secret(&secret),
        verifying: DecodingKey::from_secret(&secret),
        thumbprint: None,
    })
}

/// The textual form of RFC 7468.
fn pem(pkcs8: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(pkcs8));
    let mut text = Zeroizing::new(String::with_capacity(base64.len() + 80));
    text.push_str("-----BEGIN PRIVATE KEY-----\n");
    for (place, c) in base64.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            text.push('\n');
        }
        text.push(c);
    }
    text.push_str("\n-----END PRIVATE KEY-----\n");
    text
}
