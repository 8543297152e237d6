//! `authctl import`.

use std::fs;
use std::path::PathBuf;

use auth_core::{HashKind, UserStore as _};
use serde_json::{Value, json};

use crate::accounts::Server;
use crate::place::on_both_databases;
use crate::tool::{Authctl, Outcome};

on_both_databases!(
    rows_are_taken_or_refused_one_by_one,
    a_dry_run_tells_what_would_become_of_each_row_and_changes_nothing,
    an_import_can_be_repeated_whatever_it_is_interrupted_by,
    a_killed_import_leaves_whole_accounts_and_can_go_on,
    a_foreign_hash_verifies_and_its_kind_is_known,
);

const BCRYPT: &str = "$2b$10$nNcWD9XNJqCTHVFU.voawuHkwJQIbsAyZ8uw0HTeDgYCpA12INRDm";

/// Password of [`BCRYPT`].
const PASSWORD: &str = "Analytical-Engine 1843 ñ";

/// Hashes of tests cost next to nothing, so others cost many times as much.
const ANY_COST: [&str; 2] = ["--max-hash-cost", "1000000"];

fn migrated(tool: &Authctl) -> &Authctl {
    tool.run(&["db", "migrate"]).done();
    tool
}

fn file(tool: &Authctl, content: impl AsRef<[u8]>) -> PathBuf {
    fs::create_dir_all(tool.data_dir()).unwrap();
    let file = tool.data_dir().join("users");
    fs::write(&file, content).unwrap();
    file
}

fn import(tool: &Authctl, content: impl AsRef<[u8]>, more: &[&str]) -> Outcome {
    let file = file(tool, content);
    let args = ["import", "--json", file.to_str().unwrap()];
    let from = match more.contains(&"--from") {
        true => &[][..],
        false => &["--from", "ndjson"],
    };
    tool.run(&[&args[..], from, more].concat())
}

/// How many were taken, were there, and were refused.
fn counts(outcome: &Outcome) -> [u64; 3] {
    let counts = outcome.json();
    ["taken", "already_there", "refused"].map(|name| counts[name].as_u64().unwrap())
}

fn names(tool: &Authctl) -> Vec<String> {
    let list = tool.json(&["user", "list"]);
    let users = list["users"].as_array().unwrap().iter();
    let mut names: Vec<_> = users
        .map(|user| user["username"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Rows, and the field for which each is refused, if it is. `@LONG@` is a name of 101 letters,
/// `@REST@` the salt and the output of a hash.
const HOSTILE: [(&str, Option<&str>); 22] = [
    (r#"{"email":"ada@example.org","username":"ada"}"#, None),
    (
        r#"{"email":"ADA@example.org","username":"other"}"#,
        Some("email"),
    ),
    (
        r#"{"email":"a@example.org","username":"ADA"}"#,
        Some("username"),
    ),
    (
        r#"{"email":"a@example.org","username":"аdа"}"#,
        Some("username"),
    ),
    (
        r#"{"email":"a@example.org","username":"a\u0000da"}"#,
        Some("username"),
    ),
    (
        r#"{"email":"a@example.org","first_name":"@LONG@"}"#,
        Some("first_name"),
    ),
    (
        r#"{"email":"a@example.org","last_name":"a\u0000b"}"#,
        Some("last_name"),
    ),
    (r#"{"email":"no address"}"#, Some("email")),
    (r#"{"email":"nul\u0000@example.org"}"#, Some("email")),
    (r#"{"username":"nobody"}"#, Some("email")),
    (
        r#"{"email":"b@example.org","password_hash":"$pbkdf2-sha256$i=4000000000@REST@"}"#,
        Some("password_hash"),
    ),
    (
        r#"{"email":"b@example.org","password_hash":"$scrypt$ln=30,r=8,p=1@REST@"}"#,
        Some("password_hash"),
    ),
    (
        r#"{"email":"b@example.org","password_hash":"$2b$31$nNcWD9XNJqCTHVFU.voawuHkwJQIbsAyZ8uw0HTeDgYCpA12INRDm"}"#,
        Some("password_hash"),
    ),
    (
        r#"{"email":"b@example.org","password_hash":"$argon2id$v=19$m=4194304,t=9,p=1$c2FsdHNhbHRzYWx0c2FsdA$YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE"}"#,
        Some("password_hash"),
    ),
    (
        r#"{"email":"b@example.org","password_hash":"plain text"}"#,
        Some("password_hash"),
    ),
    (
        r#"{"email":"bob@example.org","identities":[{"provider":"google","subject":"1"}]}"#,
        None,
    ),
    (
        r#"{"email":"eve@example.org","identities":[{"provider":"google","subject":"1"}]}"#,
        Some("identities"),
    ),
    (
        r#"{"email":"eve@example.org","identities":[{"provider":"google","subject":"2"},{"provider":"google","subject":"2"}]}"#,
        Some("identities"),
    ),
    (
        r#"{"email":"eve@example.org","identities":[{"provider":"google","subject":"3"},{"provider":"google","subject":"1"}]}"#,
        Some("identities"),
    ),
    (
        r#"{"email":"eve@example.org","created_at":"2999-01-01T00:00:00Z"}"#,
        Some("created_at"),
    ),
    (
        r#"{"email":"eve@example.org","role":"admin"}"#,
        Some("role"),
    ),
    (
        r#"{"email":"eve@example.org","identities":[{"provider":"google","subject":"3"}]}"#,
        None,
    ),
];

/// A file of them and others that are no rows, and the row and the field of each refusal.
fn hostile() -> (Vec<u8>, Vec<(u64, String)>) {
    let long = "x".repeat(101);
    let rest = format!(
        "$c2FsdHNhbHRzYWx0c2FsdA{}${}",
        ".".repeat(21),
        "A".repeat(22)
    );
    let rows = HOSTILE.map(|(row, _)| row.replace("@LONG@", &long).replace("@REST@", &rest));
    let mut content = rows.join("\n").into_bytes();
    content
        .extend(b"\n{\"email\":\"\xff@example.org\"}\nno json\n{\"email\":\"last@example.org\"}\n");
    let fields = HOSTILE.map(|(_, field)| field).into_iter();
    let fields = fields.chain([Some("row"), Some("row")]);
    let refused = (1..).zip(fields);
    let refused = refused.filter_map(|(row, field)| Some((row, field?.to_owned())));
    (content, refused.collect())
}

/// The row and the field of each refusal in a report.
fn reported(report: &str) -> Vec<(u64, String)> {
    let lines = report
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let pair = |line: Value| {
        let field = line["field"].as_str().unwrap().to_owned();
        (line["row"].as_u64().unwrap(), field)
    };
    let mut pairs: Vec<_> = lines.map(pair).collect();
    pairs.sort();
    pairs
}

fn rows_are_taken_or_refused_one_by_one(tool: &Authctl) {
    let (content, refused) = hostile();
    let report = tool.data_dir().join("report");
    let into = ["--report", report.to_str().unwrap()];
    let options = [&into[..], &ANY_COST].concat();
    let outcome = import(migrated(tool), &content, &options);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(counts(&outcome), [4, 0, refused.len() as u64]);
    let told = reported(&fs::read_to_string(&report).unwrap());
    assert_eq!(told, refused);
    assert_eq!(names(tool), ["ada", "bob", "eve", "last"]);
    // Nothing is left of who was refused: the identity is still to be had.
    let shown = tool.json(&["user", "show", "eve"]);
    assert_eq!(shown["identities"].as_array().unwrap().len(), 1);
    assert_eq!(shown["identities"][0]["subject"], "3");
}

fn a_dry_run_tells_what_would_become_of_each_row_and_changes_nothing(tool: &Authctl) {
    let (content, refused) = hostile();
    migrated(tool);
    let report = tool.data_dir().join("report");
    let into = ["--dry-run", "--report", report.to_str().unwrap()];
    let outcome = import(tool, &content, &[&into[..], &ANY_COST].concat());
    assert_eq!(counts(&outcome), [4, 0, refused.len() as u64]);
    let told = fs::read_to_string(&report).unwrap();
    assert_eq!(names(tool), [] as [&str; 0]);
    // On standard error it is for people.
    let outcome = import(tool, &content, &ANY_COST);
    let lines = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("row "));
    assert_eq!(lines.count(), told.lines().count(), "{outcome:?}");
    let again = import(tool, &content, &["--dry-run"]);
    assert_eq!(counts(&again)[0], 0);
    // Whoever takes the name of somebody who is there is told in a dry run, too.
    let taken = json!({ "email": "new@example.org", "username": "ada" }).to_string();
    assert_eq!(counts(&import(tool, taken, &["--dry-run"])), [0, 0, 1]);
}

fn an_import_can_be_repeated_whatever_it_is_interrupted_by(tool: &Authctl) {
    let line = |n: u32| {
        let email = format!("user{n}@example.org");
        json!({ "email": email, "password_hash": BCRYPT, "email_verified": true }).to_string()
    };
    let half: Vec<_> = (0..150).map(line).collect();
    let all: Vec<_> = (0..301).map(line).collect();
    let outcome = import(migrated(tool), half.join("\n"), &ANY_COST).done();
    assert_eq!(counts(&outcome), [150, 0, 0]);
    tool.run(&["user", "change", "user7", "--username", "renamed"])
        .done();
    let outcome = import(tool, all.join("\n"), &ANY_COST).done();
    assert_eq!(counts(&outcome), [151, 150, 0]);
    assert_eq!(
        counts(&import(tool, all.join("\n"), &ANY_COST).done()),
        [0, 301, 0]
    );
}

fn a_killed_import_leaves_whole_accounts_and_can_go_on(tool: &Authctl) {
    const ALL: usize = 1000;
    let line = |n: usize| {
        let identity = json!([{ "provider": "google", "subject": n.to_string() }]);
        json!({ "email": format!("user{n}@example.org"), "identities": identity }).to_string()
    };
    let lines: Vec<_> = (0..ALL).map(line).collect();
    let file = file(migrated(tool), lines.join("\n"));
    let args = ["import", "--from", "ndjson", file.to_str().unwrap()];
    let mut killed = tool.command(&args).spawn().unwrap();
    let exported = || tool.run(&["export"]).done().stdout;
    while exported().is_empty() {}
    killed.kill().unwrap();
    killed.wait().unwrap();
    let there = exported();
    assert!(
        there
            .lines()
            .all(|line| line.contains("https://accounts.google.com"))
    );
    let outcome = tool.run(&[&args[..], &["--json"]].concat()).done();
    let [taken, already_there, refused] = counts(&outcome);
    assert_eq!(already_there, there.lines().count() as u64);
    assert_eq!((taken + already_there, refused), (ALL as u64, 0));
}

fn a_foreign_hash_verifies_and_its_kind_is_known(tool: &Authctl) {
    let lines = [
        json!({ "email": "ada@example.org", "password_hash": BCRYPT }),
        json!({ "email": "bob@example.org", "password_hash": BCRYPT, "username": "bobby" }),
    ];
    let lines = lines.map(|line| line.to_string()).join("\n");
    import(
        migrated(tool),
        &lines,
        &["--trust-addresses", ANY_COST[0], ANY_COST[1]],
    )
    .done();
    let server = Server::on(tool);
    assert!(server.has_password("ada", PASSWORD) && server.has_password("bobby", PASSWORD));
    assert!(!server.has_password("ada", "Analytical-Engine 1843 n"));
    assert!(server.user("ada").email_verified);
    let kinds = crate::place::RUNTIME
        .block_on(server.users().hash_kinds())
        .unwrap();
    assert_eq!(kinds, [HashKind::Foreign("$bcrypt$r=10".parse().unwrap())]);
}

#[test]
fn a_hash_may_cost_a_multiple_of_ours() {
    let tool = Authctl::new(None);
    let line = json!({ "email": "ada@example.org", "password_hash": BCRYPT }).to_string();
    for (argon2, multiple, taken) in [
        ("m=19456,t=2,p=1", "3", 0),
        ("m=19456,t=2,p=1", "4", 1),
        ("m=9728,t=2,p=1", "4", 0),
    ] {
        migrated(&tool).run(&["db", "reset", "--yes"]).done();
        let options = ["--argon2", argon2, "--max-hash-cost", multiple];
        let outcome = import(&tool, &line, &options);
        assert_eq!(
            counts(&outcome)[0],
            taken,
            "{argon2} {multiple}: {outcome:?}"
        );
        assert!(!outcome.all().contains("nNcWD9XN"), "{outcome:?}");
    }
}

#[test]
fn kinds_of_hashes_are_bounded() {
    let tool = Authctl::new(None);
    let salt = format!("{}{}", "c2FsdHNhbHRzYWx0c2FsdA", ".".repeat(21));
    let line = |n: u32| {
        let hash = format!("$scrypt$ln=10,r={n},p=1${salt}${}", "A".repeat(22));
        json!({ "email": format!("user{n}@example.org"), "password_hash": hash }).to_string()
    };
    let lines: Vec<_> = (1..=20).map(line).collect();
    let outcome = import(migrated(&tool), lines.join("\n"), &ANY_COST);
    assert_eq!(counts(&outcome), [7, 0, 13]);
}

#[test]
fn what_cannot_be_read_says_so() {
    let tool = Authctl::new(None);
    migrated(&tool);
    let missing = tool.run(&["import", "--json", "--from", "csv", "/nowhere/users.csv"]);
    assert!(
        missing
            .failed(3, "not_found")
            .contains("/nowhere/users.csv")
    );
    let unknown = tool.run(&["import", "--json", "--from", "ldap", "x"]);
    assert!(unknown.failed(2, "usage").contains("better-auth"));
    import(&tool, "{}", &["--from", "flask"]).failed(1, "failed");
    let firebase = import(&tool, "{\"users\":[]}", &["--from", "firebase"]);
    assert!(firebase.failed(2, "usage").contains("--firebase-config"));
    let document = import(&tool, "{\"people\":\n[]}", &["--from", "keycloak"]);
    assert!(document.failed(1, "failed").contains("users"));
}

#[test]
fn who_imported_is_on_the_record() {
    let tool = Authctl::new(None);
    let line = json!({ "email": "ada@example.org" }).to_string();
    let outcome = import(migrated(&tool), line, &["--log", "json"]).done();
    let line: Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(line["event"], "admin_accounts_imported");
    assert_eq!(
        (&line["source"], &line["taken"]),
        (&json!("ndjson"), &json!(1))
    );
    assert!(line["actor"].as_str().unwrap().starts_with("authctl:"));
}
