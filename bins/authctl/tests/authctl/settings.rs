//! `authctl settings`, and how settings are given.

use serde_json::{Value, json};

use crate::tool::{Authctl, keys};

fn setting(settings: &Value, name: &str) -> Value {
    let settings = settings["settings"].as_array().unwrap();
    let found = settings.iter().find(|setting| setting["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}")).clone()
}

#[test]
fn every_setting_is_shown_with_its_source() {
    let tool = Authctl::new(Some("postgres://ada:hunter2@db/auth".to_owned()));
    let settings = tool.json(&["settings", "--session-idle", "1h"]);
    assert_eq!(keys(&settings), ["settings"]);
    for (name, value, source) in [
        (
            "database-url",
            json!("postgres://***@db/auth"),
            "environment",
        ),
        ("session-idle", json!("1h"), "flag"),
        ("session-store", json!("database"), "default"),
        ("public-url", Value::Null, "unset"),
    ] {
        let setting = setting(&settings, name);
        assert_eq!(keys(&setting), ["env", "name", "source", "value"]);
        assert_eq!(
            (&setting["value"], &setting["source"]),
            (&value, &source.into()),
            "{name}"
        );
    }
    assert_eq!(
        setting(&settings, "session-idle")["env"],
        "AUTH_SESSION_IDLE"
    );
    let text = tool.run(&["settings"]).done().stdout;
    assert!(text.contains("AUTH_DATABASE_URL"), "{text}");
}

#[test]
fn the_database_url_may_come_from_a_file() {
    let tool = Authctl::new(None);
    let dir = tempfile::tempdir().unwrap();
    let (file, database) = (dir.path().join("url"), dir.path().join("other.db"));
    std::fs::write(&file, format!("sqlite:{}\n", database.display())).unwrap();
    let file = ["--database-url-file", file.to_str().unwrap()];
    tool.run(&[&["db", "migrate"], &file[..]].concat()).done();
    assert!(database.exists() && !tool.data_dir().exists());
    let info = tool.json(&[&["db", "info"], &file[..]].concat());
    let url = info["database"]["url"].as_str().unwrap();
    assert!(url.ends_with("other.db"), "{url}");
}

#[test]
fn a_wrong_command_line_is_told_in_the_form_that_was_asked_for() {
    let tool = Authctl::new(None);
    for args in [
        &["--json", "frobnicate"][..],
        &["--json", "user", "show"],
        &["--json", "db", "info", "--env", "prod"],
        &["--json", "user", "list", "--limit", "0"],
        &["--json", "user", "list", "--after", "x"],
        &["--json"],
    ] {
        tool.run(args).failed(2, "usage");
        let text = tool.run(&args[1..]);
        assert_eq!((text.code, text.stdout.as_str()), (Some(2), ""), "{text:?}");
    }
    let help = tool.run(&["--help", "--json"]).done();
    assert!(help.stdout.contains("Exit codes"), "{help:?}");
}
