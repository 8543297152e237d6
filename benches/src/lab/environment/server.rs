//! One server process.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use auth_testkit::process::Watcher;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use crate::lab::generator::{Address, Connection};

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

const POLL: Duration = Duration::from_millis(5);

/// Lines of a log that are worth showing.
const TAIL: usize = 20;

/// A process that answers requests. Dropping it kills it.
pub struct Server {
    /// Where it listens.
    pub address: Address,
    child: Child,
    _watcher: Watcher,
    log: PathBuf,
}

impl Server {
    /// Starts a command that is going to listen on this port, out of reach of a terminal's
    /// Ctrl-C, which is the lab's to handle.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(command: &mut Command, port: u16, log: &Path) -> anyhow::Result<Self> {
        let output = File::create(log)?;
        let child = command
            .env_clear()
            .env("RUST_LOG", "warn")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{} can't be started", command.get_program().display()))?;
        Ok(Self {
            address: Address::of(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            _watcher: Watcher::over(&child)?,
            child,
            log: log.to_owned(),
        })
    }

    /// The id of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it answers this path.
    ///
    /// # Errors
    /// When it ends or stays silent; with the end of its log.
    pub async fn ready(&mut self, path: &str) -> anyhow::Result<()> {
        let request = self.address.request("GET", path, "", "");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut connection = Connection::to(self.address.socket);
            let answer = connection.exchange(&request).await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("a server ended with {status}:\n{}", self.tail());
            }
            ensure!(
                Instant::now() < deadline,
                "a server does not answer:\n{}",
                self.tail()
            );
            sleep(POLL).await;
        }
    }

    /// Stops it in good order, or else kills it.
    pub async fn stop(mut self) {
        // Fails only when it has ended already.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            sleep(POLL).await;
        }
    }

    fn tail(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
