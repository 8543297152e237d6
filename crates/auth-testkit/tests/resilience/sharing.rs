//! Several processes on one store behave like one.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Result, anyhow};
use auth_testkit::account::Person;
use auth_testkit::process::{Launch, ServerProcess};
use auth_testkit::{Client, Reply};
use futures_util::future::try_join_all;

use crate::deployment::Deployment;
use crate::on;

on! {
    guesses_at_an_account_are_counted_over_both_nodes:
        session_on_sqlite, jwt_on_sqlite, session_on_services, jwt_on_services;
    guesses_from_an_address_are_counted_over_both_nodes:
        session_on_sqlite, session_on_services;
    parallel_refreshes_over_both_nodes_leave_one_family:
        session_on_sqlite, jwt_on_sqlite, session_on_services, jwt_on_services;
    servers_that_start_at_once_on_nothing_all_come_up:
        session_on_sqlite, jwt_on_sqlite, session_on_services, jwt_on_services;
}

/// Starts nodes behind one public URL, all at once.
async fn nodes<const N: usize>(launch: Launch) -> Result<[ServerProcess; N]> {
    let launch = launch.flag("--public-url", "http://localhost:4000");
    try_join_all([(); N].map(|()| ServerProcess::start(launch.clone())))
        .await?
        .try_into()
        .map_err(|_| anyhow!("a start came to nothing"))
}

/// Guesses sent at once, half of them to each node.
const GUESSES: usize = 50;

/// The failed sign-ins of an account that are free.
const FREE: usize = 5;

async fn guesses_at_an_account_are_counted_over_both_nodes(on: Deployment) -> Result<()> {
    let launch = on
        .launch()
        .flag("--limits", "on")
        .flag("--limit-sign-in-delay", "15m");
    let nodes: [_; 2] = nodes(launch).await?;
    let target = on.target(&nodes[0]);
    let ada = Person::new("ada");
    target.confirmed(&ada).await?;
    let clients = target.clients(GUESSES).await?;
    let guesses = over_both(&nodes, clients)?
        .map(async |client| client.login(&ada.username, "not the password").await);
    only_so_many_are_heard(FREE, &try_join_all(guesses).await?);
    Ok(())
}

/// The failed sign-ins from an address that are free.
const FREE_BY_ADDRESS: usize = 20;

async fn guesses_from_an_address_are_counted_over_both_nodes(on: Deployment) -> Result<()> {
    let nodes: [_; 2] = nodes(on.launch().flag("--limits", "on")).await?;
    let client = nodes[0].client().await?;
    let address = IpAddr::from(Ipv4Addr::new(127, 9, 9, 9));
    let clients = (0..GUESSES).map(|_| client.elsewhere(Some(address)));
    let clients = clients.collect::<Result<_>>()?;
    let guesses = over_both(&nodes, clients)?.map(async |client| {
        client
            .login(&Person::new("bob").username, "not the password")
            .await
    });
    only_so_many_are_heard(FREE_BY_ADDRESS, &try_join_all(guesses).await?);
    Ok(())
}

/// The same clients, every other one calling the second node.
fn over_both(
    [one, other]: &[ServerProcess; 2],
    clients: Vec<Client>,
) -> Result<impl Iterator<Item = Client>> {
    let urls = [one.url()?, other.url()?];
    let numbered = clients.into_iter().enumerate();
    Ok(numbered.map(move |(n, client)| client.at(&urls[n % urls.len()])))
}

fn only_so_many_are_heard(number: usize, replies: &[Reply]) {
    let count = |code: &str| replies.iter().filter(|reply| reply.code() == code).count();
    assert_eq!(count("invalid_credentials"), number, "{replies:?}");
    assert_eq!(
        count("too_many_attempts"),
        replies.len() - number,
        "{replies:?}"
    );
}

/// Uses of one refresh token at once.
const REFRESHES: usize = 20;

async fn parallel_refreshes_over_both_nodes_leave_one_family(on: Deployment) -> Result<()> {
    let nodes: [_; 2] = nodes(on.launch().flag("--refresh-reuse-window", "60s")).await?;
    let ada = on.target(&nodes[0]).signed_up("ada").await?;
    let tabs = (0..REFRESHES).map(|_| ada.client.copy()).collect();
    let tabs: Vec<_> = over_both(&nodes, tabs)?.collect();
    for reply in try_join_all(tabs.iter().map(Client::refresh)).await? {
        reply.ok()?;
    }

    let successors: BTreeSet<_> = tabs.iter().filter_map(renewable).collect();
    assert_eq!(successors.len(), 1, "{successors:?}");
    let elsewhere = tabs[0].at(&nodes[1].url()?);
    let sessions = elsewhere.sessions().await?.ok()?;
    let sessions = sessions.json()["sessions"].as_array().map(Vec::len);
    assert_eq!(sessions, Some(1));
    elsewhere.refresh().await?.ok()?;
    elsewhere.at(&nodes[0].url()?).profile().await?.ok()?;
    Ok(())
}

/// The secret that a client refreshes with.
fn renewable(client: &Client) -> Option<String> {
    let credential = client.credential();
    let cookie = credential
        .cookies
        .first()
        .map(|cookie| cookie.value.clone());
    credential.refresh.or(cookie)
}

async fn servers_that_start_at_once_on_nothing_all_come_up(on: Deployment) -> Result<()> {
    let nodes: [_; 4] = nodes(on.launch()).await?;
    let ada = on.target(&nodes[0]).signed_up("ada").await?;
    for node in &nodes {
        let there = ada.client.at(&node.url()?);
        there.get("^/health/ready").await?.ok()?;
        there.profile().await?.ok()?;
    }
    Ok(())
}
