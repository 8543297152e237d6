//! `authctl settings`, and how settings are given.

use serde_json::{Value, json};

use crate::tool::{Authctl, Outcome, keys};

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

/// A file of settings with this text.
fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn a_flag_counts_more_than_a_variable_and_that_more_than_the_file() {
    let tool = Authctl::new(None);
    let file = file(
        "remember-idle = \"1d\"\nsession-idle = \"1h\"\nsession-absolute = \"1d\"\n\
         database-url-file = \"/nowhere\"\n",
    );
    let args = ["settings", "--json", "--session-idle", "5m", "--config"];
    let mut command = tool.command(&[&args[..], &[file.path().to_str().unwrap()]].concat());
    command.env("AUTH_SESSION_IDLE", "6m");
    command.env("AUTH_SESSION_ABSOLUTE", "7h");
    command.env("AUTH_DATABASE_URL", "sqlite:a.db");
    let settings = Outcome::of(&command.output().unwrap()).done().json();
    for (name, value, source) in [
        ("session-idle", json!("5m"), "flag"),
        ("session-absolute", json!("7h"), "environment"),
        ("remember-idle", json!("1d"), "file"),
        ("remember-absolute", json!("30d"), "default"),
        // The variable is the twin of what the file names.
        ("database-url-file", Value::Null, "unset"),
    ] {
        let setting = setting(&settings, name);
        let found = (&setting["value"], &setting["source"]);
        assert_eq!(found, (&value, &source.into()), "{name}");
    }
}

/// The exit code of a check of this file, and the problems that it finds.
fn check(tool: &Authctl, text: &str, args: &[&str]) -> (Option<i32>, Vec<String>) {
    let file = file(text);
    let config = ["settings", "check", "--json", "--config"];
    let config = [&config[..], &[file.path().to_str().unwrap()]].concat();
    let outcome = tool.run(&[&config[..], args].concat());
    let found = outcome.json();
    let problems = found["problems"].as_array().unwrap().iter();
    let problems = problems.map(|one| one.as_str().unwrap().to_owned());
    (outcome.code, problems.collect())
}

#[test]
fn a_check_finds_all_that_is_wrong_and_makes_nothing() {
    let tool = Authctl::new(None);
    assert_eq!(check(&tool, "", &[]), (Some(0), vec![]));
    assert!(!tool.data_dir().exists());
    let flags = ["--clock-leeway", "6m"];
    let (code, problems) = check(&tool, "env = \"production\"\n", &flags);
    let named = [
        "--clock-leeway",
        "--public-url",
        "--mail ",
        "--mail-from",
        "--argon2",
    ];
    assert_eq!(code, Some(1));
    assert_eq!(problems.len(), named.len(), "{problems:?}");
    for name in named {
        let is_named = problems.iter().any(|one| one.starts_with(name));
        assert!(is_named, "{name}: {problems:?}");
    }
    let text = tool.run(&["settings", "check", "--session-store", "memory"]);
    let text = text.done().stdout;
    assert!(text.contains("session-server would start"), "{text}");
    assert!(text.contains("warning: --session-store memory"), "{text}");
}

/// What only one of the servers knows or needs, and what is known before a store is opened.
const OF_A_SERVER: [(&str, &str, &str); 22] = [
    // One file for all servers has to work.
    ("issue = \"jwt\"", "session", ""),
    ("issue = \"jwt\"", "oauth", ""),
    (
        "jwt-key-file = \"/nowhere\"",
        "jwt",
        "--jwt-key-file can't be used",
    ),
    ("jwt-key-file = \"/nowhere\"", "session", ""),
    ("bind = \"0.0.0.0:1\"", "oauth", "--provider is needed"),
    (
        "passkey-domain = \"b.org\"",
        "session",
        "--passkey-domain b.org",
    ),
    (
        "encryption-key-file = \"/nowhere\"",
        "session",
        "--encryption-key-file /nowhere",
    ),
    (
        "[[provider]]\npreset = \"google\"",
        "jwt",
        "client_id is needed",
    ),
    (
        "mail-from = \"nobody at all\"",
        "jwt",
        "--mail-from needs one",
    ),
    ("bridge = \"session\"", "session", "--bridge session names"),
    ("bridge = \"session,jwt\"", "jwt", "--bridge jwt names"),
    ("bridge = \"jwt,jwt\"", "session", "--bridge jwt names"),
    (
        "bridge = \"jwt-cookie\"\ntransport = \"cookie\"",
        "jwt",
        "--bridge jwt-cookie names",
    ),
    (
        "issue = \"jwt\"\nbridge = \"jwt\"",
        "oauth",
        "--bridge jwt names",
    ),
    ("bridge = \"session-bearer,jwt\"", "session", ""),
    ("shadow = \"session\"", "session", "--shadow session is"),
    ("shadow = \"jwt\"", "jwt", "--shadow jwt is"),
    ("shadow = \"session\"", "jwt", ""),
    (
        "session-store = \"redis://\"",
        "jwt",
        "--session-store has to name the host",
    ),
    (
        "bind = \"127.0.0.1:9\"\nmetrics-bind = \"127.0.0.1:9\"",
        "session",
        "--metrics-bind 127.0.0.1:9 is where --bind is",
    ),
    // Where it listens when nothing is said.
    (
        "metrics-bind = \"127.0.0.1:4002\"",
        "jwt",
        "--metrics-bind 127.0.0.1:4002 is where --bind is",
    ),
    ("metrics-bind = \"127.0.0.1:4002\"", "session", ""),
];

#[test]
fn a_check_is_that_of_the_server() {
    let tool = Authctl::new(None);
    for (text, server, told) in OF_A_SERVER {
        let (code, problems) = check(&tool, text, &["--server", server]);
        let refused = !told.is_empty();
        assert_eq!(code, Some(i32::from(refused)), "{text}: {problems:?}");
        let is_told = problems.iter().any(|one| one.contains(told));
        assert_eq!(is_told, refused, "{text} {server}: {problems:?}");
    }
    assert!(!tool.data_dir().exists(), "it only looks");
}

#[test]
fn a_check_warns_of_variables_without_effect() {
    let tool = Authctl::new(None);
    let mut command = tool.command(&["settings", "check", "--json"]);
    command.env("AUTH_TRUSTED_PROXIES", "10.0.0.0/8");
    let found = Outcome::of(&command.output().unwrap()).done().json();
    let warnings = found["warnings"].as_array().unwrap();
    let is_told = warnings.iter().any(|one| {
        let text = one.as_str().unwrap();
        text.starts_with("AUTH_TRUSTED_PROXIES is no setting")
    });
    assert!(is_told, "{warnings:?}");
}

#[test]
fn every_secret_can_come_from_a_file() {
    let tool = Authctl::new(None);
    let settings = tool.json(&["settings"]);
    let names = settings["settings"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|one| one["name"].as_str().unwrap()).collect();
    let secret = |name: &&&str| auth_server::settings::is_secret(name);
    let secrets: Vec<_> = names.iter().filter(secret).collect();
    assert!(secrets.len() >= 4, "{secrets:?}");
    for name in secrets.into_iter().filter(|name| **name != "provider") {
        assert!(names.contains(&&*format!("{name}-file")), "{name}");
    }
    // The secret of a provider has no setting of its own: it is named after the provider.
    let secret = file("hunter2\n");
    let check = ["settings", "check", "--provider", "google,client_id=x"];
    let checked = |file: &str| {
        let mut command = tool.command(&check);
        command.env("AUTH_GOOGLE_CLIENT_SECRET_FILE", file);
        Outcome::of(&command.output().unwrap())
    };
    checked(secret.path().to_str().unwrap()).done();
    let refused = checked("/nowhere");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused
            .stdout
            .contains("AUTH_GOOGLE_CLIENT_SECRET_FILE /nowhere"),
        "{refused:?}"
    );
}

#[test]
fn one_file_and_one_environment_serve_all_servers() {
    let tool = Authctl::new(None);
    let settings = tool.json(&["settings"]);
    let settings = settings["settings"].as_array().unwrap().iter();
    let names = settings.filter(|one| !one["env"].is_null() && one["name"] != "config");
    let names: Vec<_> = names.map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"issue") && names.contains(&"jwt-alg"));
    // No value is right everywhere; every name is.
    let text: String = names
        .iter()
        .map(|name| format!("{name} = \" \"\n"))
        .collect();
    for server in ["session", "jwt", "oauth"] {
        let (_, problems) = check(&tool, &text, &["--server", server]);
        assert!(
            problems.iter().all(|one| !one.contains("is no setting")),
            "{problems:?}"
        );
        let args = ["settings", "check", "--json", "--server", server];
        let outcome = tool
            .command(&args)
            .env("AUTH_ISSUE", "jwt")
            .output()
            .unwrap();
        let found = Outcome::of(&outcome).json();
        assert!(!found.to_string().contains("AUTH_ISSUE"), "{found}");
    }
}

#[test]
fn a_list_in_a_variable_may_have_blanks_and_a_comma_at_its_end() {
    let tool = Authctl::new(None);
    let file = file("trusted-origin = [\"https://c.example\"]\n");
    let args = [
        "settings",
        "--json",
        "--config",
        file.path().to_str().unwrap(),
    ];
    let shown = |text: &str| {
        let mut command = tool.command(&args);
        let command = command.env("AUTH_TRUSTED_ORIGIN", text);
        let settings = Outcome::of(&command.output().unwrap()).done().json();
        setting(&settings, "trusted-origin")["value"].clone()
    };
    for text in [
        "https://a.example, https://b.example",
        "https://a.example,https://b.example,",
    ] {
        assert_eq!(shown(text), "https://a.example,https://b.example");
    }
    assert_eq!(shown(" "), "https://c.example");
}

#[test]
fn what_is_wrong_with_a_value_is_told_with_what_is_wanted() {
    let tool = Authctl::new(None);
    for (args, told) in [
        (
            &["settings", "--public-url", "foo"][..],
            "begins with https://",
        ),
        (
            &["settings", "--link-imprint", "/x"],
            "begins with https://",
        ),
        (
            &["settings", "--workers", "4.5"],
            "use a whole number from 1 to 1024",
        ),
        (
            &["settings", "--audit-retention", "9000d"],
            "between 1s and 3650d",
        ),
        (&["settings", "--service-name", "a\nb"], "in one line"),
        (&["health", "127.0.0.1:4001"], "begins with http://"),
    ] {
        let error = tool.run(&[args, &["--json"]].concat());
        let error = error.failed(2, "usage");
        assert!(error.contains(told), "{error}");
    }
    let help = tool.run(&["up", "--help"]).done().stdout;
    assert!(help.contains("[default: 4001,4002,4003]"), "{help}");
}
