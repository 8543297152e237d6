//! `authctl up`: the three servers side by side.

use anyhow::ensure;
use auth_server::settings::LogFormat;
use auth_server::{Server, Settings, run_together};
use clap::Args;
use serde_json::json;

use crate::answer::Answer;

/// The servers, in the order of their ports.
const SERVERS: [Server; 3] = [
    session_server::SERVER,
    jwt_server::SERVER,
    oauth_server::SERVER,
];

/// Start the three servers side by side on one database, until Ctrl-C: for a look at what
/// differs between them.
#[derive(Args)]
pub struct Command {
    /// The ports of session-server, jwt-server and oauth-server.
    #[arg(long, value_delimiter = ',', default_values_t = SERVERS.map(|server| server.port))]
    ports: Vec<u16>,
}

impl Command {
    /// Runs them.
    ///
    /// # Errors
    /// What kept one of them from starting.
    pub async fn run(&self, settings: &Settings) -> anyhow::Result<Answer> {
        ensure!(
            self.ports.len() == SERVERS.len() && !self.ports.contains(&0),
            "--ports takes three ports, such as 4001,4002,4003"
        );
        let ports = self.ports.iter().copied();
        let servers: Vec<_> = SERVERS.into_iter().zip(ports).collect();
        let (settings, log) = (settings.clone(), settings.log);
        // Each server brings a runtime of its own, and waiting for them blocks.
        tokio::task::spawn_blocking(move || run_together(&servers, &settings)).await??;
        let stopped = json!({ "stopped": SERVERS.len() });
        // Whoever reads a log of JSON lines reads on to the last one.
        let text = match log {
            LogFormat::Json => stopped.to_string(),
            LogFormat::Pretty => "Stopped.".to_owned(),
        };
        Answer::new(&stopped, text)
    }
}
