//! Passwords are never shown.

use crate::place::Postgres;
use crate::tool::{Authctl, Outcome};

const SECRET: &str = "hunter2";

/// Whatever is printed, the secret is not in it.
fn run(tool: &Authctl, args: &[&str]) -> Outcome {
    let outcome = tool.run(args);
    assert!(!outcome.all().contains(SECRET), "{outcome:?}");
    outcome
}

#[test]
fn the_database_is_shown_without_its_password() {
    let name = "the_database_is_shown_without_its_password";
    let Some(database) = Postgres::make(name) else {
        return;
    };
    let url = database
        .url
        .replacen("postgres@", &format!("postgres:{SECRET}@"), 1);
    assert!(url.contains(SECRET));
    let tool = Authctl::new(Some(url));
    for args in [
        &["db", "migrate"][..],
        &["db", "info"],
        &["db", "info", "--json"],
        &["settings"],
        &["settings", "--json"],
    ] {
        let outcome = run(&tool, args).done();
        let shown = outcome.stdout.contains("***@127.0.0.1") || outcome.stdout.contains(":***@");
        assert!(shown, "{outcome:?}");
    }
    run(&tool, &["db", "reset"]);
    run(&tool, &["db", "rollback", "--yes"]).done();
    run(&tool, &["user", "list"]);
}

#[test]
fn no_error_repeats_a_password() {
    for url in [
        format!("postgres://ada:{SECRET}@127.0.0.1:1/auth"),
        format!("postgres://ada:{SECRET}@localhost:port/auth"),
        format!("postgres://ada:{SECRET}@localhost/auth?sslmode=maybe"),
        format!("postgres://localhost:1/auth?password={SECRET}&x=y"),
        format!("postgres:/ada:{SECRET}@localhost/auth"),
        format!("mysql://ada:{SECRET}@localhost/auth"),
        format!("ada:{SECRET}@localhost"),
    ] {
        let tool = Authctl::new(Some(url));
        for args in [
            &["db", "info"][..],
            &["db", "migrate", "--json"],
            &["user", "list"],
        ] {
            assert_eq!(run(&tool, args).code, Some(1), "{args:?}");
        }
        run(&tool, &["settings"]).done();
    }
}

#[test]
fn no_error_repeats_the_password_of_the_session_store() {
    let tool = Authctl::new(None);
    tool.run(&["db", "migrate"]).done();
    for (url, exit) in [
        (format!("redis://:{SECRET}@127.0.0.1:1"), 1),
        (format!("redis://:{SECRET}@127.0.0.1:port"), 1),
        (format!("rediss:/:{SECRET}@127.0.0.1"), 2),
    ] {
        for json in [&[][..], &["--json"]] {
            let args = ["user", "list", "--session-store", &url];
            let outcome = run(&tool, &[&args, json].concat());
            assert_eq!(outcome.code, Some(exit), "{outcome:?}");
        }
    }
}

#[test]
fn help_shows_no_secret_of_the_environment() {
    let tool = Authctl::new(Some(format!("postgres://ada:{SECRET}@localhost/auth")));
    for args in [&["--help"][..], &["-h"], &["user", "create", "--help"]] {
        run(&tool, args).done();
    }
}
