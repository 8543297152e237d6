//! What is done with accounts.

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Client;
use reqwest::Method;
use serde_json::json;

use super::{Scene, ask, delete, get, post, put};
use crate::deployment::Deployment;
use crate::on;

on! {
    accounts_are_administered_and_that_is_told: session_on_sqlite, jwt_on_services;
    accounts_are_found_page_by_page: session_on_sqlite;
    a_person_gets_all_that_is_kept: session_on_sqlite;
    a_language_alone_is_changed_too: session_on_sqlite;
    an_address_that_could_not_be_confirmed_is_refused: session_on_sqlite;
}

async fn accounts_are_administered_and_that_is_told(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch.flag("--log", "json")).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let admin = &root.client;
    let new = json!({
        "first_name": "Eve", "username": "eve", "email": "eve@example.org",
        "email_verified": true, "password": "Analytical-Engine 1843",
    });
    let eve = post(admin, "/users", &new)
        .await?
        .is(201)?
        .string("/user/id")?;
    let client = scene.target.client().await?;
    client.login("eve", "Analytical-Engine 1843").await?.ok()?;
    let invited = json!({ "first_name": "Bob", "username": "bobby", "email": "bob@example.org" });
    let mut inbox = scene.target.inbox("bob@example.org").await?;
    post(admin, "/users", &invited).await?.is(201)?;
    inbox.token().await?;
    post(admin, "/users", &invited)
        .await?
        .refused(409, "username_taken")?;

    everything_is_done_with(&scene, admin, &eve, &client).await?;
    it_is_in_the_trail(admin, &eve, &format!("user:{}", root.id)).await?;
    it_is_told(&scene.log(), &format!("user:{}", root.id))
}

/// Everything that may be done with an account, which is gone by the end.
async fn everything_is_done_with(
    scene: &Scene,
    admin: &Client,
    eve: &str,
    client: &Client,
) -> Result<()> {
    let path = format!("/users/{eve}");
    let patch = json!({ "first_name": "Eva" });
    let changed = ask(admin, Method::PATCH, &path, Some(&patch)).await?.ok()?;
    ensure!(changed.json()["user"]["first_name"] == "Eva", "{changed}");
    let shown = get(admin, &path).await?.ok()?;
    ensure!(shown.json() == changed.json(), "{shown}");
    let devices = get(admin, &format!("{path}/sessions")).await?.ok()?;
    let device = devices.string("/sessions/0/id")?;
    let device = format!("{path}/sessions/{device}");
    delete(admin, &device).await?.ok()?;
    delete(admin, &device).await?.refused(404, "not_found")?;
    scene.target.signed_out(client).await?;
    for (below, status) in [("unlock", 200), ("reset-password", 202), ("sign-out", 200)] {
        post(admin, &format!("{path}/{below}"), &json!({}))
            .await?
            .is(status)?;
    }
    let wanted = json!({ "required": true });
    let required = put(admin, &format!("{path}/factors/required"), &wanted).await?;
    ensure!(required.ok()?.json()["required"] == true);
    for below in ["factors", "identities"] {
        get(admin, &format!("{path}/{below}")).await?.ok()?;
    }
    post(admin, &format!("{path}/factors/reset"), &json!({}))
        .await?
        .refused(404, "not_found")?;
    for below in ["disable", "enable"] {
        post(admin, &format!("{path}/{below}"), &json!({}))
            .await?
            .ok()?;
    }
    get(admin, &format!("{path}/export")).await?.ok()?;
    get(admin, "/users?search=ev").await?.ok()?;
    delete(admin, &path).await?.ok()?;
    get(admin, &path).await?.refused(404, "not_found")?;
    Ok(())
}

/// The last thing that was done is the first that the audit trail shows, with who asked for it.
async fn it_is_in_the_trail(admin: &Client, user: &str, actor: &str) -> Result<()> {
    let first = get(admin, &format!("/audit?user={user}&limit=1"))
        .await?
        .ok()?;
    let event = &first.json()["events"][0];
    ensure!(event["event"] == "admin_account_deleted", "{first}");
    ensure!(
        event["actor"] == actor && event["outcome"] == "success",
        "{first}"
    );
    ensure!(
        event["ip"].is_string() && event["request_id"].is_string(),
        "{first}"
    );
    let next = first.string("/next")?;
    let second = format!("/audit?user={user}&limit=200&cursor={next}");
    let second = get(admin, &second).await?.ok()?;
    ensure!(second.json()["next"].is_null(), "{second}");
    let names = second.json().to_string();
    for name in ["admin_account_created", "signed_in", "admin_looked"] {
        ensure!(names.contains(name), "{name}: {second}");
    }
    get(admin, "/audit?since=yesterday")
        .await?
        .refused(400, "invalid_request")?;
    Ok(())
}

/// Each of these things is told once, with who did it.
fn it_is_told(log: &str, actor: &str) -> Result<()> {
    for event in [
        "admin_account_created",
        "admin_account_invited",
        "admin_profile_changed",
        "admin_device_signed_out",
        "admin_account_unlocked",
        "admin_reset_requested",
        "admin_signed_out",
        "admin_factor_requirement",
        "admin_account_disabled",
        "admin_account_enabled",
        "admin_person_exported",
        "admin_account_deleted",
    ] {
        let name = format!("\"event\":\"{event}\"");
        let mut lines = log.lines().filter(|line| line.contains(&name));
        let line = lines
            .next()
            .with_context(|| format!("{event} is not told"))?;
        ensure!(line.contains(actor), "{line}");
        ensure!(lines.next().is_none(), "{event} is told twice");
    }
    for at in ["account", "accounts", "devices", "factors", "identities"] {
        let name = format!("\"at\":\"{at}\"");
        let told = log
            .lines()
            .filter(|line| line.contains("admin_looked") && line.contains(&name));
        ensure!(told.count() == 1, "{at}");
    }
    Ok(())
}

async fn accounts_are_found_page_by_page(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let program = scene.key(&["users:read", "users:write"]).await?;
    for (name, email) in [
        ("adam", "zed@example.org"),
        ("adele", "adele@example.org"),
        ("bob", "ADA@example.org"),
        ("carol", "adam@example.org"),
        ("dave", "dave@example.org"),
    ] {
        let new = json!({ "first_name": "X", "username": name, "email": email });
        post(&program, "/users", &new).await?.is(201)?;
    }
    let (mut found, mut cursor) = (vec![], String::new());
    loop {
        let page = get(&program, &format!("/users?search=Ad&limit=1{cursor}"))
            .await?
            .ok()?;
        let users = page.json()["users"].as_array().context("no users")?;
        ensure!(users.len() <= 1, "{page}");
        found.extend(users.iter().map(|user| user["username"].to_string()));
        let Some(next) = page.json()["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    // By username first, then those by address who were not among them.
    ensure!(
        found == ["\"adam\"", "\"adele\"", "\"bob\"", "\"carol\""],
        "{found:?}"
    );
    let all = get(&program, "/users").await?.ok()?;
    ensure!(
        all.json()["users"]
            .as_array()
            .is_some_and(|users| users.len() == 5),
        "{all}"
    );
    let by_address = get(&program, "/users?search=zed%40").await?.ok()?;
    ensure!(
        by_address.json()["users"][0]["username"] == "adam",
        "{by_address}"
    );
    for wrong in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "role=owner",
        "sort=name",
    ] {
        let reply = get(&program, &format!("/users?{wrong}")).await?;
        reply.refused(400, "invalid_request")?;
    }
    Ok(())
}

async fn a_person_gets_all_that_is_kept(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (ada, added) = scene.target.with_app("ada").await?;
    let program = scene.key(&["users:export"]).await?;
    let export = get(&program, &format!("/users/{}/export", ada.id))
        .await?
        .ok()?;
    let document = export.json();
    ensure!(
        document["account"]["email"] == *ada.person.email,
        "{export}"
    );
    ensure!(document["sessions"][0]["id"] == *ada.session, "{export}");
    ensure!(
        document["factors"]["factors"][0]["id"] == *added.id,
        "{export}"
    );
    for kept in ["identities", "mails", "sign_ups", "api_keys", "actions"] {
        ensure!(document[kept].is_array(), "{export}");
    }
    for secret in ["argon2", "$"] {
        ensure!(!export.text().contains(secret), "{export}");
    }
    let again = get(&program, &format!("/users/{}/export", ada.id)).await?;
    let again = again.ok()?;
    let line = |name: &str| {
        let mut lines = again.json()["history"].as_array().into_iter().flatten();
        lines.find(|line| line["event"] == name).cloned()
    };
    let signed_in = line("signed_in").context("no sign-in")?;
    let ip = signed_in["ip"].as_str().unwrap_or_default();
    ensure!(ip.starts_with("127."), "{signed_in}");
    // It is handed to the person, who is not told from where operators come.
    let exported = line("admin_person_exported").context("no export")?;
    ensure!(exported["ip"].is_null() && exported["user_agent"].is_null());

    scene.give(&ada.person, "admin").await;
    let key = json!({ "name": "hers", "scopes": ["users:read"], "expires_in": 3600 });
    post(&ada.client, "/api-keys", &key).await?.is(201)?;
    let export = get(&program, &format!("/users/{}/export", ada.id)).await?;
    let export = export.ok()?;
    let document = export.json();
    ensure!(document["api_keys"][0]["name"] == "hers", "{export}");
    ensure!(
        document["actions"][0]["event"] == "admin_api_key_created",
        "{export}"
    );
    Ok(())
}

async fn a_language_alone_is_changed_too(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let ada = scene.target.signed_up("ada").await?;
    let program = scene.key(&["users:write"]).await?;
    let change = json!({ "language": "de" });
    let path = format!("/users/{}", ada.id);
    let changed = ask(&program, Method::PATCH, &path, Some(&change)).await?;
    let changed = changed.ok()?;
    ensure!(changed.json()["user"]["language"] == "de", "{changed}");
    let told = scene.on.trail("admin_profile_changed").await?;
    ensure!(told[0]["details"]["fields"] == "language", "{told:?}");
    Ok(())
}

/// A link that is mailed to the owner of a disabled account would not work.
async fn an_address_that_could_not_be_confirmed_is_refused(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let ada = scene.target.signed_up("ada").await?;
    let program = scene.key(&["users:write"]).await?;
    let path = format!("/users/{}", ada.id);
    post(&program, &format!("{path}/disable"), &json!({}))
        .await?
        .ok()?;
    let change = json!({ "email": "countess@example.org" });
    let refused = ask(&program, Method::PATCH, &path, Some(&change)).await?;
    refused.refused_field("email_verified", "required")?;
    let change = json!({ "email": "countess@example.org", "email_verified": true });
    ask(&program, Method::PATCH, &path, Some(&change))
        .await?
        .ok()?;
    Ok(())
}
