//! The JSON parts of a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

/// Reads a JSON object from a base64url segment (RFC 7515, 2: without padding, and
/// with one spelling for each content).
///
/// The derived readers refuse repeated members; they would also take an array for an
/// object, so the first byte has to say that it is none.
pub(crate) fn object<T: DeserializeOwned>(segment: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(segment).ok()?;
    match json.first() {
        Some(b'{') => serde_json::from_slice(&json).ok(),
        _ => None,
    }
}
