//! The servers under measurement.

use std::fmt;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use auth_bench::wrk::Load;

const PASSWORD: &str = "analytical engine no. 1";

/// Where a server keeps its data.
pub enum Stores {
    /// Nothing said: SQLite in a throwaway directory.
    Embedded,
    /// PostgreSQL and Redis.
    Shared {
        /// The database's URL.
        postgres: String,
        /// The session store's URL.
        redis: String,
    },
}

impl fmt::Display for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "SQLite",
            Self::Shared { .. } => "PostgreSQL + Redis",
        })
    }
}

/// A server binary and what it is told.
#[derive(Clone, Copy)]
pub struct Kind {
    binary: &'static str,
    settings: &'static [&'static str],
}

/// Sessions in cookies.
pub const SESSION: Kind = Kind {
    binary: "session-server",
    settings: &[],
};

/// Access and refresh tokens.
pub const JWT: Kind = Kind {
    binary: "jwt-server",
    settings: &[],
};

/// Sign-in through providers, and then sessions.
pub const OAUTH_SESSION: Kind = Kind {
    binary: "oauth-server",
    settings: &["--issue", "session"],
};

/// Sign-in through providers, and then tokens.
pub const OAUTH_JWT: Kind = Kind {
    binary: "oauth-server",
    settings: &["--issue", "jwt"],
};

/// Each server that issues by itself, followed by the one that hands over to its strategy.
pub const KINDS: [Kind; 4] = [SESSION, OAUTH_SESSION, JWT, OAUTH_JWT];

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.binary)?;
        self.settings
            .iter()
            .try_for_each(|word| write!(f, " {word}"))
    }
}

/// A started server.
pub struct Running {
    /// What it is called in the report.
    pub name: String,
    /// From the start of the process to the first 200.
    pub start: Duration,
    /// Resident memory before the first request that does something.
    pub idle_memory_kib: u64,
    /// The header that signs a request in; none on the bare handler.
    pub credential: Option<String>,
    base: String,
    api: String,
    username: String,
    child: Child,
    _data: tempfile::TempDir,
}

/// Builds the servers, as fast as they get.
pub fn build() -> anyhow::Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--release",
            "-p",
            "session-server",
            "-p",
            "jwt-server",
            "-p",
            "oauth-server",
        ])
        .status()?;
    ensure!(built.success(), "the servers could not be built");
    Ok(())
}

impl Running {
    /// The bare handler, in a process of its own.
    pub fn bare() -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bare", &port.to_string()]);
        Self::launch("bare handler".into(), command, port, "/profile")
    }

    /// A server with a user who is signed in by password.
    pub fn start(kind: Kind, stores: &Stores) -> anyhow::Result<Self> {
        let mut running = Self::start_empty(kind, stores)?;
        running.credential = Some(Runtime::new()?.block_on(running.sign_in())?);
        Ok(running)
    }

    /// A server that knows nobody.
    pub fn start_empty(kind: Kind, stores: &Stores) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(sibling(kind.binary)?);
        command.args(["--bind", &format!("127.0.0.1:{port}")]);
        command.args(["--public-url", &format!("http://127.0.0.1:{port}")]);
        command.args(["--limits", "off", "--verification", "optional"]);
        command.args(kind.settings);
        command.env("RUST_LOG", "warn");
        if let Stores::Shared { postgres, redis } = stores {
            command.args(["--database-url", postgres, "--session-store", redis]);
        }
        let name = format!("{kind}, {stores}");
        let mut running = Self::launch(name, command, port, "/health/live")?;
        running.api = format!("{}/api/auth", running.base);
        Ok(running)
    }

    /// The address of the contract's routes.
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The address of the profile.
    pub fn profile_url(&self) -> String {
        format!("{}/profile", self.api)
    }

    /// The address that needs no store.
    pub fn live_url(&self) -> String {
        format!("{}/health/live", self.base)
    }

    /// A flood of sign-ins.
    pub fn sign_ins(&self) -> Load {
        let body = json!({"identifier": self.username, "password": PASSWORD}).to_string();
        Load::posting(&format!("{}/login", self.api), &body, 64)
    }

    fn launch(name: String, mut command: Command, port: u16, first: &str) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        command.env("AUTH_DATA_DIR", data.path().join("data"));
        let started = Instant::now();
        let child = command.stdout(Stdio::null()).spawn()?;
        let base = format!("http://127.0.0.1:{port}");
        let mut running = Self {
            name,
            start: Duration::ZERO,
            idle_memory_kib: 0,
            credential: None,
            api: base.clone(),
            username: format!("bench-{}-{port}", std::process::id()),
            base,
            child,
            _data: data,
        };
        let url = format!("{}{first}", running.base);
        Runtime::new()?.block_on(answers(&url))?;
        running.start = started.elapsed();
        running.idle_memory_kib = resident_kib(running.child.id())?;
        Ok(running)
    }

    /// Registers the user who floods, and another who reads: a user has a limited number
    /// of sessions, so the flood would end the reader's. Gives the header that signs the
    /// reader in.
    async fn sign_in(&self) -> anyhow::Result<String> {
        self.register(&self.username).await?;
        let reader = format!("{}-reader", self.username);
        self.register(&reader).await?;
        let client = reqwest::Client::new();
        let form = json!({"identifier": reader, "password": PASSWORD});
        let login = client.post(format!("{}/login", self.api)).json(&form);
        let answer = login.send().await?.error_for_status()?;
        let cookie = answer.headers().get("set-cookie").cloned();
        let grant: Value = answer.json().await?;
        match (grant["access_token"].as_str(), cookie) {
            (Some(token), _) => Ok(format!("Authorization: Bearer {token}")),
            (None, Some(cookie)) => {
                let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
                Ok(format!("Cookie: {pair}"))
            }
            (None, None) => bail!("the sign-in gave no credential"),
        }
    }

    async fn register(&self, name: &str) -> anyhow::Result<()> {
        let person = json!({
            "first_name": "Ada", "last_name": "Lovelace", "username": name,
            "email": format!("{name}@example.org"), "password": PASSWORD,
        });
        let client = reqwest::Client::new();
        let register = client.post(format!("{}/register", self.api)).json(&person);
        register.send().await?.error_for_status()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn answers(url: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if reqwest::get(url)
            .await
            .is_ok_and(|a| a.status().is_success())
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    bail!("{url} does not answer")
}

fn resident_kib(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.context("the process has no resident memory")
}

fn sibling(binary: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(binary))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
