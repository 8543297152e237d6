//! Hooks that are asked before somebody registers or is signed in.

use std::time::Duration;

use anyhow::{Result, ensure};
use auth_testkit::Client;
use auth_testkit::account::Person;
use auth_testkit::process::{Launch, ServerProcess};
use serde_json::Value;
use tokio::time::Instant;

use crate::deployment::Deployment;
use crate::on;
use crate::receiver::{Manner, Receiver};
use crate::startup::refuses;

on! {
    a_hook_decides_who_registers: session_on_sqlite, jwt_on_sqlite;
    a_hook_decides_who_is_signed_in: session_on_sqlite, jwt_on_sqlite, oauth_jwt_on_sqlite;
    a_hook_that_gives_no_answer_is_a_no: session_on_sqlite;
    a_hook_that_gives_no_answer_may_be_a_yes: session_on_sqlite;
    a_hook_that_hangs_keeps_nobody_waiting_for_long: session_on_sqlite, jwt_on_services;
    a_hook_needs_a_secret: session_on_sqlite;
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// How long a hook has in these tests.
const TIMEOUT: &str = "300ms";

fn yes() -> Manner {
    Manner::status("200 OK", r#"{"allow":true}"#)
}

fn no() -> Manner {
    Manner::status("200 OK", r#"{"allow":false,"message":"Not today."}"#)
}

/// What is no answer.
fn silence() -> [Manner; 6] {
    [
        Manner::status("500 Internal Server Error", r#"{"allow":true}"#),
        Manner::status("200 OK", "yes"),
        Manner::with_header("302 Found", "location: http://127.0.0.1:1/"),
        Manner::Answers("no HTTP at all".to_owned()),
        Manner::Babbles,
        Manner::Hangs,
    ]
}

impl Deployment {
    /// The server with a receiver for this hook.
    fn with_hook(&self, flag: &str, receiver: &Receiver) -> Result<Launch> {
        let secret = self.write("hook-secret", SECRET)?;
        let launch = self.launch().flag(flag, &receiver.url);
        let launch = launch.flag("--hook-secret-file", secret.display());
        Ok(launch.flag("--hook-timeout", TIMEOUT))
    }

    async fn trail(&self, event: &str) -> Result<Vec<Value>> {
        let told = self.authctl(&["audit", "--event", event, "--ndjson"]).await;
        let told = told.output.out();
        let lines = told.iter().map(|line| serde_json::from_str(line));
        Ok(lines.collect::<Result<_, _>>()?)
    }
}

async fn a_hook_decides_who_registers(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let launch = on.with_hook("--before-registration-hook", &hook)?;
    let server = ServerProcess::start(launch).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    ensure!(hook.calls().len() == 1);
    let call = hook.calls().remove(0);
    let asked = call.json();
    ensure!(call.is_signed_with(SECRET));
    ensure!(asked["type"] == "registration.before", "{asked}");
    ensure!(
        asked["data"]["email"] == ada.person.email.as_str(),
        "{asked}"
    );
    let ip = asked["data"]["ip"].as_str().unwrap_or_default();
    ensure!(ip.starts_with("127."), "{asked}");
    ensure!(!call.body.contains(&ada.person.password), "{asked}");
    // Nobody is asked about a sign-in.
    let (name, password) = (&ada.person.username, &ada.person.password);
    ada.client.copy().login(name, password).await?.ok()?;
    ensure!(hook.calls().len() == 1);

    hook.be(no());
    let client = server.client().await?;
    let eve = Person::new("eve");
    let taken = Person {
        email: ada.person.email.clone(),
        ..Person::new("mallory")
    };
    for person in [&eve, &taken] {
        let refused = client.register(person).await?;
        let refused = refused.refused(403, "refused_by_policy")?;
        ensure!(refused.string("/detail")? == "Not today.", "{refused}");
    }
    ensure!(on.mails_to(&eve.email).await.is_empty());
    ensure!(on.rows("sign_ups").await == 0);
    hook.be(yes());
    client.register(&eve).await?.is(202)?;
    Ok(())
}

async fn a_hook_decides_who_is_signed_in(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let launch = on.with_hook("--before-sign-in-hook", &hook)?;
    let server = ServerProcess::start(launch).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    let (name, password) = (&ada.person.username, &ada.person.password);
    let before = hook.calls().len();
    let device = ada.client.copy();
    let wrong = device.login(name, "wrong password").await?;
    wrong.refused(401, "invalid_credentials")?;
    ensure!(hook.calls().len() == before, "nothing was proven");
    device.login(name, password).await?.ok()?;
    let call = hook.calls().pop().unwrap();
    let asked = call.json();
    ensure!(call.is_signed_with(SECRET) && asked["type"] == "sign_in.before");
    ensure!(asked["data"]["username"] == name.as_str(), "{asked}");
    ensure!(
        asked["data"]["methods"] == serde_json::json!(["password"]),
        "{asked}"
    );
    ensure!(!call.body.contains(password.as_str()), "{asked}");

    hook.be(no());
    let stranger = server.client().await?;
    let refused = stranger.login(name, password).await?;
    let refused = refused.refused(403, "refused_by_policy")?;
    ensure!(refused.string("/detail")? == "Not today.", "{refused}");
    stranger.profile().await?.unauthenticated()?;
    // Who is signed in stays so.
    device.profile().await?.ok()?;
    ensure!(on.trail("policy_refused").await?.len() == 1);
    Ok(())
}

/// Somebody who is signed up, at a server with a hook for sign-ins.
async fn with_ada(
    on: &Deployment,
    hook: &Receiver,
    failure: &str,
) -> Result<(ServerProcess, Person, Client)> {
    let launch = on.with_hook("--before-sign-in-hook", hook)?;
    let launch = launch.flag("--hook-failure", failure);
    let server = ServerProcess::start(launch).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    let client = server.client().await?;
    Ok((server, ada.person, client))
}

async fn a_hook_that_gives_no_answer_is_a_no(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let (_server, ada, client) = with_ada(&on, &hook, "refuse").await?;
    for manner in silence() {
        hook.be(manner.clone());
        let refused = client.login(&ada.username, &ada.password).await?;
        let refused = refused.refused(503, "unavailable");
        ensure!(refused.is_ok(), "{manner:?}: {refused:?}");
        client.profile().await?.unauthenticated()?;
    }
    hook.be(yes());
    client.login(&ada.username, &ada.password).await?.ok()?;
    ensure!(on.trail("policy_failed").await?.len() == 6);
    Ok(())
}

async fn a_hook_that_gives_no_answer_may_be_a_yes(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let (_server, ada, client) = with_ada(&on, &hook, "allow").await?;
    for manner in silence() {
        hook.be(manner);
        client.login(&ada.username, &ada.password).await?.ok()?;
    }
    hook.be(no());
    let refused = client.login(&ada.username, &ada.password).await?;
    refused.refused(403, "refused_by_policy")?;
    Ok(())
}

async fn a_hook_that_hangs_keeps_nobody_waiting_for_long(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let (server, ada, client) = with_ada(&on, &hook, "refuse").await?;
    client.login(&ada.username, &ada.password).await?.ok()?;
    hook.be(Manner::Hangs);
    let calls = hook.calls().len();
    let began = Instant::now();
    for _ in 0..40 {
        let refused = server.client().await?;
        let refused = refused.login(&ada.username, &ada.password).await?;
        refused.refused(503, "unavailable")?;
        // Others are served all the same.
        client.profile().await?.ok()?;
    }
    // After some that were waited for, it is let alone.
    ensure!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    let asked = hook.calls().len() - calls;
    ensure!((5..40).contains(&asked), "{asked}");
    hook.be(yes());
    crate::deployment::eventually("a hook that is back", async || {
        let login = client.copy().login(&ada.username, &ada.password).await;
        login.unwrap().status.as_u16() == 200
    })
    .await;
    Ok(())
}

async fn a_hook_needs_a_secret(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let flag = "--before-sign-in-hook";
    refuses("--hook-secret-file", on.launch().flag(flag, &hook.url)).await;
    let launch = on.with_hook(flag, &hook)?.flag(flag, "http://example.org");
    refuses(flag, launch).await;
    on.write("hook-secret", "hunter2")?;
    let secret = on.folder().join("hook-secret");
    let launch = on.launch().flag(flag, &hook.url);
    let launch = launch.flag("--hook-secret-file", secret.display());
    refuses("--hook-secret-file", launch).await;
    Ok(())
}
