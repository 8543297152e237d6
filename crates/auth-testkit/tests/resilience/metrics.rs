//! What is measured, and under which labels.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Result, ensure};
use auth_testkit::process::{Launch, ServerProcess};

use crate::deployment::Deployment;
use crate::on;
use crate::raw::Wire;

on! {
    what_happens_to_accounts_is_counted: session_on_sqlite, jwt_on_sqlite;
    strangers_make_up_no_series: session_on_sqlite, jwt_on_sqlite;
    who_asks_for_them_keeps_to_the_deadlines: session_on_sqlite;
    who_asks_for_them_has_few_connections: session_on_sqlite;
}

/// A server that is measured, and where its metrics are.
async fn measured(launch: Launch) -> Result<(ServerProcess, SocketAddr)> {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, test_services::free_port()?));
    let server = ServerProcess::start(launch.flag("--metrics-bind", at)).await?;
    Ok((server, at))
}

async fn what_happens_to_accounts_is_counted(on: Deployment) -> Result<()> {
    let (server, at) = measured(on.launch()).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    for _ in 0..2 {
        ada.client.refresh().await?.ok()?;
    }
    ada.client.logout().await?.ok()?;
    let metrics = reqwest::get(format!("http://{at}/metrics"))
        .await?
        .text()
        .await?;
    for line in ["registered\"} 1", "refreshed\"} 2"] {
        let line = format!("auth_events_total{{event=\"{line}");
        ensure!(
            metrics.lines().any(|one| one == line),
            "{line} is not in {metrics}"
        );
    }
    Ok(())
}

async fn strangers_make_up_no_series(on: Deployment) -> Result<()> {
    let (server, at) = measured(on.launch()).await?;
    let mut wire = Wire::connect(server.address()).await?;
    let mut counted = vec![];
    for round in 0..3 {
        for (method, path) in [
            (format!("MADE{round}"), "/health/live".to_owned()),
            (format!("MADE{round}"), format!("/made/up{round}")),
            ("GET".to_owned(), format!("/made/up{round}")),
            ("DELETE".to_owned(), format!("/api/auth/sessions/{round}")),
            ("GET".to_owned(), format!("/docs/made-up-{round}")),
            (
                "get".to_owned(),
                format!("/api/auth/profile?made=up{round}"),
            ),
        ] {
            let host = format!("made-up-{round}.example");
            wire.ask(format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
                .await?;
        }
        let metrics = reqwest::get(format!("http://{at}/metrics")).await?;
        let metrics = metrics.text().await?;
        let lower = metrics.to_ascii_lowercase();
        ensure!(!lower.contains("made"), "{metrics}");
        ensure!(metrics.contains("method=\"other\""), "{metrics}");
        counted.push(metrics.lines().count());
    }
    ensure!(
        counted.iter().all(|count| *count == counted[0]),
        "{counted:?}"
    );
    Ok(())
}

const METRICS: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

async fn who_asks_for_them_keeps_to_the_deadlines(on: Deployment) -> Result<()> {
    let (_server, at) = measured(on.launch().flag("--head-timeout", "1s")).await?;
    let (silent, mut slow) = (Wire::connect(at).await?, Wire::connect(at).await?);
    ensure!(slow.ask(METRICS).await?.status == 200, "no metrics");
    slow.send(b"GET /met").await?;
    for wire in [silent, slow] {
        let rest = wire.rest().await;
        let is_refusal = rest.is_empty() || rest.starts_with(b"HTTP/1.1 408");
        ensure!(is_refusal, "an answer to half a request");
    }
    Ok(())
}

async fn who_asks_for_them_has_few_connections(on: Deployment) -> Result<()> {
    let (_server, at) = measured(on.launch()).await?;
    let first = Wire::connect(at).await?;
    let mut others = vec![];
    for _ in 0..64 {
        let mut wire = Wire::connect(at).await?;
        ensure!(wire.ask(METRICS).await?.status == 200, "no metrics");
        others.push(wire);
    }
    ensure!(first.rest().await.is_empty(), "something came");
    Ok(())
}
