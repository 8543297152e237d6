//! One server process.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use auth_testkit::process::{Output, Process};
use rustix::process::Signal;

use crate::lab::generator::Address;

/// How long a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that answers requests. Dropping it kills it.
pub struct Server {
    /// Where it listens.
    pub address: Address,
    process: Process,
    output: Output,
}

impl Server {
    /// Starts a command that is going to listen on this port, out of reach of a terminal's
    /// Ctrl-C, which is the lab's to handle.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(command: &mut Command, port: u16) -> anyhow::Result<Self> {
        command.env_clear().env("RUST_LOG", "warn").process_group(0);
        let output = Output::default();
        Ok(Self {
            address: Address::of(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            process: Process::spawn(command, &output)?,
            output,
        })
    }

    /// The id of the process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits until it answers this path under its host.
    ///
    /// # Errors
    /// When it ends or stays silent; with the end of what it printed.
    pub async fn ready(&mut self, path: &str) -> anyhow::Result<()> {
        let url = format!("http://{}{path}", self.address.socket);
        let ready = self.process.answers(&url).await;
        ready.with_context(|| format!("a server does not start:\n{}", self.output.tail()))
    }

    /// Ends it without a warning.
    ///
    /// # Errors
    /// When it has ended.
    pub fn kill(&self) -> anyhow::Result<()> {
        self.process.signal(Signal::KILL)
    }

    /// Stops it in good order, or else kills it.
    pub async fn stop(mut self) {
        // Both fail only when there is nothing left to wait for.
        if self.process.signal(Signal::TERM).is_ok() {
            let _ = self.process.end(PATIENCE).await;
        }
    }
}
