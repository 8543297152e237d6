//! Limits on guessing at one account.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::time::{Instant, sleep};

use super::{at_once, count, exactly};
use crate::account::{Person, new_password};
use crate::case::cases;
use crate::client::{Credential, Reply};
use crate::target::{Account, Target};

cases! { "limits":
    five_failures_are_free_and_the_next_one_waits [Limits],
    username_and_address_share_one_count [Limits],
    an_unknown_account_is_limited_like_any_other [Limits],
    the_right_password_forgives [Limits],
    the_delay_grows [Limits],
    a_blocked_account_blocks_no_other [Limits],
    a_session_outlives_the_block [Limits],
    guessing_the_current_password_counts_too [Limits],
    a_reset_lifts_the_block [Limits],
    parallel_guesses_on_two_nodes_get_no_more_than_five [Limits, SecondNode],
    parallel_sign_ins_with_the_right_password_all_pass [Limits],
}

/// Failures before an account's first delay.
const FREE: usize = 5;

/// A guess from a device of its own, so that only the account's own limit counts.
async fn guess(target: &Target, identifier: &str) -> Result<Reply> {
    target
        .client()
        .await?
        .login(identifier, &new_password())
        .await
}

/// Uses up an account's free failures.
async fn fail(target: &Target, identifiers: &[&str]) -> Result<()> {
    for identifier in identifiers.iter().cycle().take(FREE) {
        guess(target, identifier)
            .await?
            .refused(401, "invalid_credentials")?;
    }
    Ok(())
}

/// Expects that the account is blocked, and tells for how long.
async fn blocked(target: &Target, identifier: &str) -> Result<Duration> {
    let reply = guess(target, identifier)
        .await?
        .refused(429, "too_many_attempts")?;
    let seconds = reply
        .header("retry-after")
        .context("no Retry-After")?
        .parse()?;
    Ok(Duration::from_secs(seconds))
}

async fn five_failures_are_free_and_the_next_one_waits(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    fail(target, &[&ada.username]).await?;
    let delay = blocked(target, &ada.username).await?;
    let even_right = target
        .client()
        .await?
        .login(&ada.username, &ada.password)
        .await?;
    even_right.refused(429, "too_many_attempts")?;
    sleep(delay).await;
    target.signed_in_by_password(ada).await?;
    Ok(())
}

async fn username_and_address_share_one_count(target: &Target) -> Result<()> {
    let Person {
        username, email, ..
    } = target.signed_up("ada").await?.person;
    let (loud_name, loud_email) = (username.to_uppercase(), email.to_uppercase());
    fail(target, &[&username, &email, &loud_name, &loud_email]).await?;
    blocked(target, &email).await?;
    Ok(())
}

async fn an_unknown_account_is_limited_like_any_other(target: &Target) -> Result<()> {
    let (ada, nobody) = (target.signed_up("ada").await?.person, Person::new("nobody"));
    fail(target, &[&ada.email]).await?;
    let known = guess(target, &ada.email)
        .await?
        .refused(429, "too_many_attempts")?;
    fail(target, &[&nobody.email, &nobody.email.to_uppercase()]).await?;
    let unknown = guess(target, &nobody.email).await?;
    crate::compare::same_answer(&known, &unknown)
}

async fn the_right_password_forgives(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    for _ in 0..3 {
        for _ in 1..FREE {
            guess(target, &ada.username)
                .await?
                .refused(401, "invalid_credentials")?;
        }
        target.signed_in_by_password(ada.clone()).await?;
    }
    Ok(())
}

async fn the_delay_grows(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    fail(target, &[&ada.username]).await?;
    let first = blocked(target, &ada.username).await?;
    sleep(first).await;
    guess(target, &ada.username)
        .await?
        .refused(401, "invalid_credentials")?;
    let second = blocked(target, &ada.username).await?;
    ensure!(second > first, "after {first:?} came {second:?}");
    Ok(())
}

async fn a_blocked_account_blocks_no_other(target: &Target) -> Result<()> {
    let (ada, bob) = (
        target.signed_up("ada").await?.person,
        target.signed_up("bob").await?,
    );
    let stranger = target.client().await?;
    for _ in 0..FREE {
        stranger
            .login(&ada.username, &new_password())
            .await?
            .is(401)?;
    }
    stranger
        .login(&ada.username, &new_password())
        .await?
        .is(429)?;
    // From the very same address, too.
    stranger
        .login(&bob.person.username, &bob.person.password)
        .await?
        .ok()?;
    Ok(())
}

async fn a_session_outlives_the_block(target: &Target) -> Result<()> {
    let ada: Account = target.signed_up("ada").await?;
    fail(target, &[&ada.person.username]).await?;
    blocked(target, &ada.person.username).await?;
    target.still_in(&ada.client).await?;
    ada.client.refresh().await?.ok()?;
    Ok(())
}

async fn guessing_the_current_password_counts_too(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    // Somebody else's device, with the owner's credential.
    let thief = ada.client.holding(Credential {
        device: None,
        ..ada.client.credential()
    });
    for _ in 0..FREE {
        let reply = thief
            .change_password(&new_password(), &new_password())
            .await?;
        reply.refused_field("current_password", "wrong_password")?;
    }
    let reply = thief.delete_profile(Some(&new_password())).await?;
    reply.refused(429, "too_many_attempts")?;
    blocked(target, &ada.person.username).await?;
    Ok(())
}

async fn a_reset_lifts_the_block(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let mut inbox = target.inbox(&ada.email).await?;
    target.client().await?.forgot(&ada.email).await?.is(202)?;
    let (token, new) = (inbox.token().await?, new_password());
    fail(target, &[&ada.username]).await?;
    target.client().await?.reset(&token, &new).await?.ok()?;
    target
        .signed_in_by_password(ada.with_password(&new))
        .await?;
    Ok(())
}

/// The first delay ends after a second, so the count is only exact while that lasts; a
/// slow machine gets another try.
async fn parallel_guesses_on_two_nodes_get_no_more_than_five(target: &Target) -> Result<()> {
    for _ in 0..5 {
        let ada = target.signed_up("ada").await?.person;
        let clients = target.clients(30).await?;
        let (here, there) = clients.split_at(15);
        let there = there
            .iter()
            .map(|client| Ok(client.at(target.second_node()?)));
        let there = there.collect::<Result<Vec<_>>>()?;
        let begin = Instant::now();
        let guesses = here
            .iter()
            .chain(&there)
            .map(|client| client.login(&ada.username, "wrong"));
        let replies = at_once(guesses).await?;
        let (let_through, refused) = (count(&replies, 401), count(&replies, 429));
        if begin.elapsed() < Duration::from_secs(1) {
            ensure!(
                let_through == FREE,
                "{let_through} guesses were let through"
            );
            ensure!(
                let_through + refused == replies.len(),
                "something else was answered"
            );
            return Ok(());
        }
    }
    anyhow::bail!("thirty guesses never fit into one second")
}

/// More at once than may fail, of one account and from one address.
async fn parallel_sign_ins_with_the_right_password_all_pass(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let device = target.client().await?;
    let strangers: Vec<_> = (0..30)
        .map(|_| device.holding(Credential::default()))
        .collect();
    let sign_ins = strangers
        .iter()
        .map(|client| client.login(&ada.username, &ada.password));
    exactly(&at_once(sign_ins).await?, 30, 200, 429)
}
