//! `authctl user`, but for signing out.

use serde_json::{Value, json};

use crate::accounts::{PASSWORD, Server, create, create_with, creating, invite, invite_with};
use crate::place::on_both_databases;
use crate::tool::{Authctl, keys};

on_both_databases!(
    a_created_account_has_the_password_from_standard_input,
    a_taken_username_or_address_is_a_conflict,
    the_rules_of_registration_apply_and_every_broken_one_is_named,
    an_invited_person_sets_the_password_by_mail,
    an_unverified_address_is_asked_for_confirmation_and_is_taken,
    an_account_goes_by_username_address_and_id,
    the_list_comes_in_parts,
    an_account_is_shown_with_its_devices_and_identities,
    a_deleted_account_is_gone_and_its_owner_told,
    a_deleted_account_tells_no_address_that_is_not_confirmed,
    an_unlocked_account_need_not_wait,
    a_reset_link_is_mailed_unless_the_account_is_disabled,
    disabling_and_deleting_want_a_confirmation,
    without_the_schema_the_remedy_is_named,
);

const USER_KEYS: [&str; 10] = [
    "created_at",
    "disabled",
    "email",
    "email_verified",
    "first_name",
    "has_password",
    "id",
    "last_name",
    "role",
    "username",
];

fn migrated(tool: &Authctl) -> &Authctl {
    tool.run(&["db", "migrate"]).done();
    tool
}

fn names(list: &Value) -> Vec<&str> {
    let users = list["users"].as_array().unwrap().iter();
    users
        .map(|user| user["username"].as_str().unwrap())
        .collect()
}

fn a_created_account_has_the_password_from_standard_input(tool: &Authctl) {
    let made = create_with(migrated(tool), "ada", &format!("{PASSWORD}\n"), &[]);
    assert!(!made.all().contains(PASSWORD));
    let made = made.done().json();
    assert_eq!(keys(&made), ["user"]);
    let user = &made["user"];
    assert_eq!(keys(user), USER_KEYS);
    for (key, value) in [
        ("username", "ada".into()),
        ("email", "ada@example.org".into()),
        ("first_name", "Ada".into()),
        ("email_verified", true.into()),
        ("has_password", true.into()),
        ("disabled", Value::from(false)),
    ] {
        assert_eq!(user[key], value, "{key}");
    }
    let server = Server::on(tool);
    assert!(server.has_password("ada", PASSWORD));
    assert_eq!(server.mails(), []);
}

fn a_taken_username_or_address_is_a_conflict(tool: &Authctl) {
    create(migrated(tool), "ada");
    invite_with(tool, "ADA", "other@example.org", &[]).failed(1, "username_taken");
    invite_with(tool, "other", "ADA@example.org", &[]).failed(1, "email_taken");
    // An operator may give a reserved name away.
    create(tool, "admin");
    assert_eq!(names(&tool.json(&["user", "list"])), ["ada", "admin"]);
}

fn the_rules_of_registration_apply_and_every_broken_one_is_named(tool: &Authctl) {
    migrated(tool);
    let args = ["user", "create", "a b", "--email", "nowhere", "--json"];
    let names = ["--first-name", " ", "--last-name", "x", "--invite"];
    let message = tool.run(&[&args[..], &names].concat()).failed(1, "invalid");
    for field in ["username:", "email:", "first_name:"] {
        assert!(message.contains(field), "{message}");
    }
    assert!(!message.contains("last_name:"), "{message}");
    for password in ["", "\n", "short", "password1", "lovelace1815"] {
        let message = create_with(tool, "ada", password, &[]).failed(1, "invalid");
        assert!(message.contains("password:"), "{message}");
    }
    let weak = create_with(tool, "ada", PASSWORD, &["--env", "production"]);
    assert!(weak.failed(1, "failed").contains("--argon2"));
    assert_eq!(
        tool.json(&["user", "list"]),
        json!({ "users": [], "next": null })
    );
}

fn an_invited_person_sets_the_password_by_mail(tool: &Authctl) {
    let user = invite(migrated(tool), "ada");
    assert_eq!(
        (&user["has_password"], &user["email_verified"]),
        (&false.into(), &true.into())
    );
    assert_eq!(
        Server::on(tool).mails(),
        [("ada@example.org".to_owned(), "reset")]
    );
}

fn an_unverified_address_is_asked_for_confirmation_and_is_taken(tool: &Authctl) {
    let made = create_with(migrated(tool), "ada", PASSWORD, &["--unverified"]);
    let first = made.done().json();
    assert_eq!(first["user"]["email_verified"], false);
    let server = Server::on(tool);
    assert_eq!(server.mails(), [("ada@example.org".to_owned(), "confirm")]);
    let session = server.sign_in("ada");
    for verification in ["optional", "required"] {
        let setting = ["--verification", verification];
        invite_with(tool, "other", "ada@example.org", &setting).failed(1, "email_taken");
    }
    assert!(server.takes(&session) && server.keeps(&session));
}

fn an_account_goes_by_username_address_and_id(tool: &Authctl) {
    let user = create(migrated(tool), "ada");
    create(tool, "grace");
    for name in [
        "ada",
        "ADA",
        "Ada@Example.org",
        user["id"].as_str().unwrap(),
    ] {
        assert_eq!(tool.json(&["user", "show", name])["user"], user, "{name}");
        let text = tool.run(&["user", "show", name]).done().stdout;
        assert!(
            text.contains("ada@example.org") && text.contains("active"),
            "{text}"
        );
    }
    let unknown = "019208ce-3e38-7371-a732-51e4b70a7dbf";
    for command in [
        "show",
        "enable",
        "disable",
        "delete",
        "sign-out",
        "reset-password",
        "unlock",
    ] {
        for name in [
            "bob",
            "bob@example.org",
            unknown,
            "no such@name",
            "not a name",
            "",
        ] {
            let message = tool.run(&["user", command, name, "--yes", "--json"]);
            let message = message.failed(3, "not_found");
            assert!(message.contains("user list"), "{message}");
        }
    }
}

fn the_list_comes_in_parts(tool: &Authctl) {
    migrated(tool);
    for name in ["ada", "grace", "hedy"] {
        invite(tool, name);
    }
    let all = tool.json(&["user", "list"]);
    assert_eq!(keys(&all), ["next", "users"]);
    assert_eq!(
        (names(&all), &all["next"]),
        (vec!["ada", "grace", "hedy"], &Value::Null)
    );
    assert_eq!(keys(&all["users"][0]), USER_KEYS);
    let first = tool.json(&["user", "list", "--limit", "2"]);
    assert_eq!(names(&first), ["ada", "grace"]);
    let next = first["next"].as_str().unwrap();
    let rest = tool.json(&["user", "list", "--limit", "2", "--after", next]);
    assert_eq!((names(&rest), &rest["next"]), (vec!["hedy"], &Value::Null));
    assert_eq!(tool.json(&["user", "list", "--all"]), all);
    let behind = ["user", "list", "--all", "--after", next];
    assert_eq!(names(&tool.json(&behind)), ["hedy"]);
    let text = tool.run(&["user", "list", "--all"]).done().stdout;
    assert_eq!(text, tool.run(&["user", "list"]).done().stdout);
    let both = ["user", "list", "--all", "--limit", "2", "--json"];
    tool.run(&both).failed(2, "usage");
    let text = tool.run(&["user", "list", "--limit", "1"]).done().stdout;
    assert!(
        text.contains("--after") && text.contains("ada@example.org"),
        "{text}"
    );
}

fn an_account_is_shown_with_its_devices_and_identities(tool: &Authctl) {
    let user = create(migrated(tool), "ada");
    let bare = json!({ "user": user, "sessions": [], "identities": [] });
    assert_eq!(tool.json(&["user", "show", "ada"]), bare);
    let server = Server::on(tool);
    server.sign_in("ada");
    server.link("ada", "google");
    let shown = tool.json(&["user", "show", "ada"]);
    let device = &shown["sessions"][0];
    assert_eq!(
        keys(device),
        [
            "created_at",
            "expires_at",
            "id",
            "ip",
            "last_seen_at",
            "user_agent"
        ]
    );
    assert_eq!(
        (&device["ip"], &device["user_agent"]),
        (&"127.0.0.1".into(), &"test".into())
    );
    let identity = &shown["identities"][0];
    assert_eq!(
        keys(identity),
        ["email", "id", "issuer", "linked_at", "provider", "subject"]
    );
    assert_eq!(identity["provider"], "google");
    let text = tool.run(&["user", "show", "ada"]).done().stdout;
    for part in ["127.0.0.1", "test", "google", "ada@google.example"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let memory = ["user", "show", "ada", "--session-store", "memory"];
    assert_eq!(tool.json(&memory)["sessions"], Value::Null);
    assert!(tool.run(&memory).done().stdout.contains("out of reach"));
}

fn a_deleted_account_tells_no_address_that_is_not_confirmed(tool: &Authctl) {
    create_with(migrated(tool), "ada", PASSWORD, &["--unverified"]).done();
    let server = Server::on(tool);
    assert_eq!(server.mails().len(), 1);
    tool.run(&["user", "delete", "ada", "--yes"]).done();
    assert_eq!(server.mails(), []);
}

fn an_unlocked_account_need_not_wait(tool: &Authctl) {
    let user = create(migrated(tool), "ada");
    let server = Server::on(tool);
    assert!(!server.fails_to_sign_in("ada") && server.fails_to_sign_in("ada"));
    assert_eq!(
        tool.json(&["user", "unlock", "ada"]),
        json!({ "user": user })
    );
    assert!(!server.fails_to_sign_in("ada"));
    let memory = ["user", "unlock", "ada", "--session-store", "memory"];
    let message = tool.run(&[&memory[..], &["--json"]].concat());
    assert!(message.failed(1, "out_of_reach").contains("memory"));
}

fn a_deleted_account_is_gone_and_its_owner_told(tool: &Authctl) {
    create(migrated(tool), "ada");
    let server = Server::on(tool);
    let session = server.sign_in("ada");
    let deleted = tool.json(&["user", "delete", "ada", "--yes"]);
    assert_eq!(keys(&deleted), ["sessions_ended", "user"]);
    assert_eq!(
        (&deleted["user"]["username"], &deleted["sessions_ended"]),
        (&"ada".into(), &1.into())
    );
    assert!(!server.takes(&session) && !server.keeps(&session));
    assert_eq!(
        server.mails(),
        [("ada@example.org".to_owned(), "account_deleted")]
    );
    tool.run(&["user", "show", "ada", "--json"])
        .failed(3, "not_found");
}

fn a_reset_link_is_mailed_unless_the_account_is_disabled(tool: &Authctl) {
    let user = create(migrated(tool), "ada");
    let server = Server::on(tool);
    assert_eq!(
        tool.json(&["user", "reset-password", "ada"]),
        json!({ "user": user })
    );
    assert_eq!(server.mails(), [("ada@example.org".to_owned(), "reset")]);
    tool.run(&["user", "disable", "ada", "--yes"]).done();
    let refused = tool.run(&["user", "reset-password", "ada", "--json"]);
    assert!(refused.failed(1, "disabled").contains("user enable ada"));
    assert_eq!(server.mails(), []);
}

fn disabling_and_deleting_want_a_confirmation(tool: &Authctl) {
    let user = create(migrated(tool), "ada");
    for command in ["disable", "delete"] {
        let message = tool.run(&["user", command, "ada", "--json"]);
        let message = message.failed(2, "not_confirmed");
        assert!(
            message.contains("--yes") && message.contains("ada@example.org"),
            "{message}"
        );
        // What comes over a pipe is nobody's answer.
        let piped = tool.run_with("y\n", &["user", command, "ada", "--json"]);
        piped.failed(2, "not_confirmed");
    }
    assert_eq!(tool.json(&["user", "show", "ada"])["user"], user);
}

fn without_the_schema_the_remedy_is_named(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    tool.run(&["db", "rollback", "--yes"]).done();
    let message = tool
        .run(&["user", "list", "--json"])
        .failed(1, "outdated_database");
    assert!(message.contains("db migrate"), "{message}");
}

#[test]
fn a_password_is_needed_or_an_invitation() {
    let tool = Authctl::new(None);
    let args = creating("ada", "ada@example.org");
    let message = migrated(&tool).run(&args).failed(2, "usage");
    assert!(
        message.contains("--password-stdin") && message.contains("--invite"),
        "{message}"
    );
    let both = [&args[..], &["--invite", "--password-stdin"]].concat();
    tool.run(&both).failed(2, "usage");
}

#[test]
fn only_the_end_of_the_line_is_cut_from_a_password() {
    let tool = Authctl::new(None);
    migrated(&tool);
    for (name, typed, password) in [
        ("unix", "  four score \n", "  four score "),
        ("windows", "  four score \r\n", "  four score "),
        ("lines", "four\nscore\n\n", "four\nscore\n"),
    ] {
        create_with(&tool, name, typed, &[]).done();
        assert!(Server::on(&tool).has_password(name, password), "{name}");
    }
}
