//! `authctl db`.

use std::process::Child;

use serde_json::{Value, json};

use crate::place::on_both_databases;
use crate::tool::{Authctl, Outcome, keys};

on_both_databases!(
    info_shows_the_environment_the_database_its_tables_and_its_migrations,
    what_is_rolled_back_is_applied_again,
    reset_leaves_an_empty_database_of_the_same_schema,
    nothing_is_lost_without_a_confirmation,
    of_many_who_migrate_at_once_exactly_one_does,
);

fn versions() -> Vec<Value> {
    let versions = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations"));
    let names = versions.unwrap().map(|dir| dir.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    let mut versions: Vec<_> = names
        .map(|name| name.split('_').next().unwrap().into())
        .collect();
    versions.sort_by_key(Value::to_string);
    versions
}

fn rows(tool: &Authctl, table: &str) -> Option<i64> {
    let info = tool.json(&["db", "info"]);
    let tables = info["tables"].as_array().unwrap();
    let table = tables.iter().find(|entry| entry["name"] == table)?;
    table["rows"].as_i64()
}

fn with_a_user(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    crate::accounts::invite(tool, "ada");
    assert_eq!(rows(tool, "users"), Some(1));
}

fn info_shows_the_environment_the_database_its_tables_and_its_migrations(tool: &Authctl) {
    assert_eq!(
        tool.json(&["db", "migrate"]),
        json!({ "applied": versions() })
    );
    let info = tool.json(&["db", "info"]);
    assert_eq!(
        keys(&info),
        ["database", "environment", "migrations", "tables"]
    );
    assert_eq!(info["environment"], "development");
    assert_eq!(keys(&info["database"]), ["kind", "url"]);
    let url = info["database"]["url"].as_str().unwrap();
    assert!(
        url.starts_with(info["database"]["kind"].as_str().unwrap()),
        "{url}"
    );
    assert_eq!(
        info["migrations"],
        json!({ "applied": versions(), "pending": [] })
    );
    let users = json!({ "name": "users", "rows": 0 });
    assert!(
        info["tables"].as_array().unwrap().contains(&users),
        "{info}"
    );
    let text = tool
        .run(&["db", "info", "--env", "production"])
        .done()
        .stdout;
    for part in ["production", url, "users", "Pending"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

fn what_is_rolled_back_is_applied_again(tool: &Authctl) {
    with_a_user(tool);
    let all = versions();
    for (n, last) in all.iter().enumerate().rev() {
        let rolled_back = tool.json(&["db", "rollback", "--yes"]);
        assert_eq!(rolled_back, json!({ "reverted": last }));
        let info = tool.json(&["db", "info"]);
        assert_eq!(info["migrations"]["pending"], json!(all[n..]));
    }
    assert_eq!(rows(tool, "users"), None);
    let again = tool.json(&["db", "rollback", "--yes"]);
    assert_eq!(again, json!({ "reverted": null }));
    assert_eq!(tool.json(&["db", "migrate"]), json!({ "applied": all }));
    assert_eq!(rows(tool, "users"), Some(0));
    assert_eq!(tool.json(&["db", "migrate"]), json!({ "applied": [] }));
}

fn reset_leaves_an_empty_database_of_the_same_schema(tool: &Authctl) {
    with_a_user(tool);
    assert_eq!(
        tool.json(&["db", "reset", "--yes"]),
        json!({ "applied": versions() })
    );
    assert_eq!(rows(tool, "users"), Some(0));
    assert_eq!(rows(tool, "outbox"), Some(0));
}

fn nothing_is_lost_without_a_confirmation(tool: &Authctl) {
    with_a_user(tool);
    for args in [
        &["db", "rollback", "--json"][..],
        &["db", "reset", "--json"],
        &["db", "reset", "--json", "--env", "production"],
    ] {
        let message = tool.run(args).failed(2, "not_confirmed");
        assert!(message.contains("--yes"), "{message}");
        assert_eq!(rows(tool, "users"), Some(1), "{args:?}");
    }
    let production = ["db", "reset", "--yes", "--env", "production"];
    tool.run(&production).done();
    assert_eq!(rows(tool, "users"), Some(0));
}

fn of_many_who_migrate_at_once_exactly_one_does(tool: &Authctl) {
    let start = |_| tool.command(&["db", "migrate", "--json"]).spawn().unwrap();
    let running: Vec<Child> = (0..6).map(start).collect();
    let ended = running
        .into_iter()
        .map(|child| child.wait_with_output().unwrap());
    let applied = ended.map(|output| Outcome::of(&output).done().json());
    let (did, found_done): (Vec<_>, Vec<_>) =
        applied.partition(|answer| answer["applied"] == json!(versions()));
    assert_eq!((did.len(), found_done.len()), (1, 5));
    assert!(
        found_done
            .iter()
            .all(|answer| answer["applied"] == json!([]))
    );
}

#[test]
fn whoever_only_looks_makes_no_database() {
    let tool = Authctl::new(None);
    for args in [
        &["db", "info", "--json"][..],
        &["db", "rollback", "--yes", "--json"],
        &["db", "reset", "--yes", "--json"],
        &["user", "list", "--json"],
    ] {
        let message = tool.run(args).failed(3, "not_found");
        assert!(message.contains("db migrate"), "{message}");
        assert!(!tool.data_dir().exists(), "{args:?}");
    }
}

#[test]
fn a_server_that_is_away_is_told_from_a_failure() {
    let url = "postgres://ada@127.0.0.1:1/auth";
    let tool = Authctl::new(Some(url.to_owned()));
    for args in [&["db", "info", "--json"], &["db", "migrate", "--json"]] {
        let message = tool.run(args).failed(1, "unavailable");
        assert!(message.contains("check"), "{message}");
    }
}
