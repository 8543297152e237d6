//! What is measured, and under which labels.

use anyhow::{Result, ensure};
use auth_testkit::process::ServerProcess;

use crate::deployment::Deployment;
use crate::on;
use crate::raw::Wire;

on! {
    strangers_make_up_no_series: session_on_sqlite, jwt_on_sqlite;
}

async fn strangers_make_up_no_series(on: Deployment) -> Result<()> {
    let at = format!("127.0.0.1:{}", test_services::free_port()?);
    let server = ServerProcess::start(on.launch().flag("--metrics-bind", &at)).await?;
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
