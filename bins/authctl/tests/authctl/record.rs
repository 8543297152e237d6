//! What an operator does is on the record.

use serde_json::Value;

use crate::accounts::{PASSWORD, create_with, invite_with};
use crate::tool::{Authctl, Outcome};

/// The lines that a command has logged, which are so many.
#[track_caller]
fn lines<const COUNT: usize>(outcome: &Outcome) -> [Value; COUNT] {
    let lines = outcome.stderr.lines();
    let lines: Vec<_> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let lines = <[Value; COUNT]>::try_from(lines);
    lines.unwrap_or_else(|lines| panic!("{} lines: {outcome:?}", lines.len()))
}

/// The only line that a command has logged.
#[track_caller]
fn line(outcome: &Outcome) -> Value {
    let [line] = lines(outcome);
    line
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
    let [begun, ended] = lines(&run(&["sign-out", "--all"]));
    for (line, users, complete) in [(begun, 0, false), (ended, 1, true)] {
        assert_eq!(
            (&line["event"], &line["users"], &line["complete"]),
            (
                &"admin_signed_out_all".into(),
                &users.into(),
                &complete.into()
            )
        );
    }
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
