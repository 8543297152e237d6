//! Changing the password.

use anyhow::{Result, ensure};

use crate::account::new_password;
use crate::case::cases;
use crate::client::Reply;
use crate::target::{Account, Target};

cases! { "password_change":
    the_new_password_works_and_the_old_one_does_not,
    every_session_dies_and_the_answer_brings_a_new_one,
    a_wrong_current_password_changes_nothing,
    the_same_password_is_no_change,
    an_unfit_password_changes_nothing,
    a_remembered_device_stays_remembered,
    the_owner_is_told,
    a_stranger_changes_nothing,
}

async fn change(account: &Account, new: &str) -> Result<Reply> {
    account
        .client
        .change_password(&account.person.password, new)
        .await?
        .ok()
}

async fn the_new_password_works_and_the_old_one_does_not(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let new = new_password();
    change(&ada, &new).await?;
    let old = target
        .client()
        .await?
        .login(&ada.person.username, &ada.person.password)
        .await?;
    old.refused(401, "invalid_credentials")?;
    target
        .signed_in_by_password(ada.person.with_password(&new))
        .await?;
    Ok(())
}

async fn every_session_dies_and_the_answer_brings_a_new_one(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    let presented = ada.client.copy();
    change(&ada, &new_password()).await?;
    target.still_in(&ada.client).await?;
    target.signed_out(&phone.client).await?;
    target.signed_out(&presented).await?;
    let listed = ada.client.sessions().await?.ok()?;
    ensure!(
        listed.json()["sessions"]
            .as_array()
            .is_some_and(|s| s.len() == 1),
        "{listed}"
    );
    Ok(())
}

async fn a_wrong_current_password_changes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let reply = ada
        .client
        .change_password("quite another one", &new_password())
        .await?;
    reply.refused_field("current_password", "wrong_password")?;
    target.still_in(&ada.client).await?;
    target.signed_in_by_password(ada.person).await?;
    Ok(())
}

async fn the_same_password_is_no_change(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let same = &ada.person.password;
    let reply = ada.client.change_password(same, same).await?;
    reply.refused_field("new_password", "unchanged")?;
    target.still_in(&ada.client).await
}

async fn an_unfit_password_changes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let current = &ada.person.password;
    for (unfit, code) in [("", "required"), ("🐎", "too_short")] {
        let reply = ada.client.change_password(current, unfit).await?;
        reply.refused_field("new_password", code)?;
    }
    let reply = ada
        .client
        .change_password(current, &ada.person.email)
        .await?;
    reply.refused_field("new_password", "too_guessable")?;
    target.signed_in_by_password(ada.person).await?;
    Ok(())
}

async fn a_remembered_device_stays_remembered(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let client = target.client().await?;
    let ends = |grant: &Reply| crate::shape::instant(&grant.json()["session"]["expires_at"]);
    let before = ends(&client.login_remembered(&ada).await?.ok()?)?;
    let grant = client
        .change_password(&ada.password, &new_password())
        .await?
        .ok()?;
    ensure!(ends(&grant)? >= before, "{grant} forgot to remember");
    Ok(())
}

async fn the_owner_is_told(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let new = new_password();
    change(&ada, &new).await?;
    let mail = inbox.notice().await?;
    ensure!(
        !mail.text.contains(&new) && !mail.html.contains(&new),
        "a password was mailed"
    );
    Ok(())
}

async fn a_stranger_changes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let stranger = target.client().await?;
    let reply = stranger
        .change_password(&ada.person.password, &new_password())
        .await?;
    reply.unauthenticated()?;
    target.signed_in_by_password(ada.person).await?;
    Ok(())
}
