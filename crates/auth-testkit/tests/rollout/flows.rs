//! What somebody begins at one of two nodes, and goes on with at the other.

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Client;
use auth_testkit::account::{Person, new_password};
use futures_util::future::try_join_all;

use crate::devices::{Devices, dead};
use crate::node::Node;

/// Everything that two nodes share, begun at the first. Gives who took part.
pub async fn hand_in_hand(first: &Node, second: &Node) -> Result<Vec<Person>> {
    for node in [first, second] {
        node.revokes_at_once().await?;
    }
    let ada = signed_up_by_mail_of_the_other(first, second).await?;
    let ada = reset_by_mail_of_the_other(first, second, ada).await?;
    devices_are_shared(first, second, ada.clone()).await?;
    let bob = signed_up(first, second).await?;
    credentials_go_back_and_forth(first, second, &bob).await?;
    refreshes_at_once_agree(first, second, &bob).await?;
    theft_is_found(first, second, &bob).await?;
    Ok(vec![ada, bob])
}

/// Somebody who signed up at one node and confirmed the address at the other.
pub async fn signed_up(first: &Node, second: &Node) -> Result<Person> {
    let person = Person::new("ada");
    first.device()?.register(&person).await?.is(202)?;
    let token = tokio::select! {
        token = first.mail.token(&person.email, "/verify") => token?,
        token = second.mail.token(&person.email, "/verify") => token?,
    };
    confirm(second, &token, &person).await?;
    Ok(person)
}

/// Confirms an address; the device that does so is signed in by that, and out again.
pub async fn confirm(node: &Node, token: &str, person: &Person) -> Result<()> {
    let device = node.device()?;
    device.confirm(token, &person.password).await?.ok()?;
    device.logout().await?.ok()?;
    Ok(())
}

async fn signed_up_by_mail_of_the_other(first: &Node, second: &Node) -> Result<Person> {
    let person = Person::new("eve");
    first.mail.leave()?;
    first.device()?.register(&person).await?.is(202)?;
    let token = second.mail.token(&person.email, "/verify").await?;
    first.mail.come_back()?;
    confirm(first, &token, &person).await?;
    Ok(person)
}

async fn reset_by_mail_of_the_other(first: &Node, second: &Node, ada: Person) -> Result<Person> {
    let device = signed_in(second, &ada).await?;
    first.mail.leave()?;
    first.device()?.forgot(&ada.email).await?.is(202)?;
    let token = second.mail.token(&ada.email, "/reset").await?;
    first.mail.come_back()?;
    let ada = reset(first, &token, &ada).await?;
    dead(&device, second).await?;
    Ok(ada)
}

/// Sets a new password by a link.
pub async fn reset(node: &Node, token: &str, person: &Person) -> Result<Person> {
    let person = person.with_password(&new_password());
    node.device()?.reset(token, &person.password).await?.ok()?;
    Ok(person)
}

async fn devices_are_shared(first: &Node, second: &Node, person: Person) -> Result<()> {
    let mut devices = Devices::of(person);
    devices.sign_in(first).await?;
    devices.sign_in(second).await?;
    devices.go_on(second).await?;
    devices.are_listed(first).await?;
    devices.sign_out(first).await?;
    devices.go_on(second).await?;
    devices.go_on(first).await?;
    devices.sign_in(second).await?;
    devices.end_by_another(first).await?;
    devices.go_on(second).await
}

/// A successor is in force everywhere, and told again by a node that did not give it.
async fn credentials_go_back_and_forth(first: &Node, second: &Node, bob: &Person) -> Result<()> {
    let mut device = signed_in(first, bob).await?;
    for node in [second, first, first, second, first] {
        let lost = device.copy();
        device = node.take(&device)?;
        device.refresh().await?.ok()?;
        for other in [first, second] {
            let again = other.take(&lost)?;
            again.refresh().await?.ok()?;
            ensure!(secret(&again)? == secret(&device)?, "the successors differ");
        }
        for other in [first, second] {
            other.take(&device)?.profile().await?.ok()?;
        }
    }
    Ok(())
}

/// Of refreshes at once with the same secret, whatever node they go to, one spends it, and
/// the others are told what it got.
async fn refreshes_at_once_agree(first: &Node, second: &Node, bob: &Person) -> Result<()> {
    let mut device = signed_in(first, bob).await?;
    for _ in 0..10 {
        let mut tabs = vec![];
        for node in [first, second, first, second] {
            tabs.push(node.take(&device)?);
        }
        try_join_all(tabs.iter().map(refresh)).await?;
        for tab in &tabs {
            ensure!(secret(tab)? == secret(&tabs[0])?, "the successors differ");
        }
        device = tabs.swap_remove(0);
    }
    Ok(())
}

async fn refresh(device: &Client) -> Result<()> {
    device.refresh().await?.ok()?;
    Ok(())
}

/// What was spent at one node and is spent again at the other ends the session at both.
async fn theft_is_found(first: &Node, second: &Node, bob: &Person) -> Result<()> {
    let owner = signed_in(first, bob).await?;
    let thief = second.take(&owner)?;
    owner.refresh().await?.ok()?;
    let owner = second.take(&owner)?;
    owner.profile().await?.ok()?;
    owner.refresh().await?.ok()?;
    first.take(&thief)?.refresh().await?.unauthenticated()?;
    dead(&owner, first).await?;
    dead(&owner, second).await
}

async fn signed_in(node: &Node, person: &Person) -> Result<Client> {
    let device = node.device()?;
    let (name, password) = (&person.username, &person.password);
    device.login(name, password).await?.ok()?;
    Ok(device)
}

/// What a device would refresh with.
fn secret(device: &Client) -> Result<String> {
    let held = device.credential();
    let cookie = held.cookies.into_iter().next().map(|cookie| cookie.value);
    held.refresh.or(cookie).context("it holds nothing")
}
