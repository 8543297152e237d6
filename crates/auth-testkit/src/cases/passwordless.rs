//! Accounts without a password.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::account::{Person, new_password};
use crate::case::cases;
use crate::client::Client;
use crate::compare::same_answer;
use crate::provider::{Decision, Misbehaviour};
use crate::target::{Account, Target};

cases! { "passwordless":
    no_password_signs_in [Providers],
    no_password_can_be_changed [Providers],
    no_password_stands_for_a_fresh_sign_in [Providers],
    a_fresh_sign_in_deletes_the_account [Providers],
    a_stale_sign_in_deletes_nothing [Providers, ShortLifetimes],
    a_stale_sign_in_changes_no_address [Providers, ShortLifetimes],
    a_fresh_sign_in_at_the_provider_helps [Providers, ShortLifetimes],
    a_sign_in_without_a_time_is_fresh_only_if_asked_for [Providers],
    an_old_sign_in_at_the_provider_is_not_fresh [Providers],
    an_old_sign_in_is_refused_where_a_fresh_one_was_asked_for [Providers],
    a_deleted_account_frees_its_identity [Providers],
    an_address_can_be_changed_and_the_identity_stays [Providers],
}

async fn no_password_signs_in(target: &Target) -> Result<()> {
    let (ada, client) = (target.newcomer("ada").await?.person, target.client().await?);
    let nobody = Person::new("nobody").username;
    let unknown = client.login(&nobody, "quite another one").await?;
    for identifier in [&ada.username, &ada.email] {
        for password in ["quite another one", "null"] {
            let reply = client.login(identifier, password).await?;
            same_answer(&unknown, &reply)?;
        }
    }
    Ok(())
}

async fn no_password_can_be_changed(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let new = new_password();
    let reply = ada
        .client
        .change_password("quite another one", &new)
        .await?;
    reply.refused_field("current_password", "wrong_password")?;
    let user = ada.client.profile().await?.ok()?;
    ensure!(user.json()["has_password"] == false, "{user}");
    Ok(())
}

async fn no_password_stands_for_a_fresh_sign_in(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let reply = ada.client.delete_profile(Some("quite another one")).await?;
    reply.refused_field("current_password", "wrong_password")?;
    target.still_in(&ada.client).await
}

async fn a_fresh_sign_in_deletes_the_account(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let phone = target.come_as(ada.person.clone()).await?;
    let reply = ada.client.delete_profile(None).await?;
    reply.says(&json!({"status": "deleted"}))?;
    target.signed_out(&ada.client).await?;
    target.signed_out(&phone.client).await
}

/// A device whose sign-in has grown old, and which is still signed in.
async fn stale(target: &Target) -> Result<Account> {
    let ada = target.newcomer("ada").await?;
    target.turns_stale(&ada.client).await?;
    Ok(ada)
}

async fn a_stale_sign_in_deletes_nothing(target: &Target) -> Result<()> {
    let ada = stale(target).await?;
    let reply = ada.client.delete_profile(None).await?;
    reply.refused(403, "reauth_required")?;
    target.still_in(&ada.client).await
}

async fn a_stale_sign_in_changes_no_address(target: &Target) -> Result<()> {
    let ada = stale(target).await?;
    let patch = json!({ "email": Person::new("countess").email });
    let reply = ada.client.patch_profile(&patch).await?;
    reply.refused(403, "reauth_required")?;
    Ok(())
}

/// Goes to the provider to show there anew who one is.
async fn proves_it_anew(target: &Target, client: &Client, decision: &Decision) -> Result<()> {
    let start = client.start("one", "?prompt=login").await?;
    let provider = target.provider()?;
    let callback = provider.decide(start.location()?, decision).await?;
    client.land(&client.come_back(&callback).await?).await
}

async fn a_fresh_sign_in_at_the_provider_helps(target: &Target) -> Result<()> {
    let ada = stale(target).await?;
    proves_it_anew(target, &ada.client, &Decision::of(&ada.person)).await?;
    ada.client.delete_profile(None).await?.ok()?;
    Ok(())
}

/// Whoever sits at a browser that was signed in at the provider yesterday has shown
/// nothing today.
async fn an_old_sign_in_at_the_provider_is_not_fresh(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    for so in [Misbehaviour::OldAuthTime, Misbehaviour::NoAuthTime] {
        let lazy = Decision::of(&ada.person).misbehaving(so);
        let thief = target.client().await?;
        thief.arrive(target.provider()?, &lazy).await?;
        let delete = thief.delete_profile(None).await?;
        delete.refused(403, "reauth_required")?;
        let patch = json!({ "email": Person::new("thief").email });
        let patch = thief.patch_profile(&patch).await?;
        patch.refused(403, "reauth_required")?;
        let link = thief.ask_to_link("two", &json!({})).await?;
        link.refused(403, "reauth_required")?;
    }
    target.still_in(&ada.client).await
}

/// A provider that states no time is believed where it was asked.
async fn a_sign_in_without_a_time_is_fresh_only_if_asked_for(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let timeless = Decision::of(&ada.person).misbehaving(Misbehaviour::NoAuthTime);
    proves_it_anew(target, &ada.client, &timeless).await?;
    ada.client.delete_profile(None).await?.ok()?;
    Ok(())
}

async fn an_old_sign_in_is_refused_where_a_fresh_one_was_asked_for(target: &Target) -> Result<()> {
    let (ada, client) = (target.newcomer("ada").await?, target.client().await?);
    let lazy = Decision::of(&ada.person).misbehaving(Misbehaviour::OldAuthTime);
    let start = client.start("one", "?prompt=login").await?;
    let callback = target.provider()?.decide(start.location()?, &lazy).await?;
    let reply = client.come_back(&callback).await?;
    reply.refused(502, "provider_failed")?;
    client.profile().await?.unauthenticated()?;
    Ok(())
}

async fn a_deleted_account_frees_its_identity(target: &Target) -> Result<()> {
    let old = target.newcomer("ada").await?;
    let kept = old.client.copy();
    old.client.delete_profile(None).await?.ok()?;
    let new = target.come_as(old.person).await?;
    ensure!(new.id != old.id, "a deleted account came back");
    ensure!(new.client.identities().await?.len() == 1);
    target.signed_out(&kept).await?;
    target.still_in(&new.client).await
}

async fn an_address_can_be_changed_and_the_identity_stays(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let wanted = Person::new("countess").email;
    let mut inbox = target.inbox(&wanted).await?;
    let patch = json!({ "email": wanted });
    ada.client.patch_profile(&patch).await?.ok()?;
    let token = inbox.token().await?;
    let elsewhere = target.client().await?.verify(&token).await?;
    elsewhere.refused(401, "invalid_credentials")?;
    ada.client.verify(&token).await?.ok()?;
    let phone = target.come_as(ada.person).await?;
    let user = phone.client.profile().await?.ok()?;
    ensure!(user.json()["id"] == ada.id, "{user}");
    ensure!(user.json()["email"] == wanted, "{user}");
    Ok(())
}
