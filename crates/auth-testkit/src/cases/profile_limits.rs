//! Limits on how often a profile changes.

use anyhow::Result;
use serde_json::{Value, json};

use crate::account::Person;
use crate::case::cases;
use crate::client::Client;
use crate::target::Target;

cases! { "profile_limits":
    sixty_changes_an_hour_are_free [Limits],
    ten_changes_of_a_name_an_hour_are_free [Limits],
    a_new_address_counts_like_a_new_username [Limits],
}

const CHANGES: usize = 60;
const NAMES: usize = 10;

async fn limited(client: &Client, patch: &Value) -> Result<()> {
    let reply = client.patch_profile(patch).await?;
    reply.refused(429, "too_many_attempts")?;
    Ok(())
}

fn new_username() -> Value {
    json!({ "username": Person::new("countess").username })
}

/// Those of a session that was opened later count with those of the first.
async fn sixty_changes_an_hour_are_free(target: &Target) -> Result<()> {
    let (ada, bob) = (
        target.signed_up("ada").await?,
        target.signed_up("bob").await?,
    );
    let patch = json!({ "first_name": "Augusta" });
    for _ in 0..CHANGES {
        ada.client.patch_profile(&patch).await?.ok()?;
    }
    let elsewhere = target.signed_in_by_password(ada.person).await?.client;
    for client in [&ada.client, &elsewhere] {
        limited(client, &patch).await?;
    }
    bob.client.patch_profile(&patch).await?.ok()?;
    Ok(())
}

async fn ten_changes_of_a_name_an_hour_are_free(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for _ in 0..NAMES {
        ada.client.patch_profile(&new_username()).await?.ok()?;
    }
    let before = ada.client.profile().await?.ok()?;
    limited(&ada.client, &new_username()).await?;
    ada.client.profile().await?.says(before.json())?;
    // Nobody needs to hear of a new first name.
    let patch = json!({ "first_name": "Augusta" });
    ada.client.patch_profile(&patch).await?.ok()?;
    Ok(())
}

/// Each has mail sent, to addresses that whoever asks for it makes up.
async fn a_new_address_counts_like_a_new_username(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let new_email = || json!({ "email": Person::new("countess").email });
    for _ in 0..NAMES {
        ada.client.patch_profile(&new_email()).await?.ok()?;
    }
    limited(&ada.client, &new_email()).await?;
    limited(&ada.client, &new_username()).await
}
