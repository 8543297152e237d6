//! The ends of sessions, tokens and links.

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep};

use crate::account::Person;
use crate::case::cases;
use crate::client::{Client, Format};
use crate::target::Target;

cases! { "expiry":
    an_unused_session_ends [ShortLifetimes],
    a_used_session_goes_on_and_still_ends [ShortLifetimes],
    reading_keeps_a_session_alive [ShortLifetimes, Opaque],
    an_access_token_ends [ShortLifetimes, Jwt],
    a_confirmation_link_ends [ShortLifetimes, VerificationRequired],
}

/// Expects that a session has come to its end by itself.
async fn has_ended(target: &Target, client: &Client) -> Result<()> {
    client.copy().refresh().await?.unauthenticated()?;
    match target.strategy().await?.format {
        Format::Opaque => _ = client.copy().profile().await?.unauthenticated()?,
        // The access token lives for its own time, which is short too.
        Format::Jwt => target.dies(client).await?,
    }
    Ok(())
}

async fn an_unused_session_ends(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    sleep(target.lifetimes.session_idle).await;
    has_ended(target, &ada.client).await
}

/// Used again and again, a session outlives its idle time, but not its absolute one.
async fn a_used_session_goes_on_and_still_ends(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let (begin, lifetimes) = (Instant::now(), target.lifetimes);
    while ada.client.refresh().await?.status == 200 {
        let latest = lifetimes.session_absolute * 2;
        ensure!(
            begin.elapsed() < latest,
            "a session outlives its absolute time"
        );
        sleep(lifetimes.session_idle / 10).await;
    }
    let age = begin.elapsed();
    ensure!(
        age > lifetimes.session_idle,
        "a session in use ended after {age:?}"
    );
    has_ended(target, &ada.client).await
}

async fn reading_keeps_a_session_alive(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let begin = Instant::now();
    while begin.elapsed() < target.lifetimes.session_idle + target.lifetimes.session_idle / 2 {
        ada.client.profile().await?.ok()?;
        sleep(target.lifetimes.session_idle / 10).await;
    }
    Ok(())
}

async fn an_access_token_ends(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    target.still_in(&ada.client).await?;
    target.dies(&ada.client).await
}

async fn a_confirmation_link_ends(target: &Target) -> Result<()> {
    let ada = Person::new("ada");
    let token = target.registered_with_token(&ada).await?;
    sleep(target.lifetimes.verify).await;
    let client = target.client().await?;
    let late = client.confirm(&token, &ada.password).await?;
    late.refused(400, "invalid_token")?;
    // What the sign-up held is free again.
    let next = Person {
        username: ada.username,
        ..Person::new("bob")
    };
    target.registered(&next).await
}
