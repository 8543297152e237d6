//! Devices that are not asked for a second factor for a while.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::account::new_password;
use crate::authenticator::{Added, Waiting, add_app};
use crate::case::cases;
use crate::client::Client;
use crate::target::{Account, Target};

cases! { "trusted_devices":
    who_says_so_is_not_asked_again,
    who_does_not_say_so_is_asked,
    trust_is_one_accounts,
    trust_ends_with_the_password,
    trust_ends_with_other_factors,
    a_forged_cookie_is_no_trust,
    a_trusted_device_has_not_shown_the_factor,
    a_sign_out_leaves_the_trust,
}

/// A device that its owner trusts.
async fn trusted(target: &Target, ada: &Account, added: &Added) -> Result<Client> {
    let (client, waiting) = target.half_signed_in(ada).await?;
    let mut body = waiting.by("totp", &added.app.code().await?);
    body["trust_device"] = true.into();
    client.post("/login/factor", &body).await?.ok()?;
    let cookie = client.credential().trust.context("no cookie")?;
    ensure!(cookie.http_only && cookie.max_age.is_some(), "{cookie:?}");
    Ok(client)
}

async fn sign_in(client: &Client, ada: &Account) -> Result<crate::client::Reply> {
    client
        .login(&ada.person.username, &ada.person.password)
        .await
}

async fn who_says_so_is_not_asked_again(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let client = trusted(target, &ada, &added).await?;
    let grant = sign_in(&client, &ada).await?.ok()?;
    ensure!(grant.string("/user/id")? == ada.id, "{grant}");
    Ok(())
}

async fn who_does_not_say_so_is_asked(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    ensure!(client.credential().trust.is_none());
    Waiting::of(&sign_in(&client, &ada).await?)?;
    Ok(())
}

async fn trust_is_one_accounts(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (bob, _) = target.with_app("bob").await?;
    let client = trusted(target, &ada, &added).await?;
    Waiting::of(&sign_in(&client, &bob).await?)?;
    Ok(())
}

async fn trust_ends_with_the_password(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let client = trusted(target, &ada, &added).await?;
    let new = new_password();
    client
        .change_password(&ada.person.password, &new)
        .await?
        .ok()?;
    Waiting::of(&client.login(&ada.person.username, &new).await?)?;
    Ok(())
}

async fn trust_ends_with_other_factors(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let client = trusted(target, &ada, &added).await?;
    add_app(&ada.client, Some(&ada.person.password)).await?;
    Waiting::of(&sign_in(&client, &ada).await?)?;
    Ok(())
}

async fn a_forged_cookie_is_no_trust(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let client = trusted(target, &ada, &added).await?;
    let held = client.credential();
    let genuine = held.trust.clone().context("no cookie")?;
    let longer = genuine.value.replacen('.', ".0", 1);
    let parts: Vec<&str> = genuine.value.split('.').collect();
    let later = format!("{}.{}.99999999999.{}", parts[0], parts[1], parts[3]);
    let device = held.device.as_ref().map(|it| it.value.clone());
    for value in [
        longer,
        later,
        String::new(),
        "x".to_owned(),
        device.unwrap_or_default(),
    ] {
        let mut forged = held.clone();
        if let Some(trust) = &mut forged.trust {
            trust.value = value;
        }
        let forger = client.holding(forged);
        Waiting::of(&sign_in(&forger, &ada).await?)?;
    }
    Ok(())
}

/// It is asked for what is sensitive.
async fn a_trusted_device_has_not_shown_the_factor(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let client = trusted(target, &ada, &added).await?;
    sign_in(&client, &ada).await?.ok()?;
    let body = json!({ "current_password": ada.person.password });
    let reply = client.post("/factors/recovery-codes", &body).await?;
    reply.refused(403, "factor_required")?;
    Ok(())
}

async fn a_sign_out_leaves_the_trust(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let client = trusted(target, &ada, &added).await?;
    client.logout().await?.ok()?;
    sign_in(&client, &ada).await?.ok()?;
    Ok(())
}
