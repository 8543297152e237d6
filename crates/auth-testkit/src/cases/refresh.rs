//! Refreshing credentials.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::time::sleep;

use super::{at_once, count};
use crate::case::cases;
use crate::client::{Client, Credential, Format};
use crate::target::{Account, Target};

cases! { "refresh":
    a_refresh_renews_the_credential,
    the_old_credential_opens_nothing_after_a_refresh [Opaque],
    a_spent_credential_soon_gives_the_same_successor,
    a_successor_that_was_lost_is_told_again_later [ShortLifetimes],
    a_spent_credential_late_ends_the_session_and_the_owner_is_told [ShortLifetimes],
    a_thief_who_comes_first_is_found_out_by_the_owner [ShortLifetimes],
    an_old_credential_that_is_no_longer_kept_is_theft_too,
    a_client_that_does_nothing_but_refresh_is_stopped [Limits],
    parallel_refreshes_leave_one_session,
    a_chain_of_refreshes_stays_one_session,
    an_invented_credential_refreshes_nothing,
    nothing_refreshes_without_a_credential,
    a_signed_out_credential_refreshes_nothing,
    a_refresh_is_seen_by_another_node [SecondNode],
}

/// What a client would refresh with.
fn secret(credential: &Credential) -> Result<String> {
    let cookie = credential
        .cookies
        .first()
        .map(|cookie| cookie.value.clone());
    credential
        .refresh
        .clone()
        .or(cookie)
        .context("nothing to refresh with")
}

async fn sessions(client: &Client) -> Result<usize> {
    let listed = client.sessions().await?.ok()?;
    Ok(listed.json()["sessions"].as_array().map_or(0, Vec::len))
}

async fn a_refresh_renews_the_credential(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let before = secret(&ada.client.credential())?;
    let grant = ada.client.refresh().await?.ok()?;
    ensure!(
        secret(&ada.client.credential())? != before,
        "the secret did not change"
    );
    ensure!(grant.json()["session"]["id"] == ada.session, "{grant}");
    target.still_in(&ada.client).await?;
    ensure!(
        sessions(&ada.client).await? == 1,
        "a refresh made a session"
    );
    Ok(())
}

async fn the_old_credential_opens_nothing_after_a_refresh(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let old = ada.client.copy();
    ada.client.refresh().await?.ok()?;
    old.profile().await?.unauthenticated()?;
    Ok(())
}

/// Two tabs, or an answer that got lost on its way.
async fn a_spent_credential_soon_gives_the_same_successor(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let other_tab = ada.client.copy();
    ada.client.refresh().await?.ok()?;
    other_tab.refresh().await?.ok()?;
    let (one, other) = (
        secret(&ada.client.credential())?,
        secret(&other_tab.credential())?,
    );
    ensure!(one == other, "the two successors differ");
    target.still_in(&ada.client).await?;
    target.still_in(&other_tab).await?;
    other_tab.refresh().await?.ok()?;
    Ok(())
}

/// The answer was lost, and the client asks again when the time for two tabs is over.
async fn a_successor_that_was_lost_is_told_again_later(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let (lost, inbox) = (ada.client.copy(), target.inbox(&ada.person.email).await?);
    lost.refresh().await?.ok()?;
    sleep(target.lifetimes.reuse_window).await;
    ada.client.refresh().await?.ok()?;
    let (one, other) = (
        secret(&lost.credential())?,
        secret(&ada.client.credential())?,
    );
    ensure!(one == other, "the two successors differ");
    target.still_in(&ada.client).await?;
    ada.client.refresh().await?.ok()?;
    ensure!(
        inbox.unread().await?.is_empty(),
        "a lost answer raised an alarm"
    );
    Ok(())
}

/// Uses what a refresh has brought, which is then known to have arrived.
async fn use_successor(client: &Client) -> Result<()> {
    client.profile().await?.ok()?;
    client.refresh().await?.ok()?;
    Ok(())
}

async fn a_spent_credential_late_ends_the_session_and_the_owner_is_told(
    target: &Target,
) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let thief = ada.client.copy();
    ada.client.refresh().await?.ok()?;
    use_successor(&ada.client).await?;
    sleep(target.lifetimes.reuse_window).await;
    thief.refresh().await?.unauthenticated()?;
    target.signed_out(&ada.client).await?;
    inbox.notice().await?;
    Ok(())
}

async fn a_thief_who_comes_first_is_found_out_by_the_owner(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let thief = ada.client.copy();
    thief.refresh().await?.ok()?;
    use_successor(&thief).await?;
    sleep(target.lifetimes.reuse_window).await;
    ada.client.refresh().await?.unauthenticated()?;
    target.signed_out(&thief).await
}

/// More refreshes than a store keeps spent secrets of.
async fn an_old_credential_that_is_no_longer_kept_is_theft_too(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let thief = ada.client.copy();
    for _ in 0..20 {
        ada.client.refresh().await?.ok()?;
    }
    thief.refresh().await?.unauthenticated()?;
    target.signed_out(&ada.client).await
}

async fn a_client_that_does_nothing_but_refresh_is_stopped(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for n in 1.. {
        let reply = ada.client.refresh().await?;
        if reply.status != 200 {
            reply.refused(429, "too_many_attempts")?;
            ensure!(n > 30, "stopped after {n} refreshes");
            break;
        }
        ensure!(n < 100, "{n} refreshes in a row");
    }
    // Another device of the same person is not concerned.
    let phone = target.signed_in(ada.person.clone()).await?;
    phone.client.refresh().await?.ok()?;
    Ok(())
}

async fn parallel_refreshes_leave_one_session(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let tabs: Vec<_> = (0..20).map(|_| ada.client.copy()).collect();
    let replies = at_once(tabs.iter().map(Client::refresh)).await?;
    ensure!(
        count(&replies, 200) == tabs.len(),
        "{} of {}",
        count(&replies, 200),
        tabs.len()
    );
    let secrets = tabs.iter().map(|tab| secret(&tab.credential()));
    let mut secrets = secrets.collect::<Result<Vec<_>>>()?;
    secrets.dedup();
    ensure!(secrets.len() == 1, "{} successors", secrets.len());
    for tab in &tabs {
        target.still_in(tab).await?;
    }
    ensure!(sessions(&tabs[0]).await? == 1, "a refresh made a session");
    tabs[0].refresh().await?.ok()?;
    Ok(())
}

async fn a_chain_of_refreshes_stays_one_session(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for _ in 0..10 {
        let grant = ada.client.refresh().await?.ok()?;
        ensure!(grant.json()["session"]["id"] == ada.session, "{grant}");
    }
    ensure!(
        sessions(&ada.client).await? == 1,
        "a refresh made a session"
    );
    Ok(())
}

/// A copy of the account's credential with another secret to refresh with.
fn with_secret(account: &Account, secret: &str) -> Client {
    let mut credential = account.client.credential();
    credential.refresh = credential.refresh.map(|_| secret.to_owned());
    for cookie in &mut credential.cookies {
        secret.clone_into(&mut cookie.value);
    }
    account.client.holding(credential)
}

async fn an_invented_credential_refreshes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let real = secret(&ada.client.credential())?;
    let (cut, random) = (&real[..real.len() - 1], "A".repeat(43));
    for invented in ["invented", "A", cut, &random, &ada.session, &ada.id] {
        with_secret(&ada, invented)
            .refresh()
            .await?
            .unauthenticated()?;
    }
    ada.client.refresh().await?.ok()?;
    Ok(())
}

async fn nothing_refreshes_without_a_credential(target: &Target) -> Result<()> {
    let client = target.client().await?;
    client.refresh().await?.unauthenticated()?;
    client
        .post("/refresh", &json!({}))
        .await?
        .unauthenticated()?;
    Ok(())
}

async fn a_signed_out_credential_refreshes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let copy = ada.client.copy();
    ada.client.refresh().await?.ok()?;
    let successor = ada.client.copy();
    ada.client.logout().await?.ok()?;
    copy.refresh().await?.unauthenticated()?;
    successor.refresh().await?.unauthenticated()?;
    Ok(())
}

async fn a_refresh_is_seen_by_another_node(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let old = ada.client.at(target.second_node()?);
    ada.client.refresh().await?.ok()?;
    let new = ada.client.at(target.second_node()?);
    target.still_in(&new).await?;
    if target.strategy().await?.format == Format::Opaque {
        old.profile().await?.unauthenticated()?;
    }
    old.refresh().await?.ok()?;
    ensure!(
        secret(&old.credential())? == secret(&new.credential())?,
        "two successors"
    );
    Ok(())
}
