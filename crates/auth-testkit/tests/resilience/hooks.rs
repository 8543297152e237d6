//! Hooks that are asked before somebody registers or is signed in.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::account::Person;
use auth_testkit::client::Transport;
use auth_testkit::process::{Launch, ServerProcess};
use auth_testkit::{Client, Decision, Provider, Reply};
use serde_json::json;
use tokio::time::Instant;

use crate::deployment::Deployment;
use crate::on;
use crate::receiver::{Manner, Receiver};
use crate::startup::refuses;

on! {
    a_hook_decides_who_registers: session_on_sqlite, jwt_on_sqlite;
    a_hook_decides_who_is_signed_in: session_on_sqlite, jwt_on_sqlite, oauth_jwt_on_sqlite;
    an_address_is_confirmed_also_where_nobody_is_let_in: session_on_sqlite;
    a_hook_is_asked_once_the_last_step_is_shown: session_on_sqlite, jwt_on_services;
    a_hook_is_not_asked_whether_somebody_stays: session_on_sqlite, jwt_on_sqlite;
    a_hook_decides_who_registers_through_a_provider:
        oauth_session_on_sqlite, oauth_jwt_on_sqlite;
    a_hook_decides_who_is_signed_in_through_a_provider:
        oauth_session_on_sqlite, oauth_jwt_on_sqlite;
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

async fn an_address_is_confirmed_also_where_nobody_is_let_in(on: Deployment) -> Result<()> {
    let hook = Receiver::start(no()).await;
    let launch = on.with_hook("--before-sign-in-hook", &hook)?;
    let server = ServerProcess::start(launch.flag("--log", "json")).await?;
    let ada = Person::new("ada");
    let token = on.target(&server).registered_with_token(&ada).await?;
    let client = server.client().await?;
    let refused = client.confirm(&token, &ada.password).await?;
    refused.refused(403, "refused_by_policy")?;
    ensure!(on.trail("email_confirmed").await?.len() == 1);
    let is_told = |line: &String| line.contains("\"event\":\"email_confirmed\"");
    ensure!(server.output().out().iter().any(is_told));
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
    ensure!(asked["data"]["methods"] == json!(["password"]), "{asked}");
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

async fn a_hook_is_asked_once_the_last_step_is_shown(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let launch = on.with_hook("--before-sign-in-hook", &hook)?;
    let server = ServerProcess::start(launch).await?;
    let target = on.target(&server);
    let (ada, added) = target.with_app("ada").await?;
    let before = hook.calls().len();
    let (device, waiting) = target.half_signed_in(&ada).await?;
    let wrong = added.app.wrong_code().await?;
    let wrong = waiting.end(&device, "totp", &wrong).await?;
    wrong.refused(401, "invalid_factor")?;
    ensure!(hook.calls().len() == before, "only the password was proven");
    let code = added.app.code().await?;
    waiting.end(&device, "totp", &code).await?.ok()?;
    let calls = hook.calls();
    ensure!(calls.len() == before + 1, "{calls:?}");
    let asked = calls[before].json();
    ensure!(asked["type"] == "sign_in.before", "{asked}");
    ensure!(asked["data"]["user_id"] == ada.id.as_str(), "{asked}");
    let methods = json!(["password", "totp"]);
    ensure!(asked["data"]["methods"] == methods, "{asked}");

    hook.be(no());
    let (stranger, waiting) = target.half_signed_in(&ada).await?;
    let code = added.app.code().await?;
    let refused = waiting.end(&stranger, "totp", &code).await?;
    let refused = refused.refused(403, "refused_by_policy")?;
    ensure!(refused.string("/detail")? == "Not today.", "{refused}");
    stranger.profile().await?.unauthenticated()?;
    // Nor does the step let them in when the hook has changed its mind.
    hook.be(yes());
    let again = waiting.end(&stranger, "totp", &code).await?;
    again.refused(400, "invalid_token")?;
    ensure!(hook.calls().len() == before + 2, "{:?}", hook.calls());
    device.profile().await?.ok()?;
    ensure!(on.trail("policy_refused").await?.len() == 1);
    Ok(())
}

async fn a_hook_is_not_asked_whether_somebody_stays(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let (server, ada, client) = with_ada(&on, &hook, "refuse").await?;
    client.login(&ada.username, &ada.password).await?.ok()?;
    hook.be(no());
    let calls = hook.calls().len();
    for _ in 0..2 {
        client.refresh().await?.ok()?;
        client.profile().await?.ok()?;
    }
    ensure!(hook.calls().len() == calls, "{:?}", hook.calls());
    // It would have been told.
    let stranger = server.client().await?;
    let refused = stranger.login(&ada.username, &ada.password).await?;
    refused.refused(403, "refused_by_policy")?;
    ensure!(hook.calls().len() == calls + 1, "{:?}", hook.calls());
    Ok(())
}

async fn a_hook_decides_who_registers_through_a_provider(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let launch = on.with_hook("--before-registration-hook", &hook)?;
    let server = ServerProcess::start(launch).await?;
    let target = on.target(&server);
    let ada = target.newcomer("ada").await?.person;
    ensure!(hook.calls().len() == 1, "{:?}", hook.calls());
    let call = hook.calls().remove(0);
    let asked = call.json();
    ensure!(call.is_signed_with(SECRET) && asked["type"] == "registration.before");
    ensure!(asked["data"]["provider"] == "one", "{asked}");
    ensure!(asked["data"]["email"] == ada.email.as_str(), "{asked}");
    let ip = asked["data"]["ip"].as_str().unwrap_or_default();
    ensure!(ip.starts_with("127."), "{asked}");

    hook.be(no());
    // Who has an account does not register again.
    target.come_as(ada).await?;
    ensure!(hook.calls().len() == 1, "{:?}", hook.calls());
    let (client, eve) = (target.client().await?, Person::new("eve"));
    let (provider, decision) = (target.provider()?, Decision::of(&eve));
    let refused = client.through(provider, &decision).await?;
    let refused = refused.refused(403, "refused_by_policy")?;
    ensure!(refused.string("/detail")? == "Not today.", "{refused}");
    let back = client.visit(provider, &decision).await?;
    let page = client.come_back_to_a_page(&back).await?;
    let error = page.in_fragment("error")?;
    ensure!(error.as_deref() == Some("refused_by_policy"), "{page}");
    client.profile().await?.unauthenticated()?;
    for table in ["users", "identities"] {
        ensure!(on.rows(table).await == 1, "{table}");
    }
    ensure!(on.trail("policy_refused").await?.len() == 2);
    hook.be(yes());
    target.come_as(eve).await?;
    ensure!(on.rows("users").await == 2);
    Ok(())
}

async fn a_hook_decides_who_is_signed_in_through_a_provider(on: Deployment) -> Result<()> {
    let hook = Receiver::start(yes()).await;
    let launch = on.with_hook("--before-sign-in-hook", &hook)?;
    let server = ServerProcess::start(launch).await?;
    let target = on.target(&server);
    let ada = target.newcomer("ada").await?;
    ensure!(hook.calls().len() == 1, "{:?}", hook.calls());
    let asked = hook.calls().remove(0).json();
    ensure!(asked["type"] == "sign_in.before", "{asked}");
    ensure!(asked["data"]["user_id"] == ada.id.as_str(), "{asked}");
    ensure!(asked["data"]["methods"] == json!(["provider"]), "{asked}");

    hook.be(no());
    let (stranger, decision) = (target.client().await?, Decision::of(&ada.person));
    let refused = asks_to_enter(&stranger, target.provider()?, &decision).await?;
    let refused = refused.refused(403, "refused_by_policy")?;
    ensure!(refused.string("/detail")? == "Not today.", "{refused}");
    stranger.profile().await?.unauthenticated()?;
    ensure!(hook.calls().len() == 2, "{:?}", hook.calls());
    // Who is signed in stays so.
    ada.client.profile().await?.ok()?;
    ensure!(on.trail("policy_refused").await?.len() == 1);
    Ok(())
}

/// What somebody is answered who comes through a provider: on the way back where a cookie is
/// given then, and to the exchange of the code where tokens are.
async fn asks_to_enter(client: &Client, provider: &Provider, decision: &Decision) -> Result<Reply> {
    let landed = client.through(provider, decision).await?;
    match client.strategy().transport {
        Transport::Cookie => Ok(landed),
        Transport::Bearer => {
            let code = landed.in_fragment("code")?;
            client.exchange(&code.context("no code")?).await
        }
    }
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
