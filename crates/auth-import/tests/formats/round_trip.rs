//! What is written is read again, and what is no such line is refused.

use auth_core::identity::{ProviderId, Subject};
use auth_core::{Email, Identity, IdentityId, PasswordHash, PersonName, Profile, Timestamp};
use auth_core::{User, UserId, Username};
use auth_import::Source;

use crate::{one, rows};

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE";

#[test]
fn a_line_that_was_written_is_read() {
    let made = Timestamp::from_millis(1_700_000_000_123);
    let user = User {
        id: UserId::generate(),
        first_name: PersonName::from_stored("Зоя \"Z\"".into()),
        last_name: PersonName::from_stored(String::new()),
        username: Username::from_stored("zoe".into()),
        email: Email::from_stored("zoe@example.org".into()),
        email_verified: true,
        password_hash: Some(PasswordHash::from_stored(HASH.into())),
        disabled: true,
        credentials_version: 7,
        created_at: made,
        profile: Profile::default(),
        role: None,
        language: None,
    };
    let identity = Identity {
        id: IdentityId::generate(),
        provider: "corp".parse::<ProviderId>().unwrap(),
        subject: Subject {
            issuer: "https://id.example.org".into(),
            name: "4711".into(),
        },
        email: None,
        linked_at: made,
    };
    let line = auth_import::line(&user, std::slice::from_ref(&identity)).unwrap();
    let read = one(Source::Ndjson, &line);
    assert_eq!(read.id, Some(user.id.to_string()));
    assert_eq!(read.first_name.as_deref(), Some(user.first_name.as_str()));
    assert_eq!(read.last_name, None);
    assert_eq!(read.username.as_deref(), Some("zoe"));
    assert_eq!(read.email.as_deref(), Some("zoe@example.org"));
    assert_eq!(read.email_verified, Some(true));
    assert_eq!(read.password_hash, user.password_hash);
    assert!(read.disabled);
    assert_eq!(read.created_at, Some(made));
    let one = &read.identities[0];
    assert_eq!(
        (one.provider.as_str(), one.subject.as_str()),
        ("corp", "4711")
    );
    assert_eq!(one.issuer, identity.subject.issuer);
    assert_eq!((&one.email, one.linked_at), (&None, Some(made)));
}

#[test]
fn rows_are_refused_one_by_one_and_show_no_value() {
    let secret = "hunter2";
    let lines = [
        r#"{"email":"ada@example.org"}"#.to_owned(),
        String::new(),
        format!(r#"{{"email":"ada@example.org","password":"{secret}"}}"#),
        format!(r#"{{"email":"ada@example.org","password_hash":"{secret}"}}"#),
        format!(r#"{{"email":"ada@example.org","disabled":"{secret}"}}"#),
        format!(
            r#"{{"email":"ada@example.org","identities":[{{"provider":"corp","x":"{secret}"}}]}}"#
        ),
        format!(r#"{{"email":"{secret}"#),
        format!(r#"["{secret}"]"#),
        r#"{"email":"a@example.org","email":"b@example.org"}"#.to_owned(),
        r#"{"email":"ada@example.org","identities":[{"provider":"facebook","subject":"1"}]}"#
            .to_owned(),
        format!(r#"{{"email":"{}"}}"#, "x".repeat(300_000)),
        r#"{"email":"bob@example.org"}"#.to_owned(),
    ];
    let mut content = lines.join("\n").into_bytes();
    content.extend(b"\n{\"email\":\"\xff\"}\n{\"email\":\"eve@example.org\"}");
    let read = rows(Source::Ndjson, &content);
    let taken: Vec<_> = read.iter().map(Result::is_ok).collect();
    let expected = [
        true, false, false, false, false, false, false, false, false, false, true, false, true,
    ];
    assert_eq!(taken, expected);
    let told = format!(
        "{:?}",
        read.iter()
            .filter_map(|row| row.as_ref().err())
            .collect::<Vec<_>>()
    );
    assert!(!told.contains(secret), "{told}");
    assert!(told.contains("--issuer"), "{told}");
}

#[test]
fn csv_has_the_same_names() {
    let content = "email,username,first_name,email_verified,disabled,created_at,password_hash\n\
                   ada@example.org,ada,\"Ada, \"\"A\"\"\",true,0,2023-11-14T22:13:20.123Z,\n\
                   bob@example.org,bob,,maybe,0,,\n";
    let read = rows(Source::Csv, content.as_bytes());
    let ada = read[0].as_ref().unwrap();
    assert_eq!(ada.first_name.as_deref(), Some("Ada, \"A\""));
    assert_eq!((ada.email_verified, ada.disabled), (Some(true), false));
    assert_eq!(
        ada.created_at,
        Some(Timestamp::from_millis(1_700_000_000_123))
    );
    assert_eq!(read[1].as_ref().unwrap_err()[0].field, "email_verified");
}
