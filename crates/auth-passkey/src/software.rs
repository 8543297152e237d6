//! An authenticator in software, and the browser before it: answers options as a browser with a
//! passkey would, or wrongly in any way that [`Knobs`] has. For tests; its keys live in memory.

mod key;
mod knobs;

use ciborium::Value as Cbor;
use serde_json::{Value, json};

pub use knobs::Knobs;

use crate::client_data::{CREATE, GET};
use crate::credential::CredentialId;
use crate::relying_party::sha256;
use crate::wire;
use key::Key;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SoftwareError {
    /// A part of the options is missing or malformed; this names it.
    #[error("the options are malformed: {0}")]
    Options(&'static str),
    /// The options do not allow the algorithm of [`Knobs::algorithm`], or it is RS256.
    #[error("the algorithm is not supported")]
    Unsupported,
    /// The options exclude a credential that is here; browsers call it `InvalidStateError`.
    #[error("one of the excluded credentials is here")]
    Excluded,
    /// None of the allowed credentials is here; browsers call it `NotAllowedError`.
    #[error("no credential is allowed")]
    NoCredential,
    /// The library could not make or use a key.
    #[error("a key failed")]
    Key,
}

/// An authenticator with its credentials. All of them are discoverable.
#[derive(Default)]
pub struct SoftwareAuthenticator {
    credentials: Vec<Held>,
    /// How it behaves, from the next answer on.
    pub knobs: Knobs,
}

struct Held {
    id: Vec<u8>,
    rp_id: String,
    user_handle: Vec<u8>,
    key: Key,
    counter: u32,
}

impl SoftwareAuthenticator {
    /// An authenticator without credentials that behaves well.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a credential: `PublicKeyCredentialCreationOptionsJSON` to `RegistrationResponseJSON`,
    /// on a page of `origin`.
    ///
    /// # Errors
    /// When a browser would make none.
    pub fn create(&mut self, options: &Value, origin: &str) -> Result<Value, SoftwareError> {
        let rp_id = text(&options["rp"]["id"], "rp.id")?.to_owned();
        let user_handle = bytes(&options["user"]["id"], "user.id")?;
        self.check_algorithm(options)?;
        if listed(options, "excludeCredentials")?
            .is_some_and(|ids| self.find(&rp_id, &ids).is_some())
        {
            return Err(SoftwareError::Excluded);
        }
        let key = Key::generate(self.knobs.algorithm)?;
        let cose = key.cose(self.knobs.cose_algorithm)?;
        let held = Held {
            id: sha256(&cose).to_vec(),
            rp_id,
            user_handle,
            key,
            counter: 0,
        };
        let client_data = self.client_data(CREATE, options, origin)?;
        let data = self.authenticator_data(&held, Some(&cose))?;
        let object = self.attestation_object(&held, data, &client_data)?;
        let response = json!({
            "clientDataJSON": wire::encode(&client_data),
            "attestationObject": wire::encode(&object),
            "transports": ["internal", "hybrid"],
        });
        let answer = self.answer(&held.id, response);
        self.credentials.push(held);
        Ok(answer)
    }

    /// Signs with a credential, the newest that is allowed:
    /// `PublicKeyCredentialRequestOptionsJSON` to `AuthenticationResponseJSON`, on a page of
    /// `origin`.
    ///
    /// # Errors
    /// When a browser would not sign.
    pub fn get(&mut self, options: &Value, origin: &str) -> Result<Value, SoftwareError> {
        let rp_id = text(&options["rpId"], "rpId")?;
        let index = match listed(options, "allowCredentials")? {
            Some(ids) => self.find(rp_id, &ids),
            None => self
                .credentials
                .iter()
                .rposition(|held| held.rp_id == rp_id),
        };
        let index = index.ok_or(SoftwareError::NoCredential)?;
        self.credentials[index].counter += 1;
        let held = &self.credentials[index];
        let client_data = self.client_data(GET, options, origin)?;
        let data = self.authenticator_data(held, None)?;
        let signature = self.sign(held, &data, &client_data)?;
        let mut response = json!({
            "clientDataJSON": wire::encode(&client_data),
            "authenticatorData": wire::encode(&data),
            "signature": wire::encode(&signature),
        });
        if !self.knobs.hides_user {
            let handle = self.knobs.user_handle.as_ref().unwrap_or(&held.user_handle);
            response["userHandle"] = wire::encode(handle).into();
        }
        Ok(self.answer(&held.id, response))
    }

    /// The ids of its credentials, the oldest first.
    pub fn credentials(&self) -> Vec<CredentialId> {
        let ids = self.credentials.iter().map(|held| &held.id);
        ids.filter_map(|id| CredentialId::new(id)).collect()
    }

    fn check_algorithm(&self, options: &Value) -> Result<(), SoftwareError> {
        let parameters = options["pubKeyCredParams"].as_array();
        let parameters = parameters.ok_or(SoftwareError::Options("pubKeyCredParams"))?;
        let wanted = self.knobs.algorithm.cose();
        let is_wanted = |each: &Value| each["type"] == "public-key" && each["alg"] == wanted;
        let is_there = parameters.iter().any(is_wanted);
        is_there.then_some(()).ok_or(SoftwareError::Unsupported)
    }

    fn find(&self, rp_id: &str, ids: &[Vec<u8>]) -> Option<usize> {
        let is_one = |held: &Held| held.rp_id == rp_id && ids.contains(&held.id);
        self.credentials.iter().rposition(is_one)
    }

    fn client_data(
        &self,
        ceremony: &str,
        options: &Value,
        origin: &str,
    ) -> Result<Vec<u8>, SoftwareError> {
        let challenge = match &self.knobs.challenge {
            Some(challenge) => challenge.clone(),
            None => bytes(&options["challenge"], "challenge")?,
        };
        let mut data = json!({
            "type": self.knobs.client_data_type.as_deref().unwrap_or(ceremony),
            "challenge": wire::encode(&challenge),
            "origin": origin,
            "crossOrigin": self.knobs.cross_origin,
        });
        if let Some(top_origin) = &self.knobs.top_origin {
            data["topOrigin"] = top_origin.as_str().into();
        }
        Ok(data.to_string().into_bytes())
    }

    /// Authenticator data, with a new credential where the COSE key of one is given.
    fn authenticator_data(
        &self,
        held: &Held,
        cose: Option<&[u8]>,
    ) -> Result<Vec<u8>, SoftwareError> {
        let rp_id = self.knobs.rp_id.as_ref().unwrap_or(&held.rp_id);
        let counter = self.knobs.counter.unwrap_or(held.counter);
        let flags = self.knobs.flags(cose.is_some());
        let mut data = sha256(rp_id.as_bytes()).to_vec();
        data.push(flags);
        data.extend(counter.to_be_bytes());
        if let Some(cose) = cose {
            let len = u16::try_from(held.id.len()).map_err(|_| SoftwareError::Key)?;
            // The model stays unknown.
            data.extend([0; 16]);
            data.extend(len.to_be_bytes());
            data.extend(&held.id);
            data.extend(cose);
        }
        data.extend(self.knobs.extensions.iter().flatten());
        Ok(data)
    }

    fn attestation_object(
        &self,
        held: &Held,
        data: Vec<u8>,
        client_data: &[u8],
    ) -> Result<Vec<u8>, SoftwareError> {
        let mut statement = Vec::new();
        if self.knobs.attests {
            let signature = self.sign(held, &data, client_data)?;
            statement.push(("alg".into(), self.knobs.algorithm.cose().into()));
            statement.push(("sig".into(), signature.into()));
        }
        key::to_cbor(vec![
            ("fmt".into(), self.knobs.attestation_format.as_str().into()),
            ("attStmt".into(), Cbor::Map(statement)),
            ("authData".into(), data.into()),
        ])
    }

    fn sign(&self, held: &Held, data: &[u8], client_data: &[u8]) -> Result<Vec<u8>, SoftwareError> {
        let message = [data, &sha256(client_data)].concat();
        if self.knobs.wrong_key {
            return Key::generate(self.knobs.algorithm)?.sign(&message);
        }
        held.key.sign(&message)
    }

    fn answer(&self, id: &[u8], response: Value) -> Value {
        let id = wire::encode(self.knobs.credential_id.as_deref().unwrap_or(id));
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        })
    }
}

fn text<'a>(value: &'a Value, name: &'static str) -> Result<&'a str, SoftwareError> {
    value.as_str().ok_or(SoftwareError::Options(name))
}

fn bytes(value: &Value, name: &'static str) -> Result<Vec<u8>, SoftwareError> {
    wire::decode(text(value, name)?, name).map_err(|_| SoftwareError::Options(name))
}

/// The ids of a list of credentials; none where the list is missing or empty.
fn listed(options: &Value, name: &'static str) -> Result<Option<Vec<Vec<u8>>>, SoftwareError> {
    let list = options[name].as_array().filter(|list| !list.is_empty());
    let ids = list.map(|list| list.iter().map(|each| bytes(&each["id"], name)).collect());
    ids.transpose()
}
