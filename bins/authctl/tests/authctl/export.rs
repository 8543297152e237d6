//! `authctl export`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::accounts::{PASSWORD, Server, create, create_with, invite};
use crate::place::on_both_databases;
use crate::tool::{Authctl, keys};

on_both_databases!(what_is_exported_can_be_imported_and_is_the_same);

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
    let line: Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(
        (&line["event"], &line["users"], &line["complete"]),
        (&json!("admin_accounts_exported"), &json!(1), &json!(true))
    );
}
