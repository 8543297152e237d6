//! Accounts that have a role: whoever could change one could make it theirs.

use anyhow::{Result, ensure};
use auth_testkit::Client;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Scene, ask, delete, get, post};
use crate::deployment::Deployment;
use crate::on;

on! {
    no_key_changes_an_account_that_has_a_role: session_on_sqlite, jwt_on_services;
    an_admin_needs_a_recent_factor_for_that: session_on_sqlite;
    who_has_no_factor_left_has_no_powers: session_on_sqlite, jwt_on_sqlite;
    who_is_refused_is_in_the_trail: session_on_sqlite;
    an_operator_vouches_for_an_address: session_on_sqlite;
    what_holds_control_characters_is_refused: session_on_sqlite, jwt_on_services;
}

/// Everything that changes an account, but for its role.
async fn changes(client: &Client, id: &str, session: &str) -> Result<Vec<(String, u16)>> {
    let taken_over = json!({ "email": "mallory@example.org", "email_verified": true });
    let at_once = json!({ "delay": 0 });
    let required = json!({ "required": false });
    let calls = [
        (Method::PATCH, String::new(), Some(&taken_over)),
        (Method::POST, "/factors/reset".to_owned(), Some(&at_once)),
        (Method::DELETE, "/factors/reset".to_owned(), None),
        (Method::PUT, "/factors/required".to_owned(), Some(&required)),
        (Method::DELETE, format!("/sessions/{session}"), None),
        (Method::POST, "/sign-out".to_owned(), Some(&json!({}))),
        (Method::POST, "/disable".to_owned(), Some(&json!({}))),
        (Method::POST, "/enable".to_owned(), Some(&json!({}))),
        (Method::POST, "/unlock".to_owned(), Some(&json!({}))),
        (Method::DELETE, String::new(), None),
    ];
    let mut answers = vec![];
    for (method, path, body) in calls {
        let call = format!("{method} {path}");
        let answer = ask(client, method, &format!("/users/{id}{path}"), body).await?;
        answers.push((call, answer.status.as_u16()));
    }
    Ok(answers)
}

async fn no_key_changes_an_account_that_has_a_role(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let (help, _) = scene.with_role("help", "support").await?;
    let scopes = ["users:read", "users:write", "users:delete", "users:support"];
    let program = scene.key(&scopes).await?;
    for account in [&root, &help] {
        let sessions = get(&program, &format!("/users/{}/sessions", account.id)).await?;
        let session = sessions.ok()?.string("/sessions/0/id")?;
        for (call, status) in changes(&program, &account.id, &session).await? {
            ensure!(status == 403, "{call}: {status}");
        }
        let profile = account.client.profile().await?.ok()?;
        ensure!(
            profile.string("/email")? == account.person.email,
            "{profile}"
        );
    }
    let told = scene.on.trail("admin_refused").await?;
    let lacks = |line: &Value| line["details"]["permission"] == "roles:write";
    ensure!(told.iter().any(lacks), "{told:?}");
    let user = scene.target.signed_up("user").await?;
    let path = format!("/users/{}", user.id);
    let change = json!({ "first_name": "Augusta" });
    ask(&program, Method::PATCH, &path, Some(&change))
        .await?
        .ok()?;
    delete(&program, &path).await?.ok()?;
    Ok(())
}

async fn an_admin_needs_a_recent_factor_for_that(on: Deployment) -> Result<()> {
    // Nothing is recent.
    let scene = Scene::start(on, |launch| launch.flag("--reauth-within", "0s")).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let (help, _) = scene.with_role("help", "support").await?;
    let user = scene.target.signed_up("user").await?;
    let change = json!({ "first_name": "Augusta" });
    for account in [&root, &help, &user] {
        let path = format!("/users/{}", account.id);
        let changed = ask(&root.client, Method::PATCH, &path, Some(&change)).await?;
        match account.id == user.id {
            true => _ = changed.ok()?,
            false => _ = changed.refused(403, "factor_required")?,
        }
    }
    // Once a minute.
    let told = scene.on.trail("admin_refused").await?;
    ensure!(told.len() == 1, "{told:?}");
    ensure!(
        told[0]["details"]["permission"] == "roles:write",
        "{told:?}"
    );
    Ok(())
}

async fn who_has_no_factor_left_has_no_powers(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    get(&root.client, "/users").await?.ok()?;
    let factors = root.client.get("/factors").await?.ok()?;
    let factor = factors.string("/factors/0/id")?;
    let body = json!({ "current_password": root.person.password });
    let removed = root
        .client
        .call(Method::DELETE, &format!("/factors/{factor}"));
    removed.json(&body).send().await?.ok()?;
    for path in ["/users", "/api-keys"] {
        get(&root.client, path)
            .await?
            .refused(403, "factor_required")?;
    }
    Ok(())
}

async fn who_is_refused_is_in_the_trail(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let program = scene.key(&["users:read"]).await?;
    let user = scene.target.signed_up("user").await?;
    // Whoever goes on is told of once.
    for _ in 0..3 {
        get(&program, "/audit").await?.refused(403, "forbidden")?;
        get(&user.client, "/users")
            .await?
            .refused(403, "forbidden")?;
    }
    let lines = scene.on.trail("admin_refused").await?;
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["outcome"].clone(),
                line["details"]["permission"].clone(),
            )
        })
        .collect();
    let expected = |permission| (json!("failure"), json!(permission));
    ensure!(told.len() == 2, "{lines:?}");
    ensure!(told.contains(&expected("audit:read")) && told.contains(&expected("users:read")));
    ensure!(
        lines
            .iter()
            .any(|line| line["actor"] == format!("user:{}", user.id))
    );
    Ok(())
}

async fn an_operator_vouches_for_an_address(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let program = scene.key(&["users:write"]).await?;
    let password = "Analytical-Engine 1843";
    let ada = json!({
        "first_name": "Ada", "username": "ada", "email": "ada@example.org", "password": password,
    });
    let made = post(&program, "/users", &ada).await?.is(201)?;
    let path = format!("/users/{}", made.string("/user/id")?);
    let client = scene.target.client().await?;
    client.login("ada", password).await?.is(403)?;
    let vouch = json!({ "email_verified": true });
    let vouched = ask(&program, Method::PATCH, &path, Some(&vouch))
        .await?
        .ok()?;
    ensure!(
        vouched.json()["user"]["email_verified"] == true,
        "{vouched}"
    );
    client.login("ada", password).await?.ok()?;
    Ok(())
}

async fn what_holds_control_characters_is_refused(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let program = scene
        .key(&["users:read", "audit:read", "webhooks:write"])
        .await?;
    for path in [
        "/users?search=a%00",
        "/audit?event=%00",
        "/audit?actor=a%0Ab",
    ] {
        get(&program, path).await?.refused(400, "invalid_request")?;
    }
    for url in [
        "http://localhost:9/\u{0}",
        "http://localhost:9/\r\nid",
        "http://localhost:9/a b",
    ] {
        let refused = post(&program, "/webhooks", &json!({ "url": url })).await?;
        refused.refused_field("url", "invalid_characters")?;
    }
    Ok(())
}
