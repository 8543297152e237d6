//! Killed at any moment, a server has lost nothing that it answered for.

use anyhow::{Context as _, Result};
use auth_testkit::account::{Person, new_password};
use auth_testkit::client::Client;
use auth_testkit::process::ServerProcess;
use serde_json::json;

use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    every_step_to_an_account_survives_a_kill:
        session_on_sqlite, jwt_on_services;
    every_step_to_a_new_password_survives_a_kill:
        session_on_sqlite, jwt_on_services;
    every_step_to_another_address_and_out_survives_a_kill:
        session_on_sqlite, jwt_on_services;
    what_was_answered_is_in_the_history_once_after_a_kill:
        session_on_sqlite, jwt_on_services;
    registrations_that_were_answered_are_kept_and_mailed_once:
        jwt_on_sqlite, session_on_services;
}

/// A server that leaves the mail it queues to the next one.
const NEVER: &str = "1h";
const SOON: &str = "20ms";

async fn every_step_to_an_account_survives_a_kill(on: Deployment) -> Result<()> {
    let ada = Person::new("ada");
    let launch = on.launch().flag("--mail-poll", NEVER);
    let mut server = ServerProcess::start(launch).await?;
    let client = server.client().await?;
    client.register(&ada).await?.is(202)?;
    server.restart_with("--mail-poll", SOON).await?;

    let token = token_to(&on, &ada.email, 1).await?;
    server.restart().await?;
    client.confirm(&token, &ada.password).await?.ok()?;
    server.restart().await?;
    client.verify(&token).await?.refused(400, "invalid_token")?;

    client.login(&ada.username, &ada.password).await?.ok()?;
    server.restart().await?;
    client.profile().await?.ok()?;
    client.refresh().await?.ok()?;
    server.restart().await?;
    client.profile().await?.ok()?;

    let signed_in = client.copy();
    client.logout().await?.ok()?;
    server.restart().await?;
    signed_in.profile().await?.unauthenticated()?;
    assert_eq!(on.mails_to(&ada.email).await.len(), 1);
    Ok(())
}

async fn every_step_to_a_new_password_survives_a_kill(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let (client, person) = (&ada.client, &ada.person);
    on.mail_is_done().await;

    server.restart_with("--mail-poll", NEVER).await?;
    client.forgot(&person.email).await?.is(202)?;
    server.restart_with("--mail-poll", SOON).await?;

    let token = token_to(&on, &person.email, 2).await?;
    let password = new_password();
    server.restart().await?;
    client.reset(&token, &password).await?.ok()?;
    server.restart().await?;

    client.copy().profile().await?.unauthenticated()?;
    client.copy().refresh().await?.unauthenticated()?;
    client
        .reset(&token, &password)
        .await?
        .refused(400, "invalid_token")?;
    let old = client.login(&person.username, &person.password).await?;
    old.refused(401, "invalid_credentials")?;
    client.login(&person.username, &password).await?.ok()?;
    // To confirm, to reset, and the notice that the password was changed.
    on.mail_is_done().await;
    assert_eq!(on.mails_to(&person.email).await.len(), 3);
    Ok(())
}

async fn every_step_to_another_address_and_out_survives_a_kill(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let (client, password) = (&ada.client, &ada.person.password);
    let email = Person::new("lovelace").email;

    server.restart_with("--mail-poll", NEVER).await?;
    let patch = json!({ "email": email, "first_name": "Augusta", "current_password": password });
    client.patch_profile(&patch).await?.ok()?;
    server.restart_with("--mail-poll", SOON).await?;
    let token = token_to(&on, &email, 1).await?;
    server.restart().await?;
    client.verify(&token).await?.ok()?;
    server.restart().await?;
    let profile = client.profile().await?.ok()?;
    assert_eq!(profile.string("/email")?, email);
    assert_eq!(profile.string("/first_name")?, "Augusta");

    client.copy().delete_profile(Some(password)).await?.ok()?;
    server.restart().await?;
    client.profile().await?.unauthenticated()?;
    let gone = client.login(&email, password).await?;
    gone.refused(401, "invalid_credentials")?;
    on.mail_is_done().await;
    // The link, and the notice that the account is gone.
    assert_eq!(on.mails_to(&email).await.len(), 2);
    Ok(())
}

async fn what_was_answered_is_in_the_history_once_after_a_kill(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let (client, person) = (&ada.client, &ada.person);
    let patch = json!({ "first_name": "Augusta" });
    client.patch_profile(&patch).await?.ok()?;
    server.restart().await?;
    let password = new_password();
    client
        .change_password(&person.password, &password)
        .await?
        .ok()?;
    server.restart().await?;
    let wrong = client
        .copy()
        .login(&person.username, "wrong password")
        .await?;
    wrong.refused(401, "invalid_credentials")?;
    server.restart().await?;

    let told = client.security_events("").await?.ok()?;
    let told = told.json()["events"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut names: Vec<_> = told
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    names.sort_unstable();
    let expected = [
        "email_confirmed",
        "password_changed",
        "profile_changed",
        "registered",
        "sign_in_failed",
        // By the mailed link, and by the password.
        "signed_in",
        "signed_in",
        "signed_out",
        "signed_up",
    ];
    assert_eq!(names, expected);
    Ok(())
}

/// Waits until so many mails came to an address, and gives the token of the last.
async fn token_to(on: &Deployment, email: &str, number: usize) -> Result<String> {
    eventually("the mail", async || {
        on.mails_to(email).await.len() >= number
    })
    .await;
    on.mail_is_done().await;
    let mails = on.mails_to(email).await;
    assert_eq!(mails.len(), number, "{mails:?}");
    // Ids of mails are in the order of their making, and so are the names of their files.
    let latest = mails.iter().max_by_key(|mail| &mail.id);
    latest.context("no mail")?.token()
}

/// So many people register at once.
const PEOPLE: usize = 20;

async fn registrations_that_were_answered_are_kept_and_mailed_once(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    for answers in kill_moments() {
        let (answered, unanswered) = register_until(&mut server, answers).await?;
        server.restart().await?;
        on.mail_is_done().await;
        for person in &answered {
            let mails = on.mails_to(&person.email).await;
            assert_eq!(mails.len(), 1, "{mails:?}");
            let client = server.client().await?;
            client
                .confirm(&mails[0].token()?, &person.password)
                .await?
                .ok()?;
            client
                .login(&person.username, &person.password)
                .await?
                .ok()?;
        }
        for person in &unanswered {
            assert!(on.mails_to(&person.email).await.len() <= 1);
        }
    }
    Ok(())
}

/// After how many answers to kill: early, late, and at one moment that differs each time.
fn kill_moments() -> [usize; 3] {
    let random = usize::from(uuid::Uuid::now_v7().as_bytes()[15]) % PEOPLE;
    println!("killed after {random} answers");
    [1, random, PEOPLE - 2]
}

/// Registers people side by side, kills the server after some answers, and gives the
/// people who got one and those who got none.
async fn register_until(
    server: &mut ServerProcess,
    answers: usize,
) -> Result<(Vec<Person>, Vec<Person>)> {
    let client = server.client().await?;
    let (sender, mut outcomes) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..PEOPLE {
        let (client, sender) = (client.copy(), sender.clone());
        tokio::spawn(async move {
            let person = Person::new("ada");
            let outcome = registers(&client, &person).await;
            let _ = sender.send((person, outcome));
        });
    }
    drop(sender);
    let (mut answered, mut unanswered) = (vec![], vec![]);
    loop {
        if answered.len() == answers {
            server.kill();
        }
        let Some((person, outcome)) = outcomes.recv().await else {
            break;
        };
        match outcome? {
            true => answered.push(person),
            false => unanswered.push(person),
        }
    }
    assert_eq!(answered.len() + unanswered.len(), PEOPLE);
    Ok((answered, unanswered))
}

/// Whether a registration was answered for. A server that is killed gives no answer.
async fn registers(client: &Client, person: &Person) -> Result<bool> {
    match client.register(person).await {
        Ok(reply) => reply.is(202).map(|_| true),
        Err(error) if error.is::<reqwest::Error>() => Ok(false),
        Err(error) => Err(error),
    }
}
