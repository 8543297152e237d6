//! `authctl export`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::accounts::{PASSWORD, Server, create, create_with, invite};
use crate::audit::details_of;
use crate::place::on_both_databases;
use crate::tool::{Authctl, keys};

on_both_databases!(
    what_is_exported_can_be_imported_and_is_the_same,
    an_export_that_is_killed_is_on_the_record,
);

fn what_is_exported_can_be_imported_and_is_the_same(tool: &Authctl) {
    let from = Authctl::new(None);
    from.run(&["db", "migrate"]).done();
    create(&from, "ada");
    create_with(&from, "bob", PASSWORD, &["--unverified"]).done();
    invite(&from, "eve");
    Server::on(&from).link("eve", "google");
    from.run(&["user", "disable", "bob", "--yes"]).done();
    let exported = from.run(&["export"]).done().stdout;
    let lines: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["disabled"], true);
    assert_eq!(
        keys(&lines[2]["identities"][0]),
        ["email", "issuer", "linked_at", "provider", "subject"]
    );
    let file = from.data_dir().join("users.ndjson");
    fs::write(&file, &exported).unwrap();

    tool.run(&["db", "migrate"]).done();
    let import = ["import", "--from", "ndjson", file.to_str().unwrap()];
    let counts = tool.json(&import);
    assert_eq!(
        (&counts["taken"], &counts["refused"]),
        (&json!(3), &json!(0))
    );
    assert_eq!(tool.run(&["export"]).done().stdout, exported);
    assert!(Server::on(tool).has_password("ada", PASSWORD));
    let again = tool.json(&import);
    assert_eq!(
        (&again["taken"], &again["already_there"]),
        (&json!(0), &json!(3))
    );
    assert_eq!(tool.run(&["export"]).done().stdout, exported);
}

#[test]
fn a_file_is_for_its_owner_and_never_overwritten() {
    let tool = Authctl::new(None);
    tool.run(&["db", "migrate"]).done();
    create(&tool, "ada");
    let file = tool.data_dir().join("users.ndjson");
    let export = ["export", file.to_str().unwrap()];
    assert_eq!(tool.json(&export), json!({ "users": 1 }));
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let again = tool.run(&[&export[..], &["--json"]].concat());
    again.failed(1, "failed");
    let nowhere = tool.run(&["export", "--json"]);
    nowhere.failed(2, "usage");
}

#[test]
fn who_exported_is_on_the_record() {
    let tool = Authctl::new(None);
    tool.run(&["db", "migrate"]).done();
    create(&tool, "ada");
    let outcome = tool.run(&["export", "--log", "json"]).done();
    let lines = outcome.stderr.lines();
    let told: Vec<_> = lines
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["event"], "admin_accounts_exported");
            (line["users"].clone(), line["complete"].clone())
        })
        .collect();
    assert_eq!(told, [(json!(0), json!(false)), (json!(1), json!(true))]);
}

#[test]
fn an_export_that_nothing_comes_of_is_not_on_the_record() {
    let tool = Authctl::new(None);
    tool.run(&["db", "migrate"]).done();
    let file = tool.data_dir().join("auth.db");
    tool.run(&["export", file.to_str().unwrap(), "--json"])
        .failed(1, "failed");
    assert!(details_of(&tool, "admin_accounts_exported").is_empty());
}

/// So many users that a pipe which nobody reads does not take them all.
fn many(tool: &Authctl) {
    let row = |n| {
        let (name, email) = (format!("user{n}"), format!("user{n}@example.org"));
        let first_name = "A".repeat(100);
        json!({ "first_name": first_name, "username": name, "email": email }).to_string()
    };
    let rows: Vec<_> = (0..600).map(row).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), rows.join("\n")).unwrap();
    let path = file.path().to_str().unwrap();
    let counts = tool.json(&["import", "--from", "ndjson", path]);
    assert_eq!(counts["taken"], 600);
}

fn an_export_that_is_killed_is_on_the_record(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    many(tool);
    let mut export = tool.command(&["export"]).spawn().unwrap();
    let mut line = String::new();
    let mut out = BufReader::with_capacity(1, export.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert!(line.contains("@example.org"), "{line}");
    export.kill().unwrap();
    export.wait().unwrap();
    assert_eq!(
        details_of(tool, "admin_accounts_exported"),
        [json!({ "users": 0, "complete": false })]
    );
}
