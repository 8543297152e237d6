//! Recovery codes.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::json;

use super::{at_once, count};
use crate::authenticator::texts;
use crate::case::cases;
use crate::mailbox::Mail;
use crate::target::Target;

cases! { "recovery_codes":
    each_works_once_and_is_told,
    of_parallel_uses_of_one_code_one_succeeds,
    new_ones_take_the_place_of_the_old,
    they_are_no_two_alike_and_hard_to_guess,
    another_accounts_code_is_wrong,
    they_show_a_factor_again,
    there_are_none_without_a_factor,
}

async fn each_works_once_and_is_told(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let code = &added.recovery_codes[3];
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    // As somebody types it who reads it off paper.
    let typed = code.to_uppercase().replace('-', " ");
    waiting.end(&client, "recovery_code", &typed).await?.ok()?;
    let told = |mail: &Mail| mail.subject.contains("recovery code was used");
    inbox.next(&told).await?;
    let held = client.get("/factors").await?.ok()?;
    ensure!(held.json()["recovery_codes"] == 9, "{held}");
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let again = waiting.end(&client, "recovery_code", code).await?;
    again.refused(401, "invalid_factor")?;
    Ok(())
}

async fn of_parallel_uses_of_one_code_one_succeeds(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let mut halves = vec![];
    for _ in 0..20 {
        halves.push(target.half_signed_in(&ada).await?);
    }
    let code = &added.recovery_codes[0];
    let ends = halves
        .iter()
        .map(|(client, waiting)| waiting.end(client, "recovery_code", code));
    let replies = at_once(ends).await?;
    ensure!(
        count(&replies, 200) == 1,
        "{} succeeded",
        count(&replies, 200)
    );
    Ok(())
}

async fn new_ones_take_the_place_of_the_old(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let body = json!({ "current_password": ada.person.password });
    let new = ada
        .client
        .post("/factors/recovery-codes", &body)
        .await?
        .ok()?;
    let codes = texts(&new.json()["recovery_codes"]);
    ensure!(codes.len() == 10, "{codes:?}");
    let told = |mail: &Mail| mail.subject.contains("New recovery codes");
    inbox.next(&told).await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let old = waiting
        .end(&client, "recovery_code", &added.recovery_codes[0])
        .await?;
    old.refused(401, "invalid_factor")?;
    waiting
        .end(&client, "recovery_code", &codes[0])
        .await?
        .ok()?;
    Ok(())
}

async fn they_are_no_two_alike_and_hard_to_guess(target: &Target) -> Result<()> {
    let (_, added) = target.with_app("ada").await?;
    let distinct: BTreeSet<&String> = added.recovery_codes.iter().collect();
    ensure!(distinct.len() == 10);
    let letters = |code: &str| code.chars().filter(|c| *c != '-').count();
    // Of an alphabet of thirty-two, twenty-four letters are 120 bits.
    ensure!(added.recovery_codes.iter().all(|code| letters(code) == 24));
    Ok(())
}

async fn another_accounts_code_is_wrong(target: &Target) -> Result<()> {
    let (ada, _) = target.with_app("ada").await?;
    let (_, bobs) = target.with_app("bob").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let reply = waiting
        .end(&client, "recovery_code", &bobs.recovery_codes[0])
        .await?;
    reply.refused(401, "invalid_factor")?;
    Ok(())
}

async fn they_show_a_factor_again(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let body = json!({ "method": "recovery_code", "code": added.recovery_codes[0] });
    ada.client.post("/factors/verify", &body).await?.ok()?;
    let again = ada.client.post("/factors/verify", &body).await?;
    again.refused(401, "invalid_factor")?;
    Ok(())
}

async fn there_are_none_without_a_factor(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let body = json!({ "current_password": ada.person.password });
    let reply = ada.client.post("/factors/recovery-codes", &body).await?;
    reply.refused(404, "not_found")?;
    Ok(())
}
