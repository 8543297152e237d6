//! Verifying an assertion (WebAuthn L3, 7.2).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::authenticator_data::AuthenticatorData;
use crate::client_data::{self, GET};
use crate::credential::{Asserted, CredentialId, StoredCredential};
use crate::key::PublicKey;
use crate::refused::Refused;
use crate::relying_party::{RelyingParty, UserVerification, sha256};
use crate::wire;

/// What is read of `AuthenticatorAssertionResponseJSON`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion<'a> {
    #[serde(rename = "clientDataJSON", borrow)]
    client_data: Cow<'a, str>,
    #[serde(borrow)]
    authenticator_data: Cow<'a, str>,
    #[serde(borrow)]
    signature: Cow<'a, str>,
    #[serde(borrow)]
    user_handle: Option<Cow<'a, str>>,
}

impl Assertion<'_> {
    fn user_handle(&self) -> Result<Option<Vec<u8>>, Refused> {
        let text = self.user_handle.as_deref();
        text.map(|text| wire::decode(text, "userHandle"))
            .transpose()
    }
}

/// What an assertion has to be.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The challenge that was sent.
    pub challenge: &'a [u8],
    /// The credential that [`credential_id`] names. If the request listed the allowed ones, the
    /// caller takes it from among those.
    pub credential: &'a StoredCredential,
    /// The handle of the user who owns the credential.
    pub user_handle: &'a [u8],
    /// Whether the answer has to name that user. It does where the request allowed any
    /// credential, and may omit it where the request listed the user's.
    pub names_user: bool,
    /// What was asked for.
    pub user_verification: UserVerification,
}

/// Which credential an assertion claims to be of. Nothing is proved yet.
pub fn credential_id(response: &Value) -> Option<CredentialId> {
    let answer: Answer<'_, Assertion<'_>> = Answer::read(response).ok()?;
    answer.id().ok()
}

/// Whose account an assertion claims to be of. Nothing is proved yet.
pub fn user_handle(response: &Value) -> Option<Vec<u8>> {
    let answer: Answer<'_, Assertion<'_>> = Answer::read(response).ok()?;
    answer.response.user_handle().ok()?
}

impl RelyingParty {
    /// Checks an `AuthenticationResponseJSON`, what `toJSON()` of an assertion gives.
    ///
    /// # Errors
    /// The first thing that is wrong, in the order of WebAuthn L3, 7.2.
    pub fn authenticate(
        &self,
        expected: &Expected<'_>,
        response: &Value,
    ) -> Result<Asserted, Refused> {
        let answer: Answer<'_, Assertion<'_>> = Answer::read(response)?;
        expected.check_owner(&answer)?;
        let assertion = answer.response;
        let client_data = wire::decode(&assertion.client_data, "clientDataJSON")?;
        client_data::check(&client_data, GET, expected.challenge, self)?;

        let signed = wire::decode(&assertion.authenticator_data, "authenticatorData")?;
        let data = AuthenticatorData::parse(&signed)?;
        self.check(&data, expected.user_verification)?;
        if data.attested.is_some() {
            return Err(Refused::Flags);
        }
        if data.backup_eligible() != expected.credential.backup_eligible {
            return Err(Refused::BackupEligibility);
        }
        let signature = wire::decode(&assertion.signature, "signature")?;
        PublicKey::from_cose(&expected.credential.public_key)?
            .verify(&[&signed[..], &sha256(&client_data)].concat(), &signature)?;
        expected.check_counter(data.counter)?;
        Ok(Asserted {
            counter: data.counter,
            backed_up: data.backed_up(),
            user_verified: data.user_verified(),
        })
    }
}

impl Expected<'_> {
    fn check_owner(&self, answer: &Answer<'_, Assertion<'_>>) -> Result<(), Refused> {
        if answer.id()? != self.credential.id {
            return Err(Refused::WrongCredential);
        }
        let is_owner = match answer.response.user_handle()? {
            Some(handle) => handle == self.user_handle,
            None => !self.names_user,
        };
        is_owner.then_some(()).ok_or(Refused::WrongUserHandle)
    }

    /// An authenticator that counts, or once counted, has to count on (WebAuthn L3, 6.1.1).
    const fn check_counter(&self, counter: u32) -> Result<(), Refused> {
        let stored = self.credential.counter;
        if (stored != 0 || counter != 0) && counter <= stored {
            return Err(Refused::Counter);
        }
        Ok(())
    }
}
