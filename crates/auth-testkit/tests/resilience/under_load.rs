//! Sign-outs while everybody reads, nodes stop and are killed, and stores come and go: no read
//! that begins after the answer succeeds, and nobody is signed out who should not be.

use std::time::Duration;

use anyhow::Result;
use auth_testkit::process::ServerProcess;
use rustix::process::Signal;
use test_services::Redis;

use crate::crowd::{Crowd, End};
use crate::deployment::{Deployment, eventually, run};
use crate::locked::lock;
use crate::on;
use crate::redis::ask;
use crate::relay::Relay;

on! {
    no_read_succeeds_that_begins_after_a_sign_out_was_answered:
        session_on_sqlite, jwt_on_sqlite, session_on_own_services, jwt_on_own_services;
    sign_outs_hold_when_a_replica_takes_over: session_on_own_services, jwt_on_own_services;
    sign_outs_hold_when_a_standby_is_promoted: session_on_own_services, jwt_on_own_services;
    nobody_comes_back_when_redis_is_emptied: session_on_own_services, jwt_on_own_services;
}

/// So many people sign out, one after the other.
const PEOPLE: usize = 16;

/// One public URL, whatever the port, so that all nodes issue for the same parties.
const PUBLIC_URL: &str = "http://localhost:4000";

async fn no_read_succeeds_that_begins_after_a_sign_out_was_answered(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--public-url", PUBLIC_URL);
    let start = || ServerProcess::start(launch.clone());
    let (one, two, mut third) = tokio::try_join!(start(), start(), start())?;
    let crowd = Crowd::gather(&on, PEOPLE, &[&one, &two, &third]).await?;
    for n in 0..PEOPLE {
        match n {
            3 => hang(&on, &third)?,
            7 => third.signal(Signal::CONT)?,
            9 => third.kill(),
            12 => third.restart().await?,
            _ => {}
        }
        if on.has_services() {
            befall(&on, n).await?;
        }
        let how = match n % 4 {
            1 => End::PasswordChange(0),
            2 => End::Disable,
            node => End::SignOut(node % 2),
        };
        crowd.end(n, how).await?;
    }
    crowd.disperse().await
}

/// Makes a node hang, but not in the middle of a write to SQLite, which would keep everybody
/// else from writing too.
fn hang(on: &Deployment, node: &ServerProcess) -> Result<()> {
    node.signal(Signal::STOP)?;
    while !on.has_services() && lock(&on.sqlite_file(), Duration::from_secs(1)).is_err() {
        node.signal(Signal::CONT)?;
        node.signal(Signal::STOP)?;
    }
    Ok(())
}

/// What befalls PostgreSQL and Redis before a sign-out.
async fn befall(on: &Deployment, n: usize) -> Result<()> {
    match n {
        5 => on.cut_connections().await,
        6 => on.redis().restart(),
        8 => cut_connections(on.redis()).await,
        10 => on.postgres().restart(),
        _ => Ok(()),
    }
}

async fn cut_connections(redis: &Redis) -> Result<()> {
    for kind in ["normal", "pubsub"] {
        ask(redis, &format!("CLIENT KILL TYPE {kind}")).await?;
    }
    Ok(())
}

/// As behind an address that leads to whoever is the primary at the time.
async fn sign_outs_hold_when_a_replica_takes_over(on: Deployment) -> Result<()> {
    let replica = Redis::start()?;
    let (from, to) = (on.redis().place().port(), replica.place().port());
    ask(&replica, &format!("REPLICAOF 127.0.0.1 {from}")).await?;
    has_role(&replica, "master_link_status:up").await;
    let relay = Relay::start(from).await?;
    let launch = on.launch().flag("--public-url", PUBLIC_URL);
    let launch = launch.flag("--session-store", relay.url("redis"));
    let start = || ServerProcess::start(launch.clone());
    let (one, two) = tokio::try_join!(start(), start())?;
    let crowd = Crowd::gather(&on, 6, &[&one, &two]).await?;
    crowd.end(0, End::SignOut(0)).await?;
    // Waits until the replica has everything, as a switch in good order does.
    ask(on.redis(), &format!("FAILOVER TO 127.0.0.1 {to}")).await?;
    has_role(&replica, "role:master").await;
    relay.lead_to(to);
    crowd.end(1, End::SignOut(1)).await?;
    crowd.end(2, End::PasswordChange(0)).await?;
    on.redis().stop()?;
    crowd.end(3, End::SignOut(0)).await?;
    crowd.disperse().await
}

/// The primary ends without notice; its standby had everything that was answered for.
async fn sign_outs_hold_when_a_standby_is_promoted(on: Deployment) -> Result<()> {
    let standby = on.postgres().standby()?;
    on.wait_for_standbys().await?;
    let relay = Relay::start(on.postgres().place().port()).await?;
    let launch = on.launch().flag("--public-url", PUBLIC_URL);
    let launch = launch.flag("--database-url", on.database_at(&relay.url("postgres"))?);
    let start = || ServerProcess::start(launch.clone());
    let (one, two) = tokio::try_join!(start(), start())?;
    let crowd = Crowd::gather(&on, 6, &[&one, &two]).await?;
    crowd.end(0, End::SignOut(0)).await?;
    crowd.end(1, End::PasswordChange(1)).await?;
    on.postgres().crash()?;
    run(&standby.url(), "SELECT pg_promote()").await?;
    relay.lead_to(standby.place().port());
    crowd.end(2, End::SignOut(1)).await?;
    crowd.end(3, End::PasswordChange(0)).await?;
    crowd.disperse().await
}

/// Whose session is lost is signed out everywhere, and may sign in again.
async fn nobody_comes_back_when_redis_is_emptied(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--public-url", PUBLIC_URL);
    let start = || ServerProcess::start(launch.clone());
    let (one, two) = tokio::try_join!(start(), start())?;
    let crowd = Crowd::gather(&on, 4, &[&one, &two]).await?;
    crowd.end(0, End::SignOut(0)).await?;
    crowd.lose(ask(on.redis(), "FLUSHALL")).await?;
    // A change that was under way while the data went can't be told, and is to be tried again.
    let (target, other) = (on.target(&one), two.url()?);
    eventually("a sign-in", async || match target.signed_up("bob").await {
        Ok(bob) => bob.client.at(&other).profile().await.unwrap().status == 200,
        Err(_) => false,
    })
    .await;
    crowd.disperse().await
}

async fn has_role(redis: &Redis, line: &str) {
    eventually(line, async || {
        ask(redis, "INFO replication").await.unwrap().contains(line)
    })
    .await;
}
