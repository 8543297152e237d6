//! `authctl audit`.

use serde_json::Value;

use crate::accounts::create;
use crate::place::on_both_databases;
use crate::tool::Authctl;

on_both_databases!(
    what_operators_did_is_found_by_whom_and_what,
    an_account_that_is_gone_is_found_by_its_id,
);

fn names(shown: &Value) -> Vec<&str> {
    let events = shown["events"].as_array().unwrap();
    events
        .iter()
        .map(|one| one["event"].as_str().unwrap())
        .collect()
}

/// The details of all lines of an event, the oldest first.
pub fn details_of(tool: &Authctl, event: &str) -> Vec<Value> {
    let written = tool.run(&["audit", "--event", event, "--ndjson"]).done();
    let details = |line: &str| serde_json::from_str::<Value>(line).unwrap()["details"].take();
    written.stdout.lines().map(details).collect()
}

fn what_operators_did_is_found_by_whom_and_what(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    create(tool, "ada");
    create(tool, "bob");
    tool.run(&["user", "disable", "ada", "--yes"]).done();
    tool.run(&["user", "reset-password", "bob"]).done();
    let shown = tool.json(&["audit", "ada"]);
    assert_eq!(
        names(&shown),
        ["admin_account_disabled", "admin_account_created"]
    );
    let actor = shown["events"][0]["actor"].as_str().unwrap();
    assert!(actor.starts_with("authctl:"), "{actor}");
    let of_actor = tool.json(&["audit", "--actor", actor, "--limit", "1"]);
    assert_eq!(names(&of_actor), ["admin_reset_requested"]);
    let made = tool.json(&["audit", "--event", "admin_account_created"]);
    assert_eq!(names(&made).len(), 2);
    assert!(names(&tool.json(&["audit", "--until", "1h"])).is_empty());
    tool.run(&["audit", "nobody", "--json"])
        .failed(3, "not_found");
}

fn an_account_that_is_gone_is_found_by_its_id(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let ada = create(tool, "ada");
    let id = ada["id"].as_str().unwrap();
    tool.run(&["user", "delete", "ada", "--yes"]).done();
    let written = tool.run(&["audit", id, "--ndjson"]).done().stdout;
    let lines: Vec<Value> = written
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let events: Vec<_> = lines
        .iter()
        .map(|line| line["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["admin_account_created", "admin_account_deleted"]);
    assert!(lines.iter().all(|line| line["user_id"] == id));
}
