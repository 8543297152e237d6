//! What a browser is asked: the JSON that `PublicKeyCredential.parseCreationOptionsFromJSON()`
//! and `parseRequestOptionsFromJSON()` take (WebAuthn L3, 5.1).

use std::time::Duration;

use serde_json::{Value, json};

use crate::algorithm::Algorithm;
use crate::credential::{CredentialId, StoredCredential};
use crate::relying_party::{RelyingParty, UserVerification};
use crate::wire;

/// Whom a new credential is for.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// The user handle: 1 to 64 bytes that stand for the account and say nothing about the
    /// person (WebAuthn L3, 14.6.1).
    pub handle: &'a [u8],
    /// The name of the account, which tells it from others, such as a mail address.
    pub name: &'a str,
    /// The name of the person, for display; it may be empty.
    pub display_name: &'a str,
}

/// A credential in a list for a browser (WebAuthn L3, 5.8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Which credential.
    pub id: CredentialId,
    /// How to reach its authenticator; see [`StoredCredential::transports`].
    pub transports: Vec<String>,
}

impl From<&StoredCredential> for Descriptor {
    fn from(credential: &StoredCredential) -> Self {
        Self {
            id: credential.id.clone(),
            transports: credential.transports.clone(),
        }
    }
}

impl Descriptor {
    fn json(&self) -> Value {
        json!({ "type": "public-key", "id": self.id, "transports": self.transports })
    }
}

impl RelyingParty {
    /// Asks for a new credential: `PublicKeyCredentialCreationOptionsJSON` (WebAuthn L3, 5.4).
    ///
    /// It should be discoverable and the user verified, both where the authenticator can. An
    /// authenticator that has one of the `exclude`d credentials, the account's others, makes no
    /// second one. The browser gives up after `timeout`.
    pub fn creation_options(
        &self,
        challenge: &[u8],
        user: NewUser<'_>,
        exclude: &[Descriptor],
        timeout: Duration,
    ) -> Value {
        let algorithm = |each: Algorithm| json!({ "type": "public-key", "alg": each.cose() });
        json!({
            "rp": { "id": self.id, "name": self.name },
            "user": {
                "id": wire::encode(user.handle),
                "name": user.name,
                "displayName": user.display_name,
            },
            "challenge": wire::encode(challenge),
            "pubKeyCredParams": Algorithm::ALL.map(algorithm),
            "timeout": milliseconds(timeout),
            "excludeCredentials": list(exclude),
            "authenticatorSelection": {
                "residentKey": "preferred",
                "requireResidentKey": false,
                "userVerification": UserVerification::Preferred.as_str(),
            },
            "attestation": "none",
        })
    }

    /// Asks for a signature: `PublicKeyCredentialRequestOptionsJSON` (WebAuthn L3, 5.5).
    ///
    /// With an empty `allow`, any discoverable credential will do: the user need not say first
    /// who they are. The browser gives up after `timeout`.
    pub fn request_options(
        &self,
        challenge: &[u8],
        allow: &[Descriptor],
        user_verification: UserVerification,
        timeout: Duration,
    ) -> Value {
        json!({
            "challenge": wire::encode(challenge),
            "timeout": milliseconds(timeout),
            "rpId": self.id,
            "allowCredentials": list(allow),
            "userVerification": user_verification.as_str(),
        })
    }
}

fn list(credentials: &[Descriptor]) -> Vec<Value> {
    credentials.iter().map(Descriptor::json).collect()
}

/// Milliseconds, as many as an `unsigned long` of Web IDL takes.
fn milliseconds(timeout: Duration) -> u32 {
    u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX)
}
