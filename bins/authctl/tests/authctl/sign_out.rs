//! What ends sessions.

use std::sync::Arc;

use auth_core::SessionStore;
use auth_store::memory::MemoryStore;
use auth_store::redis::{RedisConfig, RedisStore};
use serde_json::{Value, json};
use url::Url;

use crate::accounts::{PASSWORD, Server, create, create_with};
use crate::audit::details_of;
use crate::place::{RUNTIME, on_both_databases, server_url};
use crate::tool::{Authctl, keys};

on_both_databases!(
    a_disabled_account_is_signed_out_for_good,
    one_account_is_signed_out,
    everybody_is_signed_out,
    sessions_are_counted_by_their_credential,
);

fn with_ada(tool: &Authctl) -> Server {
    tool.run(&["db", "migrate"]).done();
    create(tool, "ada");
    Server::on(tool)
}

fn a_disabled_account_is_signed_out_for_good(tool: &Authctl) {
    let server = with_ada(tool);
    let sessions = [server.sign_in("ada"), server.sign_in("ada")];
    let disabled = tool.json(&["user", "disable", "ada", "--yes"]);
    assert_eq!(keys(&disabled), ["sessions_ended", "user"]);
    assert_eq!(disabled["user"]["disabled"], true);
    assert_eq!(disabled["sessions_ended"], 2);
    assert!(server.user("ada").disabled);
    assert!(
        sessions
            .iter()
            .all(|one| !server.takes(one) && !server.keeps(one))
    );
    let enabled = tool.json(&["user", "enable", "ada"]);
    assert_eq!(keys(&enabled), ["user"]);
    assert_eq!(enabled["user"]["disabled"], false);
    assert!(!server.user("ada").disabled);
    assert!(sessions.iter().all(|one| !server.takes(one)));
    assert!(server.takes(&server.sign_in("ada")));
}

fn one_account_is_signed_out(tool: &Authctl) {
    let server = with_ada(tool);
    create(tool, "grace");
    let (ada, grace) = (server.sign_in("ada"), server.sign_in("grace"));
    let answer = tool.json(&["user", "sign-out", "ada"]);
    assert_eq!(answer, json!({ "users": 1, "sessions_ended": 1 }));
    assert!(!server.takes(&ada) && !server.keeps(&ada));
    assert!(server.takes(&grace));
}

fn everybody_is_signed_out(tool: &Authctl) {
    let server = with_ada(tool);
    create(tool, "grace");
    create_with(tool, "hedy", PASSWORD, &["--unverified"]).done();
    let sessions = ["ada", "ada", "grace"].map(|name| server.sign_in(name));
    let unconfirmed = tool.run(&["user", "sign-out", "--all", "--json"]);
    assert!(unconfirmed.failed(2, "not_confirmed").contains("--yes"));
    assert!(sessions.iter().all(|one| server.takes(one)));
    let answer = tool.json(&["user", "sign-out", "--all", "--yes"]);
    assert_eq!(answer, json!({ "users": 3, "sessions_ended": 3 }));
    assert!(
        sessions
            .iter()
            .all(|one| !server.takes(one) && !server.keeps(one))
    );
    // That it begins is kept too, in case that it is killed.
    assert_eq!(
        details_of(tool, "admin_signed_out_all"),
        [
            json!({ "users": 0, "sessions": 0, "complete": false }),
            json!({ "users": 3, "sessions": 3, "complete": true }),
        ]
    );
}

fn sessions_are_counted_by_their_credential(tool: &Authctl) {
    let server = with_ada(tool);
    let none = tool.json(&["bridge", "status"]);
    assert_eq!(none, json!({ "credentials": [] }));
    server.sign_in("ada");
    server.sign_in("ada");
    let some = tool.json(&["bridge", "status"]);
    let [one] = &some["credentials"].as_array().unwrap()[..] else {
        panic!("{some}");
    };
    assert_eq!(
        (&one["kind"], &one["sessions"]),
        (&"session".into(), &2.into())
    );
    assert_eq!(
        one["last_used"][0],
        json!({ "within": "1h", "sessions": 2 })
    );
    let text = tool.run(&["bridge", "status"]).done().stdout;
    assert!(text.contains("CREDENTIAL  SESSIONS  USED <1h"), "{text}");
}

#[test]
fn whom_to_sign_out_is_said_in_one_way() {
    let tool = Authctl::new(None);
    for args in [
        &["user", "sign-out"][..],
        &["user", "sign-out", "ada", "--all"],
    ] {
        tool.run(&[args, &["--json"]].concat()).failed(2, "usage");
    }
}

#[test]
fn sessions_in_the_memory_of_a_server_end_too() {
    let tool = Authctl::new(None);
    let server = with_ada(&tool).with_sessions(Arc::new(MemoryStore::new()));
    for end in [&["sign-out"][..], &["sign-out", "--all"], &["disable"]] {
        let session = server.sign_in("ada");
        let name = (end.len() == 1).then_some("ada");
        let memory = ["--session-store", "memory", "--yes", "--json"];
        let args = ["user"].iter().chain(end).chain(&name).chain(&memory);
        let outcome = tool.run(&args.copied().collect::<Vec<_>>()).done();
        assert!(outcome.stderr.contains("memory"), "{outcome:?}");
        assert_eq!(outcome.json()["sessions_ended"], Value::from(0));
        tool.run(&["user", "enable", "ada"]).done();
        assert!(!server.takes(&session), "{end:?}");
    }
}

#[test]
fn sessions_on_redis_end_too() {
    let Some(url) = server_url("TEST_REDIS_URL", "sessions_on_redis_end_too") else {
        return;
    };
    let mut url: Url = url.parse().unwrap();
    url.set_path("/7");
    let tool = Authctl::new(None);
    let redis = RedisStore::connect(url.as_str(), RedisConfig::default());
    let redis: Arc<dyn SessionStore> = Arc::new(RUNTIME.block_on(redis).unwrap());
    let server = with_ada(&tool).with_sessions(redis);
    let session = server.sign_in("ada");
    let disable = [
        "user",
        "disable",
        "ada",
        "--yes",
        "--session-store",
        url.as_str(),
    ];
    assert_eq!(tool.json(&disable)["sessions_ended"], 1);
    assert!(!server.takes(&session) && !server.keeps(&session));
}
