//! What the listener shows of itself, and to whom.

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Reply;
use auth_testkit::process::Program;
use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Scene, get, post};
use crate::deployment::Deployment;
use crate::on;
use crate::startup::{plain, refuses};

on! {
    the_server_shows_what_it_is_and_no_secret: session_on_sqlite, jwt_on_sqlite;
    pages_of_elsewhere_do_nothing_there: session_on_sqlite;
    settings_that_were_read_again_are_shown: session_on_sqlite;
}

async fn the_server_shows_what_it_is_and_no_secret(on: Deployment) -> Result<()> {
    let has_keys = !on.is_session();
    let scene = Scene::start(on, |launch| {
        let mail = "smtps://ada:hunter2@mail.example.org";
        launch
            .flag("--mail", mail)
            .flag("--mail-from", "ada@example.org")
    })
    .await?;
    let program = scene.key(&["system:read", "users:write"]).await?;
    let settings = get(&program, "/settings").await?.ok()?;
    ensure!(!settings.text().contains("hunter2"), "{settings}");
    let named = settings.json()["settings"]
        .as_array()
        .context("no settings")?;
    let is_bind = |one: &&Value| one["name"] == "admin-bind" && one["source"] == "flag";
    ensure!(named.iter().any(|one| is_bind(&one)), "{settings}");
    let health = get(&program, "/health").await?.ok()?;
    for part in ["database", "mail_queue", "hash_queue", "leases"] {
        ensure!(health.json()["parts"][part] == "ok", "{health}");
    }
    let keys = get(&program, "/keys").await?;
    match has_keys {
        true => {
            let keys = keys.ok()?;
            ensure!(keys.json()["keys"][0]["alg"] == "EdDSA", "{keys}");
        }
        false => _ = keys.refused(404, "not_found")?,
    }
    let before = get(&program, "/sessions").await?.ok()?;
    let password = "Analytical-Engine 1843";
    let ada = json!({
        "first_name": "Ada", "username": "ada", "email": "ada@example.org",
        "email_verified": true, "password": password,
    });
    post(&program, "/users", &ada).await?.is(201)?;
    let client = scene.target.client().await?;
    client.login("ada", password).await?.ok()?;
    let after = get(&program, "/sessions").await?.ok()?;
    let total = |reply: &Reply| reply.json()["total"].as_u64().unwrap_or_default();
    ensure!(total(&after) == total(&before) + 1, "{after}");
    Ok(())
}

async fn pages_of_elsewhere_do_nothing_there(on: Deployment) -> Result<()> {
    let trusted = "https://app.example.org";
    let scene = Scene::start(on, |launch| launch.flag("--trusted-origin", trusted)).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let main = scene.server.url()?.origin().ascii_serialization();
    // Not even those that the contract trusts.
    for origin in [trusted, main.as_str(), "https://evil.example"] {
        let call = root.client.call(Method::POST, "^/api/admin/users");
        let call = call
            .header("origin", origin)
            .header("sec-fetch-site", "same-site");
        let reply = call.json(&json!({})).send().await?;
        reply.refused(403, "cross_origin")?;
        let call = root.client.call(Method::GET, "^/api/admin/users");
        let reply = call.header("origin", origin).send().await?;
        ensure!(
            reply.header("access-control-allow-origin").is_none(),
            "{reply}"
        );
    }
    // And the listener of the contract knows no such routes.
    let client = scene.on.target(&scene.server).client().await?;
    get(&client, "/me").await?.refused(404, "not_found")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_can_not_be_is_named() {
    let data = TempDir::new().unwrap();
    let launch = || plain(Program::SessionServer, data.path());
    refuses("--admin-bind", launch().flag("--admin-bind", "localhost")).await;
    let alone = launch().flag("--admin-url", "http://localhost:4009");
    refuses("--admin-url", alone).await;
}

async fn settings_that_were_read_again_are_shown(on: Deployment) -> Result<()> {
    let file = on.write("auth.toml", "")?.display().to_string();
    let scene = Scene::start(on, |launch| launch.flag("--config", file)).await?;
    let program = scene.key(&["system:read"]).await?;
    let text = "limit-register-ip = \"7/1h\"\npurge-interval = \"9m\"\n";
    scene.on.write("auth.toml", text)?;
    scene.server.signal(Signal::HUP)?;
    let is_told = |line: &str| line.contains("only after a restart");
    scene.server.output().line(is_told).await?;
    let shown = get(&program, "/settings").await?.ok()?;
    let settings = shown.json()["settings"].as_array().context("no list")?;
    let value = |name: &str| {
        let setting = settings.iter().find(|one| one["name"] == name);
        setting.map(|one| one["value"].clone())
    };
    ensure!(value("limit-register-ip") == Some(json!("7/1h")), "{shown}");
    ensure!(value("purge-interval") != Some(json!("9m")), "{shown}");
    Ok(())
}
