//! `authctl user change`.

use serde_json::{Value, json};

use crate::accounts::{PASSWORD, Server, create, create_with};
use crate::place::on_both_databases;
use crate::tool::Authctl;

on_both_databases!(
    names_change_at_once,
    what_is_taken_or_breaks_a_rule_is_refused,
    a_new_address_waits_for_its_owner,
    an_address_that_the_operator_knows_changes_at_once,
    an_account_that_is_confirmed_first_begins_anew,
);

fn with_ada(tool: &Authctl) -> (Value, Server) {
    tool.run(&["db", "migrate"]).done();
    (create(tool, "ada"), Server::on(tool))
}

fn change(tool: &Authctl, name: &str, values: &[&str]) -> Value {
    tool.json(&[&["user", "change", name], values].concat())["user"].take()
}

fn told(mails: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    let mut mails: Vec<_> = mails
        .iter()
        .map(|&(to, about)| (to.into(), about))
        .collect();
    mails.sort_unstable();
    mails
}

fn mails(server: &Server) -> Vec<(String, &'static str)> {
    let mut mails = server.mails();
    mails.sort_unstable();
    mails
}

fn names_change_at_once(tool: &Authctl) {
    let (mut user, server) = with_ada(tool);
    let session = server.sign_in("ada");
    let names = ["--first-name", "Augusta", "--last-name", ""];
    (user["first_name"], user["last_name"]) = ("Augusta".into(), "".into());
    assert_eq!(change(tool, "ada", &names), user);
    assert_eq!(server.mails(), []);
    // An operator may give a reserved name away.
    user["username"] = "admin".into();
    assert_eq!(change(tool, "ada", &["--username", "admin"]), user);
    let notice = told(&[("ada@example.org", "username_changed")]);
    assert_eq!(server.mails(), notice);
    assert!(server.takes(&session));
    // Who has a name is not told that it was changed.
    assert_eq!(change(tool, "admin", &["--username", "admin"]), user);
    assert_eq!(server.mails(), []);
}

fn what_is_taken_or_breaks_a_rule_is_refused(tool: &Authctl) {
    let (ada, server) = with_ada(tool);
    create(tool, "grace");
    let grace = "GRACE@example.org";
    for (values, code) in [
        (&["--username", "Grace"][..], "username_taken"),
        (&["--email", grace], "email_taken"),
        (&["--email", grace, "--verified"], "email_taken"),
        (&["--username", "a b", "--first-name", ""], "invalid"),
    ] {
        let args = [&["user", "change", "ada", "--json"], values].concat();
        tool.run(&args).failed(1, code);
    }
    for values in [&[][..], &["--verified"]] {
        let args = [&["user", "change", "ada", "--json"], values].concat();
        tool.run(&args).failed(2, "usage");
    }
    let unknown = ["user", "change", "bob", "--username", "bobby", "--json"];
    tool.run(&unknown).failed(3, "not_found");
    assert_eq!(tool.json(&["user", "show", "ada"])["user"], ada);
    assert_eq!(server.mails(), []);
}

fn a_new_address_waits_for_its_owner(tool: &Authctl) {
    let (ada, server) = with_ada(tool);
    let session = server.sign_in("ada");
    let new = ["--email", "new@example.org"];
    assert_eq!(change(tool, "ada", &new), ada);
    let expected = told(&[
        ("ada@example.org", "email_change_requested"),
        ("new@example.org", "change_email"),
    ]);
    assert_eq!(mails(&server), expected);
    assert!(server.takes(&session));
    // The address that it has is no new one.
    assert_eq!(change(tool, "ada", &["--email", "ADA@example.org"]), ada);
    assert_eq!(server.mails(), []);
    // No link works for a disabled account.
    tool.run(&["user", "disable", "ada", "--yes"]).done();
    let refused = [&["user", "change", "ada", "--json"], &new[..]].concat();
    tool.run(&refused).failed(1, "disabled");
}

fn an_address_that_the_operator_knows_changes_at_once(tool: &Authctl) {
    let (mut ada, server) = with_ada(tool);
    let session = server.sign_in("ada");
    let new = ["--email", "new@example.org", "--verified"];
    ada["email"] = "new@example.org".into();
    assert_eq!(change(tool, "ada", &new), ada);
    let notice = told(&[("ada@example.org", "email_changed")]);
    assert_eq!(server.mails(), notice);
    assert!(server.takes(&session));
}

fn an_account_that_is_confirmed_first_begins_anew(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    create_with(tool, "ada", PASSWORD, &["--unverified"]).done();
    let server = Server::on(tool);
    assert_eq!(server.mails().len(), 1);
    let session = server.sign_in("ada");
    let same = ["--email", "ada@example.org", "--verified"];
    assert_eq!(change(tool, "ada", &same)["email_verified"], json!(true));
    assert!(!server.takes(&session) && !server.keeps(&session));
    assert!(server.has_password("ada", PASSWORD));
    assert_eq!(server.mails(), []);
}
