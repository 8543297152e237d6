//! Signing out.

use anyhow::{Context as _, Result, bail, ensure};
use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::case::cases;
use crate::client::{Client, Reply};
use crate::target::Target;

cases! { "logout":
    signing_out_kills_the_credential_and_every_copy,
    signing_out_works_by_delete_too,
    signing_out_is_seen_by_another_node [SecondNode],
    a_sign_in_on_another_node_ends_here [SecondNode],
    other_devices_stay_signed_in,
    an_expired_access_token_is_enough_to_sign_out [ShortLifetimes, Jwt],
    a_refresh_token_is_enough_to_sign_out [Bearer],
    a_credential_that_a_refresh_replaced_is_enough_to_sign_out,
    what_belongs_to_no_session_signs_nobody_out,
    nobody_cannot_sign_out,
    a_dead_credential_cannot_sign_out_again [AtOnce],
    a_request_under_way_brings_nothing_back,
}

async fn signing_out_kills_the_credential_and_every_copy(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let (kept, thief) = (ada.client.copy(), target.client().await?);
    let thief = thief.holding(ada.client.credential());
    ada.client
        .logout()
        .await?
        .says(&json!({"status": "signed_out"}))?;
    target.signed_out(&kept).await?;
    target.signed_out(&thief).await
}

async fn signing_out_works_by_delete_too(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let copy = ada.client.copy();
    let reply = ada.client.call(Method::DELETE, "/logout").send().await?;
    reply.says(&json!({"status": "signed_out"}))?;
    target.signed_out(&copy).await
}

async fn signing_out_is_seen_by_another_node(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let other = ada.client.at(target.second_node()?);
    // The other node has seen the credential, and may remember it.
    target.still_in(&other).await?;
    ada.client.logout().await?.ok()?;
    target.signed_out(&other).await
}

async fn a_sign_in_on_another_node_ends_here(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let there = target.client().await?.at(target.second_node()?);
    there.login(&ada.username, &ada.password).await?.ok()?;
    let here = there.at(&target.base_url);
    target.still_in(&here).await?;
    here.copy().logout().await?.ok()?;
    target.signed_out(&there).await
}

async fn other_devices_stay_signed_in(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    ada.client.logout().await?.ok()?;
    target.still_in(&phone.client).await
}

async fn an_expired_access_token_is_enough_to_sign_out(target: &Target) -> Result<()> {
    // The token is dead not long before the session ends by itself; a slow machine gets
    // another try.
    for _ in 0..3 {
        let (ada, begin) = (target.signed_up("ada").await?, Instant::now());
        let late = ada.client.copy();
        while late.copy().profile().await?.status != 401 {
            ada.client.refresh().await?;
            sleep(target.lifetimes.session_idle / 10).await;
        }
        let reply = late.logout().await?;
        if begin.elapsed() < target.lifetimes.session_absolute {
            reply.ok()?;
            return target.signed_out(&ada.client).await;
        }
    }
    bail!("no token died before its session")
}

/// The call that presents a refresh token and nothing else.
async fn sign_out_by_refresh_token(client: &Client, token: &str) -> Result<Reply> {
    let call = client.call(Method::POST, "/logout").anonymous();
    call.json(&json!({ "refresh_token": token })).send().await
}

fn refresh_token(client: &Client) -> Result<String> {
    client.credential().refresh.context("no refresh token")
}

async fn a_refresh_token_is_enough_to_sign_out(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    let token = refresh_token(&ada.client)?;
    let stranger = target.client().await?;
    sign_out_by_refresh_token(&stranger, &token)
        .await?
        .says(&json!({"status": "signed_out"}))?;
    target.signed_out(&ada.client).await?;
    target.still_in(&phone.client).await?;
    sign_out_by_refresh_token(&stranger, &token)
        .await?
        .unauthenticated()?;
    Ok(())
}

async fn a_credential_that_a_refresh_replaced_is_enough_to_sign_out(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let old = ada.client.copy();
    ada.client.refresh().await?.ok()?;
    match refresh_token(&old) {
        Ok(token) => sign_out_by_refresh_token(&target.client().await?, &token).await?,
        Err(_) => old.logout().await?,
    }
    .ok()?;
    target.signed_out(&ada.client).await
}

async fn what_belongs_to_no_session_signs_nobody_out(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for token in [String::new(), "x".to_owned(), "A".repeat(43)] {
        sign_out_by_refresh_token(&client, &token)
            .await?
            .unauthenticated()?;
    }
    let call = client.call(Method::POST, "/logout");
    let unknown = call.json(&json!({ "access_token": "x" })).send().await?;
    unknown.refused(400, "invalid_request")?;
    Ok(())
}

async fn nobody_cannot_sign_out(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for method in [Method::POST, Method::DELETE] {
        client
            .call(method, "/logout")
            .send()
            .await?
            .unauthenticated()?;
    }
    Ok(())
}

async fn a_dead_credential_cannot_sign_out_again(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let copy = ada.client.copy();
    ada.client.logout().await?.ok()?;
    copy.logout().await?.unauthenticated()?;
    Ok(())
}

/// Reads, refreshes and a sign-out at the same time: whatever comes first, afterwards the
/// session is gone.
async fn a_request_under_way_brings_nothing_back(target: &Target) -> Result<()> {
    for _ in 0..5 {
        let ada = target.signed_up("ada").await?;
        let tabs: Vec<_> = (0..6).map(|_| ada.client.copy()).collect();
        let reads = futures_util::future::try_join_all(tabs[..3].iter().map(|tab| tab.profile()));
        let renewals =
            futures_util::future::try_join_all(tabs[3..].iter().map(|tab| tab.refresh()));
        let (out, ..) = tokio::try_join!(ada.client.logout(), reads, renewals)?;
        // A refreshed cookie may have overtaken the one that signs out.
        let out = match out.status.as_u16() {
            200 => out,
            _ => tabs[3].copy().logout().await?,
        };
        ensure!(out.status == 200, "{out}");
        for tab in &tabs {
            target.signed_out(tab).await?;
        }
    }
    Ok(())
}
