//! What browsers are asked.

use std::time::Duration;

use auth_passkey::{CredentialId, Descriptor, NewUser, UserVerification};
use serde_json::json;

use crate::lab::party;

fn descriptor() -> Descriptor {
    Descriptor {
        id: CredentialId::new(&[0xfb, 0xff]).unwrap(),
        transports: vec!["usb".to_owned()],
    }
}

#[test]
fn creation_options_are_of_the_standard_form() {
    let user = NewUser {
        handle: &[1, 2, 3],
        name: "ada@example.org",
        display_name: "Ada",
    };
    let options =
        party().creation_options(&[0xff; 16], user, &[descriptor()], Duration::from_secs(60));
    let expected = json!({
        "rp": { "id": "example.org", "name": "Example" },
        "user": { "id": "AQID", "name": "ada@example.org", "displayName": "Ada" },
        "challenge": "_____________________w",
        "pubKeyCredParams": [
            { "type": "public-key", "alg": -8 },
            { "type": "public-key", "alg": -7 },
            { "type": "public-key", "alg": -257 },
        ],
        "timeout": 60_000,
        "excludeCredentials": [{ "type": "public-key", "id": "-_8", "transports": ["usb"] }],
        "authenticatorSelection": {
            "residentKey": "preferred",
            "requireResidentKey": false,
            "userVerification": "preferred",
        },
        "attestation": "none",
    });
    assert_eq!(options, expected);
}

#[test]
fn request_options_are_of_the_standard_form() {
    let options = party().request_options(
        &[0; 16],
        &[descriptor()],
        UserVerification::Required,
        Duration::MAX,
    );
    let expected = json!({
        "challenge": "AAAAAAAAAAAAAAAAAAAAAA",
        "timeout": u32::MAX,
        "rpId": "example.org",
        "allowCredentials": [{ "type": "public-key", "id": "-_8", "transports": ["usb"] }],
        "userVerification": "required",
    });
    assert_eq!(options, expected);

    let options =
        party().request_options(&[0; 16], &[], UserVerification::Preferred, Duration::ZERO);
    assert_eq!(options["allowCredentials"], json!([]));
    assert_eq!(options["userVerification"], "preferred");
}

#[test]
fn credential_ids_have_a_bounded_length() {
    assert_eq!(CredentialId::new(&[]), None);
    assert_eq!(CredentialId::new(&[1; 1024]), None);
    assert_eq!(CredentialId::new(&[1; 1023]).unwrap().as_bytes(), [1; 1023]);
}
