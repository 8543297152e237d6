//! Assertions that are refused, each for its reason.

use auth_passkey::software::Knobs;
use auth_passkey::{Algorithm, Expected, Refused, RelyingParty, UserVerification};
use serde_json::json;

use crate::lab::{Account, CHALLENGE, ORIGIN, changed, party, request_options};

#[track_caller]
fn refuses(reason: Refused, turn: impl FnOnce(&mut Knobs)) {
    assert_eq!(Account::new().sign_in(turn), Err(reason));
}

#[test]
fn another_type() {
    refuses(Refused::Type, |knobs| {
        knobs.client_data_type = Some("webauthn.create".to_owned());
    });
    let mut account = Account::new();
    let mut response = account.assertion(|_| ());
    response["type"] = json!("federated");
    let result = party().authenticate(&account.expected(), &response);
    assert_eq!(result, Err(Refused::Type));
}

#[test]
fn another_challenge() {
    refuses(Refused::Challenge, |knobs| {
        knobs.challenge = Some(vec![7; 32])
    });
    refuses(Refused::Challenge, |knobs| knobs.challenge = Some(vec![]));
}

#[test]
fn a_challenge_that_anybody_could_guess() {
    let mut account = Account::new();
    let challenge = &CHALLENGE[..15];
    let response = account.assertion(|knobs| knobs.challenge = Some(challenge.to_vec()));
    let expected = Expected {
        challenge,
        ..account.expected()
    };
    let result = party().authenticate(&expected, &response);
    assert_eq!(result, Err(Refused::Challenge));
}

#[test]
fn another_origin() {
    let mut account = Account::new();
    for origin in [
        "https://evil.example",
        "https://login.example.org.evil.example",
        "http://login.example.org",
        "https://login.example.org:444",
        "null",
        "",
    ] {
        let response = account
            .authenticator
            .get(&request_options(&[]), origin)
            .unwrap();
        let result = party().authenticate(&account.expected(), &response);
        assert_eq!(result, Err(Refused::Origin), "{origin}");
    }
}

#[test]
fn a_frame_of_another_origin() {
    refuses(Refused::CrossOrigin, |knobs| knobs.cross_origin = true);
    refuses(Refused::CrossOrigin, |knobs| {
        knobs.top_origin = Some(ORIGIN.to_owned())
    });
}

#[test]
fn another_relying_party() {
    refuses(Refused::RpId, |knobs| {
        knobs.rp_id = Some("evil.example".to_owned())
    });
    let mut account = Account::new();
    let response = account.assertion(|_| ());
    let other = RelyingParty {
        id: "login.example.org".to_owned(),
        ..party()
    };
    let result = other.authenticate(&account.expected(), &response);
    assert_eq!(result, Err(Refused::RpId));
}

#[test]
fn nobody_there() {
    refuses(Refused::UserNotPresent, |knobs| knobs.user_present = false);
}

#[test]
fn nobody_verified_though_it_was_required() {
    let mut account = Account::new();
    let response = account.assertion(|knobs| knobs.user_verified = false);
    let expected = Expected {
        user_verification: UserVerification::Required,
        ..account.expected()
    };
    let result = party().authenticate(&expected, &response);
    assert_eq!(result, Err(Refused::UserNotVerified));
}

#[test]
fn backed_up_without_being_eligible() {
    refuses(Refused::Flags, |knobs| knobs.backed_up = true);
}

#[test]
fn eligible_for_backups_as_never_before() {
    refuses(Refused::BackupEligibility, |knobs| {
        knobs.backup_eligible = true
    });
    let mut account = Account::with(|knobs| knobs.backup_eligible = true);
    let result = account.sign_in(|knobs| knobs.backup_eligible = false);
    assert_eq!(result, Err(Refused::BackupEligibility));
}

#[test]
fn a_new_credential_in_an_assertion() {
    let mut account = Account::new();
    let response = account.assertion(|_| ());
    let response = changed(&response, "/response/authenticatorData", |data| {
        data[32] |= 0b0100_0000;
        data.extend([0; 16]);
        data.extend([0, 1, 7, 0xa0]);
    });
    let result = party().authenticate(&account.expected(), &response);
    assert_eq!(result, Err(Refused::Flags));
}

#[test]
fn a_counter_that_does_not_grow() {
    let mut account = Account::new();
    account.credential.counter = 10;
    for counter in [0, 1, 9, 10] {
        let result = account.sign_in(|knobs| knobs.counter = Some(counter));
        assert_eq!(result, Err(Refused::Counter), "{counter}");
    }
    for counter in [11, u32::MAX] {
        assert!(
            account
                .sign_in(|knobs| knobs.counter = Some(counter))
                .is_ok()
        );
    }
}

#[test]
fn an_answer_that_was_used_already() {
    let mut account = Account::new();
    let response = account.assertion(|_| ());
    let asserted = party()
        .authenticate(&account.expected(), &response)
        .unwrap();
    account.credential.record(&asserted);
    let again = party().authenticate(&account.expected(), &response);
    assert_eq!(again, Err(Refused::Counter));
}

#[test]
fn another_credential() {
    let mut account = Account::new();
    let mut other = Account::new();
    // Another key under its own name, under this one's, and this one under another's.
    let response = other.assertion(|_| ());
    let result = party().authenticate(&account.expected(), &response);
    assert_eq!(result, Err(Refused::WrongCredential));

    let id = account.credential.id.as_bytes().to_vec();
    let response = other.assertion(|knobs| knobs.credential_id = Some(id));
    let result = party().authenticate(&account.expected(), &response);
    assert_eq!(result, Err(Refused::Signature));

    let mut response = account.assertion(|_| ());
    response["rawId"] = json!(other.credential.id);
    let result = party().authenticate(&account.expected(), &response);
    assert_eq!(result, Err(Refused::WrongCredential));
}

#[test]
fn another_user() {
    for handle in [&b"user-2"[..], b"user-11", b""] {
        refuses(Refused::WrongUserHandle, |knobs| {
            knobs.user_handle = Some(handle.to_vec())
        });
    }
    refuses(Refused::WrongUserHandle, |knobs| knobs.hides_user = true);

    // Even where the user was named already.
    let mut account = Account::new();
    let response = account.assertion(|knobs| knobs.user_handle = Some(b"user-2".to_vec()));
    let expected = Expected {
        names_user: false,
        ..account.expected()
    };
    let result = party().authenticate(&expected, &response);
    assert_eq!(result, Err(Refused::WrongUserHandle));
}

#[test]
fn another_signature() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let mut account = Account::with(|knobs| knobs.algorithm = algorithm);
        let result = account.sign_in(|knobs| knobs.wrong_key = true);
        assert_eq!(result, Err(Refused::Signature));

        let response = account.assertion(|knobs| knobs.wrong_key = false);
        let replaced = |pointer: &str, change: fn(&mut Vec<u8>)| {
            let response = changed(&response, pointer, change);
            party().authenticate(&account.expected(), &response)
        };
        // Signatures of no bytes, of fewer and of more, and one over something else.
        let signature = "/response/signature";
        assert_eq!(replaced(signature, Vec::clear), Err(Refused::Signature));
        assert_eq!(
            replaced(signature, |bytes| bytes.truncate(63)),
            Err(Refused::Signature)
        );
        assert_eq!(
            replaced(signature, |bytes| bytes.push(0)),
            Err(Refused::Signature)
        );
        let client_data = "/response/clientDataJSON";
        assert_eq!(
            replaced(client_data, |json| json.push(b' ')),
            Err(Refused::Signature)
        );
        let data = "/response/authenticatorData";
        assert_eq!(
            replaced(data, |data| data[36] += 1),
            Err(Refused::Signature)
        );
        assert!(replaced(signature, |_| ()).is_ok());
    }
}

#[test]
fn another_algorithm() {
    let mut account = Account::new();
    let response = account.assertion(|_| ());
    // Stored by a version that allowed ES384.
    account.credential.public_key[4] = 0x38;
    account.credential.public_key.insert(5, 0x22);
    let result = party().authenticate(&account.expected(), &response);
    assert_eq!(result, Err(Refused::Algorithm));

    account.credential.public_key.clear();
    let result = party().authenticate(&account.expected(), &response);
    assert_eq!(result, Err(Refused::Malformed("the public key")));
}

#[test]
fn malformed_parts() {
    let mut account = Account::new();
    let good = account.assertion(|_| ());
    for name in [
        "clientDataJSON",
        "authenticatorData",
        "signature",
        "userHandle",
    ] {
        for text in ["AA==", "?", &"A".repeat(50_000)] {
            let mut response = good.clone();
            response["response"][name] = json!(text);
            let result = party().authenticate(&account.expected(), &response);
            assert_eq!(result, Err(Refused::Malformed(name)), "{text}");
        }
    }
    for len in 0..37 {
        let response = changed(&good, "/response/authenticatorData", |data| {
            data.truncate(len)
        });
        let result = party().authenticate(&account.expected(), &response);
        assert_eq!(
            result,
            Err(Refused::Malformed("authenticatorData")),
            "{len}"
        );
    }
}

#[test]
fn a_registration() {
    let mut account = Account::new();
    let response = crate::lab::registration(|_| ());
    let result = party().authenticate(&account.expected(), &response);
    assert_eq!(result, Err(Refused::Malformed("the JSON")));
    let response = account.assertion(|_| ());
    let result = party().register(CHALLENGE, &response);
    assert_eq!(result, Err(Refused::Malformed("the JSON")));
}
