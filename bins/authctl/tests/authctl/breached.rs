//! Passwords known from data breaches: `authctl` gives out none of a list either.

use std::fs;

use crate::accounts::{PASSWORD, create_with, invite_with};
use crate::place::on_both_databases;
use crate::tool::Authctl;

on_both_databases!(
    an_account_gets_no_breached_password,
    a_list_that_can_not_be_used_is_named,
);

const BREACHED: &str = "plenty of llamas";
const LIST: &str = "EF3CD9DE2A5DE4B9ED0FFBAE99AEE7E8C396476A:7\n";

fn an_account_gets_no_breached_password(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let list = tool.data_dir().join("pwned.txt");
    fs::create_dir_all(tool.data_dir()).unwrap();
    fs::write(&list, LIST).unwrap();
    let setting = ["--breached-passwords", list.to_str().unwrap()];
    let message = create_with(tool, "ada", BREACHED, &setting).failed(1, "invalid");
    assert!(message.contains("data breach"), "{message}");
    create_with(tool, "ada", PASSWORD, &setting).done();
    create_with(tool, "bob", BREACHED, &[]).done();
}

fn a_list_that_can_not_be_used_is_named(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let setting = ["--breached-passwords", "/nowhere/pwned.txt"];
    let email = "ada@example.org";
    for outcome in [
        create_with(tool, "ada", PASSWORD, &setting),
        invite_with(tool, "ada", email, &setting),
    ] {
        let message = outcome.failed(1, "failed");
        assert!(message.contains("--breached-passwords"), "{message}");
    }
    // What sets no password reads no list.
    tool.run(&[&["user", "list"][..], &setting].concat()).done();
}
