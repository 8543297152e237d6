//! `authctl backup` and `restore`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::place::on_both_databases;
use crate::tool::{Authctl, keys};

on_both_databases! {
    a_backup_has_the_keys_and_sqlite_itself,
    a_backup_has_the_keys_of_its_database,
    a_key_that_encrypts_nothing_is_not_needed,
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

/// Something is encrypted, under a key that is in the data dir.
fn encrypted(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    tool.run(&["webhook", "create", "https://example.org/webhooks"])
        .done();
}

/// A file with a fresh key.
fn other_key(tool: &Authctl, folder: &Path) -> String {
    let file = folder.join("other.key");
    let key = tool.run(&["encryption", "new-key"]).done().stdout;
    fs::write(&file, key).unwrap();
    file.to_str().unwrap().to_owned()
}

fn a_backup_has_the_keys_of_its_database(tool: &Authctl) {
    encrypted(tool);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup");
    let backup = ["backup", to.to_str().unwrap(), "--json"];
    let other = other_key(tool, folder.path());
    for wrong in [&*other, "/nowhere.key"] {
        let wrong = [&backup[..], &["--encryption-key-file", wrong]].concat();
        let refused = tool.run(&wrong).failed(1, "wrong_key");
        assert!(refused.contains("--encryption-key-file"), "{refused}");
        assert!(names(&to).is_empty(), "nothing stays");
    }
    let made = tool.run(&backup).done().json();
    assert!(made.get("unchecked").is_none(), "{made}");
    let is_sqlite = tool.database_url().starts_with("sqlite");
    let expected = ["auth.db", "encryption.key"];
    assert_eq!(names(&to), expected[usize::from(!is_sqlite)..]);
}

fn a_key_that_encrypts_nothing_is_not_needed(tool: &Authctl) {
    encrypted(tool);
    let listed = tool.json(&["webhook", "list"]);
    let id = listed["webhooks"][0]["id"].as_str().unwrap();
    tool.run(&["webhook", "delete", id, "--yes"]).done();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup");
    let other = other_key(tool, folder.path());
    let words = [
        "backup",
        to.to_str().unwrap(),
        "--encryption-key-file",
        &*other,
    ];
    tool.run(&words).done();
}

/// They are worth a copy all the same.
#[test]
fn keys_of_a_database_that_is_away_are_copied() {
    let url = "postgres://me:hunter2@127.0.0.1:1/auth";
    let tool = Authctl::new(Some(url.to_owned()));
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(tool.data_dir()).unwrap();
    fs::write(tool.data_dir().join("encryption.key"), "seeds").unwrap();
    let to = folder.path().join("backup");
    let made = tool.json(&["backup", to.to_str().unwrap()]);
    assert_eq!(names(&to), ["encryption.key"]);
    assert!(made["unchecked"].is_string(), "{made}");
    let other = folder.path().join("other");
    let text = tool.run(&["backup", other.to_str().unwrap()]).done().stdout;
    assert!(text.contains("could not be found out"), "{text}");
}

#[test]
fn a_backup_without_the_key_of_its_database_is_not_restored() {
    let tool = Authctl::new(None);
    encrypted(&tool);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let restore = ["restore", backup.to_str().unwrap(), "--json"];
    tool.run(&["backup", backup.to_str().unwrap()]).done();
    let (key, apart) = (backup.join("encryption.key"), folder.path().join("apart"));
    fs::rename(&key, &apart).unwrap();
    let other = Authctl::new(None);
    let refused = other.run(&restore).failed(1, "wrong_key");
    assert!(refused.contains("encryption.key is not there"), "{refused}");
    let wrong = other_key(&tool, folder.path());
    let named = [&restore[..], &["--encryption-key-file", &wrong]].concat();
    other.run(&named).failed(1, "wrong_key");
    fs::copy(&wrong, &key).unwrap();
    let refused = other.run(&restore).failed(1, "wrong_key");
    assert!(
        refused.contains("encryption.key does not hold"),
        "{refused}"
    );
    assert!(!other.data_dir().exists(), "nothing was done");

    // Keys that were kept apart may be in place already.
    fs::remove_file(&key).unwrap();
    let named = ["--encryption-key-file", apart.to_str().unwrap()];
    other.run(&[&restore[..], &named].concat()).done();
    assert_eq!(names(&other.data_dir()), ["auth.db"]);
    assert_eq!(names(&backup), ["auth.db"]);
    other
        .run(&[&["webhook", "list"], &named[..]].concat())
        .done();
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

#[test]
fn a_restore_that_fails_midway_leaves_nothing_behind() {
    let tool = Authctl::new(None);
    with_keys(&tool);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let from = backup.to_str().unwrap();
    tool.run(&["backup", from]).done();
    let other = Authctl::new(None);

    // A part that can't be read.
    let broken = backup.join("keys").join("b.key");
    fs::create_dir(&broken).unwrap();
    let failed = other.run(&["restore", from, "--json"]);
    assert!(failed.failed(1, "failed").contains("keys"));
    assert!(!other.data_dir().exists());
    fs::remove_dir(&broken).unwrap();

    // A place that can't be made, since there is a file in its way.
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, "").unwrap();
    let url = format!("sqlite:{}", blocked.join("auth.db").display());
    let failed = other.run(&["restore", from, "--json", "--database-url", &url]);
    assert!(failed.failed(1, "failed").contains("auth.db"));
    assert!(!other.data_dir().exists());

    other.run(&["restore", from]).done();
    assert_eq!(
        names(&other.data_dir()),
        ["auth.db", "encryption.key", "keys"]
    );
}

/// It is found out when one of them is in place already.
#[test]
fn two_parts_in_one_place_are_not_restored() {
    let tool = Authctl::new(None);
    with_keys(&tool);
    let folder = tempfile::tempdir().unwrap();
    let key = tool.data_dir().join("keys").join("a.key");
    let backup = folder.path().join("backup");
    let from = backup.to_str().unwrap();
    tool.run(&["backup", from, "--jwt-key-file", key.to_str().unwrap()])
        .done();

    let other = Authctl::new(None);
    fs::create_dir(other.data_dir()).unwrap();
    fs::write(other.data_dir().join("note"), "").unwrap();
    let place = other.data_dir().join("new").join("both.key");
    let place = place.to_str().unwrap();
    let keys = ["--jwt-key-file", place, "--encryption-key-file", place];
    let failed = other.run(&[&["restore", from, "--json"][..], &keys].concat());
    assert!(failed.failed(1, "already_there").contains("both.key"));
    assert_eq!(names(&other.data_dir()), ["note"]);
}

#[test]
fn what_a_killed_restore_has_left_is_in_nobodys_way() {
    let tool = Authctl::new(None);
    with_keys(&tool);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let from = backup.to_str().unwrap();
    tool.run(&["backup", from]).done();
    let other = Authctl::new(None);
    let draft = other.data_dir().join(".restoring-keys");
    fs::create_dir_all(&draft).unwrap();
    fs::write(draft.join("old.key"), "").unwrap();
    fs::write(other.data_dir().join(".restoring-auth.db"), "").unwrap();
    other.run(&["restore", from]).done();
    assert_eq!(
        names(&other.data_dir()),
        ["auth.db", "encryption.key", "keys"]
    );
    assert_eq!(names(&other.data_dir().join("keys")), ["a.key"]);
}
