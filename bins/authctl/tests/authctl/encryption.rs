//! `authctl encryption`.

use std::fs;

use serde_json::json;

use crate::place::on_both_databases;
use crate::tool::Authctl;

on_both_databases!(what_is_encrypted_anew_is_counted_webhooks_too);

fn new_key(tool: &Authctl) -> String {
    let key = tool.json(&["encryption", "new-key"])["key"].take();
    key.as_str().unwrap().to_owned()
}

fn what_is_encrypted_anew_is_counted_webhooks_too(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let (old, new) = (new_key(tool), new_key(tool));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("encryption.key");
    fs::write(&file, &old).unwrap();
    let keys = ["--encryption-key-file", file.to_str().unwrap()];
    let with_keys = |args: &[&'static str]| [args, &keys].concat();
    let create = with_keys(&["webhook", "create", "https://example.org/webhooks"]);
    tool.run(&create).done();

    fs::write(&file, format!("{new}\n{old}\n")).unwrap();
    let rotate = with_keys(&["encryption", "rotate"]);
    let rotated = tool.json(&rotate);
    let key_id = rotated["key_id"].as_str().unwrap();
    assert_eq!(
        rotated,
        json!({ "key_id": key_id, "seeds": 0, "webhooks": 1 })
    );
    let text = tool.run(&rotate).done().stdout;
    let counted = "0 seeds and the secrets of 1 webhook are encrypted";
    assert!(text.contains(counted) && text.contains(key_id), "{text}");
}
