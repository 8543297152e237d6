//! `authctl up`: the three servers side by side.

use std::sync::Arc;

use anyhow::ensure;
use auth_server::settings::LogFormat;
use auth_server::{Member, Server, StrategySettings, run_together};
use clap::Args;
use serde_json::json;

use crate::answer::Answer;
use crate::server_settings::ServerSettings;

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
    pub async fn run(&self, settings: &ServerSettings) -> anyhow::Result<Answer> {
        ensure!(
            self.ports.len() == SERVERS.len() && !self.ports.contains(&0),
            "--ports takes three ports, such as 4001,4002,4003"
        );
        let strategies: [Arc<dyn StrategySettings>; 3] = [
            Arc::new(settings.strategies.session()),
            Arc::new(settings.strategies.jwt.clone()),
            Arc::new(settings.strategies.clone()),
        ];
        let servers = SERVERS.into_iter().zip(strategies);
        let servers = servers.zip(self.ports.iter().copied());
        let servers: Vec<_> = servers
            .map(|((server, strategy), port)| Member {
                server,
                strategy,
                port,
            })
            .collect();
        let (settings, log) = (settings.common.clone(), settings.common.log);
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
