//! A server that is told to read its settings again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use auth_testkit::account::Person;
use auth_testkit::process::{Launch, Output, Program, ServerProcess};
use reqwest::Client;
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use crate::deployment::{Deployment, PATIENCE, bounded, eventually};
use crate::on;
use crate::startup::plain;

on! {
    what_can_change_does_so_at_sighup: session_on_sqlite;
    settings_with_a_fault_change_nothing_at_sighup: session_on_sqlite;
}

const NEW_ORIGIN: &str = "http://app.localhost:5173";

const PROVIDER: &str =
    "[[provider]]\npreset = \"google\"\nclient_id = \"x\"\nclient_secret = \"y\"\n";

/// A server on a file of settings.
struct Configured {
    server: ServerProcess,
    file: PathBuf,
    _folder: TempDir,
}

impl Configured {
    async fn start(on: &Deployment, text: &str) -> Result<Self> {
        let folder = TempDir::new()?;
        let file = folder.path().join("auth.toml");
        std::fs::write(&file, text)?;
        // Reads are told to who debugs alone.
        let launch = on.launch().flag("--access-log", "off");
        let launch = launch.flag("--limits", "on");
        let server = ServerProcess::start(launch.flag("--config", file.display())).await?;
        Ok(Self {
            server,
            file,
            _folder: folder,
        })
    }

    /// Has the server read this, and waits for what it says.
    async fn reads(&self, text: &str, told: &str) -> Result<String> {
        std::fs::write(&self.file, text)?;
        self.server.signal(Signal::HUP)?;
        let is_told = |line: &str| line.contains("SIGHUP") && line.contains(told);
        self.server.output().line(is_told).await
    }

    /// The status that a write from the new origin is answered with.
    async fn asked_by_new_origin(&self) -> Result<u16> {
        self.asked_with("origin", NEW_ORIGIN).await
    }

    /// The status of a write that a proxy forwards without saying for whom: who is no trusted
    /// proxy is not listened to.
    async fn asked_behind_a_proxy(&self) -> Result<u16> {
        self.asked_with("x-forwarded-for", "unknown").await
    }

    async fn asked_with(&self, header: &str, value: &str) -> Result<u16> {
        let url = format!(
            "{}/login",
            self.server.url()?.as_str().trim_end_matches('/')
        );
        let ask = Client::new().post(url).header(header, value);
        let body = json!({ "identifier": "nobody", "password": "wrong password" });
        Ok(ask.json(&body).send().await?.status().as_u16())
    }

    async fn providers(&self) -> Result<Vec<String>> {
        let strategy = self.server.client().await?.get("/strategy").await?.ok()?;
        let providers = strategy.json()["providers"].clone();
        let ids = providers.as_array().context("no list")?.iter();
        Ok(ids
            .filter_map(|one| one["id"].as_str().map(str::to_owned))
            .collect())
    }
}

async fn what_can_change_does_so_at_sighup(on: Deployment) -> Result<()> {
    let configured = Configured::start(&on, PROVIDER).await?;
    let client = configured.server.client().await?;
    assert_eq!(configured.asked_by_new_origin().await?, 403);
    assert_eq!(configured.providers().await?, ["google"]);
    client.register(&Person::new("ada")).await?.is(202)?;

    assert_eq!(configured.asked_behind_a_proxy().await?, 401);

    let text = format!(
        "trusted-origin = \"{NEW_ORIGIN}\"\ntrusted-proxy = \"127.0.0.0/8\"\nlimit-register-ip = \"1/1h\"\nlog-level = \"debug\"\n\
         session-idle = \"1h\"\n{PROVIDER}[[provider]]\npreset = \"github\"\nclient_id = \"x\"\n\
         client_secret = \"y\"\n"
    );
    let waiting = configured.reads(&text, "only after a restart").await?;
    assert!(waiting.ends_with(": --session-idle"), "{waiting}");
    let told = configured.server.output().out().join("\n");
    let applied = "--limit-register-ip, --log-level, --provider, --trusted-origin, --trusted-proxy";
    assert!(told.contains(applied), "{told}");
    assert_ne!(configured.asked_by_new_origin().await?, 403);
    assert_eq!(configured.asked_behind_a_proxy().await?, 400);
    assert_eq!(configured.providers().await?, ["google", "github"]);
    // What has been counted is held against the new rule from the next one on.
    client.register(&Person::new("bob")).await?;
    client.register(&Person::new("eve")).await?.is(429)?;
    configured
        .server
        .output()
        .line(|line| line.contains("DEBUG"))
        .await?;
    Ok(())
}

async fn settings_with_a_fault_change_nothing_at_sighup(on: Deployment) -> Result<()> {
    let configured = Configured::start(&on, "").await?;
    let trust = format!("trusted-origin = \"{NEW_ORIGIN}\"\n");
    for (fault, told) in [
        ("sesion-idle = \"1h\"", "session-idle may be meant"),
        ("session-idle = \"9d\"", "--session-idle must not exceed"),
        ("log-level = \"loud\"", "log-level can't be"),
        (
            "encryption-key-file = \"/nowhere\"",
            "--encryption-key-file /nowhere is not there",
        ),
        ("[[provider]]\npreset = \"google\"", "client_id is needed"),
    ] {
        let line = configured.reads(&format!("{trust}{fault}"), told).await?;
        assert!(line.contains("all settings stay as they were"), "{line}");
        assert_eq!(configured.asked_by_new_origin().await?, 403, "{fault}");
    }
    configured.reads(&trust, "--trusted-origin").await?;
    eventually("trust", async || {
        configured
            .asked_by_new_origin()
            .await
            .is_ok_and(|status| status != 403)
    })
    .await;
    Ok(())
}

/// A server that waits for a database which never answers.
fn waiting(data: &Path, database: &TcpListener) -> Result<Launch> {
    let url = format!("postgres://me@{}", database.local_addr()?);
    Ok(plain(Program::SessionServer, data).flag("--database-url", url))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hang_up_does_not_end_a_server_that_starts() -> Result<()> {
    bounded(async {
        let (data, database) = (TempDir::new()?, TcpListener::bind("127.0.0.1:0")?);
        let launch = waiting(data.path(), &database)?;
        let mut server = launch.spawn(&Output::default())?;
        // Once it has come here, it has read its settings and has not started.
        let connection = tokio::task::spawn_blocking(move || database.accept()).await??;
        server.signal(Signal::HUP)?;
        let ended = server.end(PATIENCE).await?;
        assert_eq!(ended.code(), Some(1), "{ended:?}");
        drop(connection);
        Ok(())
    })
    .await
}
