//! A store that loses its data, or that not all servers share, brings no credential back. What
//! has been kept for long enough is forgotten.

use anyhow::{Result, ensure};
use auth_testkit::process::ServerProcess;
use auth_testkit::{Client, Target};
use diesel::SqliteConnection;
use diesel::connection::{Connection as _, SimpleConnection as _};

use crate::deployment::{Deployment, eventually};
use crate::on;
use crate::redis::ask;

on! {
    what_was_signed_out_stays_out_when_a_memory_is_lost: session_on_sqlite, jwt_on_sqlite;
    what_was_signed_out_stays_out_when_redis_forgets: session_on_services, jwt_on_services;
    servers_with_different_session_stores_are_told_so: session_on_sqlite, jwt_on_sqlite;
    a_file_may_name_the_session_store: session_on_sqlite, jwt_on_sqlite;
    the_audit_trail_forgets_in_time: session_on_sqlite, jwt_on_services;
    what_fails_to_forget_keeps_nothing_else_from_it: session_on_sqlite;
}

/// One public URL, whatever the port, so that each start issues for the same parties.
const PUBLIC_URL: (&str, &str) = ("--public-url", "http://localhost:4000");

async fn start(on: &Deployment, store: Option<&str>) -> Result<ServerProcess> {
    let launch = on.launch().flag(PUBLIC_URL.0, PUBLIC_URL.1);
    ServerProcess::start(match store {
        Some(store) => launch.flag("--session-store", store),
        None => launch,
    })
    .await
}

async fn what_was_signed_out_stays_out_when_a_memory_is_lost(on: Deployment) -> Result<()> {
    let mut server = start(&on, Some("memory")).await?;
    let target = on.target(&server);
    let (ada, phone) = two_devices(&target).await?;
    let copy = ada.copy();
    ada.logout().await?.ok()?;
    server.terminate().await?;
    let server = start(&on, Some("memory")).await?;
    for device in [copy, phone] {
        dead(&device.at(&server.url()?)).await?;
    }
    Ok(())
}

async fn what_was_signed_out_stays_out_when_redis_forgets(on: Deployment) -> Result<()> {
    let server = start(&on, None).await?;
    let target = on.target(&server);
    let (ada, phone) = two_devices(&target).await?;
    let copy = ada.copy();
    ada.logout().await?.ok()?;
    // As a restart without persistence would.
    ask(on.redis(), "FLUSHALL").await?;
    for device in [copy, phone] {
        dead(&device).await?;
    }
    Ok(())
}

async fn servers_with_different_session_stores_are_told_so(on: Deployment) -> Result<()> {
    let one = start(&on, None).await?;
    let told = one.client().await?.get("/strategy").await?.ok()?;
    ensure!(
        told.json()["guarantees"]["revocation"] == "before_answer",
        "{told}"
    );
    let other = start(&on, Some("memory")).await?;
    let warned = |line: &str| line.contains("keeps its sessions in another store");
    other.output().line(warned).await?;
    one.output().line(warned).await?;
    for server in [&one, &other] {
        let told = server.client().await?.get("/strategy").await?.ok()?;
        let guarantees = &told.json()["guarantees"];
        ensure!(
            guarantees["revocation"] == "before_answer in this session store",
            "{told}"
        );
        ensure!(guarantees["revocation_bound_seconds"].is_null(), "{told}");
    }
    // What one can't end, it does not let in either.
    let ada = on.target(&one).signed_up("ada").await?.client;
    ada.profile().await?.ok()?;
    dead(&ada.copy().at(&other.url()?)).await
}

/// A memory forgets where the default would not.
async fn a_file_may_name_the_session_store(on: Deployment) -> Result<()> {
    let file = on.write("session_store", " memory\r\n")?;
    let launch = on.launch().flag("--session-store-file", file.display());
    let mut server = ServerProcess::start(launch).await?;
    let ada = on.target(&server).signed_up("ada").await?.client;
    ada.profile().await?.ok()?;
    server.restart().await?;
    dead(&ada).await
}

/// A person on two devices.
async fn two_devices(target: &Target) -> Result<(Client, Client)> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    Ok((ada.client, phone.client))
}

async fn dead(client: &Client) -> Result<()> {
    client.copy().profile().await?.unauthenticated()?;
    client.copy().refresh().await?.unauthenticated()?;
    Ok(())
}

async fn the_audit_trail_forgets_in_time(on: Deployment) -> Result<()> {
    let server = on.start().await;
    on.target(&server).signed_up("ada").await?;
    the_trail_forgets(&on).await
}

/// A table that no operator of ours would drop stands for whatever else fails.
async fn what_fails_to_forget_keeps_nothing_else_from_it(on: Deployment) -> Result<()> {
    let server = on.start().await;
    on.target(&server).signed_up("ada").await?;
    let mut database = SqliteConnection::establish(&on.sqlite_file().to_string_lossy())?;
    database.batch_execute("PRAGMA busy_timeout = 10000")?;
    database.batch_execute("DROP TABLE tokens")?;
    the_trail_forgets(&on).await
}

/// A server that keeps the trail for no time empties it.
async fn the_trail_forgets(on: &Deployment) -> Result<()> {
    let is_told = async || !on.trail("registered").await.unwrap().is_empty();
    ensure!(is_told().await);
    let launch = on.launch().flag("--audit-retention", "1s");
    let _forgetful = ServerProcess::start(launch.flag("--purge-interval", "10ms")).await?;
    eventually("a trail without it", async || !is_told().await).await;
    Ok(())
}
