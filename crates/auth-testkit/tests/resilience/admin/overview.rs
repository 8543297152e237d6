//! The figures of the overview are those of what has happened.

use anyhow::{Context as _, Result, ensure};
use auth_testkit::account::{Person, new_password};
use auth_testkit::authenticator::{Waiting, add_app};
use auth_testkit::process::ServerProcess;
use auth_testkit::{Client, Reply};
use serde_json::{Value, json};

use super::{Scene, get, post};
use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    every_server_of_the_database_is_there: session_on_services, jwt_on_services;
    sign_ins_are_counted_by_outcome_where_they_are_made: session_on_services, jwt_on_services;
    reads_that_memory_answers_are_counted: session_on_services, jwt_on_services;
    mail_that_can_not_be_sent_is_counted: session_on_services, jwt_on_services;
    sessions_are_counted_where_that_is_cheap:
        session_on_sqlite, jwt_on_sqlite, session_on_services;
}

/// A mail server at an address on which nobody listens.
const NOBODY: &str = "smtp://127.0.0.1:1";

/// Two servers on the same stores, and a program that looks at the first of them.
struct Pair {
    scene: Scene,
    other: ServerProcess,
    program: Client,
}

impl Pair {
    async fn start(on: Deployment) -> Result<Self> {
        let scene = Scene::start(on, |launch| launch.flag("--mail", NOBODY)).await?;
        // Any server sends the mails of all, so that the other must not reach anybody either.
        let launch = scene.on.launch().flag("--mail", NOBODY);
        let other = ServerProcess::start(launch).await?;
        let program = scene.key(&["system:read", "users:write"]).await?;
        Ok(Self {
            scene,
            other,
            program,
        })
    }

    /// Somebody with an account that took no mail.
    async fn person(&self, name: &str) -> Result<Person> {
        let person = Person::new(name);
        let mut body = person.form();
        body["email_verified"] = true.into();
        post(&self.program, "/users", &body).await?.is(201)?;
        Ok(person)
    }

    async fn overview(&self) -> Result<Reply> {
        get(&self.program, "/overview").await?.ok()
    }

    fn servers(&self) -> [&ServerProcess; 2] {
        [&self.scene.server, &self.other]
    }
}

async fn every_server_of_the_database_is_there(on: Deployment) -> Result<()> {
    let mut pair = Pair::start(on).await?;
    let nodes = nodes_of(&pair.overview().await?)?;
    ensure!(nodes.len() == 2, "{nodes:?}");
    // The one that answers is the first.
    for ((node, server), is_own) in nodes.iter().zip(pair.servers()).zip([true, false]) {
        let name = node["name"].as_str().unwrap_or_default();
        let address = format!(" {}", server.address());
        ensure!(name.ends_with(&address), "{nodes:?}");
        ensure!(node["this"] == is_own, "{nodes:?}");
        ensure!(node["shares_sessions"] == true, "{nodes:?}");
        ensure!(node["leases"] == true, "{nodes:?}");
        ensure!(node["seen_at"].is_string(), "{nodes:?}");
    }
    // A server that stops takes its leave.
    pair.other.terminate().await?;
    let left = nodes_of(&pair.overview().await?)?;
    ensure!(
        left.len() == 1 && left[0]["name"] == nodes[0]["name"],
        "{left:?}"
    );
    Ok(())
}

fn nodes_of(overview: &Reply) -> Result<Vec<Value>> {
    let nodes = overview.json()["nodes"].as_array();
    nodes.cloned().context("no nodes")
}

async fn sign_ins_are_counted_by_outcome_where_they_are_made(on: Deployment) -> Result<()> {
    let pair = Pair::start(on).await?;
    let ada = pair.person("ada").await?;
    let none = json!({ "succeeded": 0, "failed": 0, "pending": 0, "throttled": 0 });
    let before = pair.overview().await?;
    ensure!(before.json()["sign_ins"]["since_start"] == none, "{before}");
    for server in pair.servers() {
        let client = server.client().await?;
        for _ in 0..2 {
            let wrong = client.login(&ada.username, &new_password()).await?;
            wrong.refused(401, "invalid_credentials")?;
        }
        client.login(&ada.username, &ada.password).await?.ok()?;
    }
    let client = pair.scene.server.client().await?;
    client.login(&ada.username, &ada.password).await?.ok()?;
    add_app(&client, Some(&ada.password)).await?;
    let device = pair.scene.server.client().await?;
    let reply = device.login(&ada.username, &ada.password).await?;
    Waiting::of(&reply.ok()?)?;

    // What the other server was asked is not among it.
    let counts = json!({ "succeeded": 2, "failed": 2, "pending": 1, "throttled": 0 });
    let after = pair.overview().await?;
    for since in ["since_start", "last_minute"] {
        ensure!(
            after.json()["sign_ins"][since] == counts,
            "{since}: {after}"
        );
    }
    Ok(())
}

async fn reads_that_memory_answers_are_counted(on: Deployment) -> Result<()> {
    let pair = Pair::start(on).await?;
    let ada = pair.person("ada").await?;
    let client = pair.scene.server.client().await?;
    client.login(&ada.username, &ada.password).await?.ok()?;
    // A server that has just started may have to wait for its lease.
    eventually("reads that memory answers", async || {
        client.profile().await.unwrap().ok().unwrap();
        let overview = pair.overview().await.unwrap();
        let cache = &overview.json()["cache"];
        let is_counted = |figure: &str| cache[figure].as_u64().is_some_and(|it| it > 0);
        let counted = ["hits", "misses", "bytes"].into_iter().all(is_counted);
        counted && cache["lease_holds"] == true
    })
    .await;
    let overview = pair.overview().await?;
    let cache = &overview.json()["cache"];
    ensure!(cache["bypasses"].is_u64(), "{cache}");
    let health = &overview.json()["health"];
    for part in ["database", "leases"] {
        ensure!(health["parts"][part] == "ok", "{health}");
    }
    Ok(())
}

async fn mail_that_can_not_be_sent_is_counted(on: Deployment) -> Result<()> {
    let pair = Pair::start(on).await?;
    let none = json!({ "waiting": 0, "failing": 0, "first_due_at": null });
    let before = pair.overview().await?;
    ensure!(before.json()["mail"] == none, "{before}");
    let client = pair.other.client().await?;
    for name in ["ada", "bob"] {
        client.register(&Person::new(name)).await?.is(202)?;
    }
    eventually("mails that were tried in vain", async || {
        let overview = pair.overview().await.unwrap();
        let mail = &overview.json()["mail"];
        mail["waiting"] == 2 && mail["failing"] == 2 && mail["first_due_at"].is_string()
    })
    .await;
    Ok(())
}

async fn sessions_are_counted_where_that_is_cheap(on: Deployment) -> Result<()> {
    let expected = match on.has_services() {
        true => [Value::Null, Value::Null],
        false => [json!(0), json!(2)],
    };
    let pair = Pair::start(on).await?;
    let ada = pair.person("ada").await?;
    let sessions = async || -> Result<Value> {
        let overview = pair.overview().await?;
        let sessions = overview.json().get("sessions");
        sessions.cloned().context("no word of sessions")
    };
    let before = sessions().await?;
    for server in pair.servers() {
        let client = server.client().await?;
        client.login(&ada.username, &ada.password).await?.ok()?;
    }
    let counted = [before, sessions().await?];
    ensure!(counted == expected, "{counted:?}");
    Ok(())
}
