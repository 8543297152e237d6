//! Linking identities at providers to an account.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use url::Url;

use super::at_once;
use crate::account::Person;
use crate::case::cases;
use crate::client::{Client, Credential, Transport};
use crate::provider::Decision;
use crate::shape;
use crate::target::{Account, Target};

cases! { "identities":
    an_account_by_password_has_none [Providers],
    a_linked_identity_is_listed_and_signs_in [Providers],
    a_link_needs_no_address_and_changes_no_profile [Providers],
    a_link_returns_where_it_was_asked_to [Providers],
    a_link_leads_nowhere_else [Providers],
    linking_twice_changes_nothing [Providers],
    an_identity_of_another_account_is_taken [Providers],
    two_accounts_that_link_one_identity_have_one_winner [Providers],
    a_link_needs_a_fresh_sign_in_or_the_password [Providers, ShortLifetimes],
    a_link_with_a_wrong_password_is_refused [Providers],
    a_stranger_links_nothing [Providers],
    a_link_in_another_browser_is_refused [Providers],
    a_link_needs_the_session_that_began_it [Providers, Cookie],
    a_link_ends_with_the_session_that_began_it [Providers],
    a_link_ends_with_a_new_password [Providers],
    a_link_ends_with_the_account [Providers],
    an_unconfirmed_account_links_nothing [Providers, VerificationOptional],
    the_owner_is_told_of_a_link [Providers],
    a_link_signs_nobody_else_in [Providers],
}

async fn an_account_by_password_has_none(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    target.confirmed_by_mail(&person).await?;
    let ada = target.signed_in_by_password(person).await?;
    ensure!(ada.client.identities().await?.is_empty());
    Ok(())
}

/// Somebody at the second provider.
fn elsewhere(person: &Person) -> Decision {
    Decision::of(person)
}

async fn a_linked_identity_is_listed_and_signs_in(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let (two, work) = (&target.providers()?.two, Person::new("work"));
    ada.client.link(two, &elsewhere(&work)).await?.is(303)?;
    let identities = ada.client.identities().await?;
    identities.iter().try_for_each(shape::identity)?;
    let providers: Vec<_> = identities.iter().map(|one| &one["provider"]).collect();
    ensure!(providers == ["one", "two"], "{identities:?}");
    ensure!(identities[1]["email"] == work.email, "{identities:?}");
    let phone = target.client().await?;
    phone.arrive(two, &elsewhere(&work)).await?;
    let user = phone.profile().await?.ok()?;
    ensure!(user.json()["id"] == ada.id, "{user}");
    Ok(())
}

async fn a_link_needs_no_address_and_changes_no_profile(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let before = ada.client.profile().await?.ok()?;
    let two = &target.providers()?.two;
    let shy = elsewhere(&Person::new("shy"))
        .without("email")
        .without("email_verified");
    ada.client.link(two, &shy).await?.is(303)?;
    ada.client.profile().await?.says(before.json())?;
    let identities = ada.client.identities().await?;
    ensure!(identities[1]["email"].is_null(), "{identities:?}");
    Ok(())
}

async fn a_link_returns_where_it_was_asked_to(target: &Target) -> Result<()> {
    let (ada, two) = (target.newcomer("ada").await?, &target.providers()?.two);
    let body = json!({"return_to": "/profile?linked=1"});
    let asked = ada.client.ask_to_link("two", &body).await?.ok()?;
    let decision = elsewhere(&Person::new("work"));
    let callback = two.decide(&asked.string("/url")?, &decision).await?;
    let reply = ada.client.come_back(&callback).await?;
    // Nothing is handed over: who linked is signed in already.
    ensure!(reply.location()? == "/profile?linked=1", "{reply}");
    ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    target.still_in(&ada.client).await
}

async fn a_link_leads_nowhere_else(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    for wish in ["//evil.example", "https://evil.example", "javascript:x"] {
        let body = json!({ "return_to": wish });
        let reply = ada.client.ask_to_link("two", &body).await?;
        reply.refused_field("return_to", "invalid_format")?;
    }
    Ok(())
}

async fn linking_twice_changes_nothing(target: &Target) -> Result<()> {
    let (ada, two) = (target.newcomer("ada").await?, &target.providers()?.two);
    let decision = elsewhere(&Person::new("work"));
    ada.client.link(two, &decision).await?.is(303)?;
    let once = ada.client.identities().await?;
    ada.client.link(two, &decision).await?.is(303)?;
    ensure!(ada.client.identities().await? == once);
    Ok(())
}

async fn an_identity_of_another_account_is_taken(target: &Target) -> Result<()> {
    let (ada, bob) = (target.newcomer("ada").await?, target.newcomer("bob").await?);
    let provider = target.provider()?;
    let bobs = Decision::of(&bob.person);
    let reply = ada.client.link(provider, &bobs).await?;
    reply.refused(409, "identity_taken")?;
    ensure!(ada.client.identities().await?.len() == 1);
    let phone = target.come_as(bob.person).await?;
    ensure!(phone.id == bob.id, "the identity changed hands");
    Ok(())
}

async fn two_accounts_that_link_one_identity_have_one_winner(target: &Target) -> Result<()> {
    let (ada, bob) = (target.newcomer("ada").await?, target.newcomer("bob").await?);
    let (two, decision) = (&target.providers()?.two, elsewhere(&Person::new("work")));
    let links = [&ada, &bob].map(|account| account.client.link(two, &decision));
    let replies = at_once(links).await?;
    super::exactly(&replies, 1, 303, 409)?;
    let mut all = ada.client.identities().await?;
    all.extend(bob.client.identities().await?);
    ensure!(all.len() == 3, "{all:?}");
    Ok(())
}

async fn a_link_needs_a_fresh_sign_in_or_the_password(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    target.confirmed(&person).await?;
    let ada = target.signed_in(person).await?;
    target.turns_stale(&ada.client).await?;
    let stale = ada.client.ask_to_link("two", &json!({})).await?;
    stale.refused(403, "reauth_required")?;
    let body = json!({ "current_password": ada.person.password });
    ada.client.ask_to_link("two", &body).await?.ok()?;
    Ok(())
}

async fn a_link_with_a_wrong_password_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let body = json!({ "current_password": "quite another one" });
    let reply = ada.client.ask_to_link("two", &body).await?;
    reply.refused_field("current_password", "wrong_password")?;
    Ok(())
}

async fn a_stranger_links_nothing(target: &Target) -> Result<()> {
    let stranger = target.client().await?;
    let ask = stranger.ask_to_link("two", &json!({})).await?;
    ask.unauthenticated()?;
    stranger.get("/identities").await?.unauthenticated()?;
    let id = uuid::Uuid::now_v7().to_string();
    stranger.unlink(&id).await?.unauthenticated()?;
    Ok(())
}

/// An account that is on its way back from the second provider to link.
async fn about_to_link(target: &Target) -> Result<(Account, Person, Url)> {
    let ada = target.newcomer("ada").await?;
    let work = Person::new("work");
    let asked = ada.client.ask_to_link("two", &json!({})).await?.ok()?;
    let url = asked.string("/url")?;
    let two = &target.providers()?.two;
    let callback = two.decide(&url, &elsewhere(&work)).await?;
    Ok((ada, work, callback))
}

/// Expects that the second provider's person belongs to no account: who comes as them is
/// new here.
async fn is_free(target: &Target, work: &Person, owner: &Account) -> Result<()> {
    let client = target.client().await?;
    let two = &target.providers()?.two;
    client.arrive(two, &elsewhere(work)).await?;
    let user = client.profile().await?.ok()?;
    ensure!(user.json()["id"] != owner.id, "the identity was linked");
    Ok(())
}

/// Otherwise a link that the attacker sends has the victim's identity sign in to the
/// attacker's account.
async fn a_link_in_another_browser_is_refused(target: &Target) -> Result<()> {
    let (ada, work, callback) = about_to_link(target).await?;
    let victim = target.newcomer("victim").await?;
    for browser in [victim.client, target.client().await?] {
        let reply = browser.come_back(&callback).await?;
        reply.refused(400, "invalid_flow")?;
    }
    is_free(target, &work, &ada).await
}

/// What the flow needs beside the flow cookie is looked up when it ends.
async fn refused_at_the_end(
    target: &Target,
    browser: &Client,
    callback: &Url,
    work: &Person,
    ada: &Account,
) -> Result<()> {
    let reply = browser.come_back(callback).await?;
    reply.unauthenticated()?;
    is_free(target, work, ada).await
}

/// Otherwise a planted flow cookie is all it takes to link somebody to another's account.
async fn a_link_needs_the_session_that_began_it(target: &Target) -> Result<()> {
    let victim = target.newcomer("victim").await?;
    for held in [victim.client.credential(), Credential::default()] {
        let (ada, work, callback) = about_to_link(target).await?;
        let planted = ada.client.credential().flow;
        let flow = planted.context("no flow cookie")?;
        let held = Credential {
            flow: Some(flow),
            ..held
        };
        let browser = victim.client.holding(held);
        refused_at_the_end(target, &browser, &callback, &work, &ada).await?;
    }
    Ok(())
}

async fn a_link_ends_with_the_session_that_began_it(target: &Target) -> Result<()> {
    let (ada, work, callback) = about_to_link(target).await?;
    let phone = target.come_as(ada.person.clone()).await?;
    let browser = ada.client.copy();
    ada.client.logout().await?.ok()?;
    refused_at_the_end(target, &browser, &callback, &work, &ada).await?;
    ensure!(phone.client.identities().await?.len() == 1);
    Ok(())
}

async fn a_link_ends_with_a_new_password(target: &Target) -> Result<()> {
    let (ada, work, callback) = about_to_link(target).await?;
    target.set_password(&ada.person).await?;
    refused_at_the_end(target, &ada.client, &callback, &work, &ada).await
}

async fn a_link_ends_with_the_account(target: &Target) -> Result<()> {
    let (ada, work, callback) = about_to_link(target).await?;
    let browser = ada.client.copy();
    ada.client.delete_profile(None).await?.ok()?;
    refused_at_the_end(target, &browser, &callback, &work, &ada).await
}

/// Whoever registers with somebody's address must not keep a way into the account.
async fn an_unconfirmed_account_links_nothing(target: &Target) -> Result<()> {
    let squatter = Person::new("squatter");
    target.registered(&squatter).await?;
    let squatter = target.signed_in_by_password(squatter).await?;
    let body = json!({ "current_password": squatter.person.password });
    for body in [json!({}), body] {
        let reply = squatter.client.ask_to_link("two", &body).await?;
        reply.refused(403, "email_unverified")?;
    }
    Ok(())
}

async fn the_owner_is_told_of_a_link(target: &Target) -> Result<()> {
    let (ada, two) = (target.newcomer("ada").await?, &target.providers()?.two);
    let mut inbox = target.inbox(&ada.person.email).await?;
    let evil = Person {
        first_name: "https://evil.example".into(),
        ..Person::new("work")
    };
    ada.client.link(two, &elsewhere(&evil)).await?.is(303)?;
    let mail = inbox.notice().await?;
    ensure!(
        !mail.text.contains("evil"),
        "a provider's words were mailed"
    );
    Ok(())
}

async fn a_link_signs_nobody_else_in(target: &Target) -> Result<()> {
    let (ada, _, callback) = about_to_link(target).await?;
    // The flow cookie alone, as after signing out on a shared computer.
    let mut credential = ada.client.credential();
    credential.cookies.clear();
    credential.access = None;
    credential.refresh = None;
    let browser = ada.client.holding(credential);
    let reply = browser.come_back(&callback).await?;
    ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    if target.strategy().await?.transport == Transport::Bearer {
        let code = reply.in_fragment("code").unwrap_or_default();
        ensure!(code.is_none(), "{reply} hands over a code");
    }
    browser.profile().await?.unauthenticated()?;
    ada.client.profile().await.context("the account")?.ok()?;
    Ok(())
}
