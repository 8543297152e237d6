//! Limits on what one network address may do.

use anyhow::{Result, ensure};
use reqwest::Method;

use super::{at_once, exactly};
use crate::account::{Person, new_password};
use crate::case::cases;
use crate::client::{Client, Reply};
use crate::target::{Account, Target};

cases! { "limits_by_address":
    twenty_failed_sign_ins_are_free [Limits],
    a_success_does_not_forgive_an_address [Limits],
    successful_sign_ins_do_not_count [Limits],
    five_registrations_an_hour_are_free [Limits],
    twenty_requests_for_mail_an_hour_are_free [Limits],
    twenty_wrong_tokens_are_free [Limits],
    a_forwarded_address_does_not_escape_a_limit [Limits],
    a_mailbox_gets_three_resets_an_hour [Limits],
    parallel_registrations_on_two_nodes_get_no_more_than_five [Limits, SecondNode],
    parallel_failures_on_two_nodes_get_no_more_than_twenty [Limits, SecondNode],
}

const SIGN_INS: usize = 20;
const REGISTRATIONS: usize = 5;
const MAIL_REQUESTS: usize = 20;
const TOKENS: usize = 20;

/// A failed sign-in to an account that nobody else guesses at.
async fn fail(client: &Client) -> Result<Reply> {
    client
        .login(&Person::new("nobody").username, &new_password())
        .await
}

async fn used_up(client: &Client) -> Result<()> {
    for _ in 0..SIGN_INS {
        fail(client).await?.refused(401, "invalid_credentials")?;
    }
    Ok(())
}

fn limited(reply: Reply) -> Result<()> {
    reply.refused(429, "too_many_attempts")?;
    Ok(())
}

async fn twenty_failed_sign_ins_are_free(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let client = target.client().await?;
    used_up(&client).await?;
    limited(fail(&client).await?)?;
    limited(
        client
            .login(&ada.person.username, &ada.person.password)
            .await?,
    )?;
    // The account itself is free, and so is whoever is signed in.
    target.signed_in_by_password(ada.person).await?;
    client
        .holding(ada.client.credential())
        .profile()
        .await?
        .ok()?;
    Ok(())
}

async fn a_success_does_not_forgive_an_address(target: &Target) -> Result<()> {
    let eve = target.signed_up("eve").await?.person;
    let client = target.client().await?;
    for n in 0..SIGN_INS {
        if n % 4 == 0 {
            client.login(&eve.username, &eve.password).await?.ok()?;
        }
        fail(&client).await?.refused(401, "invalid_credentials")?;
    }
    limited(fail(&client).await?)
}

async fn successful_sign_ins_do_not_count(target: &Target) -> Result<()> {
    let Account { person, client, .. } = target.signed_up("ada").await?;
    for _ in 0..=SIGN_INS {
        client
            .login(&person.username, &person.password)
            .await?
            .ok()?;
    }
    Ok(())
}

async fn five_registrations_an_hour_are_free(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for _ in 0..REGISTRATIONS {
        ensure!(
            client
                .register(&Person::new("ada"))
                .await?
                .status
                .is_success()
        );
    }
    limited(client.register(&Person::new("ada")).await?)
}

async fn twenty_requests_for_mail_an_hour_are_free(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for n in 0..MAIL_REQUESTS {
        let email = Person::new("nobody").email;
        let reply = match n % 2 {
            0 => client.forgot(&email).await?,
            _ => client.resend(&email).await?,
        };
        reply.is(202)?;
    }
    limited(client.forgot(&Person::new("nobody").email).await?)?;
    limited(client.resend(&Person::new("nobody").email).await?)
}

async fn twenty_wrong_tokens_are_free(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for n in 0..TOKENS {
        let reply = match n % 2 {
            0 => client.verify(&"A".repeat(43)).await?,
            _ => client.reset(&"A".repeat(43), &new_password()).await?,
        };
        reply.refused(400, "invalid_token")?;
    }
    limited(client.verify(&"A".repeat(43)).await?)
}

async fn a_forwarded_address_does_not_escape_a_limit(target: &Target) -> Result<()> {
    let client = target.client().await?;
    used_up(&client).await?;
    let form = Person::new("nobody").login();
    for name in [
        "x-forwarded-for",
        "x-real-ip",
        "true-client-ip",
        "cf-connecting-ip",
    ] {
        let call = client.call(Method::POST, "/login").json(&form);
        limited(call.header(name, "203.0.113.77").send().await?)?;
    }
    let call = client.call(Method::POST, "/login").json(&form);
    limited(call.header("forwarded", "for=203.0.113.77").send().await?)
}

/// Whoever asks learns nothing of it; the fourth mail just comes later. Resets have a share
/// of their own, so that nobody is kept from a new password by sign-ups with the address.
async fn a_mailbox_gets_three_resets_an_hour(target: &Target) -> Result<()> {
    let (ada, barrier) = (Person::new("ada"), Person::new("bob"));
    target.confirmed_by_mail(&ada).await?;
    target.confirmed_by_mail(&barrier).await?;
    let (email, mut inbox) = (&ada.email, target.inbox(&ada.email).await?);
    for _ in 0..3 {
        let stranger = Person {
            email: email.clone(),
            ..Person::new("eve")
        };
        target.client().await?.register(&stranger).await?;
    }
    for _ in 0..3 {
        target.client().await?.forgot(email).await?.is(202)?;
        inbox.token().await?;
    }
    for _ in 0..2 {
        target.client().await?.forgot(email).await?.is(202)?;
    }
    let mut later = target.inbox(&barrier.email).await?;
    let barrier = &barrier.email;
    target.client().await?.forgot(barrier).await?.is(202)?;
    later.token().await?;
    let mut more = inbox.unread().await?;
    more.retain(|mail| mail.token().is_ok());
    ensure!(more.is_empty(), "{} mails too many", more.len());
    Ok(())
}

/// One device as it calls the two nodes in turn.
fn on_both_nodes(target: &Target, client: &Client, n: usize) -> Result<Vec<Client>> {
    let second = target.second_node()?;
    let nodes = [&target.base_url, second].into_iter().cycle().take(n);
    Ok(nodes.map(|node| client.at(node)).collect())
}

async fn parallel_registrations_on_two_nodes_get_no_more_than_five(target: &Target) -> Result<()> {
    let clients = on_both_nodes(target, &target.client().await?, 20)?;
    let people: Vec<_> = clients.iter().map(|_| Person::new("ada")).collect();
    let calls = clients
        .iter()
        .zip(&people)
        .map(|(client, person)| client.register(person));
    let made = if target.strategy().await?.verification_required() {
        202
    } else {
        201
    };
    exactly(&at_once(calls).await?, REGISTRATIONS, made, 429)
}

async fn parallel_failures_on_two_nodes_get_no_more_than_twenty(target: &Target) -> Result<()> {
    let clients = on_both_nodes(target, &target.client().await?, 60)?;
    exactly(
        &at_once(clients.iter().map(fail)).await?,
        SIGN_INS,
        401,
        429,
    )
}
