//! Ceremonies that succeed.

use auth_passkey::software::{SoftwareAuthenticator, SoftwareError};
use auth_passkey::{
    Algorithm, Asserted, Descriptor, Expected, StoredCredential, UserVerification, credential_id,
    user_handle,
};
use serde_json::json;
use uuid::Uuid;

use crate::lab::{
    Account, CHALLENGE, ORIGIN, USER, creation_options, party, register, registration,
    request_options,
};

#[test]
fn registers_and_signs_in_with_each_algorithm_of_the_authenticator() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let mut account = Account::with(|knobs| knobs.algorithm = algorithm);
        for counter in 1..=3 {
            let asserted = account.sign_in(|_| ()).unwrap();
            let expected = Asserted {
                counter,
                backed_up: false,
                user_verified: true,
            };
            assert_eq!(asserted, expected);
            account.credential.record(&asserted);
            assert_eq!(account.credential.counter, counter);
        }
    }
}

#[test]
fn tells_what_a_new_credential_is() {
    let mut authenticator = SoftwareAuthenticator::new();
    authenticator.knobs.backup_eligible = true;
    authenticator.knobs.backed_up = true;
    authenticator.knobs.user_verified = false;
    let response = authenticator
        .create(&creation_options(&[]), ORIGIN)
        .unwrap();
    let stored = register(&response).unwrap();
    assert_eq!(
        authenticator.credentials(),
        std::slice::from_ref(&stored.id)
    );
    assert_eq!(response["id"], stored.id.to_string());
    assert_eq!(stored.transports, ["hybrid", "internal"]);
    assert_eq!(stored.aaguid, Uuid::nil());
    assert_eq!(stored.counter, 0);
    assert!(stored.backup_eligible && stored.backed_up && !stored.user_verified);
}

#[test]
fn a_stored_credential_outlives_serialisation() {
    let stored = Account::new().credential;
    let text = serde_json::to_string(&stored).unwrap();
    assert!(text.len() < 1_000, "{}", text.len());
    let read: StoredCredential = serde_json::from_str(&text).unwrap();
    assert_eq!(read, stored);
    assert_eq!(
        serde_json::to_value(&stored).unwrap()["id"],
        stored.id.to_string()
    );
}

#[test]
fn tells_whose_an_assertion_claims_to_be() {
    let mut account = Account::new();
    let response = account.assertion(|_| ());
    assert_eq!(
        credential_id(&response),
        Some(account.credential.id.clone())
    );
    assert_eq!(user_handle(&response), Some(USER.to_vec()));

    let response = account.assertion(|knobs| knobs.hides_user = true);
    assert_eq!(credential_id(&response), Some(account.credential.id));
    assert_eq!(user_handle(&response), None);

    for nonsense in [
        json!(null),
        json!({}),
        json!([]),
        json!("id"),
        json!({ "id": 1 }),
    ] {
        assert_eq!(credential_id(&nonsense), None);
        assert_eq!(user_handle(&nonsense), None);
    }
}

#[test]
fn an_account_that_was_named_need_not_be_named_again() {
    let mut account = Account::new();
    let allowed = [Descriptor::from(&account.credential)];
    account.authenticator.knobs.hides_user = true;
    let response = account
        .authenticator
        .get(&request_options(&allowed), ORIGIN);
    let expected = Expected {
        names_user: false,
        ..account.expected()
    };
    assert!(party().authenticate(&expected, &response.unwrap()).is_ok());
}

#[test]
fn the_user_counts_as_verified_only_where_the_authenticator_says_so() {
    let mut account = Account::with(|knobs| knobs.user_verified = false);
    assert!(!account.sign_in(|_| ()).unwrap().user_verified);

    let response = account.assertion(|knobs| knobs.user_verified = true);
    let expected = Expected {
        user_verification: UserVerification::Required,
        ..account.expected()
    };
    let asserted = party().authenticate(&expected, &response).unwrap();
    assert!(asserted.user_verified);
    account.credential.record(&asserted);
    assert!(
        !account.credential.user_verified,
        "not by the same factor alone"
    );
}

#[test]
fn a_credential_may_be_backed_up_and_no_longer_be() {
    let mut account = Account::with(|knobs| knobs.backup_eligible = true);
    for backed_up in [true, false] {
        let asserted = account
            .sign_in(|knobs| knobs.backed_up = backed_up)
            .unwrap();
        account.credential.record(&asserted);
        assert_eq!(account.credential.backed_up, backed_up);
    }
}

#[test]
fn an_authenticator_that_does_not_count_signs_in_again_and_again() {
    let mut account = Account::with(|knobs| knobs.counter = Some(0));
    for _ in 0..3 {
        let asserted = account.sign_in(|_| ()).unwrap();
        account.credential.record(&asserted);
        assert_eq!(account.credential.counter, 0);
    }
}

#[test]
fn attestations_are_tolerated_and_not_believed() {
    for format in ["packed", "something-new"] {
        let response = registration(|knobs| {
            knobs.attests = true;
            knobs.attestation_format = format.to_owned();
        });
        assert!(register(&response).is_ok(), "{format}");
    }
}

#[test]
fn extensions_that_nobody_asked_for_are_tolerated() {
    // {"credProtect": 2, "x": [{"y": h'00'}, 1.5, true, null, 0("z")]}
    let extensions =
        b"\xa2\x6bcredProtect\x02\x61x\x85\xa1\x61y\x41\x00\xf9\x3e\x00\xf5\xf6\xc0\x61z";
    let mut account = Account::with(|knobs| knobs.extensions = Some(extensions.to_vec()));
    let mut response = account.assertion(|_| ());
    response["clientExtensionResults"] = json!({ "appid": true, "prf": { "results": [] } });
    response["authenticatorAttachment"] = json!("of a new kind");
    assert!(party().authenticate(&account.expected(), &response).is_ok());
}

#[test]
fn parts_of_the_client_data_that_are_new_are_tolerated() {
    let response = registration(|_| ());
    let response = crate::lab::changed(&response, "/response/clientDataJSON", |json| {
        json.pop();
        json.extend(br#","tokenBinding":{"status":"supported"},"new":[1]}"#);
        json.splice(0..0, *b"\xef\xbb\xbf");
    });
    assert!(register(&response).is_ok());
}

#[test]
fn transports_are_kept_where_they_may_be_names() {
    let mut response = registration(|_| ());
    response["response"]["transports"] = json!([
        "usb",
        "usb",
        "smart-card",
        "from-2030",
        "",
        "No",
        "<b>",
        "x".repeat(33)
    ]);
    let stored = register(&response).unwrap();
    assert_eq!(stored.transports, ["from-2030", "smart-card", "usb"]);

    for none in [json!(null), json!([])] {
        response["response"]["transports"] = none;
        assert!(register(&response).unwrap().transports.is_empty());
    }
}

#[test]
fn an_authenticator_makes_no_second_credential_for_an_account() {
    let mut account = Account::new();
    let exclude = [Descriptor::from(&account.credential)];
    let options = creation_options(&exclude);
    let again = account.authenticator.create(&options, ORIGIN);
    assert_eq!(again, Err(SoftwareError::Excluded));
    assert!(
        SoftwareAuthenticator::new()
            .create(&options, ORIGIN)
            .is_ok()
    );

    let stranger = SoftwareAuthenticator::new().get(&request_options(&exclude), ORIGIN);
    assert_eq!(stranger, Err(SoftwareError::NoCredential));
}

#[test]
fn one_authenticator_serves_several_parties() {
    let mut account = Account::new();
    let mut other = party();
    other.id = "example.net".to_owned();
    let options = other.request_options(
        CHALLENGE,
        &[],
        UserVerification::Preferred,
        crate::lab::TIMEOUT,
    );
    let answer = account.authenticator.get(&options, ORIGIN);
    assert_eq!(answer, Err(SoftwareError::NoCredential));
}
