//! Requests that were let in before a revocation and end after it.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::account::new_password;
use crate::case::cases;
use crate::client::Held;
use crate::target::{Account, Target};

cases! { "held":
    nothing_is_done_after_a_reset [AtOnce, Addresses],
    nothing_is_done_after_a_password_change [AtOnce, Addresses],
    nothing_is_done_after_a_sign_out [AtOnce, Addresses],
    nothing_is_done_after_a_sign_out_of_all_others [AtOnce, Addresses],
    nothing_is_done_after_the_session_is_revoked [AtOnce, Addresses],
    nothing_is_done_after_the_account_is_disabled [AtOnce, Addresses, Operator],
    a_held_request_is_done_while_its_session_lives [Addresses],
}

/// A person, and a thief who has the credential of one of their devices and has all but
/// finished to ask for everything that it allows.
struct Scene {
    owner: Account,
    stolen: Account,
    held: Vec<Held>,
}

async fn scene(target: &Target) -> Result<Scene> {
    let owner = target.signed_up("ada").await?;
    let stolen = target.signed_in(owner.person.clone()).await?;
    let (password, nobody) = (&owner.person.password, Uuid::now_v7());
    let mut asked = vec![
        (
            Method::PATCH,
            "/profile".to_owned(),
            json!({ "first_name": "Mallory" }),
        ),
        (
            Method::PATCH,
            "/profile".to_owned(),
            json!({ "email": format!("evil.{nobody}@example.org"), "current_password": password }),
        ),
        (
            Method::DELETE,
            "/profile".to_owned(),
            json!({ "current_password": password }),
        ),
        (
            Method::POST,
            "/password/change".to_owned(),
            json!({ "current_password": password, "new_password": new_password() }),
        ),
        (Method::DELETE, "/sessions".to_owned(), json!({})),
        (
            Method::DELETE,
            format!("/sessions/{}", owner.session),
            json!({}),
        ),
    ];
    if !target.strategy().await?.providers.is_empty() {
        let body = json!({ "current_password": password });
        asked.push((Method::DELETE, format!("/identities/{nobody}"), body));
    }
    let mut held = vec![];
    for (method, path, body) in asked {
        held.push(stolen.client.hold(method, &path, &body).await?);
    }
    Ok(Scene {
        owner,
        stolen,
        held,
    })
}

impl Scene {
    /// Lets the requests end, now that the stolen credential is dead.
    async fn comes_to_nothing(self, target: &Target) -> Result<()> {
        target.signed_out(&self.stolen.client).await?;
        for held in self.held {
            let what = held.what().to_owned();
            let status = held.release().await;
            ensure!(
                matches!(status, None | Some(401 | 408)),
                "{what} was answered {status:?} by a dead credential"
            );
        }
        Ok(())
    }
}

/// Expects the account to be as its owner left it.
async fn untouched(target: &Target, owner: &Account, password: &str) -> Result<()> {
    let person = owner.person.with_password(password);
    let client = target.client().await?;
    client.login(&person.username, password).await?.ok()?;
    let profile = client.profile().await?.ok()?;
    ensure!(profile.json()["first_name"] == "Ada", "{profile}");
    ensure!(
        profile.json()["email"] == person.email.as_str(),
        "{profile}"
    );
    Ok(())
}

async fn nothing_is_done_after_a_reset(target: &Target) -> Result<()> {
    let scene = scene(target).await?;
    let (owner, new) = (scene.owner.person.clone(), new_password());
    let mut inbox = target.inbox(&owner.email).await?;
    let client = target.client().await?;
    client.forgot(&owner.email).await?.is(202)?;
    client.reset(&inbox.token().await?, &new).await?.ok()?;
    let account = target
        .signed_in_by_password(owner.with_password(&new))
        .await?;
    scene.comes_to_nothing(target).await?;
    target.still_in(&account.client).await?;
    untouched(target, &account, &new).await
}

async fn nothing_is_done_after_a_password_change(target: &Target) -> Result<()> {
    let scene = scene(target).await?;
    let (client, new) = (scene.owner.client.copy(), new_password());
    let old = &scene.owner.person.password;
    client.change_password(old, &new).await?.ok()?;
    let account = target
        .signed_in_by_password(scene.owner.person.with_password(&new))
        .await?;
    scene.comes_to_nothing(target).await?;
    target.still_in(&client).await?;
    untouched(target, &account, &new).await
}

async fn nothing_is_done_after_a_sign_out(target: &Target) -> Result<()> {
    let scene = scene(target).await?;
    scene.stolen.client.copy().logout().await?.ok()?;
    stays_with_its_owner(target, scene).await
}

async fn nothing_is_done_after_a_sign_out_of_all_others(target: &Target) -> Result<()> {
    let scene = scene(target).await?;
    scene.owner.client.revoke_others().await?.ok()?;
    stays_with_its_owner(target, scene).await
}

async fn nothing_is_done_after_the_session_is_revoked(target: &Target) -> Result<()> {
    let scene = scene(target).await?;
    let stolen = &scene.stolen.session;
    scene.owner.client.revoke(stolen).await?.ok()?;
    stays_with_its_owner(target, scene).await
}

/// The owner's device stays signed in and the account is as it was.
async fn stays_with_its_owner(target: &Target, scene: Scene) -> Result<()> {
    let (client, person) = (scene.owner.client.copy(), scene.owner.person.clone());
    let before = client.profile().await?.ok()?;
    scene.comes_to_nothing(target).await?;
    client.profile().await?.says(before.json())?;
    target
        .client()
        .await?
        .login(&person.username, &person.password)
        .await?
        .ok()?;
    Ok(())
}

async fn nothing_is_done_after_the_account_is_disabled(target: &Target) -> Result<()> {
    let scene = scene(target).await?;
    let operator = target.operator.as_ref().context("no operator")?;
    operator.disable(&scene.owner.person.username).await?;
    scene.comes_to_nothing(target).await
}

/// The other side of the coin: who is only slow is served.
async fn a_held_request_is_done_while_its_session_lives(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let body = json!({ "first_name": "Augusta" });
    let held = ada.client.hold(Method::PATCH, "/profile", &body).await?;
    target.still_in(&ada.client).await?;
    ensure!(
        held.release().await == Some(200),
        "a slow request was refused"
    );
    let profile = ada.client.profile().await?.ok()?;
    ensure!(profile.json()["first_name"] == "Augusta", "{profile}");
    Ok(())
}
