//! Answers of the standard's test vectors with something in them changed, and bytes without any
//! sense: nothing panics, and nothing that was changed passes as signed.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::lab::{changed, decode, encode};
use crate::vectors::Vector;

const NAMES: [&str; 3] = ["none.ES256", "packed.RS256", "packed.EdDSA"];

/// A change of some bytes. Places are counted modulo the length.
#[derive(Clone, Debug)]
enum Change {
    Cut(usize),
    Flip(usize, u8),
    Set(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    /// Copies some bytes to another place.
    Repeat(usize, usize, usize),
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        let at = any::<usize>;
        // What begins an item of CBOR, mostly.
        let byte = prop_oneof![
            any::<u8>(),
            (0..8_u8, 0..32_u8).prop_map(|(kind, len)| kind << 5 | len),
        ];
        prop_oneof![
            at().prop_map(Self::Cut),
            (at(), 0..8_u8).prop_map(|(at, bit)| Self::Flip(at, 1 << bit)),
            (at(), byte.clone()).prop_map(|(at, byte)| Self::Set(at, byte)),
            (at(), vec(byte, 1..40)).prop_map(|(at, bytes)| Self::Insert(at, bytes)),
            (at(), 1..40_usize).prop_map(|(at, len)| Self::Remove(at, len)),
            (at(), 1..200_usize, at()).prop_map(|(at, len, to)| Self::Repeat(at, len, to)),
        ]
    }

    fn apply(&self, bytes: &mut Vec<u8>) {
        let len = bytes.len().max(1);
        let range = |at: &usize, n: &usize, bytes: &[u8]| {
            let start = (at % len).min(bytes.len());
            start..(start + n).min(bytes.len())
        };
        match self {
            Self::Cut(at) => bytes.truncate(at % len),
            Self::Flip(at, bit) => bytes
                .iter_mut()
                .skip(at % len)
                .take(1)
                .for_each(|b| *b ^= bit),
            Self::Set(at, to) => bytes
                .iter_mut()
                .skip(at % len)
                .take(1)
                .for_each(|b| *b = *to),
            Self::Insert(at, new) => {
                let at = range(at, &0, bytes);
                bytes.splice(at, new.iter().copied());
            }
            Self::Remove(at, n) => {
                let gone = range(at, n, bytes);
                bytes.drain(gone);
            }
            Self::Repeat(at, n, to) => {
                let copy = bytes[range(at, n, bytes)].to_vec();
                let to = range(to, &0, bytes);
                bytes.splice(to, copy);
            }
        }
    }

    fn apply_all(changes: &[Self], bytes: &mut Vec<u8>) {
        changes.iter().for_each(|change| change.apply(bytes));
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    vec(Change::any(), 1..4)
}

fn pointer(part: &str) -> String {
    format!("/response/{part}")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn changed_registrations(
        name in prop::sample::select(&NAMES[..]),
        part in prop::sample::select(&["attestationObject", "clientDataJSON"][..]),
        changes in changes(),
    ) {
        let vector = Vector::named(name);
        let response = changed(&vector.registration(), &pointer(part), |bytes| {
            Change::apply_all(&changes, bytes);
        });
        // No attestation is checked, so some changes make another good registration. Then its
        // key can verify, if only that the assertion is of another key.
        if let Ok(stored) = vector.register(&response) {
            prop_assert_eq!(stored.id.to_string(), response["id"].as_str().unwrap());
            let _ = vector.authenticate(&stored, &vector.assertion());
        }
    }

    #[test]
    fn changed_authenticator_data_in_a_sound_object(
        name in prop::sample::select(&NAMES[..]),
        changes in changes(),
    ) {
        let vector = Vector::named(name);
        let response = changed(&vector.registration(), &pointer("attestationObject"), |object| {
            let from = object.windows(8).position(|bytes| bytes == b"authData").unwrap() + 8;
            // The length takes 1 or 2 bytes after the first one.
            let start = from + if object[from] == 0x58 { 2 } else { 3 };
            let mut data = object.split_off(start);
            object.truncate(from);
            Change::apply_all(&changes, &mut data);
            let len = u16::try_from(data.len()).unwrap().to_be_bytes();
            object.extend([0x59, len[0], len[1]]);
            object.extend(data);
        });
        let _ = vector.register(&response);
    }

    #[test]
    fn changed_assertions(
        name in prop::sample::select(&NAMES[..]),
        part in prop::sample::select(&["authenticatorData", "clientDataJSON", "signature"][..]),
        changes in changes(),
    ) {
        let vector = Vector::named(name);
        let stored = vector.register(&vector.registration()).unwrap();
        let good = vector.assertion();
        let response = changed(&good, &pointer(part), |bytes| Change::apply_all(&changes, bytes));
        let result = vector.authenticate(&stored, &response);
        prop_assert_eq!(result.is_ok(), response == good);
    }

    #[test]
    fn changed_keys(name in prop::sample::select(&NAMES[..]), changes in changes()) {
        let vector = Vector::named(name);
        let mut stored = vector.register(&vector.registration()).unwrap();
        Change::apply_all(&changes, &mut stored.public_key);
        let _ = vector.authenticate(&stored, &vector.assertion());
    }

    #[test]
    fn changed_json(
        name in prop::sample::select(&NAMES[..]),
        is_assertion in any::<bool>(),
        changes in changes(),
    ) {
        let vector = Vector::named(name);
        let stored = vector.register(&vector.registration()).unwrap();
        let good = if is_assertion { vector.assertion() } else { vector.registration() };
        let mut text = good.to_string().into_bytes();
        Change::apply_all(&changes, &mut text);
        if let Ok(response) = serde_json::from_slice::<Value>(&text) {
            let _ = vector.register(&response);
            let _ = vector.authenticate(&stored, &response);
            let _ = auth_passkey::user_handle(&response);
        }
    }

    #[test]
    fn bytes_without_sense(bytes in vec(any::<u8>(), 0..300)) {
        let vector = Vector::named("none.ES256");
        let mut response = vector.registration();
        response["response"]["attestationObject"] = json!(encode(&bytes));
        prop_assert!(vector.register(&response).is_err());
        let stored = vector.register(&vector.registration()).unwrap();
        let mut response = vector.assertion();
        response["response"]["authenticatorData"] = json!(encode(&bytes));
        prop_assert!(vector.authenticate(&stored, &response).is_err());
    }
}

#[test]
fn deep_nesting_is_refused() {
    let vector = Vector::named("none.ES256");
    let stored = vector.register(&vector.registration()).unwrap();
    for opener in [
        &[0x81][..],
        &[0xa1, 0x00],
        &[0xc1],
        &[0x9f],
        &[0xbf, 0x00],
        &[0x5f],
    ] {
        let bomb = opener.repeat(20_000 / opener.len());
        // As the attestation object, as its statement, as the COSE key, and as extensions.
        let object = decode(
            vector.registration()["response"]["attestationObject"]
                .as_str()
                .unwrap(),
        );
        let data = decode(
            vector.assertion()["response"]["authenticatorData"]
                .as_str()
                .unwrap(),
        );
        let statement = [&object[..18], &bomb].concat();
        let key = [&object[..30 + 55 + 32], &bomb].concat();
        for object in [bomb.clone(), statement, key] {
            let mut response = vector.registration();
            response["response"]["attestationObject"] = json!(encode(&object));
            assert!(vector.register(&response).is_err(), "{opener:x?}");
        }
        let mut extended = [&data[..], &bomb].concat();
        extended[32] |= 0b1000_0000;
        let mut response = vector.assertion();
        response["response"]["authenticatorData"] = json!(encode(&extended));
        assert!(
            vector.authenticate(&stored, &response).is_err(),
            "{opener:x?}"
        );
    }
    for opener in ["[", "{\"a\":"] {
        let response = changed(&vector.registration(), &pointer("clientDataJSON"), |json| {
            *json = opener.repeat(5_000).into_bytes();
        });
        assert!(vector.register(&response).is_err());
    }
}

#[test]
fn every_single_bit_of_an_assertion_counts() {
    for name in NAMES {
        let vector = Vector::named(name);
        let stored = vector.register(&vector.registration()).unwrap();
        let good = vector.assertion();
        for part in ["authenticatorData", "clientDataJSON", "signature"] {
            let len = decode(good["response"][part].as_str().unwrap()).len();
            for bit in 0..len * 8 {
                let response = changed(&good, &pointer(part), |bytes| {
                    bytes[bit / 8] ^= 1 << (bit % 8);
                });
                let result = vector.authenticate(&stored, &response);
                assert!(result.is_err(), "{name} {part} {bit}");
            }
        }
    }
}
