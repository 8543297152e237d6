//! The roll-out, and the way back.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use auth_testkit::account::Person;

use crate::devices::Devices;
use crate::flows::{confirm, hand_in_hand, reset, signed_up};
use crate::node::Node;
use crate::stores::Stores;

/// Who asked for a mail, or signed up, while no mail could be delivered.
struct Waiting {
    /// Forgot a password.
    forgetful: Person,
    /// Signed up.
    newcomer: Person,
}

pub async fn there_and_back(stores: &Stores, mut old: Node, mut new: Node) -> Result<()> {
    old.start().await?;
    let mut ada = Devices::of(signed_up(&old, &old).await?);
    for _ in 0..3 {
        ada.sign_in(&old).await?;
    }
    ada.sign_out(&old).await?;
    ada.go_on(&old).await?;
    let waiting = ask_in_vain(&old).await?;

    // The new version comes, and migrates the database under the old one.
    new.start().await?;
    ensure!(!old.is_later().await? && new.is_later().await?);
    new.asks_the_stores().await?;
    let mut people = mail_arrives(&waiting, &new, &old).await?;
    old.mail.come_back()?;
    ada.go_on(&old).await?;
    ada.go_on(&new).await?;
    ada.sign_in(&new).await?;
    stores.give_role(&ada.person).await?;
    ada.change_name(&old).await?;
    stores.has_role(&ada.person).await?;
    people.extend(hand_in_hand(&old, &new).await?);
    people.extend(hand_in_hand(&new, &old).await?);

    // The old one goes.
    ada.go_on(&old).await?;
    old.stop().await?;
    ada.go_on(&new).await?;
    ada.sign_out(&new).await?;
    ada.sign_in(&new).await?;
    let waiting = ask_in_vain(&new).await?;

    // And the way back.
    new.stop().await?;
    old.start().await?;
    people.extend(mail_arrives(&waiting, &old, &old).await?);
    ada.go_on(&old).await?;
    ada.sign_out(&old).await?;
    ada.sign_in(&old).await?;
    ada.change_name(&old).await?;
    stores.has_role(&ada.person).await?;

    // The second attempt.
    new.mail.come_back()?;
    new.start().await?;
    new.asks_the_stores().await?;
    ada.go_on(&new).await?;
    ada.go_on(&old).await?;
    old.stop().await?;
    ada.go_on(&new).await?;

    people.push(ada.person);
    each_mail_came_once(stores, &[&old, &new], &people).await
}

/// Queues mails at a node whose mail server is away from now on.
async fn ask_in_vain(node: &Node) -> Result<Waiting> {
    let waiting = Waiting {
        forgetful: signed_up(node, node).await?,
        newcomer: Person::new("new"),
    };
    node.mail.leave()?;
    let device = node.device()?;
    device.forgot(&waiting.forgetful.email).await?.is(202)?;
    device.register(&waiting.newcomer).await?.is(202)?;
    node.mail_is_delayed().await?;
    Ok(waiting)
}

/// Expects the mails that wait from a node that delivers, and uses their links at another.
async fn mail_arrives(waiting: &Waiting, from: &Node, at: &Node) -> Result<Vec<Person>> {
    let Waiting {
        forgetful,
        newcomer,
    } = waiting;
    let token = from.mail.token(&forgetful.email, "/reset").await?;
    let forgetful = reset(at, &token, forgetful).await?;
    let token = from.mail.token(&newcomer.email, "/verify").await?;
    confirm(at, &token, newcomer).await?;
    for person in [&forgetful, newcomer] {
        Devices::of(person.clone()).sign_in(from).await?;
    }
    Ok(vec![forgetful, newcomer.clone()])
}

/// Nobody was made to ask twice for anything, so nobody may have got anything twice.
async fn each_mail_came_once(stores: &Stores, nodes: &[&Node], people: &[Person]) -> Result<()> {
    stores.no_mail_waits().await?;
    let (mut once, mut all) = (BTreeSet::new(), 0);
    let addresses: Vec<_> = people.iter().map(|one| one.email.clone()).collect();
    for node in nodes {
        for mail in node.mail.taken(&addresses).await? {
            all += 1;
            ensure!(once.insert(mail.clone()), "twice: {mail:?}");
        }
    }
    ensure!(all > people.len(), "{all} mails for {}", people.len());
    Ok(())
}
