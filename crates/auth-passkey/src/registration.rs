//! Registering a new credential (WebAuthn L3, 7.1).

use std::borrow::Cow;

use ciborium::Value as Cbor;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::authenticator_data::{Attested, AuthenticatorData};
use crate::cbor;
use crate::client_data::{self, CREATE};
use crate::credential::StoredCredential;
use crate::key::PublicKey;
use crate::refused::Refused;
use crate::relying_party::{RelyingParty, UserVerification};
use crate::wire;

/// What is read of `AuthenticatorAttestationResponseJSON`. Browsers repeat in it what the
/// attestation object says; only the object counts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attestation<'a> {
    #[serde(rename = "clientDataJSON", borrow)]
    client_data: Cow<'a, str>,
    #[serde(borrow)]
    attestation_object: Cow<'a, str>,
    transports: Option<Vec<String>>,
}

impl RelyingParty {
    /// Checks a `RegistrationResponseJSON`, what `toJSON()` of a new credential gives, and makes
    /// the credential to store.
    ///
    /// The caller decides whether one whose user was not verified is good enough, and refuses
    /// one that any account has already.
    ///
    /// # Errors
    /// The first thing that is wrong, in the order of WebAuthn L3, 7.1.
    pub fn register(
        &self,
        challenge: &[u8],
        response: &Value,
    ) -> Result<StoredCredential, Refused> {
        let answer: Answer<'_, Attestation<'_>> = Answer::read(response)?;
        let client_data = wire::decode(&answer.response.client_data, "clientDataJSON")?;
        client_data::check(&client_data, CREATE, challenge, self)?;

        let object = wire::decode(&answer.response.attestation_object, "attestationObject")?;
        let object = cbor::whole(&object).ok_or(Refused::Malformed("attestationObject"))?;
        let data = AuthenticatorData::parse(attested_data(&object)?)?;
        self.check(&data, UserVerification::Preferred)?;
        let attested = data.attested.as_ref().ok_or(Refused::Flags)?;
        if attested.id != answer.id()? {
            return Err(Refused::WrongCredential);
        }
        PublicKey::from_cose(attested.public_key)?;
        let transports = answer.response.transports.unwrap_or_default();
        Ok(stored(&data, attested, transports))
    }
}

/// The authenticator data of an attestation object (WebAuthn L3, 6.5.4). Only the statement
/// that there is none is checked; see the head of this crate.
fn attested_data(object: &Cbor) -> Result<&[u8], Refused> {
    let malformed = Refused::Malformed("attestationObject");
    let format = cbor::field(object, "fmt").and_then(Cbor::as_text);
    let statement = cbor::field(object, "attStmt").and_then(Cbor::as_map);
    let (Some(format), Some(statement)) = (format, statement) else {
        return Err(malformed);
    };
    if format == "none" && !statement.is_empty() {
        return Err(Refused::Attestation);
    }
    cbor::bytes(object, "authData").ok_or(malformed)
}

fn stored(
    data: &AuthenticatorData<'_>,
    attested: &Attested<'_>,
    transports: Vec<String>,
) -> StoredCredential {
    StoredCredential {
        id: attested.id.clone(),
        public_key: attested.public_key.to_vec(),
        counter: data.counter,
        user_verified: data.user_verified(),
        backup_eligible: data.backup_eligible(),
        backed_up: data.backed_up(),
        transports: plausible(transports),
        aaguid: attested.aaguid,
    }
}

/// The transports that may be names of some. Unknown ones are kept: they are for the browser to
/// read, which may know more of them (WebAuthn L3, 5.8.4).
fn plausible(mut transports: Vec<String>) -> Vec<String> {
    transports.retain(|name| {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=32).contains(&name.len()) && name.bytes().all(is_name)
    });
    transports.sort();
    transports.dedup();
    transports.truncate(16);
    transports
}
