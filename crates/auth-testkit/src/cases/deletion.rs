//! Deleting an account.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::account::new_password;
use crate::case::cases;
use crate::client::Client;
use crate::target::{Account, Target};

cases! { "deletion":
    a_deleted_account_is_gone_with_all_its_sessions,
    a_fresh_sign_in_stands_for_the_password,
    a_wrong_password_deletes_nothing,
    a_stale_sign_in_needs_the_password [ShortLifetimes],
    pending_links_die_with_the_account,
    the_names_can_be_registered_again_and_old_credentials_stay_dead,
    the_owner_is_told,
}

async fn delete(account: &Account) -> Result<()> {
    let reply = account
        .client
        .delete_profile(Some(&account.person.password))
        .await?;
    reply.says(&json!({"status": "deleted"}))?;
    Ok(())
}

async fn a_deleted_account_is_gone_with_all_its_sessions(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    let thief = ada.client.copy();
    delete(&ada).await?;
    for device in [&ada.client, &thief, &phone.client] {
        target.signed_out(device).await?;
    }
    let login = target
        .client()
        .await?
        .login(&ada.person.username, &ada.person.password)
        .await?;
    login.refused(401, "invalid_credentials")?;
    Ok(())
}

async fn a_fresh_sign_in_stands_for_the_password(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    ada.client
        .delete_profile(None)
        .await?
        .says(&json!({"status": "deleted"}))?;
    Ok(())
}

async fn a_wrong_password_deletes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let reply = ada.client.delete_profile(Some("quite another one")).await?;
    reply.refused_field("current_password", "wrong_password")?;
    target.still_in(&ada.client).await
}

async fn a_stale_sign_in_needs_the_password(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    target.turns_stale(&ada.client).await?;
    ada.client
        .delete_profile(None)
        .await?
        .refused(403, "reauth_required")?;
    delete(&ada).await
}

async fn pending_links_die_with_the_account(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let client = target.client().await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    client.forgot(&ada.person.email).await?.is(202)?;
    let reset = inbox.token().await?;
    delete(&ada).await?;
    client
        .reset(&reset, &new_password())
        .await?
        .refused(400, "invalid_token")?;
    Ok(())
}

async fn the_names_can_be_registered_again_and_old_credentials_stay_dead(
    target: &Target,
) -> Result<()> {
    let old = target.signed_up("ada").await?;
    let kept: Client = old.client.copy();
    delete(&old).await?;
    let person = old.person.with_password(&new_password());
    target.confirmed(&person).await?;
    let new = target.signed_in(person).await?;
    ensure!(new.id != old.id, "a deleted account's id came back");
    target.signed_out(&kept).await?;
    let login = target
        .client()
        .await?
        .login(&old.person.username, &old.person.password)
        .await?;
    login.refused(401, "invalid_credentials")?;
    target.still_in(&new.client).await
}

async fn the_owner_is_told(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    delete(&ada).await?;
    inbox.notice().await?;
    Ok(())
}
