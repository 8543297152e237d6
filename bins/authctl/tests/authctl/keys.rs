//! `authctl keys`.

use auth_core::{Clock as _, SystemClock};
use auth_jwt::{Algorithm, KeyRing};
use serde_json::{Value, json};

use crate::tool::{Authctl, keys};

/// A tool on a data dir in which a server has made its first key.
fn with_a_key(algorithm: Algorithm) -> Authctl {
    let tool = Authctl::new(None);
    KeyRing::open(&tool.data_dir().join("keys"), algorithm, SystemClock.now()).unwrap();
    tool
}

fn list(tool: &Authctl) -> Vec<Value> {
    let mut list = tool.json(&["keys", "list"]);
    assert_eq!(keys(&list), ["keys"]);
    let Value::Array(list) = list["keys"].take() else {
        panic!("{list} is no list")
    };
    list
}

fn states(tool: &Authctl) -> Vec<(String, String)> {
    let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    let state = |key: &Value| (text(key, "kid"), text(key, "state"));
    list(tool).iter().map(state).collect()
}

#[test]
fn a_rotated_key_goes_on_verifying_until_it_is_retired() {
    let tool = with_a_key(Algorithm::EdDsa);
    let first = list(&tool).pop().unwrap();
    assert_eq!(keys(&first), ["algorithm", "created_at", "kid", "state"]);
    assert_eq!(
        (&first["algorithm"], &first["state"]),
        (&"EdDSA".into(), &"active".into())
    );
    let old = first["kid"].as_str().unwrap();
    let rotated = tool.json(&["keys", "rotate"]);
    assert_eq!(keys(&rotated), ["key"]);
    assert_eq!(rotated["key"]["state"], "active");
    let new = rotated["key"]["kid"].as_str().unwrap();
    let pair = |kid: &str, state: &str| (kid.to_owned(), state.to_owned());
    assert_eq!(states(&tool), [pair(old, "retiring"), pair(new, "active")]);
    let text = tool.run(&["keys", "list"]).done().stdout;
    assert!(
        text.contains(old) && text.contains(new) && text.contains("retiring"),
        "{text}"
    );
    let retired = tool.json(&["keys", "retire", old, "--yes"]);
    assert_eq!(retired, json!({ "retired": old }));
    assert_eq!(states(&tool), [pair(new, "active")]);
}

#[test]
fn retiring_wants_a_confirmation() {
    let tool = with_a_key(Algorithm::EdDsa);
    tool.run(&["keys", "rotate"]).done();
    let (old, _) = states(&tool).remove(0);
    let message = tool.run(&["keys", "retire", &old, "--json"]);
    let message = message.failed(2, "not_confirmed");
    assert!(
        message.contains("--yes") && message.contains(&old),
        "{message}"
    );
    assert_eq!(states(&tool).len(), 2);
}

#[test]
fn the_key_that_signs_is_not_retired() {
    let tool = with_a_key(Algorithm::Hs256);
    let hs256 = ["--jwt-alg", "HS256"];
    let keys = tool.json(&[&["keys", "list"], &hs256[..]].concat());
    let kid = keys["keys"][0]["kid"].as_str().unwrap();
    let retire = [&["keys", "retire", kid, "--yes", "--json"], &hs256[..]].concat();
    let message = tool.run(&retire).failed(1, "key_active");
    assert!(message.contains("rotate"), "{message}");
}

#[test]
fn an_unknown_key_is_not_found() {
    let tool = with_a_key(Algorithm::Es256);
    for kid in ["nothing", "-5nothing"] {
        let message = tool.run(&["keys", "retire", kid, "--yes", "--json"]);
        assert!(message.failed(3, "not_found").contains("keys list"));
    }
}

#[test]
fn the_first_key_is_left_to_the_server() {
    let tool = Authctl::new(None);
    assert_eq!(list(&tool), Vec::<Value>::new());
    for args in [
        &["keys", "rotate", "--json"][..],
        &["keys", "retire", "x", "--yes", "--json"],
    ] {
        assert!(tool.run(args).failed(3, "not_found").contains("jwt-server"));
    }
    assert!(!tool.data_dir().exists());
}

#[test]
fn a_key_given_by_file_is_shown_and_left_alone() {
    let tool = with_a_key(Algorithm::EdDsa);
    let dir = tool.data_dir().join("keys");
    let files = dir.read_dir().unwrap().map(|file| file.unwrap().path());
    let file = files
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "key"));
    let file = file.unwrap();
    let given = ["--jwt-key-file", file.to_str().unwrap()];
    let keys = tool.json(&[&["keys", "list"], &given[..]].concat());
    assert_eq!(keys["keys"][0]["kid"], list(&tool)[0]["kid"]);
    let rotate = tool.run(&[&["keys", "rotate", "--json"], &given[..]].concat());
    assert!(rotate.failed(1, "failed").contains("replace that file"));
}

#[test]
fn keys_that_lie_open_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let tool = with_a_key(Algorithm::EdDsa);
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(tool.data_dir().join("keys"), open).unwrap();
    let message = tool.run(&["keys", "list", "--json"]).failed(1, "failed");
    assert!(message.contains("chmod 700"), "{message}");
}
