//! The client that users' programs have, and its shapes held against what servers answer.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use auth_client::{
    Client, Code, Confirmation, Error, FieldCode, Login, Problem, ProfilePatch, ProviderStart,
    Registered, Registration, Secret, Transport,
};
use futures_util::future::try_join_all;
use reqwest::Method;
use serde::Serialize;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::account::{Person, new_password};
use crate::case::cases;
use crate::provider::Decision;
use crate::reply::Reply;
use crate::target::Target;

cases! { "client":
    it_signs_up_in_and_out,
    its_shapes_are_what_the_server_answers,
    it_keeps_an_account,
    it_lists_and_ends_sessions,
    it_says_why_it_is_refused,
    it_signs_calls_to_an_api_of_ones_own,
    it_comes_through_a_provider [Providers],
    it_renews_before_anything_expires [ShortLifetimes, Jwt],
}

fn registration(person: &Person) -> Registration {
    Registration {
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        username: person.username.clone(),
        email: person.email.clone(),
        password: person.password.as_str().into(),
    }
}

fn login(person: &Person) -> Login {
    Login::new(person.username.as_str(), person.password.as_str())
}

/// A person with a confirmed account, and their client, which is signed in.
async fn signed_in(target: &Target) -> Result<(Person, Client)> {
    let person = Person::new("ada");
    target.confirmed_by_mail(&person).await?;
    let client = target.client().await?.typed().await?;
    client.login(&login(&person)).await?.done()?;
    Ok((person, client))
}

/// The problem by which something was refused.
fn refused<T>(outcome: Result<T, Error>, code: &Code) -> Result<Problem> {
    match outcome {
        Err(Error::Problem(problem)) if problem.code == *code => Ok(*problem),
        Err(error) => Err(error).with_context(|| format!("instead of {code}")),
        Ok(_) => bail!("nothing was refused, instead of {code}"),
    }
}

/// Expects that a shape is written as the server wrote it: that nothing of it is lost.
fn same(typed: &impl Serialize, reply: &Reply, pointer: &str) -> Result<()> {
    let typed = serde_json::to_value(typed)?;
    let raw = reply.json().pointer(pointer);
    ensure!(raw == Some(&typed), "{reply} was read as {typed}");
    Ok(())
}

async fn it_signs_up_in_and_out(target: &Target) -> Result<()> {
    let (person, client) = (Person::new("ada"), target.client().await?.typed().await?);
    let mut inbox = target.inbox(&person.email).await?;
    let registered = client.register(&registration(&person)).await?;
    match registered {
        Registered::Ready(user) => ensure!(user.username == person.username),
        _ => ensure!(client.strategy().verification_required()),
    }
    // The second link replaces the first.
    inbox.token().await?;
    client.resend_verification(&person.email).await?;
    let confirmation = Confirmation::new(inbox.token().await?, person.password.as_str());
    let grant = client.verify(&confirmation).await?.done()?;
    ensure!(grant.user.email_verified && grant.session.current);
    ensure!(client.profile().await?.id == grant.user.id);

    client.logout().await?;
    ensure!(!client.is_signed_in());
    refused(client.profile().await, &Code::Unauthenticated)?;
    refused(client.logout().await, &Code::Unauthenticated)?;

    let grant = client.login(&login(&person).remembered()).await?.done()?;
    let renewed = client.refresh().await?;
    ensure!(renewed.session.id == grant.session.id);
    ensure!(client.profile().await? == renewed.user);
    Ok(())
}

async fn its_shapes_are_what_the_server_answers(target: &Target) -> Result<()> {
    let (person, client) = signed_in(target).await?;
    let stranger = target.client().await?;
    let raw = stranger.holding(client.credential());
    let strategy = raw.get("/strategy").await?.ok()?;
    same(client.strategy(), &strategy, "")?;
    same(&client.profile().await?, &raw.profile().await?.ok()?, "")?;
    let listed = raw.sessions().await?.ok()?;
    same(&client.sessions().await?, &listed, "/sessions")?;
    let granted = stranger.login(&person.username, &person.password).await?;
    let grant: auth_client::Grant = serde_json::from_value(granted.json().clone())?;
    same(&grant, &granted, "")?;
    let refusal = stranger.login("", "").await?;
    let problem: Problem = serde_json::from_value(refusal.json().clone())?;
    same(&problem, &refusal, "")
}

async fn it_keeps_an_account(target: &Target) -> Result<()> {
    let (person, client) = signed_in(target).await?;
    let mut inbox = target.inbox(&person.email).await?;
    let patch = ProfilePatch {
        first_name: Some("Grace".into()),
        ..ProfilePatch::default()
    };
    let user = client.change_profile(&patch).await?;
    ensure!(user.first_name == "Grace");
    let stale = client.meant_for(Uuid::nil());
    refused(stale.change_profile(&patch).await, &Code::UserChanged)?;
    client.meant_for(user.id).change_profile(&patch).await?;

    let (old, new) = (
        Secret::from(person.password.as_str()),
        new_password().into(),
    );
    client.change_password(&old, &new).await?;
    ensure!(client.profile().await?.id == user.id);
    client.forgot_password(&person.email).await?;
    let person = person.with_password(&new_password());
    let newest = person.password.as_str().into();
    let token = inbox.token().await?.into();
    client.reset_password(&token, &newest).await?;
    client.login(&login(&person)).await?.done()?;
    client.delete_account(Some(&newest)).await?;
    ensure!(!client.is_signed_in());
    refused(
        client.login(&login(&person)).await,
        &Code::InvalidCredentials,
    )?;
    Ok(())
}

async fn it_lists_and_ends_sessions(target: &Target) -> Result<()> {
    let (person, client) = signed_in(target).await?;
    let others = target.clients(2).await?;
    let phone = others[0].typed().await?;
    let lost = phone.login(&login(&person)).await?.done()?.session.id;
    others[1].typed().await?.login(&login(&person)).await?;
    let sessions = client.sessions().await?;
    ensure!(sessions.iter().filter(|one| one.current).count() == 1);
    ensure!(sessions.iter().any(|one| one.id == lost), "{sessions:?}");
    client.revoke_session(lost).await?;
    target
        .signed_out(&others[0].holding(phone.credential()))
        .await?;
    refused(client.revoke_session(lost).await, &Code::NotFound)?;
    let left = client.sessions().await?.len();
    ensure!(client.revoke_other_sessions().await? == u64::try_from(left - 1)?);
    ensure!(client.sessions().await?.len() == 1);
    Ok(())
}

async fn it_says_why_it_is_refused(target: &Target) -> Result<()> {
    let (person, client) = signed_in(target).await?;
    let stranger = target.client().await?.typed().await?;
    let wrong = Login::new(person.username.as_str(), new_password());
    let problem = refused(stranger.login(&wrong).await, &Code::InvalidCredentials)?;
    ensure!(problem.status == 401 && !problem.detail.is_empty() && problem.fields.is_empty());
    let unfit = Registration {
        username: String::new(),
        ..registration(&Person::new("bob"))
    };
    let problem = refused(stranger.register(&unfit).await, &Code::ValidationFailed)?;
    let fields: Vec<_> = problem
        .fields
        .iter()
        .map(|f| (&*f.field, &f.code))
        .collect();
    ensure!(fields == [("username", &FieldCode::Required)], "{problem}");
    let taken = Registration {
        username: person.username.clone(),
        ..registration(&Person::new("bob"))
    };
    refused(stranger.register(&taken).await, &Code::UsernameTaken)?;
    let confirmation = Confirmation::signed_in("A".repeat(43));
    refused(client.verify(&confirmation).await, &Code::InvalidToken)?;
    let dead = client.holding(client.credential());
    client.logout().await?;
    target
        .signed_out(&target.client().await?.holding(dead.credential()))
        .await?;
    refused(dead.refresh().await, &Code::Unauthenticated)?;
    ensure!(!dead.is_signed_in());
    Ok(())
}

/// The profile stands for a route of the application.
async fn it_signs_calls_to_an_api_of_ones_own(target: &Target) -> Result<()> {
    let (person, client) = signed_in(target).await?;
    let url = format!("{}/profile", target.base_url.as_str().trim_end_matches('/'));
    let answer = client
        .send(client.http().request(Method::GET, &url))
        .await?;
    ensure!(answer.status() == 200, "{}", answer.status());
    let user: auth_client::User = answer.json().await?;
    ensure!(user.username == person.username);
    let elsewhere = client.http().get("http://app.example.org/notes");
    let misplaced = client.send(elsewhere).await;
    ensure!(matches!(misplaced, Err(Error::Misplaced(_))));
    Ok(())
}

async fn it_comes_through_a_provider(target: &Target) -> Result<()> {
    let (person, device) = (Person::new("ada"), target.client().await?);
    let (client, provider) = (device.typed().await?, target.provider()?);
    let start = ProviderStart {
        return_to: Some("/".into()),
        fresh: true,
    };
    let there = client.start_sign_in(provider.id(), &start).await?;
    let decision = Decision::of(&person);
    let back = provider.decide(there.as_str(), &decision).await?;
    let home = client.finish(provider.id(), &back).await?;
    if client.strategy().transport == Transport::Bearer {
        let code = home.fragment().and_then(|text| text.strip_prefix("code="));
        let code = code.context("no code")?.into();
        client.exchange(&code).await?.done()?;
    }
    ensure!(client.profile().await?.email == person.email);
    let identities = client.identities().await?;
    let raw = device.holding(client.credential());
    let listed = raw.get("/identities").await?.ok()?;
    same(&identities, &listed, "/identities")?;
    let unlinked = client.unlink(identities[0].id, None).await;
    refused(unlinked, &Code::LastSignInMethod)?;

    let two = &target.providers()?.two;
    let there = client.start_link(two.id(), None, None).await?;
    let decision = Decision::of(&Person::new("work"));
    let back = two.decide(there.as_str(), &decision).await?;
    client.finish(two.id(), &back).await?;
    ensure!(client.identities().await?.len() == 2);
    let declined = client.start_sign_in(provider.id(), &start).await?;
    let back = provider
        .decide(declined.as_str(), &Decision::declining())
        .await?;
    refused(
        client.finish(provider.id(), &back).await,
        &Code::AccessDenied,
    )?;
    Ok(())
}

async fn it_renews_before_anything_expires(target: &Target) -> Result<()> {
    let (person, client) = signed_in(target).await?;
    let (before, deadline) = (
        client.credential(),
        Instant::now() + target.lifetimes.access,
    );
    while client.credential() == before {
        ensure!(Instant::now() < deadline, "an access token gets too old");
        let users = try_join_all((0..4).map(|_| client.profile())).await?;
        ensure!(users.iter().all(|user| user.username == person.username));
        sleep(Duration::from_millis(50)).await;
    }
    ensure!(client.sessions().await?.len() == 1);
    Ok(())
}
