//! `authctl backup` and `restore`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::place::on_both_databases;
use crate::tool::{Authctl, keys};

on_both_databases! {
    a_backup_has_the_keys_and_sqlite_itself,
}

/// A tool whose server has been here: there is a schema, and there are keys.
fn with_keys(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let signing = tool.data_dir().join("keys");
    fs::create_dir_all(&signing).unwrap();
    for (file, text) in [
        (tool.data_dir().join("encryption.key"), "seeds"),
        (signing.join("a.key"), "a"),
        (signing.join(".lock"), ""),
    ] {
        fs::write(file, text).unwrap();
    }
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn a_backup_has_the_keys_and_sqlite_itself(tool: &Authctl) {
    with_keys(tool);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("new");
    let shown = to.to_str().unwrap();
    let made = tool.json(&["backup", shown]);
    assert_eq!(keys(&made), ["database", "files", "folder"]);
    let is_sqlite = tool.database_url().starts_with("sqlite");
    assert_eq!(made["database"], is_sqlite);
    let files = made["files"].as_array().unwrap();
    let files: Vec<_> = files.iter().map(|file| file.as_str().unwrap()).collect();
    let expected = ["auth.db", "encryption.key", "keys/a.key"];
    assert_eq!(files, expected[usize::from(!is_sqlite)..]);
    for file in files {
        assert_eq!(mode(&to.join(file)), 0o600, "{file}");
    }
    assert_eq!((mode(&to), mode(&to.join("keys"))), (0o700, 0o700));

    let again = tool.run(&["backup", shown, "--json"]);
    assert!(again.failed(1, "not_empty").contains("not empty"));
    let other = folder.path().join("other");
    let text = tool.run(&["backup", other.to_str().unwrap()]).done().stdout;
    assert_eq!(text.contains("pg_dump"), !is_sqlite, "{text}");
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_backup_replaces_nothing_and_leaves_nothing_out() {
    let tool = Authctl::new(None);
    with_keys(&tool);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let from = backup.to_str().unwrap();
    tool.run(&["backup", from]).done();
    let refused = tool.run(&["restore", from, "--json"]);
    assert!(refused.failed(1, "already_there").contains("auth.db"));

    let other = Authctl::new(None);
    let by_file = [
        "restore",
        from,
        "--json",
        "--jwt-key-file",
        "/nowhere/jwt.key",
    ];
    assert!(other.run(&by_file).failed(1, "failed").contains("keys"));
    let postgres = [
        "restore",
        from,
        "--json",
        "--database-url",
        "postgres://x/auth",
    ];
    assert!(other.run(&postgres).failed(1, "failed").contains("auth.db"));
    let nothing = other.run(&["restore", "/nowhere", "--json"]);
    nothing.failed(3, "not_found");
    assert!(!other.data_dir().exists(), "nothing was done");

    other.run(&["restore", from]).done();
    assert_eq!(
        names(&other.data_dir()),
        ["auth.db", "encryption.key", "keys"]
    );
    assert_eq!(mode(&other.data_dir().join("auth.db")), 0o600);
    let info = other.json(&["db", "info"]);
    assert_eq!(info["migrations"]["pending"], serde_json::json!([]));
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let tool = Authctl::new(None);
    with_keys(&tool);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let from = backup.to_str().unwrap();
    tool.run(&["backup", from]).done();
    let file = backup.join("auth.db");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0x55);
    fs::write(&file, bytes).unwrap();
    let other = Authctl::new(None);
    other.run(&["restore", from, "--json"]).failed(1, "failed");
    assert!(!other.data_dir().exists());
}
