//! The JSON that both ceremonies answer in, with all bytes in base64url without padding
//! (WebAuthn L3, 5.1).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serializer, de};
use serde_json::Value;

use crate::credential::CredentialId;
use crate::refused::Refused;

/// The most bytes of any part of an answer. Certificates are the longest: an attestation may
/// bring a chain of them, each of 1 or 2 KiB.
const MAX_PART: usize = 32 * 1024;

/// `RegistrationResponseJSON` or `AuthenticationResponseJSON`. What else is in there, such as
/// outputs of extensions, is of no use: none was asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer<'a, R> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    raw_id: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    pub(crate) response: R,
}

impl<'a, R: Deserialize<'a>> Answer<'a, R> {
    /// Reads the outer layer.
    pub(crate) fn read(response: &'a Value) -> Result<Self, Refused> {
        let answer = Self::deserialize(response).map_err(|_| Refused::Malformed("the JSON"))?;
        if answer.kind != "public-key" {
            return Err(Refused::Type);
        }
        Ok(answer)
    }
}

impl<R> Answer<'_, R> {
    /// Which credential it claims to be of. It says so twice.
    pub(crate) fn id(&self) -> Result<CredentialId, Refused> {
        if self.id != self.raw_id {
            return Err(Refused::WrongCredential);
        }
        let bytes = decode(&self.id, "id")?;
        CredentialId::new(&bytes).ok_or(Refused::Malformed("id"))
    }
}

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
