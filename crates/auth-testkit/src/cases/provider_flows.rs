//! Many flows at the same time, in one browser and in many.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::time::sleep;
use url::Url;

use super::{at_once, exactly};
use crate::account::Person;
use crate::case::cases;
use crate::client::{Client, Credential};
use crate::provider::Decision;
use crate::target::{Account, Target};

cases! { "provider_flows":
    parallel_callbacks_of_one_flow_have_one_winner [Providers],
    parallel_callbacks_on_two_nodes_have_one_winner [Providers, SecondNode],
    a_flow_goes_on_at_another_node [Providers, SecondNode],
    two_flows_in_one_browser_both_finish [Providers],
    two_tabs_restored_at_once_both_arrive [Providers],
    a_tab_that_lost_its_cookie_goes_on_unsigned [Providers],
    a_callback_loaded_again_leads_on [Providers],
    an_expired_flow_is_over [Providers, ShortLifetimes],
    twenty_people_at_once_each_get_their_own_account [Providers],
    parallel_first_sign_ins_of_one_person_make_one_account [Providers],
    parallel_newcomers_of_one_name_get_different_usernames [Providers],
    parallel_newcomers_of_one_address_make_one_account [Providers],
}

const MANY: usize = 50;

async fn parallel_callbacks_of_one_flow_have_one_winner(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let decision = Decision::of(&Person::new("ada"));
    let callback = client.visit(target.provider()?, &decision).await?;
    let tabs: Vec<_> = (0..MANY).map(|_| client.copy()).collect();
    let replies = at_once(tabs.iter().map(|tab| tab.come_back(&callback))).await?;
    exactly(&replies, 1, 303, 400)
}

async fn parallel_callbacks_on_two_nodes_have_one_winner(target: &Target) -> Result<()> {
    let (client, second) = (target.client().await?, target.second_node()?);
    let decision = Decision::of(&Person::new("ada"));
    let callback = client.visit(target.provider()?, &decision).await?;
    let tabs = (0..20).map(|n| match n % 2 {
        0 => client.copy(),
        _ => client.at(second),
    });
    let tabs: Vec<_> = tabs.collect();
    let replies = at_once(tabs.iter().map(|tab| tab.come_back(&callback))).await?;
    exactly(&replies, 1, 303, 400)
}

async fn a_flow_goes_on_at_another_node(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let decision = Decision::of(&Person::new("ada"));
    let callback = client.visit(target.provider()?, &decision).await?;
    let there = client.at(target.second_node()?);
    let landed = there.come_back(&callback).await?.is(303)?;
    // What the answer set, the browser has on both.
    let here = there.at(&target.base_url);
    here.land(&landed).await?;
    target.still_in(&here).await?;
    target.still_in(&here.at(target.second_node()?)).await
}

async fn two_flows_in_one_browser_both_finish(target: &Target) -> Result<()> {
    let (client, providers) = (target.client().await?, target.providers()?);
    let (ada, bob) = (Person::new("ada"), Person::new("bob"));
    let first = client.visit(&providers.one, &Decision::of(&ada)).await?;
    let second = client.visit(&providers.two, &Decision::of(&bob)).await?;
    let third = client.visit(&providers.one, &Decision::of(&ada)).await?;
    for (callback, person) in [(second, &bob), (first, &ada), (third, &ada)] {
        client.land(&client.come_back(&callback).await?).await?;
        let user = client.profile().await?.ok()?;
        ensure!(user.json()["email"] == person.email, "{user}");
    }
    Ok(())
}

/// Two flows of one browser that began before it had a cookie, on their way back.
async fn restored(target: &Target, person: &Person) -> Result<(Client, [Url; 2])> {
    let (one, other) = (target.client().await?, target.client().await?);
    let decision = Decision::of(person);
    let first = one.visit(target.provider()?, &decision).await?;
    let second = other.visit(target.provider()?, &decision).await?;
    // Of cookies of one name the browser keeps the later one.
    let (held, later) = (one.credential(), other.credential());
    let browser = one.holding(Credential {
        flow: later.flow,
        tabs: [held.tabs, later.tabs].concat(),
        ..Credential::default()
    });
    Ok((browser, [first, second]))
}

async fn two_tabs_restored_at_once_both_arrive(target: &Target) -> Result<()> {
    let ada = Person::new("ada");
    let (browser, callbacks) = restored(target, &ada).await?;
    for callback in &callbacks {
        browser
            .land(&browser.come_back_to_a_page(callback).await?)
            .await?;
        let user = browser.profile().await?.ok()?;
        ensure!(user.json()["email"] == ada.email, "{user}");
    }
    Ok(())
}

async fn a_tab_that_lost_its_cookie_goes_on_unsigned(target: &Target) -> Result<()> {
    let (browser, [first, second]) = restored(target, &Person::new("ada")).await?;
    let browser = browser.holding(Credential {
        tabs: vec![],
        ..browser.credential()
    });
    let reply = browser.come_back_to_a_page(&first).await?;
    ensure!(reply.location()? == "/", "{}", reply.location()?);
    ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    browser.profile().await?.unauthenticated()?;
    browser
        .land(&browser.come_back_to_a_page(&second).await?)
        .await
}

async fn a_callback_loaded_again_leads_on(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let decision = Decision::of(&Person::new("ada"));
    let callback = client.visit(target.provider()?, &decision).await?;
    client
        .land(&client.come_back_to_a_page(&callback).await?)
        .await?;
    let again = client.come_back_to_a_page(&callback).await?;
    ensure!(again.location()? == "/", "{}", again.location()?);
    ensure!(again.set_cookies().is_empty(), "{again} sets a cookie");
    target.still_in(&client).await?;
    // Nobody else learns anything by it, and a program is told the truth.
    let stranger = target
        .client()
        .await?
        .come_back_to_a_page(&callback)
        .await?;
    ensure!(stranger.location()?.contains("error=invalid_flow"));
    client
        .come_back(&callback)
        .await?
        .refused(400, "invalid_flow")?;
    Ok(())
}

async fn an_expired_flow_is_over(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let decision = Decision::of(&Person::new("ada"));
    let callback = client.visit(target.provider()?, &decision).await?;
    sleep(target.lifetimes.flow).await;
    let late = client.come_back(&callback).await?;
    late.refused(400, "invalid_flow")?;
    client.profile().await?.unauthenticated()?;
    Ok(())
}

/// Each goes all the way on a device of their own, all at the same time.
async fn arrived(target: &Target, people: &[Person]) -> Result<Vec<Account>> {
    try_join_all(people.iter().map(|person| target.come_as(person.clone()))).await
}

async fn twenty_people_at_once_each_get_their_own_account(target: &Target) -> Result<()> {
    let people: Vec<_> = (0..20).map(|_| Person::new("ada")).collect();
    for _ in 0..2 {
        let accounts = arrived(target, &people).await?;
        for account in &accounts {
            let user = account.client.profile().await?.ok()?;
            ensure!(user.json()["email"] == account.person.email, "{user}");
            ensure!(user.json()["username"] == account.person.username, "{user}");
        }
        let ids: BTreeSet<_> = accounts.iter().map(|account| &account.id).collect();
        ensure!(ids.len() == people.len(), "people share accounts");
    }
    Ok(())
}

async fn parallel_first_sign_ins_of_one_person_make_one_account(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let devices = vec![person; 10];
    let accounts = arrived(target, &devices).await?;
    let ids: BTreeSet<_> = accounts.iter().map(|account| &account.id).collect();
    ensure!(ids.len() == 1, "one person has the accounts {ids:?}");
    let sessions: BTreeSet<_> = accounts.iter().map(|account| &account.session).collect();
    ensure!(sessions.len() == devices.len(), "devices share sessions");
    let identities = accounts[0].client.identities().await?;
    ensure!(identities.len() == 1, "{identities:?}");
    Ok(())
}

async fn username(client: &Client) -> Result<Value> {
    Ok(client.profile().await?.ok()?.json()["username"].clone())
}

async fn parallel_newcomers_of_one_name_get_different_usernames(target: &Target) -> Result<()> {
    let wanted = Person::new("ada").username;
    let people: Vec<_> = (0..10)
        .map(|_| Person {
            username: wanted.clone(),
            ..Person::new("ada")
        })
        .collect();
    let accounts = arrived(target, &people).await?;
    let names = try_join_all(accounts.iter().map(|account| username(&account.client))).await?;
    let different: BTreeSet<_> = names.iter().map(Value::to_string).collect();
    ensure!(
        different.len() == people.len(),
        "the usernames are {names:?}"
    );
    ensure!(
        names.iter().any(|name| *name == wanted),
        "nobody got {wanted}"
    );
    Ok(())
}

/// They come through two providers that both vouch for the address; whoever is second has
/// to sign in and link.
async fn parallel_newcomers_of_one_address_make_one_account(target: &Target) -> Result<()> {
    let providers = target.providers()?;
    let person = Person::new("ada");
    let decision = Decision::of(&person);
    let clients = target.clients(10).await?;
    let ways = clients.iter().enumerate().map(|(n, client)| {
        let way = [&providers.one, &providers.two][n % 2];
        client.through(way, &decision)
    });
    let replies = at_once(ways).await?;
    exactly(&replies, 5, 303, 409)?;
    let mut refused = replies.iter().filter(|reply| reply.status == 409);
    ensure!(refused.all(|reply| reply.code() == "link_required"));
    Ok(())
}
