//! Roles, and keys by which programs use the admin API.

use serde_json::json;

use crate::accounts::create;
use crate::place::on_both_databases;
use crate::tool::{Authctl, keys};

on_both_databases!(
    a_role_is_given_and_taken_but_from_the_last_admin,
    a_key_is_shown_once_and_gone_when_it_is_revoked,
);

fn a_role_is_given_and_taken_but_from_the_last_admin(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    for name in ["ada", "bob"] {
        assert_eq!(create(tool, name)["role"], json!(null));
    }
    let give = |name: &str, role: &str| {
        let given = tool.json(&["user", "role", name, role]);
        assert_eq!(given["user"]["role"], role);
    };
    give("ada", "admin");
    let refused = tool.run(&["user", "role", "ada", "none", "--json"]);
    assert!(refused.failed(1, "last_admin").contains("user role"));
    give("bob", "admin");
    give("ada", "support");
    give("ada", "admin");
    tool.run(&["user", "disable", "bob", "--yes"]).done();
    for command in ["disable", "delete"] {
        tool.run(&["user", command, "ada", "--yes", "--json"])
            .failed(1, "last_admin");
    }
    assert_eq!(tool.run(&["user", "role", "ada", "owner"]).code, Some(2));
}

fn a_key_is_shown_once_and_gone_when_it_is_revoked(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let create = [
        "api-key",
        "create",
        "backup",
        "--scope",
        "users:read,users:export",
    ];
    let made = tool.json(&[&create[..], &["--lifetime", "90d"]].concat());
    assert_eq!(keys(&made), ["api_key", "key"]);
    let text = made["key"].as_str().unwrap();
    assert!(text.starts_with("cak_") && text.len() == 47);
    let listed = tool.run(&["api-key", "list", "--json"]).done();
    assert!(!listed.all().contains("cak_"));
    assert_eq!(listed.json(), json!({ "api_keys": [made["api_key"]] }));
    let id = made["api_key"]["id"].as_str().unwrap();
    assert_eq!(
        tool.json(&["api-key", "revoke", id]),
        json!({ "revoked": id })
    );
    assert_eq!(tool.json(&["api-key", "list"]), json!({ "api_keys": [] }));
    let again = tool.run(&["api-key", "revoke", id, "--json"]);
    assert!(again.failed(3, "not_found").contains("api-key list"));
    for wrong in [&["--lifetime", "2y"][..], &["--lifetime", "0s"], &[]] {
        assert_eq!(tool.run(&[&create[..], wrong].concat()).code, Some(2));
    }
    let powers = [
        "api-key",
        "create",
        "x",
        "--scope",
        "roles:write",
        "--lifetime",
        "1d",
    ];
    assert_eq!(tool.run(&powers).code, Some(2));
}
