//! The JSON that both ceremonies answer in (WebAuthn L3, 5.1).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::credential::CredentialId;
use crate::refused::Refused;
use crate::wire::decode;

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
