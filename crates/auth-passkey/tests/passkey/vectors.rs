//! The test vectors of WebAuthn Level 3 (section "Test Vectors"), in the hexadecimal of the
//! standard. All are of the relying party `example.org` and the origin `https://example.org`.

use std::sync::LazyLock;

use auth_passkey::{
    Asserted, Expected, Refused, RelyingParty, StoredCredential, UserVerification, credential_id,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lab::{encode, party};

/// An example of the standard's: a registration, and an assertion with the same credential.
#[derive(Deserialize)]
pub struct Vector {
    name: String,
    credential_id: String,
    registration: Registration,
    authentication: Authentication,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    challenge: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authentication {
    challenge: String,
    authenticator_data: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    signature: String,
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

fn base64url(hex: &str) -> String {
    encode(&unhex(hex))
}

impl Vector {
    pub fn named(name: &str) -> &'static Self {
        static ALL: LazyLock<Vec<Vector>> =
            LazyLock::new(|| serde_json::from_str(include_str!("webauthn-3.json")).unwrap());
        ALL.iter().find(|vector| vector.name == name).unwrap()
    }

    fn answer(&self, response: Value) -> Value {
        let id = base64url(&self.credential_id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response })
    }

    pub fn registration(&self) -> Value {
        self.answer(json!({
            "clientDataJSON": base64url(&self.registration.client_data),
            "attestationObject": base64url(&self.registration.attestation_object),
        }))
    }

    pub fn assertion(&self) -> Value {
        self.answer(json!({
            "clientDataJSON": base64url(&self.authentication.client_data),
            "authenticatorData": base64url(&self.authentication.authenticator_data),
            "signature": base64url(&self.authentication.signature),
        }))
    }

    pub fn register(&self, response: &Value) -> Result<StoredCredential, Refused> {
        party().register(&unhex(&self.registration.challenge), response)
    }

    pub fn authenticate(
        &self,
        credential: &StoredCredential,
        response: &Value,
    ) -> Result<Asserted, Refused> {
        let expected = Expected {
            challenge: &unhex(&self.authentication.challenge),
            credential,
            user_handle: b"",
            names_user: false,
            user_verification: UserVerification::Preferred,
        };
        party().authenticate(&expected, response)
    }
}

#[test]
fn vectors_of_the_algorithms_verify() {
    // Whether the user is verified, the credential eligible for backups, and backed up: at the
    // registration, and in the assertion.
    let flags = [
        ("none.ES256", [false, true, true], [false, true, true]),
        (
            "packed-self.ES256",
            [true, true, true],
            [false, true, false],
        ),
        (
            "none.ES256.long-credential-id",
            [false, true, false],
            [true, true, false],
        ),
        ("packed.ES256", [true, true, false], [true, true, false]),
        ("packed.RS256", [true, true, true], [false, true, true]),
        ("packed.EdDSA", [false, false, false], [false, false, false]),
    ];
    for (name, registered, asserted) in flags {
        let vector = Vector::named(name);
        let stored = vector.register(&vector.registration()).unwrap();
        assert_eq!(stored.id.as_bytes(), unhex(&vector.credential_id), "{name}");
        let said = [
            stored.user_verified,
            stored.backup_eligible,
            stored.backed_up,
        ];
        assert_eq!(said, registered, "{name}");

        let response = vector.assertion();
        assert_eq!(credential_id(&response), Some(stored.id.clone()));
        let result = vector.authenticate(&stored, &response).unwrap();
        let said = [
            result.user_verified,
            stored.backup_eligible,
            result.backed_up,
        ];
        assert_eq!(said, asserted, "{name}");
        assert_eq!(result.counter, 0);
    }
}

#[test]
fn the_model_of_the_authenticator_is_read() {
    let vector = Vector::named("none.ES256");
    let stored = vector.register(&vector.registration()).unwrap();
    assert_eq!(
        stored.aaguid.simple().to_string(),
        "8446ccb9ab1db374750b2367ff6f3a1f"
    );
}

#[test]
fn vectors_in_frames_are_refused() {
    for name in ["none.ES256.crossOrigin", "none.ES256.topOrigin"] {
        let vector = Vector::named(name);
        let result = vector.register(&vector.registration());
        assert_eq!(result, Err(Refused::CrossOrigin), "{name}");
        // The credential is of no matter, as long as it is that one.
        let other = Vector::named("none.ES256");
        let mut stored = other.register(&other.registration()).unwrap();
        stored.id = credential_id(&vector.assertion()).unwrap();
        let result = vector.authenticate(&stored, &vector.assertion());
        assert_eq!(result, Err(Refused::CrossOrigin), "{name}");
    }
}

#[test]
fn vectors_of_other_algorithms_are_refused() {
    for name in ["packed.ES384", "packed.ES512"] {
        let vector = Vector::named(name);
        let result = vector.register(&vector.registration());
        assert_eq!(result, Err(Refused::Algorithm), "{name}");
    }
}

#[test]
fn a_vector_proves_nothing_to_others() {
    let vector = Vector::named("packed.EdDSA");
    let other = RelyingParty {
        id: "example.com".to_owned(),
        ..party()
    };
    let challenge = unhex(&vector.registration.challenge);
    let result = other.register(&challenge, &vector.registration());
    assert_eq!(result, Err(Refused::RpId));
    let stored = vector.register(&vector.registration()).unwrap();
    // An assertion with the key of another credential.
    for name in ["none.ES256", "packed.RS256"] {
        let signer = Vector::named(name);
        let mut foreign = stored.clone();
        foreign.id = credential_id(&signer.assertion()).unwrap();
        foreign.backup_eligible = true;
        let result = signer.authenticate(&foreign, &signer.assertion());
        assert_eq!(result, Err(Refused::Signature), "{name}");
    }
}
