//! What `authctl doctor` finds in servers that run.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Result;
use auth_testkit::process::{Ended, Launch, Program};
use serde_json::Value;

use crate::deployment::Deployment;
use crate::on;
use crate::redis::ask;
use crate::startup::refuses;

on! {
    a_redis_that_evicts_keys_is_found: session_on_services;
    a_public_url_is_asked_as_whom_requests_arrive: session_on_sqlite;
    the_doctor_is_taken_for_no_proxy: session_on_sqlite;
    a_key_that_keeps_servers_from_starting_is_found: session_on_sqlite, session_on_services;
}

/// The levels and words of what was found in one place.
async fn found(launch: Launch, check: &str) -> Result<(Vec<String>, String)> {
    findings(&launch.run().await?, check)
}

/// The same of a doctor who has reported.
fn findings(ended: &Ended, check: &str) -> Result<(Vec<String>, String)> {
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
    let proxy = "127.0.0.1/32";
    server.restart_with("--trusted-proxy", proxy).await?;
    let trusting = doctor().flag("--trusted-proxy", proxy);
    let (levels, said) = found(trusting, "public URL").await?;
    assert_eq!(levels, ["warning"], "{said}");
    server.kill();
    assert_eq!(found(doctor(), "public URL").await?.0, ["problem"]);
    Ok(())
}

/// The warning of a peer is told once, so that whoever is no proxy must not use it up.
async fn the_doctor_is_taken_for_no_proxy(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let url = format!("http://{}", server.address());
    let doctor = || {
        let launch = doctor().flag("--public-url", &url);
        launch.flag("--data-dir", on.folder().display())
    };
    let elsewhere = doctor().flag("--trusted-proxy", "10.0.0.0/8");
    for doctor in [doctor(), elsewhere] {
        assert_eq!(found(doctor, "public URL").await?.0, ["ok"]);
    }
    server.terminate().await?;
    let lines = server.output().out().into_iter();
    let warnings: Vec<_> = lines
        .filter(|line| line.contains("forwards requests"))
        .collect();
    assert!(warnings.is_empty(), "{warnings:?}");
    Ok(())
}

async fn a_key_that_keeps_servers_from_starting_is_found(on: Deployment) -> Result<()> {
    let server = on.start().await;
    on.target(&server).with_app("ada").await?;
    drop(server);
    let key = on.authctl(&["encryption", "new-key"]).await;
    let file = on.write("other.key", &key.output.out().concat())?;
    std::fs::set_permissions(&file, Permissions::from_mode(0o600))?;
    let wrong = ["--encryption-key-file", &*file.to_string_lossy()];
    let launch = on.launch().flag(wrong[0], wrong[1]);
    refuses("--encryption-key-file", launch).await;
    let doctor = ["doctor", "--json"];
    let ended = on.authctl_ends(&[&doctor[..], &wrong].concat()).await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.output.tail());
    let (levels, said) = findings(&ended, "encryption key")?;
    assert_eq!(levels, ["problem"], "{said}");
    assert!(said.contains("no server starts"), "{said}");
    let ended = on.authctl_ends(&doctor).await;
    let (levels, said) = findings(&ended, "encryption key")?;
    assert_eq!(levels, ["ok"], "{said}");
    Ok(())
}
