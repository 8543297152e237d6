//! A strategy that decides beside the one in force, and what is told of it and of a bridge.

use anyhow::{Result, ensure};
use auth_testkit::process::{Launch, ServerProcess};
use test_services::free_port;

use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    both_strategies_agree_on_what_people_do:
        session_on_sqlite, jwt_on_sqlite, session_on_services, jwt_on_services;
    a_token_that_outlives_its_session_is_told_of: jwt_on_sqlite;
    who_is_left_to_change_over_is_counted: session_on_sqlite, session_on_services;
}

/// A server that is measured.
struct Measured {
    server: ServerProcess,
    metrics: String,
}

impl Measured {
    async fn start(launch: Launch) -> Result<Self> {
        let at = format!("127.0.0.1:{}", free_port()?);
        Ok(Self {
            server: ServerProcess::start(launch.flag("--metrics-bind", &at)).await?,
            metrics: format!("http://{at}/metrics"),
        })
    }

    /// The value of a series; 0 when there is none.
    async fn value(&self, series: &str) -> Result<u64> {
        let text = reqwest::get(&self.metrics).await?.text().await?;
        let line = text.lines().find_map(|line| line.strip_prefix(series));
        Ok(line.map_or(Ok(0), |value| value.trim().parse())?)
    }

    async fn judged(&self, how: &str) -> Result<u64> {
        let series = format!("auth_events_total{{event=\"shadow_{how}\"}}");
        self.value(&series).await
    }

    /// Waits until so many decisions were looked at.
    async fn looked_at(&self, how: &str, least: u64) {
        eventually(how, async || self.judged(how).await.unwrap() >= least).await;
    }
}

fn other(on: &Deployment) -> &'static str {
    match on.is_session() {
        true => "jwt",
        false => "session",
    }
}

async fn both_strategies_agree_on_what_people_do(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--shadow", other(&on));
    let measured = Measured::start(launch.flag("--shadow-percent", "100")).await?;
    let target = on.target(&measured.server);
    for _ in 0..3 {
        let ada = target.signed_up("ada").await?;
        for _ in 0..5 {
            ada.client.profile().await?.ok()?;
        }
        ada.client.refresh().await?.ok()?;
        ada.client.profile().await?.ok()?;
        let tab = ada.client.copy();
        ada.client.logout().await?.ok()?;
        for _ in 0..2 {
            tab.copy().profile().await?.unauthenticated()?;
        }
    }
    measured.looked_at("agrees", 20).await;
    ensure!(measured.judged("differs").await? == 0, "they differ");
    Ok(())
}

async fn a_token_that_outlives_its_session_is_told_of(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--revocation", "stateless");
    let launch = launch
        .flag("--shadow", "session")
        .flag("--shadow-percent", "100");
    let measured = Measured::start(launch).await?;
    let ada = on.target(&measured.server).signed_up("ada").await?;
    let tab = ada.client.copy();
    tab.profile().await?.ok()?;
    ada.client.logout().await?.ok()?;
    tab.profile().await?.ok()?;
    measured.looked_at("differs", 1).await;
    let wanted = |line: &str| line.contains("shadow_differs");
    let told = measured.server.output().line(wanted).await?;
    for part in [
        &*ada.id,
        &ada.session,
        "first=\"accepts\"",
        "second=\"refuses\"",
    ] {
        ensure!(told.contains(part), "{part} is not in {told}");
    }
    let secrets = tab.credential();
    ensure!(
        secrets.secrets().all(|secret| !told.contains(secret)),
        "{told}"
    );
    Ok(())
}

async fn who_is_left_to_change_over_is_counted(on: Deployment) -> Result<()> {
    let server = on.start().await;
    on.target(&server).signed_up("ada").await?;
    let measured = Measured::start(on.launch().flag("--bridge", "jwt")).await?;
    let series = "auth_bridge_sessions{credential=\"session\",used_within=\"1h\"}";
    eventually("the count", async || {
        measured.value(series).await.unwrap() == 1
    })
    .await;
    let none = "auth_bridge_sessions{credential=\"jwt\",used_within=\"1h\"}";
    ensure!(measured.value(none).await? == 0, "there are no tokens");
    Ok(())
}
