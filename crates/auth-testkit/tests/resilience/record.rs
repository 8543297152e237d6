//! What the log tells of attacks and of proxies that are set up wrongly.

use anyhow::{Context as _, Result};
use auth_testkit::Client;
use auth_testkit::account::new_password;
use auth_testkit::process::ServerProcess;
use reqwest::Method;
use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::on;

on! {
    refusals_are_on_the_record: session_on_sqlite, jwt_on_sqlite;
    an_unreadable_forwarded_address_is_refused_and_named: session_on_sqlite;
    a_line_of_the_trail_keeps_its_request_behind_an_unreadable_header: session_on_sqlite;
    an_event_names_its_request_and_its_user: session_on_sqlite, jwt_on_sqlite;
    an_undeclared_proxy_is_warned_about_once: session_on_sqlite;
}

async fn logger(on: &Deployment, flags: &[(&str, &str)]) -> Result<ServerProcess> {
    let launch = on.launch().flag("--log", "json");
    let launch = flags
        .iter()
        .fold(launch, |launch, (name, value)| launch.flag(name, value));
    ServerProcess::start(launch).await
}

/// The events of this name.
fn events(server: &ServerProcess, name: &str) -> Vec<Value> {
    let lines = server.output().out().into_iter();
    let events = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    events.filter(|event| event["event"] == name).collect()
}

async fn refusals_are_on_the_record(on: Deployment) -> Result<()> {
    let mut server = logger(&on, &[("--limits", "on")]).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    let stranger = server.client().await?;
    for _ in 0..5 {
        stranger
            .login(&ada.person.email, &new_password())
            .await?
            .is(401)?;
    }
    stranger.login(&ada.person.email, "wrong").await?.is(429)?;
    stranger.login("nobody", "wrong password").await?.is(401)?;
    ada.client
        .change_password(&new_password(), &new_password())
        .await?
        .refused_field("current_password", "wrong_password")?;
    stranger.verify(&"A".repeat(43)).await?.is(400)?;
    server.terminate().await?;

    let failed = events(&server, "sign_in_failed");
    let reasons: Vec<_> = failed
        .iter()
        .map(|event| (event["reason"].as_str(), event["user_id"].as_str()))
        .collect();
    let wrong = (Some("wrong_password"), Some(ada.id.as_str()));
    let unknown = (Some("unknown_account"), None);
    assert_eq!(reasons, [wrong, wrong, wrong, wrong, wrong, unknown]);
    for name in ["throttled", "wrong_current_password"] {
        let events = events(&server, name);
        assert_eq!(events.len(), 1, "{name}: {events:?}");
        assert_eq!(events[0]["user_id"], ada.id.as_str(), "{events:?}");
        assert!(events[0]["ip"].is_string(), "{events:?}");
    }
    let tokens = events(&server, "token_refused");
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    assert!(tokens[0]["ip"].is_string(), "{tokens:?}");
    Ok(())
}

/// One id leads from a person's complaint to everything that was logged.
async fn an_event_names_its_request_and_its_user(on: Deployment) -> Result<()> {
    let mut server = logger(&on, &[]).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    let stranger = server.client().await?;
    let refused = stranger
        .login(&ada.person.username, "wrong password")
        .await?;
    let changed = ada
        .client
        .patch_profile(&json!({ "first_name": "Augusta" }))
        .await?
        .ok()?;
    server.terminate().await?;

    for (name, answer) in [("sign_in_failed", refused), ("profile_changed", changed)] {
        let events = events(&server, name);
        let id = answer.header("x-request-id").context("no id")?;
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0]["span"]["request_id"], id, "{events:?}");
    }
    // A flow that goes on without its client still belongs to the request.
    let registered = &events(&server, "registered")[0];
    assert!(
        registered["span"]["request_id"].is_string(),
        "{registered:?}"
    );
    let changed = &events(&server, "profile_changed")[0];
    assert_eq!(changed["span"]["user.id"], changed["user_id"]);
    assert_eq!(changed["span"]["http.route"], "/api/auth/profile");
    assert!(
        changed["session_id"].is_string() && changed["ip"].is_string(),
        "{changed:?}"
    );
    Ok(())
}

async fn behind_proxy(client: &Client, name: &str, value: &str) -> Result<auth_testkit::Reply> {
    let form = json!({ "identifier": "nobody", "password": "wrong password" });
    let call = client.call(Method::POST, "/login").json(&form);
    call.header(name, value).send().await
}

async fn an_unreadable_forwarded_address_is_refused_and_named(on: Deployment) -> Result<()> {
    let proxy = [("--trusted-proxy", "127.0.0.0/8")];
    let mut server = logger(&on, &proxy).await?;
    let client = server.client().await?;
    for (name, value) in [
        ("x-forwarded-for", "192.0.2.1:4711"),
        ("forwarded", "for=\"[2001:db8::1]:4711\";proto=https"),
    ] {
        behind_proxy(&client, name, value).await?.is(401)?;
    }
    for value in ["unknown", "203.0.113.9, garbage"] {
        behind_proxy(&client, "x-forwarded-for", value)
            .await?
            .refused(400, "unreadable_forwarding")?;
    }
    server.terminate().await?;

    let warnings = events(&server, "unreadable_forwarding");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert_eq!(warnings[0]["level"], "WARN", "{warnings:?}");
    assert_eq!(warnings[0]["read"], "\"unknown\"", "{warnings:?}");
    Ok(())
}

/// What needs no address goes on without one, and what is told of it has the proxy's.
async fn a_line_of_the_trail_keeps_its_request_behind_an_unreadable_header(
    on: Deployment,
) -> Result<()> {
    let mut server = logger(&on, &[("--trusted-proxy", "127.0.0.0/8")]).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    let call = ada.client.call(Method::POST, "/logout");
    let call = call.header("x-forwarded-for", "unknown");
    let ended = call.send().await?.ok()?;
    let told = on.trail("signed_out").await?;
    let line = told.last().context("no line")?;
    let ip = line["ip"].as_str().unwrap_or_default();
    assert!(ip.starts_with("127."), "{line}");
    assert_eq!(line["user_agent"], ada.client.user_agent(), "{line}");
    let request = ended.header("x-request-id");
    assert!(
        request.is_some() && line["request_id"].as_str() == request,
        "{line}"
    );
    server.terminate().await?;
    let refused = events(&server, "unreadable_forwarding");
    assert!(refused.is_empty(), "{refused:?}");
    Ok(())
}

async fn an_undeclared_proxy_is_warned_about_once(on: Deployment) -> Result<()> {
    let mut server = logger(&on, &[]).await?;
    let client = server.client().await?;
    for n in 1..5 {
        let address = format!("192.0.2.{n}");
        behind_proxy(&client, "x-forwarded-for", &address).await?;
    }
    server.terminate().await?;

    let warnings = events(&server, "undeclared_proxy");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let message = warnings[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("--trusted-proxy 127."), "{message}");
    Ok(())
}
