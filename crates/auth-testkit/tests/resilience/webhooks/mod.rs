//! Webhooks: each event is told, once and for all the same, whatever becomes of the server and
//! whatever its receivers do.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Client;
use auth_testkit::process::ServerProcess;
use auth_testkit::target::Account;
use diesel::SqliteConnection;
use diesel::connection::{Connection as _, SimpleConnection as _};
use reqwest::Method;
use serde_json::{Value, json};

use crate::admin::{Scene, ask, get, post};
use crate::deployment::{Deployment, eventually};
use crate::on;
use crate::receiver::{Call, Manner, Receiver};

mod failures;

on! {
    what_happens_is_delivered_and_signed: session_on_sqlite, jwt_on_services;
    webhooks_are_administered: session_on_sqlite;
    a_kill_loses_nothing_and_tells_nothing_otherwise: session_on_sqlite, jwt_on_services;
    no_private_address_is_called_unasked: session_on_sqlite;
    a_secret_outlives_the_key_that_it_was_encrypted_under: session_on_sqlite;
}

/// A webhook as authctl makes it.
struct Made {
    id: String,
    secret: String,
}

impl Deployment {
    async fn webhook(&self, words: &[&str]) -> Result<Value> {
        let words = [&["webhook"][..], words, &["--json"]].concat();
        let done = self.authctl(&words).await;
        Ok(serde_json::from_str(&done.output.out().concat())?)
    }

    /// Has a receiver told of these events.
    async fn told(&self, receiver: &Receiver, events: &str) -> Result<Made> {
        let words = ["create", &receiver.url, "--event", events];
        let made = self.webhook(&words).await?;
        let text = |text: &Value| text.as_str().map(str::to_owned).context("no text");
        Ok(Made {
            id: text(&made["webhook"]["id"])?,
            secret: text(&made["secret"])?,
        })
    }

    async fn deliveries(&self, made: &Made) -> Result<Vec<Value>> {
        let all = self.webhook(&["deliveries", &made.id]).await?;
        let all = all["deliveries"].as_array().cloned();
        all.context("no deliveries")
    }

    async fn in_state(&self, made: &Made, state: &str) -> usize {
        let all = self.deliveries(made).await.unwrap();
        all.iter().filter(|one| one["state"] == state).count()
    }
}

/// Changes a name, which is one event.
async fn change(who: &Account, name: &str) -> Result<()> {
    let patch = json!({ "first_name": name });
    who.client.patch_profile(&patch).await?.ok()?;
    Ok(())
}

/// What each message said, by its id; none says two things.
fn told(calls: &[Call]) -> Result<BTreeMap<String, String>> {
    let mut told = BTreeMap::new();
    for call in calls {
        let before = told.insert(call.id().to_owned(), call.body.clone());
        ensure!(
            before.is_none_or(|before| before == call.body),
            "{} is told otherwise",
            call.id()
        );
    }
    Ok(told)
}

async fn what_happens_is_delivered_and_signed(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let receiver = Receiver::start(Manner::ok()).await;
    let made = on.told(&receiver, "profile_changed,signed_out").await?;
    change(&ada, "Augusta").await?;
    eventually("a webhook", async || receiver.calls().len() == 1).await;
    let call = receiver.calls().remove(0);
    ensure!(call.is_signed_with(&made.secret) && call.signatures() == 1);
    let sent = call.json();
    ensure!(sent["type"] == "profile_changed", "{sent}");
    ensure!(sent["data"]["id"] == call.id(), "{sent}");
    let profile = ada.client.profile().await?.ok()?;
    ensure!(sent["data"]["user_id"] == profile.string("/id")?, "{sent}");
    ensure!(!call.body.contains("Augusta"), "{sent}");

    // For a while both secrets count.
    let rotated = on.webhook(&["rotate", &made.id]).await?;
    let second = rotated["secret"].as_str().context("no secret")?;
    ada.client.logout().await?.ok()?;
    eventually("another webhook", async || receiver.calls().len() == 2).await;
    let call = receiver.calls().remove(1);
    ensure!(call.signatures() == 2);
    ensure!(call.is_signed_with(&made.secret) && call.is_signed_with(second));
    eventually("the record of it", async || {
        on.in_state(&made, "delivered").await == 2
    })
    .await;
    Ok(())
}

async fn webhooks_are_administered(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let program = scene.key(&["webhooks:write"]).await?;
    let receiver = Receiver::start(Manner::ok()).await;
    let body =
        json!({ "url": receiver.url, "events": ["admin_api_key_created"], "description": "ours" });
    let made = post(&program, "/webhooks", &body).await?.is(201)?;
    let (id, secret) = (made.string("/webhook/id")?, made.string("/secret")?);
    let at = format!("/webhooks/{id}");

    let shown = get(&program, &at).await?.ok()?;
    ensure!(!shown.to_string().contains(&secret), "{shown}");
    ensure!(shown.json()["webhook"]["events"] == json!(["admin_api_key_created"]));
    let listed = get(&program, "/webhooks").await?.ok()?;
    ensure!(listed.json()["webhooks"] == json!([shown.json()["webhook"]]));
    let change = json!({ "enabled": false, "description": "" });
    let changed = ask(&program, Method::PATCH, &at, Some(&change))
        .await?
        .ok()?;
    ensure!(changed.json()["webhook"]["disabled_reason"] == "operator");
    let test = post(&program, &format!("{at}/test"), &json!({})).await?;
    test.refused_field("enabled", "required")?;
    let change = json!({ "enabled": true });
    ask(&program, Method::PATCH, &at, Some(&change))
        .await?
        .ok()?;
    for (field, body) in [
        ("url", json!({ "url": "" })),
        ("url", json!({ "url": "http://example.org" })),
        ("url", json!({ "url": "https://10.0.0.1" })),
        ("events", json!({ "url": receiver.url, "events": [] })),
        (
            "events",
            json!({ "url": receiver.url, "events": ["signed_inn"] }),
        ),
    ] {
        let refused = post(&program, "/webhooks", &body).await?;
        let refused = refused.refused(422, "validation_failed")?;
        ensure!(refused.field_errors()[0].0 == field, "{refused}");
    }

    tried_and_made_once_more(&program, &at, &receiver, &secret).await?;
    ask(&program, Method::DELETE, &at, None).await?.ok()?;
    get(&program, &at).await?.refused(404, "not_found")?;
    let trail = scene.on.authctl(&["audit", "--json"]).await;
    let trail = trail.output.out().concat();
    for event in ["created", "changed", "tested", "replayed", "deleted"] {
        let event = format!("admin_webhook_{event}");
        ensure!(trail.contains(&event), "{event} is not in the trail");
    }
    ensure!(!trail.contains(&secret));
    Ok(())
}

/// Has something sent to a webhook, and the same once more.
async fn tried_and_made_once_more(
    program: &Client,
    at: &str,
    receiver: &Receiver,
    secret: &str,
) -> Result<()> {
    let queued = post(program, &format!("{at}/test"), &json!({}))
        .await?
        .ok()?;
    let delivery = queued.string("/delivery")?;
    eventually("the test", async || receiver.calls().len() == 1).await;
    let call = receiver.calls().remove(0);
    ensure!(call.id() == delivery && call.json()["type"] == "webhook.test");
    ensure!(call.is_signed_with(secret));
    let path = format!("{at}/deliveries?state=delivered&limit=1");
    eventually("the record of it", async || {
        let listed = get(program, &path).await.unwrap().ok().unwrap();
        listed.json()["deliveries"][0]["id"] == delivery.as_str()
    })
    .await;
    let path = format!("{at}/deliveries/{delivery}/replay");
    post(program, &path, &json!({})).await?.ok()?;
    eventually("it once more", async || receiver.calls().len() == 2).await;
    ensure!(told(&receiver.calls())?.len() == 1);
    let path = format!("{at}/replay?since=2020-01-01T00:00:00Z");
    let replayed = post(program, &path, &json!({})).await?.ok()?;
    ensure!(replayed.json()["queued"] == 0, "{replayed}");
    Ok(())
}

async fn a_kill_loses_nothing_and_tells_nothing_otherwise(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let receiver = Receiver::start(Manner::ok()).await;
    let made = on.told(&receiver, "profile_changed").await?;
    // Between the change and the webhook, at whatever moment that is.
    for name in ["Augusta", "Ada", "Byron", "King"] {
        change(&ada, name).await?;
        server.restart().await?;
    }
    // After the receiver has it, and before the server knows.
    receiver.be(Manner::Hangs);
    let before = receiver.calls().len();
    change(&ada, "Lovelace").await?;
    eventually("a call", async || receiver.calls().len() > before).await;
    server.kill();
    receiver.be(Manner::ok());
    server.restart().await?;

    eventually("all of it", async || {
        on.in_state(&made, "delivered").await == 5
    })
    .await;
    let calls = receiver.calls();
    ensure!(told(&calls)?.len() == 5, "{calls:?}");
    ensure!(calls.iter().all(|call| call.is_signed_with(&made.secret)));
    let recorded = on.deliveries(&made).await?;
    let ids: BTreeSet<_> = recorded
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    let sent: BTreeSet<_> = calls.iter().map(Call::id).collect();
    ensure!(ids == sent, "{ids:?} {sent:?}");
    Ok(())
}

async fn no_private_address_is_called_unasked(on: Deployment) -> Result<()> {
    let receiver = Receiver::start(Manner::ok()).await;
    // Made while that was permitted.
    let made = on.authctl(&["db", "migrate"]).await;
    ensure!(made.status.success());
    let made = on.told(&receiver, "*").await?;
    let launch = on.launch().flag("--public-url", "https://auth.example.org");
    let server = ServerProcess::start(launch).await?;
    on.webhook(&["test", &made.id]).await?;
    eventually("a try", async || {
        on.deliveries(&made).await.unwrap()[0]["attempts"] == 1
    })
    .await;
    let failed = on.deliveries(&made).await?.remove(0);
    ensure!(failed["state"] == "pending", "{failed}");
    ensure!(receiver.calls().is_empty());
    let refused = on
        .authctl_ends(&["webhook", "create", "https://192.168.1.1/"])
        .await;
    ensure!(!refused.status.success());
    drop(server);
    Ok(())
}

async fn a_secret_outlives_the_key_that_it_was_encrypted_under(on: Deployment) -> Result<()> {
    let key = async || {
        let made = on.authctl(&["encryption", "new-key"]).await;
        made.output.out().concat()
    };
    let (old, new) = (key().await, key().await);
    let file = on.write("keys", &old)?.display().to_string();
    let launch = || on.launch().flag("--encryption-key-file", &file);
    let mut server = ServerProcess::start(launch()).await?;
    let receiver = Receiver::start(Manner::ok()).await;
    let words = ["create", &receiver.url, "--encryption-key-file", &file];
    let made = on.webhook(&words).await?;
    let id = made["webhook"]["id"].as_str().context("no id")?;
    let secret = made["secret"].as_str().context("no secret")?;

    on.write("keys", &format!("{new}\n{old}\n"))?;
    server.restart().await?;
    // What a secret of yesterday was encrypted under may be lost.
    let mut store = SqliteConnection::establish(&on.sqlite_file().to_string_lossy())?;
    store.batch_execute("PRAGMA busy_timeout = 10000")?;
    let lost = "UPDATE webhook_endpoints SET previous_secret = 'unreadable', previous_until = 1";
    store.batch_execute(lost)?;
    on.authctl(&["encryption", "rotate", "--encryption-key-file", &file])
        .await;
    on.write("keys", &new)?;
    server.restart().await?;
    on.webhook(&["test", id, "--encryption-key-file", &file])
        .await?;
    let is_test = |call: &Call| call.json()["type"] == "webhook.test";
    eventually("the test", async || receiver.calls().iter().any(is_test)).await;
    let calls = receiver.calls();
    ensure!(calls.iter().all(|call| call.is_signed_with(secret)));
    Ok(())
}
