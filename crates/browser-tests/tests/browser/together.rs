//! `authctl up`: the servers side by side in one process.

use anyhow::Result;
use auth_testkit::process::{Launch, Program, ServerProcess};
use tempfile::TempDir;
use test_services::free_port;

/// Three servers with their data. Dropping it stops them.
#[derive(Debug)]
pub struct Together {
    /// The ports of session-server, jwt-server and oauth-server.
    pub ports: [u16; 3],
    _servers: ServerProcess,
    _folder: TempDir,
}

impl Together {
    /// Starts them on free ports, and waits until they live.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[("--passwordless", "mail")]).await
    }

    /// The same with settings beside the usual ones.
    pub async fn start_with(settings: &[(&str, &str)]) -> Result<Self> {
        let ports = [free_port()?, free_port()?, free_port()?];
        let folder = TempDir::new()?;
        let usual = Launch::quick(Program::Authctl)
            .words(["up"])
            .flag("--ports", ports.map(|port| port.to_string()).join(","))
            .flag("--data-dir", folder.path().display());
        let launch = settings
            .iter()
            .fold(usual, |launch, (flag, value)| launch.flag(flag, value));
        Ok(Self {
            ports,
            _servers: ServerProcess::start_on(launch, ports[2]).await?,
            _folder: folder,
        })
    }
}
