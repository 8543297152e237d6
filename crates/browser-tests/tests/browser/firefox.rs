//! What drives a Firefox.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_services::free_port;
use tokio::time::{Instant, sleep};

use crate::environment::{self, GECKODRIVER};

/// Runs a command until the standard input ends, which it does with this process too, however
/// that ends; then nothing of its group is left, browsers included.
const WHILE_WATCHED: &str = r#""$@" & read -r _; trap '' TERM; kill -TERM 0; wait; kill -KILL 0"#;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(20);

/// A geckodriver of one's own, for it drives one browser at a time. Dropping it ends both.
#[derive(Debug)]
pub struct Geckodriver {
    url: String,
    shell: Child,
    _folder: TempDir,
}

impl Geckodriver {
    /// Starts one, and waits until it answers.
    pub async fn start() -> Result<Self> {
        let (port, folder) = (free_port()?, TempDir::new()?);
        let shell = Command::new("sh")
            .args(["-c", WHILE_WATCHED, "sh"])
            .arg(environment::value(GECKODRIVER))
            .args(["--binary", "/usr/bin/firefox-esr", "--log", "fatal"])
            .args(["--port", &port.to_string(), "--websocket-port", "0"])
            .env("HOME", folder.path())
            // The profiles of its browsers go away with its folder.
            .env("TMPDIR", folder.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("a shell can't be started")?;
        let driver = Self {
            url: format!("http://127.0.0.1:{port}"),
            shell,
            _folder: folder,
        };
        driver.answers().await?;
        Ok(driver)
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How Firefox runs: without a screen and without a word to its makers.
    pub fn capabilities() -> Value {
        json!({
            "browserName": "firefox",
            "moz:firefoxOptions": {
                "args": ["-headless", "--width=1280", "--height=900"],
                "prefs": {
                    "network.proxy.type": 0,
                    "network.captive-portal-service.enabled": false,
                    "network.connectivity-service.enabled": false,
                    "datareporting.policy.dataSubmissionEnabled": false,
                    "signon.rememberSignons": false,
                },
            },
        })
    }

    async fn answers(&self) -> Result<()> {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        let (http, deadline) = (http.build()?, Instant::now() + PATIENCE);
        let status = format!("{}/status", self.url);
        while http.get(&status).send().await.is_err() {
            ensure!(Instant::now() < deadline, "geckodriver does not answer");
            sleep(POLL).await;
        }
        Ok(())
    }
}

impl Drop for Geckodriver {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
