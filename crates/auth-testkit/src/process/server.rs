//! A server binary that serves.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::Signal;
use url::Url;

use super::child::Process;
use super::launch::Launch;
use super::output::Output;
use crate::client::Client;

/// How long a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server process, with the port and settings that it keeps over a restart. Dropping it
/// kills it.
#[derive(Debug)]
pub struct ServerProcess {
    launch: Launch,
    port: u16,
    process: Option<Process>,
    output: Output,
}

impl ServerProcess {
    /// Starts a server on a free port, and waits until it lives.
    ///
    /// # Errors
    /// When it ends or does not answer; with what it printed.
    pub async fn start(launch: Launch) -> Result<Self> {
        let port = test_services::free_port()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self::start_on(launch.flag("--bind", address), port).await
    }

    /// Starts what has been told otherwise to listen on this port, and waits until it lives.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_on(launch: Launch, port: u16) -> Result<Self> {
        let mut server = Self {
            launch,
            port,
            process: None,
            output: Output::default(),
        };
        server.launch().await?;
        Ok(server)
    }

    /// The base URL of the contract.
    ///
    /// # Errors
    /// When the base path it was told is none.
    pub fn url(&self) -> Result<Url> {
        let path = self.launch.value("--base-path").unwrap_or("/api/auth");
        Ok(format!("http://{}{path}", self.address()).parse()?)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// A device that nobody has used yet.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn client(&self) -> Result<Client> {
        Client::connect(&self.url()?, None).await
    }

    /// What it printed so far, before restarts too.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Kills it with SIGKILL: like a power cut, it can't do anything about it.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// The memory that it has in use, in bytes.
    ///
    /// # Errors
    /// When it does not run.
    pub fn memory(&self) -> Result<u64> {
        let process = self.process.as_ref();
        process.context("the server does not run")?.memory()
    }

    /// How many files it may have open, and how many it may allow itself, as the system
    /// writes it.
    ///
    /// # Errors
    /// When it does not run.
    pub fn file_limits(&self) -> Result<(String, String)> {
        let process = self.process.as_ref();
        process.context("the server does not run")?.file_limits()
    }

    /// Sends a signal, without waiting for what comes of it.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        self.process
            .as_ref()
            .context("the server does not run")?
            .signal(signal)
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When it does not within a minute; with what it printed.
    pub async fn end(&mut self) -> Result<ExitStatus> {
        let mut process = self.process.take().context("the server does not run")?;
        let status = process.end(PATIENCE).await;
        status.with_context(|| self.output.tail())
    }

    /// Stops it with SIGTERM and waits for its end.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn terminate(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.end().await
    }

    /// Kills it, unless it has ended, and starts it again as it was.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub async fn restart(&mut self) -> Result<()> {
        self.kill();
        self.launch().await
    }

    /// The same with another setting from now on.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub async fn restart_with(&mut self, flag: &str, value: impl ToString) -> Result<()> {
        self.launch = self.launch.clone().flag(flag, value);
        self.restart().await
    }

    async fn launch(&mut self) -> Result<()> {
        let process = self.launch.spawn(&self.output)?;
        let process = self.process.insert(process);
        let url = format!("http://127.0.0.1:{}/health/live", self.port);
        let alive = process.answers(&url).await;
        alive.with_context(|| format!("{}\n{}", self.launch.name(), self.output.tail()))
    }
}

/// Whoever asks why a test failed wants to know what its servers printed.
impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
        println!("{} printed\n{}", self.launch.name(), self.output.tail());
    }
}
