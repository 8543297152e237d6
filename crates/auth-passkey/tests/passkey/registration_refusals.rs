//! Registrations that are refused, each for its reason.

use auth_passkey::software::Knobs;
use auth_passkey::{Refused, RelyingParty};
use serde_json::{Value, json};

use crate::lab::{CHALLENGE, changed, decode, encode, party, register, registration};

const CLIENT_DATA: &str = "/response/clientDataJSON";
const OBJECT: &str = "/response/attestationObject";
/// Where the authenticator data begins in an attestation object without a statement.
const DATA: usize = 30;
/// Where its flags are, the length of the credential's id, and the COSE key.
const FLAGS: usize = DATA + 32;
const ID_LEN: usize = FLAGS + 5 + 16;
const KEY: usize = ID_LEN + 2 + 32;

#[track_caller]
fn refuses(reason: Refused, turn: impl FnOnce(&mut Knobs)) {
    assert_eq!(register(&registration(turn)), Err(reason));
}

/// The answer with its attestation object changed.
#[track_caller]
fn refuses_object(reason: Refused, change: impl FnOnce(&mut Vec<u8>)) {
    let response = changed(&registration(|_| ()), OBJECT, change);
    assert_eq!(register(&response), Err(reason));
}

#[test]
fn the_object_is_laid_out_as_these_tests_think() {
    let response = registration(|_| ());
    let object = decode(response["response"]["attestationObject"].as_str().unwrap());
    assert_eq!(object[FLAGS], 0b0100_0101);
    assert_eq!(object[ID_LEN..ID_LEN + 2], [0, 32]);
    assert_eq!(encode(&object[ID_LEN + 2..KEY]), response["id"]);
    assert_eq!(object[KEY..KEY + 5], [0xa5, 1, 2, 3, 0x26]);
}

#[test]
fn another_type() {
    refuses(Refused::Type, |knobs| {
        knobs.client_data_type = Some("webauthn.get".to_owned());
    });
    let mut response = registration(|_| ());
    response["type"] = json!("password");
    assert_eq!(register(&response), Err(Refused::Type));
}

#[test]
fn another_challenge() {
    refuses(Refused::Challenge, |knobs| {
        knobs.challenge = Some(vec![7; 32])
    });
    let short = &CHALLENGE[..31];
    refuses(Refused::Challenge, |knobs| {
        knobs.challenge = Some(short.to_vec())
    });
}

#[test]
fn a_challenge_that_anybody_could_guess() {
    for len in [0, 15] {
        let challenge = &CHALLENGE[..len];
        let response = registration(|knobs| knobs.challenge = Some(challenge.to_vec()));
        assert_eq!(
            party().register(challenge, &response),
            Err(Refused::Challenge)
        );
    }
}

#[test]
fn another_origin() {
    let response = registration(|_| ());
    for origins in [
        vec![],
        vec!["https://example.org"],
        vec!["http://login.example.org"],
        vec!["https://login.example.org:8443"],
        vec!["https://login.example.org/"],
        vec!["https://login.example.org.evil.example"],
        vec!["https://LOGIN.example.org"],
    ] {
        let party = RelyingParty {
            origins: origins.into_iter().map(str::to_owned).collect(),
            ..party()
        };
        assert_eq!(party.register(CHALLENGE, &response), Err(Refused::Origin));
    }
}

#[test]
fn a_frame_of_another_origin() {
    refuses(Refused::CrossOrigin, |knobs| knobs.cross_origin = true);
    refuses(Refused::CrossOrigin, |knobs| {
        knobs.top_origin = Some("https://example.com".to_owned());
    });
}

#[test]
fn another_relying_party() {
    refuses(Refused::RpId, |knobs| {
        knobs.rp_id = Some("login.example.org".to_owned())
    });
}

#[test]
fn nobody_there() {
    refuses(Refused::UserNotPresent, |knobs| knobs.user_present = false);
}

#[test]
fn backed_up_without_being_eligible() {
    refuses(Refused::Flags, |knobs| knobs.backed_up = true);
}

#[test]
fn no_new_credential() {
    refuses_object(Refused::Flags, |object| {
        object[FLAGS] &= !0b0100_0000;
        object.truncate(FLAGS + 5);
        // The length of the authenticator data.
        object[DATA - 1] = 37;
    });
}

#[test]
fn another_algorithm() {
    for other in [-35, -36, -37, -47, -65535, 7, i64::MIN, i64::MAX] {
        refuses(Refused::Algorithm, |knobs| {
            knobs.cose_algorithm = Some(other)
        });
    }
}

#[test]
fn a_key_that_is_none_of_its_algorithm() {
    let reason = Refused::Malformed("the public key");
    // EdDSA and RS256 with a point on P-256.
    refuses(reason, |knobs| knobs.cose_algorithm = Some(-8));
    refuses(reason, |knobs| knobs.cose_algorithm = Some(-257));
    // The type of key, the curve, and a point beside the curve.
    refuses_object(reason, |object| object[KEY + 2] = 1);
    refuses_object(reason, |object| object[KEY + 6] = 6);
    refuses_object(reason, |object| object[KEY + 11..KEY + 43].fill(1));
    // The type of key twice, and none.
    refuses_object(reason, |object| object[KEY + 3] = 1);
    refuses_object(reason, |object| object[KEY + 1] = 9);
}

#[test]
fn a_statement_of_no_attestation() {
    refuses(Refused::Attestation, |knobs| knobs.attests = true);
}

#[test]
fn another_credential() {
    refuses(Refused::WrongCredential, |knobs| {
        knobs.credential_id = Some(vec![1; 32])
    });
    let mut response = registration(|_| ());
    response["rawId"] = json!("AAAA");
    assert_eq!(register(&response), Err(Refused::WrongCredential));
}

#[test]
fn bytes_too_many_or_too_few() {
    let object = Refused::Malformed("attestationObject");
    let data = Refused::Malformed("authenticatorData");
    refuses_object(object, |object| object.push(0));
    refuses_object(object, |object| {
        object.pop();
    });
    refuses_object(object, Vec::clear);
    // A byte after the key, and a flag for extensions that are not there or no map.
    refuses_object(data, |object| {
        object.push(0);
        object[DATA - 1] += 1;
    });
    refuses_object(data, |object| object[FLAGS] |= 0b1000_0000);
    refuses(data, |knobs| knobs.extensions = Some(vec![0x00]));
    refuses(data, |knobs| knobs.extensions = Some(vec![0xa0, 0x00]));
    // Ids of no bytes, and of one more than there are.
    refuses_object(data, |object| object[ID_LEN + 1] = 0);
    refuses_object(data, |object| object[ID_LEN] = 0xff);
}

#[test]
fn a_credential_id_that_is_too_long() {
    for (len, result) in [
        (1023, None),
        (1024, Some(Refused::Malformed("authenticatorData"))),
    ] {
        let id = vec![9; len];
        let response = registration(|knobs| knobs.credential_id = Some(id.clone()));
        let response = changed(&response, OBJECT, |object| {
            object.splice(ID_LEN + 2..KEY, id);
            object[ID_LEN..ID_LEN + 2].copy_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
            let data_len = u16::try_from(object.len() - DATA).unwrap().to_be_bytes();
            object.splice(DATA - 2..DATA, [0x59, data_len[0], data_len[1]]);
        });
        assert_eq!(register(&response).err(), result, "{len}");
    }
}

#[test]
fn client_data_that_is_no_such_json() {
    let reason = Refused::Malformed("clientDataJSON");
    let response = registration(|_| ());
    for json in [
        &b""[..],
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        br#"{"type":"webauthn.create","challenge":1,"origin":""}"#,
        br#"{"type":"webauthn.create","type":"webauthn.create","challenge":"","origin":""}"#,
        br#"{"type":"webauthn.create","challenge":"","origin":"","crossOrigin":"no"}"#,
    ] {
        let response = changed(&response, CLIENT_DATA, |bytes| *bytes = json.to_vec());
        assert_eq!(register(&response), Err(reason), "{}", json.escape_ascii());
    }
    let response = changed(&response, CLIENT_DATA, |json| json.push(b'x'));
    assert_eq!(register(&response), Err(reason));
}

#[test]
fn json_of_another_form() {
    let reason = Err(Refused::Malformed("the JSON"));
    for nonsense in [
        json!(null),
        json!(1),
        json!([]),
        json!({}),
        json!({ "response": {} }),
    ] {
        assert_eq!(register(&nonsense), reason);
    }
    let good = registration(|_| ());
    for part in ["/id", "/rawId", "/type", "/response", CLIENT_DATA, OBJECT] {
        let mut response = good.clone();
        *response.pointer_mut(part).unwrap() = Value::Null;
        assert_eq!(register(&response), reason, "{part}");
    }
}

#[test]
fn bytes_in_another_encoding_or_too_many() {
    let good = registration(|_| ());
    for (part, name) in [
        (CLIENT_DATA, "clientDataJSON"),
        (OBJECT, "attestationObject"),
    ] {
        for text in ["AA==", "A", "AB", "+/8", "A A", "é", &"A".repeat(50_000)] {
            let mut response = good.clone();
            *response.pointer_mut(part).unwrap() = json!(text);
            assert_eq!(
                register(&response),
                Err(Refused::Malformed(name)),
                "{part} {text}"
            );
        }
    }
    for id in ["", "*", &"A".repeat(2_000)] {
        let mut response = good.clone();
        response["id"] = json!(id);
        response["rawId"] = json!(id);
        assert_eq!(register(&response), Err(Refused::Malformed("id")), "{id}");
    }
}
