//! What each system calls things, and what carries over.

use auth_core::Timestamp;
use auth_core::accounts::admin::Arrival;
use auth_import::Source;
use rusqlite::Connection;

use crate::{one, rows};

const BCRYPT: &str = "$2b$10$nNcWD9XNJqCTHVFU.voawuHkwJQIbsAyZ8uw0HTeDgYCpA12INRDm";
const MADE: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// The rows of a database that these statements make.
fn database(source: Source, sql: &str) -> Vec<Arrival> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    let mut found = vec![];
    auth_import::read(source, &file, &crate::options(), |row| {
        found.push(row.arrival.unwrap());
        true
    })
    .unwrap();
    found
}

/// Provider, issuer and subject of each identity.
fn identities(arrival: &Arrival) -> Vec<(&str, &str, &str)> {
    let identity = |one| {
        let auth_core::accounts::admin::ArrivingIdentity {
            provider,
            issuer,
            subject,
            ..
        }: &auth_core::accounts::admin::ArrivingIdentity = one;
        (provider.as_str(), issuer.as_str(), subject.as_str())
    };
    arrival.identities.iter().map(identity).collect()
}

const GOOGLE: &str = "https://accounts.google.com";

#[test]
fn flask_tables_are_told_by_their_columns() {
    let found = database(
        Source::Flask,
        "CREATE TABLE posts (id INTEGER, email TEXT);
         CREATE TABLE members (id INTEGER PRIMARY KEY, firstname TEXT, lastname TEXT,
             username TEXT, email TEXT, password BLOB, confirmed BOOLEAN, active BOOLEAN,
             google_id TEXT, created_at DATETIME);
         INSERT INTO posts VALUES (1, 'x@example.org');
         INSERT INTO members VALUES (7, 'Ada', 'Lovelace', 'ada', 'ada@example.org',
             CAST('pbkdf2:sha256:1000$salt$00112233445566778899aabbccddeeff' AS BLOB),
             1, 0, '1234', '2023-11-14 22:13:20.000000');",
    );
    let [ada] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(ada.id.as_deref(), Some("7"));
    assert_eq!(ada.last_name.as_deref(), Some("Lovelace"));
    assert_eq!((ada.email_verified, ada.disabled), (Some(true), true));
    assert_eq!(ada.created_at, Some(MADE));
    assert!(ada.password_hash.is_some());
    assert_eq!(identities(ada), [("google", GOOGLE, "1234")]);
}

#[test]
fn a_database_without_users_says_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let made = Connection::open(&file).unwrap();
    made.execute_batch("CREATE TABLE posts (id INTEGER); CREATE TABLE tags (id INTEGER);")
        .unwrap();
    let read = auth_import::read(Source::Flask, &file, &crate::options(), |_| true);
    assert!(read.unwrap_err().to_string().contains("posts, tags"));
}

#[test]
fn django_comes_as_a_dump_as_csv_and_as_its_database() {
    let dump = format!(
        r#"[{{"model":"auth.permission","pk":1,"fields":{{"name":"Can add"}}}},
            {{"model":"auth.user","pk":3,"fields":{{"password":"bcrypt${BCRYPT}","last_login":null,
              "username":"ada","first_name":"Ada","last_name":"","email":"ada@example.org",
              "is_active":false,"date_joined":"2023-11-14T22:13:20Z"}}}}]"#
    );
    let csv = format!(
        "id,password,username,first_name,email,is_active,date_joined\n\
         3,bcrypt${BCRYPT},ada,Ada,ada@example.org,f,2023-11-14 22:13:20+00\n"
    );
    let sql = format!(
        "CREATE TABLE auth_user (id INTEGER, password TEXT, username TEXT, first_name TEXT,
             email TEXT, is_active BOOL, date_joined DATETIME);
         INSERT INTO auth_user VALUES (3, 'bcrypt${BCRYPT}', 'ada', 'Ada', 'ada@example.org', 0,
             '2023-11-14 22:13:20');"
    );
    let mut found = database(Source::Django, &sql);
    found.extend(
        rows(Source::Django, dump.as_bytes())
            .into_iter()
            .map(Result::unwrap),
    );
    found.extend(
        rows(Source::Django, csv.as_bytes())
            .into_iter()
            .map(Result::unwrap),
    );
    assert_eq!(found.len(), 3);
    for ada in found {
        assert_eq!(ada.id.as_deref(), Some("3"));
        assert_eq!(ada.username.as_deref(), Some("ada"));
        assert_eq!((ada.email_verified, ada.disabled), (None, true));
        assert_eq!(ada.created_at, Some(MADE));
        assert!(ada.password_hash.is_some());
    }
    let unusable = r#"[{"password":"!x","email":"bob@example.org"}]"#;
    assert!(one(Source::Django, unusable).password_hash.is_none());
}

#[test]
fn devise_knows_who_is_confirmed() {
    let csv = format!(
        "id,email,encrypted_password,confirmed_at,created_at,provider,uid\n\
         1,ada@example.org,{BCRYPT},2023-11-15 00:00:00,2023-11-14 22:13:20,google_oauth2,42\n\
         2,bob@example.org,{BCRYPT},,2023-11-14 22:13:20,,\n"
    );
    let found: Vec<_> = rows(Source::Devise, csv.as_bytes())
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(found[0].email_verified, Some(true));
    assert_eq!(identities(&found[0]), [("google", GOOGLE, "42")]);
    assert_eq!(found[1].email_verified, Some(false));
    let without = format!("email,encrypted_password\nada@example.org,{BCRYPT}\n");
    assert_eq!(one(Source::Devise, &without).email_verified, None);
}

#[test]
fn keycloak_comes_as_a_realm() {
    let realm = r#"{"realm":"shop","clients":[{"users":[]}],"users":[
        {"id":"f3b1c5c2-0a7e-4c42-9a63-0c3f1a2b4d5e","createdTimestamp":1700000000000,
         "username":"ada@example.org","enabled":false,"emailVerified":true,"firstName":"Ada",
         "lastName":"Lovelace","email":"ada@example.org","credentials":[{"type":"otp"}],
         "federatedIdentities":[{"identityProvider":"corp","userId":"77","userName":"ada"}]}]}"#;
    let ada = one(Source::Keycloak, realm);
    assert_eq!(
        ada.id.as_deref(),
        Some("f3b1c5c2-0a7e-4c42-9a63-0c3f1a2b4d5e")
    );
    assert_eq!((ada.email_verified, ada.disabled), (Some(true), true));
    assert_eq!(ada.created_at, Some(MADE));
    assert_eq!(
        identities(&ada),
        [("corp", "https://id.corp.example", "77")]
    );
}

#[test]
fn firebase_names_its_providers_as_domains() {
    let export = r#"{"users":[{"localId":"x1","email":"ada@example.org","emailVerified":true,
        "displayName":"Ada Lovelace","createdAt":"1700000000000","disabled":false,
        "providerUserInfo":[{"providerId":"google.com","rawId":"9","email":"ada@gmail.com"},
                            {"providerId":"password","rawId":"ada@example.org"}]}]}"#;
    let ada = one(Source::Firebase, export);
    assert_eq!(ada.full_name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(ada.created_at, Some(MADE));
    assert_eq!(identities(&ada), [("google", GOOGLE, "9")]);
}

#[test]
fn better_auth_joins_its_two_tables() {
    let found = database(
        Source::BetterAuth,
        "CREATE TABLE user (id TEXT PRIMARY KEY, name TEXT, email TEXT, emailVerified INTEGER,
             createdAt DATE);
         CREATE TABLE account (id TEXT, accountId TEXT, providerId TEXT, userId TEXT,
             password TEXT, createdAt DATE);
         INSERT INTO user VALUES ('u1', 'Ada Lovelace', 'ada@example.org', 1,
             '2023-11-14T22:13:20.000Z'), ('u2', 'Bob', 'bob@example.org', 0, NULL);
         INSERT INTO account VALUES
             ('a1', 'u1', 'credential', 'u1',
              '3a03d6f74af3d55e95d7dc5856440d08:d3da6813a0a6b43af1c28a8ce5c6e34ce268bda9', NULL),
             ('a2', '55', 'github', 'u1', NULL, '2023-11-14T22:13:20.000Z');",
    );
    let [ada, bob] = &found[..] else {
        panic!("{found:?}")
    };
    assert!(ada.password_hash.is_some() && bob.password_hash.is_none());
    assert_eq!(
        (ada.email_verified, bob.email_verified),
        (Some(true), Some(false))
    );
    assert_eq!(ada.created_at, Some(MADE));
    assert_eq!(identities(ada), [("github", "https://github.com", "55")]);
    assert_eq!(ada.identities[0].linked_at, Some(MADE));
}

#[test]
fn auth0_comes_as_users_and_as_its_database() {
    let user = r#"{"user_id":"auth0|1","email":"ada@example.org","email_verified":true,
        "name":"ada@example.org","given_name":"Ada","created_at":"2023-11-14T22:13:20.000Z",
        "blocked":true,"identities":[{"provider":"auth0","user_id":"1"},
        {"provider":"google-oauth2","user_id":"42"}]}"#;
    let ada = one(Source::Auth0, &user.replace('\n', ""));
    assert_eq!(
        (ada.full_name, ada.first_name.as_deref()),
        (None, Some("Ada"))
    );
    assert!(ada.disabled);
    let ada = one(Source::Auth0, &format!("[{user}]"));
    assert_eq!(identities(&ada), [("google", GOOGLE, "42")]);
    let hash = format!(
        r#"{{"_id":{{"$oid":"5c1f"}},"email":"ada@example.org","email_verified":false,
        "passwordHash":"{BCRYPT}","created_at":{{"$date":"2023-11-14T22:13:20.000Z"}}}}"#
    );
    let ada = one(Source::Auth0, &hash.replace('\n', ""));
    assert_eq!(
        (ada.id.as_deref(), ada.created_at),
        (Some("5c1f"), Some(MADE))
    );
    assert!(ada.password_hash.is_some());
}

#[test]
fn gotrue_bans_for_a_time() {
    let row = |until: &str| {
        format!(
            r#"{{"id":"f3b1c5c2-0a7e-4c42-9a63-0c3f1a2b4d5e","email":"ada@example.org",
            "encrypted_password":"{BCRYPT}","email_confirmed_at":"2023-11-14 22:13:20+00",
            "created_at":"2023-11-14 22:13:20+00","banned_until":"{until}",
            "raw_user_meta_data":"{{\"full_name\":\"Ada Lovelace\"}}",
            "identities":[{{"provider":"email","provider_id":"x"}},
            {{"provider":"google","identity_data":{{"sub":"42","email":"ada@gmail.com"}}}}]}}"#
        )
        .replace('\n', "")
    };
    let ada = one(Source::Gotrue, &row("2100-01-01 00:00:00+00"));
    assert!(ada.disabled && ada.password_hash.is_some());
    assert_eq!(ada.email_verified, Some(true));
    assert_eq!(ada.full_name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(identities(&ada), [("google", GOOGLE, "42")]);
    assert!(!one(Source::Gotrue, &row("2024-01-01 00:00:00+00")).disabled);
}
