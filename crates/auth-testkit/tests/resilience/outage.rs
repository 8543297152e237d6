//! While a store is away every answer is a 503, but for reads while a lease lasts, and once it is
//! back all is well again.

use std::time::Duration;

use anyhow::Result;
use auth_testkit::Client;
use auth_testkit::account::Person;
use auth_testkit::process::ServerProcess;
use auth_testkit::target::Account;
use test_services::Server;
use tokio::time::Instant;

use crate::deployment::{Deployment, eventually};
use crate::load::{Load, Sample};
use crate::on;

on! {
    redis_that_is_down_is_a_503_until_it_is_back: session_on_services, jwt_on_services;
    redis_that_hangs_is_a_503_until_it_is_back: session_on_services, jwt_on_services;
    postgres_that_is_down_is_a_503_until_it_is_back:
        session_on_own_services, jwt_on_own_services;
    postgres_that_hangs_is_a_503_until_it_is_back:
        session_on_own_services, jwt_on_own_services;
}

async fn redis_that_is_down_is_a_503_until_it_is_back(on: Deployment) -> Result<()> {
    outage(&on, on.redis(), &DOWN).await
}

async fn redis_that_hangs_is_a_503_until_it_is_back(on: Deployment) -> Result<()> {
    outage(&on, on.redis(), &HANGS).await
}

async fn postgres_that_is_down_is_a_503_until_it_is_back(on: Deployment) -> Result<()> {
    outage(&on, on.postgres(), &DOWN).await
}

async fn postgres_that_hangs_is_a_503_until_it_is_back(on: Deployment) -> Result<()> {
    outage(&on, on.postgres(), &HANGS).await
}

/// A way to be away.
struct Outage {
    begin: fn(&Server) -> Result<()>,
    end: fn(&Server) -> Result<()>,
}

const DOWN: Outage = Outage {
    begin: Server::stop,
    end: Server::restart,
};

const HANGS: Outage = Outage {
    begin: Server::pause,
    end: Server::resume,
};

/// When a store counts as away.
const STORE_TIMEOUT: &str = "500ms";

/// A request asks a store a few times, and the machine is busy.
const LONGEST_ANSWER: Duration = Duration::from_secs(5);

/// From the moment that the store is told to come back: a start takes its time.
const LONGEST_RECOVERY: Duration = Duration::from_secs(15);

/// Answers that show that something holds.
const ENOUGH: usize = 20;

async fn outage(on: &Deployment, service: &Server, outage: &Outage) -> Result<()> {
    let launch = on.launch().flag("--store-timeout", STORE_TIMEOUT);
    // A secret that was spent during the outage would be taken for a stolen one.
    let launch = launch
        .flag("--purge-interval", "100ms")
        .flag("--refresh-reuse-window", "0s");
    let server = ServerProcess::start(launch).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    let load = Load::start(&ada.client);
    load.goes_well(ENOUGH).await;

    let before = Instant::now();
    (outage.begin)(service)?;
    lease_is_over(&ada.client).await;
    let away = Instant::now();
    load.answers(ENOUGH).await;
    says_that_it_can_not_work(&ada).await?;
    let back = Instant::now();
    (outage.end)(service)?;
    load.goes_well(ENOUGH).await;
    let recovery = back.elapsed();
    assert!(recovery < LONGEST_RECOVERY, "{recovery:?}");
    let samples = load.stop();
    works_again(on, &server, &ada).await?;

    every_answer_is_fit(&samples);
    let between = |sample: &&Sample, from: Instant, to: Instant| {
        sample.started > from && sample.started + sample.took < to
    };
    let mut before = samples
        .iter()
        .filter(|sample| sample.started + sample.took < before);
    assert!(before.all(|sample| sample.status == 200));
    let mut meanwhile = samples.iter().filter(|sample| between(sample, away, back));
    assert!(meanwhile.all(|sample| sample.status == 503));
    Ok(())
}

/// Waits until the server no longer answers by what it knew before.
pub async fn lease_is_over(client: &Client) {
    eventually("the end of the lease", async || {
        client.copy().profile().await.unwrap().status == 503
    })
    .await;
}

/// Neither the outage nor its end signs anybody in or out, or takes for ever.
fn every_answer_is_fit(samples: &[Sample]) {
    let fits = |sample: &&Sample| match sample.status {
        200 => true,
        503 => sample.code == "unavailable",
        _ => false,
    };
    let unfit: Vec<_> = samples.iter().filter(|sample| !fits(sample)).collect();
    assert!(unfit.is_empty(), "{unfit:?}");
    let slowest = samples.iter().map(|sample| sample.took).max();
    assert!(slowest < Some(LONGEST_ANSWER), "{slowest:?}");
}

async fn says_that_it_can_not_work(ada: &Account) -> Result<()> {
    let (client, person) = (ada.client.copy(), &ada.person);
    client.get("^/health/live").await?.ok()?;
    client.get("^/health/ready").await?.is(503)?;
    let answers = [
        client.login(&person.username, &person.password).await?,
        client.refresh().await?,
        client.sessions().await?,
    ];
    for answer in answers {
        answer.refused(503, "unavailable")?;
    }
    Ok(())
}

async fn works_again(on: &Deployment, server: &ServerProcess, ada: &Account) -> Result<()> {
    let (client, person) = (&ada.client, &ada.person);
    eventually("readiness", async || is_ready(client).await).await;
    client.refresh().await?.ok()?;
    client
        .login(&person.username, &person.password)
        .await?
        .ok()?;
    on.target(server).confirmed(&Person::new("bob")).await
}

async fn is_ready(client: &Client) -> bool {
    let reply = client.get("^/health/ready").await;
    reply.is_ok_and(|reply| reply.status == 200)
}
