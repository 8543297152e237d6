//! Webhooks, as far as a tool that serves nobody sees them.

use serde_json::json;

use crate::place::on_both_databases;
use crate::tool::{Authctl, keys};

on_both_databases!(
    a_webhook_is_made_tried_and_deleted,
    what_can_not_be_a_receiver_is_refused,
    no_more_deliveries_are_listed_than_can_be_shown,
);

const URL: &str = "https://example.org/webhooks";

fn a_webhook_is_made_tried_and_deleted(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let create = ["webhook", "create", URL, "--event", "signed_in,signed_out"];
    let made = tool.json(&create);
    assert_eq!(keys(&made), ["secret", "webhook"]);
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 50);
    let listed = tool.run(&["webhook", "list", "--json"]).done();
    assert!(!listed.all().contains("whsec_"));
    assert_eq!(listed.json(), json!({ "webhooks": [made["webhook"]] }));
    let id = made["webhook"]["id"].as_str().unwrap();
    let rotated = tool.json(&["webhook", "rotate", id]);
    assert_ne!(rotated["secret"], made["secret"]);

    let tried = tool.json(&["webhook", "test", id]);
    let delivery = tried["delivery"].as_str().unwrap();
    let deliveries = tool.json(&["webhook", "deliveries", id, "--state", "pending"]);
    let first = &deliveries["deliveries"][0];
    assert_eq!(first["id"], delivery);
    assert_eq!(first["event"], "webhook.test");
    let replayed = tool.json(&["webhook", "replay", id, "--delivery", delivery]);
    assert_eq!(replayed, json!({ "queued": 1 }));
    let replayed = tool.json(&["webhook", "replay", id]);
    assert_eq!(replayed, json!({ "queued": 0 }), "nothing has failed");

    assert_eq!(
        tool.json(&["webhook", "delete", id]),
        json!({ "deleted": id })
    );
    for command in ["delete", "rotate", "test", "deliveries", "replay"] {
        let gone = tool.run(&["webhook", command, id, "--json"]);
        assert!(gone.failed(3, "not_found").contains("webhook list"));
    }
}

fn what_can_not_be_a_receiver_is_refused(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let create = |url: &str, more: &[&str]| {
        let words = [&["webhook", "create", url, "--json"][..], more].concat();
        tool.run(&words)
    };
    for url in [
        "",
        "example.org",
        "http://example.org",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://ada:hunter2@example.org",
    ] {
        assert!(create(url, &[]).failed(1, "invalid").contains("url"));
    }
    create("https://10.0.0.1", &["--webhook-allow-private", "on"]).done();
    let told = create(URL, &["--event", "Signed in"]).failed(2, "usage");
    assert!(told.contains("--event"));
}

fn no_more_deliveries_are_listed_than_can_be_shown(tool: &Authctl) {
    tool.run(&["db", "migrate"]).done();
    let made = tool.json(&["webhook", "create", URL]);
    let id = made["webhook"]["id"].as_str().unwrap();
    let list = |limit: &str| {
        let args = ["webhook", "deliveries", id, "--limit", limit, "--json"];
        tool.run(&args)
    };
    for limit in ["1", "10000"] {
        list(limit).done();
    }
    for limit in ["0", "10001", "4294967295"] {
        assert!(list(limit).failed(2, "usage").contains("--limit"));
    }
}
