//! What an operator does is on the record.

use serde_json::Value;

use crate::accounts::{PASSWORD, create_with, invite_with};
use crate::tool::{Authctl, Outcome};

/// The only line that a command has logged.
#[track_caller]
fn line(outcome: &Outcome) -> Value {
    let lines: Vec<_> = outcome.stderr.lines().collect();
    let [line] = lines[..] else {
        panic!("{} lines: {outcome:?}", lines.len())
    };
    serde_json::from_str(line).unwrap()
}

#[test]
fn every_change_says_what_was_done_to_whom_and_by_whom() {
    let tool = Authctl::new(None);
    tool.run(&["db", "migrate"]).done();
    let log = ["--log", "json"];
    let made = create_with(&tool, "ada", PASSWORD, &log).done();
    assert!(!made.all().contains(PASSWORD));
    let id = made.json()["user"]["id"].take();
    let invited = invite_with(&tool, "grace", "grace@example.org", &log).done();
    assert_eq!(line(&invited)["event"], "admin_account_invited");
    let run = |args: &[&str]| {
        let args = [&["user"], args, &["--yes", "--json"], &log].concat();
        tool.run(&args).done()
    };
    let change = ["change", "ada", "--username", "ada2", "--first-name", "A"];
    let changed = run(&change);
    assert_eq!(line(&changed)["fields"], "first_name,username");
    for (outcome, event) in [
        (made, "admin_account_created"),
        (changed, "admin_profile_changed"),
        (run(&["reset-password", "ada2"]), "admin_reset_requested"),
        (run(&["unlock", "ada2"]), "admin_account_unlocked"),
        (run(&["sign-out", "ada2"]), "admin_signed_out"),
        (run(&["disable", "ada2"]), "admin_account_disabled"),
        (run(&["enable", "ada2"]), "admin_account_enabled"),
        (run(&["delete", "ada2"]), "admin_account_deleted"),
    ] {
        let line = line(&outcome);
        assert_eq!((&line["event"], &line["user_id"]), (&event.into(), &id));
        let actor = line["actor"].as_str().unwrap();
        assert!(actor.len() > "authctl:".len() && actor.starts_with("authctl:"));
    }
    let all = line(&run(&["sign-out", "--all"]));
    assert_eq!(
        (&all["event"], &all["users"], &all["complete"]),
        (&"admin_signed_out_all".into(), &1.into(), &true.into())
    );
}

#[test]
fn looking_is_not_on_the_record_nor_what_is_refused() {
    let tool = Authctl::new(None);
    tool.run(&["db", "migrate"]).done();
    create_with(&tool, "ada", PASSWORD, &[]).done();
    for args in [
        &["list"][..],
        &["show", "ada"],
        &["delete", "ada"],
        &["change", "ada", "--username", "a b"],
    ] {
        let outcome = tool.run(&[&["user"], args, &["--json"]].concat());
        assert_eq!(outcome.stderr, "", "{args:?}");
    }
}
