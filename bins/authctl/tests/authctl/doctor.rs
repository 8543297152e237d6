//! `authctl doctor`.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::place::{on_both_databases, server_url};
use crate::tool::{Authctl, Outcome, keys};

on_both_databases! {
    a_database_that_fits_is_found_well,
    a_schema_that_is_behind_is_a_problem,
    keys_that_are_not_those_of_the_database_are_a_problem,
}

/// What was found in one place: the levels, and everything that is said of it.
fn found(report: &Value, check: &str) -> (Vec<String>, String) {
    let findings = report["findings"].as_array().unwrap();
    let of_check: Vec<_> = findings
        .iter()
        .filter(|one| one["check"] == check)
        .collect();
    let levels = of_check
        .iter()
        .map(|one| one["level"].as_str().unwrap().to_owned());
    (levels.collect(), format!("{of_check:?}"))
}

fn examine(tool: &Authctl, args: &[&str]) -> Outcome {
    tool.run(&[&["doctor", "--json"], args].concat())
}

fn a_database_that_fits_is_found_well(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let report = examine(tool, &[]).done().json();
    assert_eq!(keys(&report), ["findings"]);
    assert_eq!(found(&report, "schema").0, ["ok"]);
    assert_eq!(found(&report, "hashing").0, ["ok"]);
    let is_postgres = tool.database_url().starts_with("postgres");
    assert_eq!(found(&report, "clock").0.len(), usize::from(is_postgres));
    for finding in report["findings"].as_array().unwrap() {
        let is_ok = finding["level"] == "ok";
        assert_eq!(finding.get("remedy").is_none(), is_ok, "{finding}");
    }
    assert!(!tool.data_dir().join("keys").exists(), "it only looks");
}

fn a_schema_that_is_behind_is_a_problem(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    tool.run(&["db", "rollback", "--yes"]).done();
    let outcome = examine(tool, &[]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let (levels, said) = found(&outcome.json(), "schema");
    assert_eq!(levels, ["problem"]);
    assert!(said.contains("authctl db migrate"), "{said}");
    let text = tool.run(&["doctor"]);
    assert_eq!(text.code, Some(1));
    assert!(
        text.stdout.contains("\nschema: run `authctl db migrate`."),
        "{text:?}"
    );
}

fn keys_that_are_not_those_of_the_database_are_a_problem(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let folder = tempfile::tempdir().unwrap();
    let [own, other] = ["own.key", "other.key"].map(|name| {
        let key = tool.run(&["encryption", "new-key"]).done().stdout;
        let file = folder.path().join(name);
        std::fs::write(&file, key).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        file.to_str().unwrap().to_owned()
    });
    let with = |file| examine(tool, &["--encryption-key-file", file]);
    // As long as nothing is encrypted, every key will do.
    assert_eq!(found(&with(&other).json(), "encryption key").0, ["ok"]);
    let create = ["webhook", "create", "https://example.org/webhooks"];
    tool.run(&[&create[..], &["--encryption-key-file", &own]].concat())
        .done();

    assert_eq!(found(&with(&own).json(), "encryption key").0, ["ok"]);
    let none = folder.path().join("none.key");
    for wrong in [
        with(&other),
        with(none.to_str().unwrap()),
        examine(tool, &[]),
    ] {
        assert_eq!(wrong.code, Some(1), "{wrong:?}");
        let (levels, said) = found(&wrong.json(), "encryption key");
        assert_eq!(levels, ["problem"]);
        assert!(said.contains("webhooks"), "{said}");
        assert!(said.contains("--encryption-key-file"), "{said}");
    }
}

#[test]
fn a_file_that_holds_no_keys_is_a_problem() {
    let tool = Authctl::new(None);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "nonsense").unwrap();
    let report = examine(
        &tool,
        &["--encryption-key-file", file.path().to_str().unwrap()],
    )
    .json();
    let (levels, said) = found(&report, "encryption key");
    assert_eq!(levels, ["problem"]);
    assert!(said.contains("line 1"), "{said}");
}

#[test]
fn a_database_that_is_away_is_told_so() {
    let url = "postgres://me:hunter2@127.0.0.1:1/auth";
    let tool = Authctl::new(Some(url.to_owned()));
    let report = examine(&tool, &[]).json();
    let (levels, said) = found(&report, "schema");
    assert_eq!(levels, ["problem"]);
    assert!(said.contains("can't be reached"), "{said}");
    assert!(
        !said.contains("migrate") && !said.contains("hunter2"),
        "{said}"
    );
}

#[test]
fn a_variable_without_effect_is_told() {
    let tool = Authctl::new(None);
    let mut command = tool.command(&["doctor", "--json"]);
    command.env("AUTH_TRUSTED_PROXIES", "10.0.0.0/8");
    let outcome = Outcome::of(&command.output().unwrap());
    let (levels, said) = found(&outcome.json(), "settings");
    assert!(levels.contains(&"warning".to_owned()), "{levels:?}");
    assert!(
        said.contains("AUTH_TRUSTED_PROXIES is no setting"),
        "{said}"
    );
}

#[test]
fn a_mail_server_that_is_away_is_a_problem() {
    let tool = Authctl::new(None);
    let dead = examine(&tool, &["--mail", "smtp://127.0.0.1:1"]).json();
    assert_eq!(found(&dead, "mail").0, ["problem"]);
    let test = "a_mail_server_that_is_away_is_a_problem";
    let Some(url) = server_url("TEST_SMTP_URL", test) else {
        return;
    };
    let living = examine(&tool, &["--mail", &url]).json();
    assert_eq!(found(&living, "mail").0, ["ok"]);
    assert!(!tool.data_dir().exists(), "it only looks");
}

#[test]
fn settings_that_no_server_starts_with_are_told() {
    let tool = Authctl::new(None);
    let report = examine(&tool, &["--env", "production"]).json();
    let (levels, said) = found(&report, "settings");
    let problems = levels.iter().filter(|level| *level == "problem");
    let named = ["--public-url", "--mail dev", "--mail-from", "--argon2"];
    assert_eq!(problems.count(), named.len(), "{said}");
    for name in named {
        assert!(said.contains(name), "{name}: {said}");
    }
    let acme = "oidc,id=acme,issuer=https://127.0.0.1:1,client_id=me";
    let report = examine(&tool, &["--provider", acme]).json();
    let (levels, said) = found(&report, "providers");
    assert_eq!(levels, ["problem"]);
    assert!(said.contains("acme"), "{said}");
}
