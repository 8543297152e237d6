//! Writes that name the user they are meant for.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::case::cases;
use crate::client::{Call, Client};
use crate::target::{Account, Target};

cases! { "if_user":
    a_write_for_somebody_else_changes_nothing,
    a_write_for_oneself_passes,
    a_malformed_name_is_refused,
    a_read_is_not_asked,
    a_stale_tab_does_not_touch_linked_accounts [Providers],
}

/// Every write of a signed-in user, as it would succeed.
fn writes(who: &Account) -> Vec<(Method, String, Value)> {
    let password = &who.person.password;
    let change = json!({"current_password": password, "new_password": "another long phrase 7"});
    [
        (Method::PATCH, "/profile", json!({"first_name": "Changed"})),
        (Method::POST, "/password/change", change),
        (Method::DELETE, "/sessions", json!({})),
        (
            Method::DELETE,
            &format!("/sessions/{}", who.session),
            json!({}),
        ),
        (Method::POST, "/logout", json!({})),
        (Method::DELETE, "/logout", json!({})),
        (
            Method::DELETE,
            "/profile",
            json!({"current_password": password}),
        ),
    ]
    .map(|(method, path, body)| (method, path.to_owned(), body))
    .into()
}

fn for_user<'a>(client: &'a Client, write: &(Method, String, Value), id: &str) -> Call<'a> {
    let (method, path, body) = write;
    let call = client.call(method.clone(), path).json(body);
    call.header("if-user", id)
}

/// A tab that shows Bob while Ada has signed in beside it.
async fn a_write_for_somebody_else_changes_nothing(target: &Target) -> Result<()> {
    let (ada, bob) = (
        target.signed_up("ada").await?,
        target.signed_up("bob").await?,
    );
    for write in writes(&ada) {
        let reply = for_user(&ada.client, &write, &bob.id).send().await?;
        let reply = reply.refused(412, "user_changed");
        reply.with_context(|| format!("{} {}", write.0, write.1))?;
    }
    let user = ada.client.profile().await?.ok()?;
    ensure!(user.json()["first_name"] == ada.person.first_name, "{user}");
    Ok(())
}

async fn a_write_for_oneself_passes(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut writes = writes(&ada);
    let delete = writes.pop().context("no write")?;
    for write in [writes.remove(0), delete] {
        for_user(&ada.client, &write, &ada.id).send().await?.ok()?;
    }
    target.signed_out(&ada.client).await
}

async fn a_malformed_name_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let write = (
        Method::PATCH,
        "/profile".to_owned(),
        json!({"first_name": "X"}),
    );
    let twice = for_user(&ada.client, &write, &ada.id).header("if-user", &ada.id);
    for call in [
        for_user(&ada.client, &write, ""),
        for_user(&ada.client, &write, &ada.person.username),
        for_user(&ada.client, &write, &ada.id.to_uppercase().replace('-', "")),
        twice,
    ] {
        call.send().await?.refused(400, "invalid_request")?;
    }
    // Who is not signed in is told that first.
    let call = for_user(&ada.client, &write, "x").anonymous();
    call.send().await?.unauthenticated()?;
    Ok(())
}

async fn a_read_is_not_asked(target: &Target) -> Result<()> {
    let (ada, bob) = (
        target.signed_up("ada").await?,
        target.signed_up("bob").await?,
    );
    let call = ada.client.call(Method::GET, "/profile");
    let user = call.header("if-user", &bob.id).send().await?.ok()?;
    ensure!(user.json()["id"] == ada.id, "{user}");
    Ok(())
}

async fn a_stale_tab_does_not_touch_linked_accounts(target: &Target) -> Result<()> {
    let (ada, bob) = (target.newcomer("ada").await?, target.newcomer("bob").await?);
    let identities = ada.client.identities().await?;
    let id = identities[0]["id"].as_str().context("no id")?;
    for (method, path) in [
        (Method::POST, "/oauth/two/link".to_owned()),
        (Method::DELETE, format!("/identities/{id}")),
    ] {
        let write = (method, path, json!({}));
        let reply = for_user(&ada.client, &write, &bob.id).send().await?;
        reply.refused(412, "user_changed")?;
    }
    Ok(())
}
