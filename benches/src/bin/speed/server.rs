//! The servers under measurement.

use std::fmt;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use auth_testkit::process::Program;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_services::free_port;
use tokio::runtime::Runtime;

use auth_bench::lab::environment::Server;
use auth_bench::lab::system;
use auth_bench::wrk::Load;

use crate::embedder;

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
    program: Program,
    settings: &'static [&'static str],
}

/// Sign-in through providers, and then sessions.
pub const OAUTH_SESSION: Kind = Kind::new(Program::OauthServer, &["--issue", "session"]);

/// Sign-in through providers, and then tokens.
pub const OAUTH_JWT: Kind = Kind::new(Program::OauthServer, &["--issue", "jwt"]);

/// Each way to keep people signed in, as it is set up by itself and without a cache.
pub const KINDS: [Kind; 6] = [
    Kind::new(Program::SessionServer, &[]),
    Kind::new(Program::JwtServer, &[]),
    Kind::new(Program::JwtServer, &["--revocation", "checked"]),
    Kind::new(Program::JwtServer, &["--revocation", "stateless"]),
    Kind::new(Program::SessionServer, &["--cache", "off"]),
    Kind::new(Program::JwtServer, &["--cache", "off"]),
];

/// Sessions whose secrets travel in headers, known to every node whatever its address; kept, and
/// each looked up in the store.
pub const SHARED: [Kind; 2] = [
    Kind::new(Program::SessionServer, &["--transport", "bearer"]),
    Kind::new(
        Program::SessionServer,
        &["--transport", "bearer", "--cache", "off"],
    ),
];

/// Those that hand over to another strategy.
pub const OAUTH: [Kind; 2] = [OAUTH_SESSION, OAUTH_JWT];

impl Kind {
    const fn new(program: Program, settings: &'static [&'static str]) -> Self {
        Self { program, settings }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program.name())?;
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
    /// The address of what is read.
    pub read_url: String,
    /// Whether it is one of the servers, and no yardstick.
    pub is_server: bool,
    base: String,
    api: String,
    username: String,
    server: Server,
    _data: TempDir,
}

impl Running {
    /// The bare handler, in a process of its own.
    pub fn bare() -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bare", &port.to_string()]);
        let data = TempDir::new()?;
        Self::launch("bare handler".into(), command, port, "/profile", data)
    }

    /// A route of an application that embeds the session strategy, with a user who is signed in.
    pub fn embedder() -> anyhow::Result<Self> {
        let port = free_port()?;
        let data = TempDir::new()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["embedder", &port.to_string()]);
        command.current_dir(data.path());
        let name = "CurrentUser on an embedder's route, SQLite".into();
        let mut running = Self::launch(name, command, port, "/api/auth/strategy", data)?;
        running.api = format!("{}/api/auth", running.base);
        running.credential = Some(Runtime::new()?.block_on(running.sign_in())?);
        running.read_url = format!("{}{}", running.base, embedder::ROUTE);
        Ok(running)
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
        let mut command = Command::new(kind.program.path()?);
        command.args(["--bind", &format!("127.0.0.1:{port}")]);
        command.args(["--public-url", &format!("http://127.0.0.1:{port}")]);
        command.args(["--limits", "off", "--verification", "optional"]);
        command.args(["--access-log", "off"]);
        command.args(kind.settings);
        if let Stores::Shared { postgres, redis } = stores {
            command.args(["--database-url", postgres, "--session-store", redis]);
        }
        let data = TempDir::new()?;
        command.arg("--data-dir").arg(data.path().join("data"));
        let name = format!("{kind}, {stores}");
        let mut running = Self::launch(name, command, port, "/health/live", data)?;
        running.api = format!("{}/api/auth", running.base);
        running.read_url = format!("{}/profile", running.api);
        running.is_server = true;
        Ok(running)
    }

    /// The address of the contract's routes.
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The processor time that the server has taken.
    ///
    /// # Errors
    /// When it has ended.
    pub fn processor_time(&self) -> anyhow::Result<Duration> {
        let seconds = system::cpu_seconds(self.server.pid());
        Ok(Duration::from_secs_f64(
            seconds.context("the server has ended")?,
        ))
    }

    /// The address that needs no store.
    pub fn live_url(&self) -> String {
        format!("{}/health/live", self.base)
    }

    /// Waits until it has done what it was asked for: a sign-in whose connection is gone is still
    /// carried out, and would slow down whoever is measured next.
    ///
    /// # Errors
    /// When it has ended.
    pub fn come_to_rest(&self) -> anyhow::Result<()> {
        const LOOK: Duration = Duration::from_millis(100);
        let mut before = self.processor_time()?;
        loop {
            std::thread::sleep(LOOK);
            let now = self.processor_time()?;
            if now - before < LOOK / 4 {
                return Ok(());
            }
            before = now;
        }
    }

    /// Ends it without a warning.
    ///
    /// # Errors
    /// When it has ended.
    pub fn kill(&self) -> anyhow::Result<()> {
        self.server.kill()
    }

    /// A flood of sign-ins.
    pub fn sign_ins(&self) -> Load {
        let body = json!({"identifier": self.username, "password": PASSWORD}).to_string();
        Load::posting(&format!("{}/login", self.api), &body, 64)
    }

    fn launch(
        name: String,
        mut command: Command,
        port: u16,
        first: &str,
        data: TempDir,
    ) -> anyhow::Result<Self> {
        let started = Instant::now();
        let mut server = Server::start(&mut command, port)?;
        Runtime::new()?.block_on(server.ready(first))?;
        let start = started.elapsed();
        let memory = system::resident_memory(server.pid());
        let base = format!("http://127.0.0.1:{port}");
        Ok(Self {
            name,
            start,
            idle_memory_kib: memory.context("the process has no resident memory")? / 1024,
            credential: None,
            api: base.clone(),
            read_url: format!("{base}{first}"),
            username: format!("bench-{}-{port}", std::process::id()),
            base,
            is_server: false,
            server,
            _data: data,
        })
    }

    /// Registers the user who floods, and another who reads: a user has a limited number
    /// of sessions, so the flood would end the reader's. Gives the header that signs the
    /// reader in.
    async fn sign_in(&self) -> anyhow::Result<String> {
        self.register(&self.username).await?;
        self.register(&self.reader()).await?;
        self.sign_in_again().await
    }

    fn reader(&self) -> String {
        format!("{}-reader", self.username)
    }

    /// Signs the reader in on one more device. Gives the header that goes with its requests.
    pub async fn sign_in_again(&self) -> anyhow::Result<String> {
        let client = reqwest::Client::new();
        let form = json!({"identifier": self.reader(), "password": PASSWORD});
        let login = client.post(format!("{}/login", self.api)).json(&form);
        let answer = login.send().await?.error_for_status()?;
        let mut cookies = answer.headers().get_all("set-cookie").iter();
        // Beside it there is the one by which the device will be known again.
        let cookie = cookies.find(|cookie| cookie.as_bytes().starts_with(b"session-"));
        let cookie = cookie.cloned();
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
