//! Devices that have signed in before: strangers don't lock them out.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::time::sleep;

use crate::account::{Person, new_password};
use crate::case::cases;
use crate::client::{Client, Credential, SetCookie};
use crate::target::Target;

cases! { "devices":
    the_device_cookie_is_out_of_reach,
    strangers_lock_no_known_device_out [Limits],
    a_signed_out_device_stays_known [Limits],
    failures_of_a_known_device_lock_no_stranger_out [Limits],
    a_device_is_a_stranger_at_another_account [Limits],
    a_forged_device_cookie_is_none [Limits],
    a_new_password_makes_other_devices_strangers [Limits],
    a_reset_makes_the_device_known [Limits],
}

/// Strangers guess until nobody new can sign in for longer than a case takes.
async fn lock(target: &Target, person: &Person) -> Result<()> {
    loop {
        let stranger = target.client().await?;
        let reply = stranger.login(&person.username, &new_password()).await?;
        let Some(seconds) = reply.header("retry-after") else {
            reply.refused(401, "invalid_credentials")?;
            continue;
        };
        let delay = Duration::from_secs(seconds.parse()?);
        if delay > Duration::from_secs(2) {
            return Ok(());
        }
        sleep(delay).await;
    }
}

fn device_cookie(client: &Client) -> Result<SetCookie> {
    let cookie = client.credential().device;
    cookie.context("the device was given no cookie")
}

/// The device without its credential.
fn device_only(client: &Client) -> Client {
    client.holding(Credential {
        device: client.credential().device,
        ..Credential::default()
    })
}

async fn the_device_cookie_is_out_of_reach(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let reply = ada.client.login(&ada.person.email, &ada.person.password);
    let reply = reply.await?.ok()?;
    let cookie = device_cookie(&ada.client)?;
    ensure!(reply.set_cookies().contains(&cookie), "a sign-in gave none");
    ensure!(cookie.secure == target.is_https(), "Secure of {cookie:?}");
    ensure!(cookie.http_only, "scripts can read {cookie:?}");
    ensure!(cookie.same_site.as_deref() == Some("Lax"), "{cookie:?}");
    ensure!(cookie.path.as_deref() == Some("/"), "Path of {cookie:?}");
    ensure!(cookie.domain.is_none(), "Domain of {cookie:?}");
    let half_a_year = 180 * 86_400;
    ensure!(
        cookie.max_age.is_some_and(|age| age > half_a_year),
        "{cookie:?}"
    );
    // It signs nobody in.
    device_only(&ada.client)
        .profile()
        .await?
        .unauthenticated()?;
    Ok(())
}

async fn strangers_lock_no_known_device_out(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    lock(target, &ada.person).await?;
    ada.client
        .login(&ada.person.username, &ada.person.password)
        .await?
        .ok()?;
    Ok(())
}

async fn a_signed_out_device_stays_known(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    ada.client.logout().await?.ok()?;
    lock(target, &ada.person).await?;
    ada.client
        .login(&ada.person.email, &ada.person.password)
        .await?
        .ok()?;
    Ok(())
}

async fn failures_of_a_known_device_lock_no_stranger_out(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for _ in 0..5 {
        ada.client
            .login(&ada.person.username, &new_password())
            .await?
            .refused(401, "invalid_credentials")?;
    }
    target.signed_in_by_password(ada.person).await?;
    Ok(())
}

async fn a_device_is_a_stranger_at_another_account(target: &Target) -> Result<()> {
    let (ada, eve) = (
        target.signed_up("ada").await?,
        target.signed_up("eve").await?,
    );
    lock(target, &ada.person).await?;
    eve.client
        .login(&ada.person.username, &ada.person.password)
        .await?
        .refused(429, "too_many_attempts")?;
    Ok(())
}

async fn a_forged_device_cookie_is_none(target: &Target) -> Result<()> {
    let (ada, eve) = (
        target.signed_up("ada").await?,
        target.signed_up("eve").await?,
    );
    let (genuine, others) = (device_cookie(&ada.client)?, device_cookie(&eve.client)?);
    let (claims, mac) = genuine.value.rsplit_once('.').context("no signature")?;
    let (_, another) = others.value.rsplit_once('.').context("no signature")?;
    lock(target, &ada.person).await?;
    for value in [
        claims.to_owned(),
        format!("{claims}."),
        format!("{claims}.{another}"),
        format!("{claims}9.{mac}"),
        others.value.replace(&eve.id, &ada.id),
    ] {
        let forged = eve.client.holding(Credential {
            device: Some(SetCookie {
                value,
                ..genuine.clone()
            }),
            ..Credential::default()
        });
        let reply = forged.login(&ada.person.username, &ada.person.password);
        reply.await?.refused(429, "too_many_attempts")?;
    }
    Ok(())
}

/// Whoever knew the old password can't save up devices for guessing the new one.
async fn a_new_password_makes_other_devices_strangers(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let other = target.signed_in_by_password(ada.person.clone()).await?;
    let new = new_password();
    let changed = ada.client.change_password(&ada.person.password, &new);
    changed.await?.ok()?;
    let ada_now = ada.person.with_password(&new);
    lock(target, &ada_now).await?;
    other
        .client
        .login(&ada_now.username, &new)
        .await?
        .refused(429, "too_many_attempts")?;
    ada.client.login(&ada_now.username, &new).await?.ok()?;
    Ok(())
}

async fn a_reset_makes_the_device_known(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let mut inbox = target.inbox(&ada.email).await?;
    let (client, new) = (target.client().await?, new_password());
    client.forgot(&ada.email).await?.is(202)?;
    client.reset(&inbox.token().await?, &new).await?.ok()?;
    lock(target, &ada.with_password(&new)).await?;
    client.login(&ada.username, &new).await?.ok()?;
    Ok(())
}
