//! Keys by which programs call.

use anyhow::{Result, ensure};
use auth_testkit::Client;
use auth_testkit::account::Person;
use serde_json::{Value, json};

use super::{Scene, delete, get, post, put};
use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    a_key_works_until_it_is_over: session_on_sqlite, jwt_on_sqlite;
    a_key_goes_with_the_powers_of_its_maker: session_on_sqlite;
    a_key_that_is_revoked_during_a_hash_makes_nothing: session_on_sqlite;
}

/// A key that an admin makes, its program and its id.
async fn made(scene: &Scene, by: &Client, body: &Value) -> Result<(Client, String)> {
    let made = post(by, "/api-keys", body).await?.is(201)?;
    let program = scene.program(&made.string("/key")?).await?;
    Ok((program, made.string("/api_key/id")?))
}

async fn a_key_works_until_it_is_over(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let body = json!({ "name": "a program", "scopes": ["users:read"], "expires_in": 3600 });
    let (program, id) = made(&scene, &root.client, &body).await?;
    get(&program, "/users").await?.ok()?;
    let listed = get(&root.client, "/api-keys").await?.ok()?;
    let key = &listed.json()["api_keys"][0];
    ensure!(
        key["id"] == *id && key["last_used_at"].is_string(),
        "{listed}"
    );
    ensure!(!listed.text().contains("cak_"), "{listed}");
    delete(&root.client, &format!("/api-keys/{id}"))
        .await?
        .ok()?;
    get(&program, "/users").await?.unauthenticated()?;
    let brief = json!({ "name": "a program", "scopes": ["users:read"], "expires_in": 1 });
    let (program, _) = made(&scene, &root.client, &brief).await?;
    eventually("the end of a key", async || {
        let reply = get(&program, "/users").await.unwrap();
        reply.status.as_u16() == 401
    })
    .await;
    for (field, wrong) in [
        (
            "name",
            json!({ "scopes": ["users:read"], "expires_in": 60 }),
        ),
        (
            "scopes",
            json!({ "name": "x", "scopes": [], "expires_in": 60 }),
        ),
        (
            "scopes",
            json!({ "name": "x", "scopes": ["roles:write"], "expires_in": 60 }),
        ),
        (
            "scopes",
            json!({ "name": "x", "scopes": ["users"], "expires_in": 60 }),
        ),
        (
            "expires_in",
            json!({ "name": "x", "scopes": ["users:read"] }),
        ),
        (
            "expires_in",
            json!({ "name": "x", "scopes": ["users:read"], "expires_in": 31622401 }),
        ),
    ] {
        let reply = post(&root.client, "/api-keys", &wrong).await?;
        ensure!(
            reply.field_errors().iter().any(|(one, _)| *one == field),
            "{reply}"
        );
    }
    Ok(())
}

async fn a_key_goes_with_the_powers_of_its_maker(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let by_tool = scene.key(&["users:read"]).await?;
    let body = json!({ "name": "a program", "scopes": ["users:read"], "expires_in": 3600 });
    for (name, end) in [("one", "role"), ("two", "disable"), ("three", "delete")] {
        let (maker, _) = scene.with_role(name, "admin").await?;
        let (program, _) = made(&scene, &maker.client, &body).await?;
        get(&program, "/users").await?.ok()?;
        let path = format!("/users/{}", maker.id);
        let role = format!("{path}/role");
        match end {
            "role" => put(&root.client, &role, &json!({ "role": "support" })).await?,
            "disable" => post(&root.client, &format!("{path}/disable"), &json!({})).await?,
            _ => delete(&root.client, &path).await?,
        }
        .ok()?;
        get(&program, "/users").await?.unauthenticated()?;
        if end == "role" {
            // It does not come back with the role.
            put(&root.client, &role, &json!({ "role": "admin" }))
                .await?
                .ok()?;
            get(&program, "/users").await?.unauthenticated()?;
        }
    }
    get(&by_tool, "/users").await?.ok()?;
    Ok(())
}

async fn a_key_that_is_revoked_during_a_hash_makes_nothing(on: Deployment) -> Result<()> {
    // Long enough for a key to be revoked meanwhile, however busy the machine is.
    let scene = Scene::start(on, |launch| launch.flag("--argon2", "m=65536,t=16,p=1")).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let body = json!({ "name": "a program", "scopes": ["users:write"], "expires_in": 3600 });
    let (program, id) = made(&scene, &root.client, &body).await?;
    let person = Person::new("ada");
    let body = json!({
        "first_name": "Ada", "last_name": "Lovelace", "username": person.username,
        "email": person.email, "password": person.password,
    });
    let create = post(&program, "/users", &body);
    let revoke = async {
        eventually("a hash under way", async || {
            let overview = get(&root.client, "/overview").await.unwrap().ok().unwrap();
            overview.json()["hashing"]["pending"] == 1
        })
        .await;
        let revoked = delete(&root.client, &format!("/api-keys/{id}")).await?;
        revoked.ok()
    };
    let (created, revoked) = tokio::join!(create, revoke);
    revoked?;
    created?.unauthenticated()?;
    let path = format!("/users?search={}", person.username);
    let found = get(&root.client, &path).await?.ok()?;
    ensure!(found.json()["users"] == json!([]), "{found}");
    Ok(())
}
