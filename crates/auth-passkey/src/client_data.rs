//! Client data (WebAuthn L3, 5.8.1): what the browser says of the page that asked.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::refused::Refused;
use crate::relying_party::{MIN_CHALLENGE, RelyingParty};
use crate::wire;

/// The ceremonies, by the `type` of their client data.
pub(crate) const CREATE: &str = "webauthn.create";
pub(crate) const GET: &str = "webauthn.get";

/// The parts that are checked. Browsers may add others at any time.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData<'a> {
    #[serde(rename = "type", borrow)]
    ceremony: Cow<'a, str>,
    #[serde(borrow)]
    challenge: Cow<'a, str>,
    #[serde(borrow)]
    origin: Cow<'a, str>,
    cross_origin: Option<bool>,
    top_origin: Option<IgnoredAny>,
}

/// Checks that the client data is of the ceremony, the challenge, and a page of the party's.
///
/// # Errors
/// [`Refused::Malformed`], [`Refused::Type`], [`Refused::Challenge`], [`Refused::Origin`] or
/// [`Refused::CrossOrigin`].
pub(crate) fn check(
    json: &[u8],
    ceremony: &str,
    challenge: &[u8],
    party: &RelyingParty,
) -> Result<(), Refused> {
    // The standard decodes with the algorithm that drops a byte order mark.
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let data: ClientData<'_> =
        serde_json::from_slice(json).map_err(|_| Refused::Malformed("clientDataJSON"))?;
    if data.ceremony != ceremony {
        return Err(Refused::Type);
    }
    // An expected challenge that is too short is a fault of the caller's, and nothing would
    // match it safely.
    if challenge.len() < MIN_CHALLENGE || data.challenge != wire::encode(challenge) {
        return Err(Refused::Challenge);
    }
    if !party.origins.iter().any(|origin| *origin == data.origin) {
        return Err(Refused::Origin);
    }
    if data.cross_origin == Some(true) || data.top_origin.is_some() {
        return Err(Refused::CrossOrigin);
    }
    Ok(())
}
