//! The one-time code that a callback hands over to token strategies.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use super::{at_once, exactly};
use crate::account::{Person, new_password};
use crate::case::cases;
use crate::client::{Client, Reply};
use crate::provider::Decision;
use crate::shape;
use crate::target::Target;

cases! { "exchange":
    a_code_is_exchanged_for_a_grant [Providers, Bearer],
    a_code_works_once [Providers, Bearer],
    parallel_exchanges_have_one_winner [Providers, Bearer],
    a_code_works_only_in_the_browser_that_began [Providers, Bearer],
    an_expired_code_is_worth_nothing [Providers, Bearer, ShortLifetimes],
    a_refresh_token_can_travel_in_a_cookie [Providers, Bearer],
    a_code_dies_with_its_account [Providers, Bearer],
    a_code_dies_with_a_new_password [Providers, Bearer],
    a_code_dies_with_its_identity [Providers, Bearer],
    a_code_dies_when_the_account_is_disabled [Providers, Bearer, Operator],
    a_foreign_site_exchanges_nothing [Providers, Bearer],
    a_trusted_site_exchanges_its_code [Providers, Bearer, TrustedOrigin],
    an_invented_code_is_worth_nothing [Providers, Bearer],
    twenty_wrong_codes_are_free [Providers, Bearer, Limits],
    a_malformed_exchange_is_refused [Providers, Bearer],
}

/// A browser that came back with a code.
async fn handed_over(target: &Target, person: &Person) -> Result<(Client, String)> {
    let client = target.client().await?;
    let decision = Decision::of(person);
    let reply = client.through(target.provider()?, &decision).await?;
    let code = reply.in_fragment("code")?.context("no code")?;
    Ok((client, code))
}

fn refused(reply: Reply) -> Result<()> {
    reply.refused(400, "invalid_token")?;
    Ok(())
}

async fn a_code_is_exchanged_for_a_grant(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let (client, code) = handed_over(target, &person).await?;
    // The way there has signed nobody in yet.
    client.profile().await?.unauthenticated()?;
    let grant = client.exchange(&code).await?.ok()?;
    shape::grant(grant.json(), target.strategy().await?, true)?;
    ensure!(grant.json()["user"]["email"] == person.email, "{grant}");
    target.still_in(&client).await?;
    client.refresh().await?.ok()?;
    Ok(())
}

async fn a_code_works_once(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    let thief = client.copy();
    client.exchange(&code).await?.ok()?;
    refused(thief.exchange(&code).await?)?;
    target.still_in(&client).await
}

async fn parallel_exchanges_have_one_winner(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    let flow = client.credential();
    // From addresses of their own, so that no limit answers instead.
    let tabs = target.clients(50).await?;
    let tabs: Vec<_> = tabs.iter().map(|tab| tab.holding(flow.clone())).collect();
    let replies = at_once(tabs.iter().map(|tab| tab.exchange(&code))).await?;
    exactly(&replies, 1, 200, 400)
}

async fn a_code_works_only_in_the_browser_that_began(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    let (bare, other) = (target.client().await?, target.client().await?);
    other.start("one", "").await?.is(303)?;
    for thief in [bare, other] {
        refused(thief.exchange(&code).await?)?;
        thief.profile().await?.unauthenticated()?;
    }
    client.exchange(&code).await?.ok()?;
    Ok(())
}

async fn an_expired_code_is_worth_nothing(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    sleep(target.lifetimes.code).await;
    refused(client.exchange(&code).await?)
}

async fn a_refresh_token_can_travel_in_a_cookie(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    let body = json!({ "code": code, "refresh": "cookie" });
    let grant = client.post("/oauth/exchange", &body).await?.ok()?;
    shape::grant(grant.json(), target.strategy().await?, false)?;
    let mut cookies = grant.set_cookies();
    cookies.retain(|cookie| !cookie.knows_the_device());
    ensure!(cookies.len() == 1, "{} sets {cookies:?}", grant.request);
    ensure!(cookies[0].http_only, "scripts can read {:?}", cookies[0]);
    let again = client.refresh().await?.ok()?;
    shape::grant(again.json(), target.strategy().await?, false)
}

async fn a_code_dies_with_its_account(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let (client, code) = handed_over(target, &ada.person).await?;
    ada.client.delete_profile(None).await?.ok()?;
    refused(client.exchange(&code).await?)
}

async fn a_code_dies_with_a_new_password(target: &Target) -> Result<()> {
    let person = target.newcomer("ada").await?.person;
    let (client, code) = handed_over(target, &person).await?;
    target.set_password(&person).await?;
    refused(client.exchange(&code).await?)?;

    target.link_again(&person).await?;
    let ada = target.signed_in_by_password(person).await?;
    let (client, code) = handed_over(target, &ada.person).await?;
    let (old, new) = (&ada.person.password, new_password());
    ada.client.change_password(old, &new).await?.ok()?;
    refused(client.exchange(&code).await?)
}

async fn a_code_dies_with_its_identity(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let two = &target.providers()?.two;
    let work = Decision::of(&Person::new("work"));
    ada.client.link(two, &work).await?.is(303)?;
    let (client, code) = handed_over(target, &ada.person).await?;
    let identities = ada.client.identities().await?;
    let first = identities[0]["id"].as_str().context("no id")?;
    ada.client.unlink(first).await?.ok()?;
    refused(client.exchange(&code).await?)?;
    client.profile().await?.unauthenticated()?;
    Ok(())
}

async fn a_code_dies_when_the_account_is_disabled(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let (client, code) = handed_over(target, &ada.person).await?;
    let operator = target.operator.as_ref().context("no operator")?;
    operator.disable(&ada.person.username).await?;
    refused(client.exchange(&code).await?)
}

async fn a_foreign_site_exchanges_nothing(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    let body = json!({ "code": code });
    let foreign = || client.call(Method::POST, "/oauth/exchange").json(&body);
    for call in [
        foreign().header("sec-fetch-site", "cross-site"),
        foreign().header("sec-fetch-site", "same-site"),
        foreign().header("origin", "https://evil.example"),
        foreign().header("origin", "null"),
    ] {
        call.send().await?.refused(403, "cross_origin")?;
    }
    client.exchange(&code).await?.ok()?;
    Ok(())
}

async fn a_trusted_site_exchanges_its_code(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    let call = client
        .call(Method::POST, "/oauth/exchange")
        .json(&json!({ "code": code }))
        .header("sec-fetch-site", "cross-site")
        .header("origin", target.trusted()?);
    let grant = call.send().await?.ok()?;
    let allowed = grant.header("access-control-allow-credentials");
    ensure!(
        allowed == Some("true"),
        "the page can't read {}",
        grant.request
    );
    Ok(())
}

async fn an_invented_code_is_worth_nothing(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    let flow = client.credential().flow.context("no flow cookie")?.value;
    let (reversed, long) = (code.chars().rev().collect::<String>(), "A".repeat(4000));
    for invented in [
        "invented",
        "",
        "💩",
        &reversed,
        &code[1..],
        &format!("{code}A"),
        &long,
        &flow,
    ] {
        refused(client.exchange(invented).await?)?;
    }
    client.exchange(&code).await?.ok()?;
    Ok(())
}

async fn twenty_wrong_codes_are_free(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    for _ in 0..20 {
        refused(client.exchange(&"A".repeat(43)).await?)?;
    }
    let blocked = client.exchange(&"A".repeat(43)).await?;
    blocked.refused(429, "too_many_attempts")?;
    // Who has a code is no guesser, wherever others guess from the same address.
    client.exchange(&code).await?.ok()?;
    Ok(())
}

async fn a_malformed_exchange_is_refused(target: &Target) -> Result<()> {
    let (client, code) = handed_over(target, &Person::new("ada")).await?;
    for body in [
        json!({ "code": [code] }),
        json!({ "code": code, "provider": "one" }),
        json!({ "code": code, "refresh": "header" }),
        json!(null),
    ] {
        let reply = client.post("/oauth/exchange", &body).await?;
        reply.refused(400, "invalid_request")?;
    }
    client.exchange(&code).await?.ok()?;
    Ok(())
}
