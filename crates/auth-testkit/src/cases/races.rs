//! Things done fifty times at once.

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;

use super::{at_once, count, exactly};
use crate::account::{Person, new_password};
use crate::case::cases;
use crate::target::Target;

cases! { "races":
    parallel_uses_of_one_confirmation_token_have_one_winner [VerificationRequired],
    parallel_uses_of_one_reset_token_have_one_winner,
    parallel_registrations_of_one_username_make_one_account,
    parallel_registrations_of_one_address_make_one_account,
    parallel_confirmations_of_one_new_address_have_one_winner,
    parallel_changes_of_one_password_have_one_winner,
}

const MANY: usize = 50;

async fn parallel_uses_of_one_confirmation_token_have_one_winner(target: &Target) -> Result<()> {
    let ada = Person::new("ada");
    let token = target.registered_with_token(&ada).await?;
    let clients = target.clients(MANY).await?;
    let tries = clients.iter().map(|one| one.confirm(&token, &ada.password));
    let replies = at_once(tries).await?;
    // So many tries at once may count as guesses.
    let late = replies.iter().filter(|reply| reply.status != 200);
    ensure!(
        late.clone().count() == MANY - 1,
        "{} won",
        count(&replies, 200)
    );
    let mut late = late.map(|reply| reply.status.as_u16());
    ensure!(late.all(|status| matches!(status, 400 | 429)));
    Ok(())
}

async fn parallel_uses_of_one_reset_token_have_one_winner(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let mut inbox = target.inbox(&ada.email).await?;
    target.client().await?.forgot(&ada.email).await?.is(202)?;
    let token = inbox.token().await?;
    let clients = target.clients(MANY).await?;
    let passwords: Vec<_> = clients.iter().map(|_| new_password()).collect();
    let pairs = clients.iter().zip(&passwords);
    let replies = at_once(pairs.map(|(client, password)| client.reset(&token, password))).await?;
    exactly(&replies, 1, 200, 400)?;
    for (_, password) in replies
        .iter()
        .zip(&passwords)
        .filter(|(reply, _)| reply.status == 200)
    {
        target
            .signed_in_by_password(ada.with_password(password))
            .await?;
    }
    Ok(())
}

async fn parallel_registrations_of_one_username_make_one_account(target: &Target) -> Result<()> {
    let first = Person::new("ada");
    let people: Vec<_> = (0..MANY)
        .map(|_| Person {
            username: first.username.clone(),
            ..Person::new("ada")
        })
        .collect();
    let made = if target.strategy().await?.verification_required() {
        202
    } else {
        201
    };
    let clients = target.clients(MANY).await?;
    let calls = clients
        .iter()
        .zip(&people)
        .map(|(client, person)| client.register(person));
    let replies = at_once(calls).await?;
    exactly(&replies, 1, made, 409)?;
    let mut lost = replies.iter().filter(|reply| reply.status == 409);
    ensure!(
        lost.all(|reply| reply.code() == "username_taken"),
        "an address was blamed"
    );
    Ok(())
}

/// Any number of sign-ups may wait for one address; of accounts there is one.
async fn parallel_registrations_of_one_address_make_one_account(target: &Target) -> Result<()> {
    let first = Person::new("ada");
    let people: Vec<_> = (0..MANY)
        .map(|_| Person {
            email: first.email.clone(),
            ..Person::new("ada")
        })
        .collect();
    let required = target.strategy().await?.verification_required();
    let clients = target.clients(MANY).await?;
    let pairs = || clients.iter().zip(&people);
    let replies = at_once(pairs().map(|(client, person)| client.register(person))).await?;
    let (accepted, login) = if required {
        ((MANY, 202), (MANY, 403))
    } else {
        ((1, 201), (1, 200))
    };
    exactly(&replies, accepted.0, accepted.1, 409)?;
    let logins = pairs().map(|(client, person)| client.login(&person.username, &person.password));
    let logins = at_once(logins).await?;
    exactly(&logins, login.0, login.1, 401)
}

async fn parallel_confirmations_of_one_new_address_have_one_winner(target: &Target) -> Result<()> {
    let (ada, bob) = (
        target.signed_up("ada").await?,
        target.signed_up("bob").await?,
    );
    let wanted = Person::new("new").email;
    let mut inbox = target.inbox(&wanted).await?;
    let mut tokens = vec![];
    for account in [&ada, &bob] {
        let patch = serde_json::json!({ "email": wanted });
        account.client.patch_profile(&patch).await?.ok()?;
        tokens.push(inbox.token().await?);
    }
    let clients = target.clients(2).await?;
    let passwords = [&ada.person.password, &bob.person.password];
    let calls = clients
        .iter()
        .zip(tokens.iter().zip(passwords))
        .map(|(client, (token, password))| client.confirm(token, password));
    let replies = at_once(calls).await?;
    ensure!(
        count(&replies, 200) == 1,
        "{} and {}",
        replies[0],
        replies[1]
    );
    let refused = replies.iter().filter(|reply| reply.status != 200);
    let mut codes = refused.map(|reply| reply.code().to_owned());
    ensure!(codes.all(|code| matches!(code.as_str(), "email_taken" | "invalid_token")));
    let profiles = try_join_all([ada.client.profile(), bob.client.profile()]).await?;
    let owners = profiles
        .iter()
        .filter(|profile| profile.json()["email"] == wanted);
    ensure!(owners.count() == 1, "{} and {}", profiles[0], profiles[1]);
    Ok(())
}

async fn parallel_changes_of_one_password_have_one_winner(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let tabs: Vec<_> = (0..5).map(|_| ada.client.copy()).collect();
    let passwords: Vec<_> = tabs.iter().map(|_| new_password()).collect();
    let pairs = tabs.iter().zip(&passwords);
    let calls = pairs.map(|(tab, password)| tab.change_password(&ada.person.password, password));
    let replies = at_once(calls).await?;
    ensure!(
        count(&replies, 200) == 1,
        "{} changes won",
        count(&replies, 200)
    );
    for (_, password) in replies
        .iter()
        .zip(&passwords)
        .filter(|(reply, _)| reply.status == 200)
    {
        target
            .signed_in_by_password(ada.person.with_password(password))
            .await?;
    }
    Ok(())
}
