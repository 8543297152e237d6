//! What `authctl doctor` finds in servers that run.

use anyhow::Result;
use auth_testkit::process::{Launch, Program};
use serde_json::Value;

use crate::deployment::Deployment;
use crate::on;
use crate::redis::ask;

on! {
    a_redis_that_evicts_keys_is_found: session_on_services;
    a_public_url_is_asked_as_whom_requests_arrive: session_on_sqlite;
}

/// The levels and words of what was found in one place.
async fn found(launch: Launch, check: &str) -> Result<(Vec<String>, String)> {
    let ended = launch.run().await?;
    let report: Value = serde_json::from_str(&ended.output.out().concat())?;
    let findings = report["findings"].as_array().unwrap();
    let of_check: Vec<_> = findings
        .iter()
        .filter(|one| one["check"] == check)
        .collect();
    let levels = of_check
        .iter()
        .map(|one| one["level"].as_str().unwrap().to_owned());
    Ok((levels.collect(), format!("{of_check:?}")))
}

fn doctor() -> Launch {
    Launch::of(Program::Authctl).words(["doctor", "--json"])
}

async fn a_redis_that_evicts_keys_is_found(on: Deployment) -> Result<()> {
    let doctor = || {
        let launch = doctor().flag("--session-store", on.redis().url());
        launch.flag("--data-dir", on.folder().display())
    };
    let (levels, said) = found(doctor(), "redis").await?;
    assert!(!levels.contains(&"problem".to_owned()), "{said}");
    assert_eq!(found(doctor(), "clock").await?.0, ["ok"]);
    for (name, value) in [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")] {
        ask(on.redis(), &format!("CONFIG SET {name} {value}")).await?;
    }
    let (levels, said) = found(doctor(), "redis").await?;
    assert!(levels.contains(&"problem".to_owned()), "{said}");
    assert!(said.contains("noeviction"), "{said}");
    Ok(())
}

async fn a_public_url_is_asked_as_whom_requests_arrive(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let url = format!("http://{}", server.address());
    let doctor = || {
        let launch = doctor().flag("--public-url", &url);
        launch.flag("--data-dir", on.folder().display())
    };
    let (levels, said) = found(doctor(), "public URL").await?;
    assert_eq!(levels, ["ok"], "{said}");
    assert!(said.contains("127.0.0.1"), "{said}");
    let elsewhere = doctor().flag("--base-path", "/elsewhere");
    assert_eq!(found(elsewhere, "public URL").await?.0, ["ok", "problem"]);

    // Now whoever asks from this machine is believed.
    server
        .restart_with("--trusted-proxy", "127.0.0.1/32")
        .await?;
    let (levels, said) = found(doctor(), "public URL").await?;
    assert_eq!(levels, ["warning"], "{said}");
    server.kill();
    assert_eq!(found(doctor(), "public URL").await?.0, ["problem"]);
    Ok(())
}
