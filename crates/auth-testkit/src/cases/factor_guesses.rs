//! Guessing at second factors, and using one code twice.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::{at_once, count};
use crate::case::cases;
use crate::target::Target;

cases! { "factor_guesses":
    a_step_works_once,
    of_parallel_uses_of_one_code_one_succeeds [SecondNode],
    codes_of_two_steps_away_are_wrong,
    what_is_no_code_is_wrong,
    a_wrong_code_leaves_the_sign_in_waiting,
    ten_wrong_codes_block_the_right_one [Limits],
    the_password_gives_no_further_guesses [Limits],
    guesses_block_no_other_account [Limits],
    parallel_guesses_get_no_more_than_five [Limits, SecondNode],
    the_code_that_added_an_app_is_used_up,
}

/// Failures before an account's first delay.
const FREE: usize = 5;

async fn a_step_works_once(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let code = added.app.code().await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    waiting.end(&client, "totp", &code).await?.ok()?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    waiting
        .end(&client, "totp", &code)
        .await?
        .refused(401, "invalid_factor")?;
    // Nor one of a step before it.
    let earlier = added.app.code_in(-1).await?;
    waiting
        .end(&client, "totp", &earlier)
        .await?
        .refused(401, "invalid_factor")?;
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    Ok(())
}

async fn of_parallel_uses_of_one_code_one_succeeds(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let second = target.second.as_ref().context("no second node")?;
    // One after the other, since each counts as a sign-in with the password.
    let mut halves = vec![];
    for n in 0..20 {
        let (client, waiting) = target.half_signed_in(&ada).await?;
        let client = if n % 2 == 0 {
            client
        } else {
            client.at(second)
        };
        halves.push((client, waiting));
    }
    let code = added.app.code().await?;
    let ends = halves
        .iter()
        .map(|(client, waiting)| waiting.end(client, "totp", &code));
    let replies = at_once(ends).await?;
    ensure!(
        count(&replies, 200) == 1,
        "{} succeeded",
        count(&replies, 200)
    );
    for reply in replies.into_iter().filter(|reply| reply.status != 200) {
        ensure!(matches!(reply.status.as_u16(), 401 | 429), "{reply}");
    }
    Ok(())
}

async fn codes_of_two_steps_away_are_wrong(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    for steps in [-2, 2] {
        let code = added.app.code_in(steps).await?;
        waiting
            .end(&client, "totp", &code)
            .await?
            .refused(401, "invalid_factor")?;
    }
    Ok(())
}

async fn what_is_no_code_is_wrong(target: &Target) -> Result<()> {
    let (ada, _) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    for code in ["x", "12345", "１２３４５６"] {
        waiting
            .end(&client, "totp", code)
            .await?
            .refused(401, "invalid_factor")?;
    }
    Ok(())
}

async fn a_wrong_code_leaves_the_sign_in_waiting(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let wrong = added.app.wrong_code().await?;
    waiting
        .end(&client, "totp", &wrong)
        .await?
        .refused(401, "invalid_factor")?;
    let right = added.app.code().await?;
    // As people read it off the app.
    let spaced = format!(" {} {} ", &right[..3], &right[3..]);
    waiting.end(&client, "totp", &spaced).await?.ok()?;
    Ok(())
}

async fn ten_wrong_codes_block_the_right_one(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let wrong = added.app.wrong_code().await?;
    for n in 0..10 {
        let reply = waiting.end(&client, "totp", &wrong).await?;
        match n < FREE {
            true => reply.refused(401, "invalid_factor")?,
            false => reply.refused(429, "too_many_attempts")?,
        };
    }
    let right = added.app.code().await?;
    let blocked = waiting.end(&client, "totp", &right).await?;
    let blocked = blocked.refused(429, "too_many_attempts")?;
    let seconds = blocked
        .header("retry-after")
        .context("no Retry-After")?
        .parse()?;
    ensure!(seconds >= 1, "{blocked}");
    sleep(Duration::from_secs(seconds)).await;
    let right = added.app.code().await?;
    waiting.end(&client, "totp", &right).await?.ok()?;
    Ok(())
}

/// Whoever knows the password gets no more tries by signing in again, on any device.
async fn the_password_gives_no_further_guesses(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let wrong = added.app.wrong_code().await?;
    for _ in 0..FREE {
        let (client, waiting) = target.half_signed_in(&ada).await?;
        waiting
            .end(&client, "totp", &wrong)
            .await?
            .refused(401, "invalid_factor")?;
    }
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let blocked = waiting.end(&client, "totp", &wrong).await?;
    blocked.refused(429, "too_many_attempts")?;
    // Recovery codes are no way around it.
    let code = &added.recovery_codes[0];
    let blocked = waiting.end(&client, "recovery_code", code).await?;
    blocked.refused(429, "too_many_attempts")?;
    target.still_in(&ada.client).await
}

async fn guesses_block_no_other_account(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let wrong = added.app.wrong_code().await?;
    for _ in 0..=FREE {
        waiting.end(&client, "totp", &wrong).await?;
    }
    let (bob, added) = target.with_app("bob").await?;
    let (client, waiting) = target.half_signed_in(&bob).await?;
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    Ok(())
}

async fn parallel_guesses_get_no_more_than_five(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let wrong = added.app.wrong_code().await?;
    let second = target.second.as_ref().context("no second node")?;
    let clients = (0..20).map(|n| match n % 2 {
        0 => client.copy(),
        _ => client.at(second),
    });
    let clients: Vec<_> = clients.collect();
    let guesses = clients
        .iter()
        .map(|client| waiting.end(client, "totp", &wrong));
    let replies = try_join_all(guesses).await?;
    let tried = count(&replies, 401);
    ensure!(tried <= FREE, "{tried} guesses");
    Ok(())
}

async fn the_code_that_added_an_app_is_used_up(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    // It was added by the code of the step before this one, if that has not passed meanwhile.
    let code = added.app.code_in(-1).await?;
    waiting
        .end(&client, "totp", &code)
        .await?
        .refused(401, "invalid_factor")?;
    Ok(())
}
