//! `authctl up`: the servers side by side in one process.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::process::Program;
use tempfile::TempDir;
use test_services::free_port;
use tokio::time::{Instant, sleep};

/// Runs a command until the standard input ends, which it does with this process too,
/// however that ends.
const WHILE_WATCHED: &str = r#""$@" & read -r _; kill -TERM $!; wait $!"#;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(20);

/// Three servers with their data. Dropping it stops them.
#[derive(Debug)]
pub struct Together {
    /// The ports of session-server, jwt-server and oauth-server.
    pub ports: [u16; 3],
    shell: Child,
    _folder: TempDir,
}

impl Together {
    /// Starts them on free ports, and waits until each one lives.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// The same with settings beside the usual ones.
    pub async fn start_with(settings: &[(&str, &str)]) -> Result<Self> {
        let ports = [free_port()?, free_port()?, free_port()?];
        let folder = TempDir::new()?;
        let together = Self {
            ports,
            shell: shell(&ports, &folder, settings)?,
            _folder: folder,
        };
        for port in ports {
            alive(port).await?;
        }
        Ok(together)
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

fn shell(ports: &[u16; 3], folder: &TempDir, more: &[(&str, &str)]) -> Result<Child> {
    let usual = [
        ("--argon2", "m=64,t=1,p=1"),
        ("--limits", "off"),
        ("--mail-poll", "20ms"),
        ("--shutdown-timeout", "1s"),
    ];
    Command::new("sh")
        .args(["-c", WHILE_WATCHED, "sh"])
        .arg(Program::Authctl.path()?)
        .args([
            "up",
            "--ports",
            &ports.map(|port| port.to_string()).join(","),
        ])
        .arg("--data-dir")
        .arg(folder.path())
        .args(
            usual
                .iter()
                .chain(more)
                .flat_map(|(flag, value)| [flag, value]),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("a shell can't be started")
}

/// Waits until a server answers on a port.
async fn alive(port: u16) -> Result<()> {
    let url = format!("http://localhost:{port}/health/live");
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = http.get(&url).send().await;
        if answer.is_ok_and(|answer| answer.status() == 200) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{url} does not answer");
        sleep(POLL).await;
    }
}
