//! Bytes in the JSON of both ceremonies: base64url without padding (WebAuthn L3, 5.1).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serializer, de};

use crate::refused::Refused;

/// The most bytes of any part of an answer. Certificates are the longest: an attestation may
/// bring a chain of them, each of 1 or 2 KiB.
const MAX_PART: usize = 32 * 1024;

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a part of an answer; the refusal names the part.
pub(crate) fn decode(text: &str, part: &'static str) -> Result<Vec<u8>, Refused> {
    let malformed = Refused::Malformed(part);
    if text.len() > MAX_PART / 3 * 4 {
        return Err(malformed);
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed)
}

/// For `#[serde(with)]`.
pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&encode(bytes))
}

/// For `#[serde(with)]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = Cow::<str>::deserialize(from)?;
    URL_SAFE_NO_PAD.decode(&*text).map_err(de::Error::custom)
}
