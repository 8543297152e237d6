//! `authctl up`: the three servers side by side.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
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

/// Their ports, as the flag takes them.
const PORTS: &str = "4001,4002,4003";

/// Start the three servers side by side on one database, until Ctrl-C: for a look at what
/// differs between them.
#[derive(Args)]
pub struct Command {
    /// The ports of session-server, jwt-server and oauth-server; that of --bind counts for
    /// nothing here.
    #[arg(long, value_delimiter = ',', default_value = PORTS)]
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
            "--ports takes three ports, such as {PORTS}"
        );
        let bind = settings.common.bind.map(|bind| bind.ip());
        self.check_free(bind.unwrap_or(Ipv4Addr::LOCALHOST.into()))?;
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

    /// A server would name its own --bind when it finds its port taken, which is not what helps.
    fn check_free(&self, ip: IpAddr) -> anyhow::Result<()> {
        // Kept until all are tried, so that a port is not given twice.
        let mut listeners = vec![];
        for port in &self.ports {
            let listener = TcpListener::bind((ip, *port));
            listeners.push(listener.with_context(|| self.taken(ip, *port))?);
        }
        Ok(())
    }

    /// What helps where a port can't be had.
    fn taken(&self, ip: IpAddr, port: u16) -> String {
        let others = self.ports.iter().map(|port| port.saturating_add(10));
        let others: Vec<_> = others.map(|port| port.to_string()).collect();
        format!(
            "{ip}:{port} can't be listened on; give three free ports, such as --ports {}",
            others.join(",")
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        up: Command,
    }

    #[test]
    fn the_default_is_told_in_the_form_that_is_taken() {
        let ports = Line::parse_from(["up"]).up.ports;
        assert_eq!(ports, SERVERS.map(|server| server.port));
        assert_eq!(Line::parse_from(["up", "--ports", PORTS]).up.ports, ports);
    }

    #[test]
    fn a_port_that_is_taken_is_named_with_the_flag_that_helps() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let up = Command {
            ports: vec![port; 3],
        };
        let told = up.check_free(Ipv4Addr::LOCALHOST.into()).unwrap_err();
        let told = told.to_string();
        assert!(told.contains(&format!("127.0.0.1:{port} can't")), "{told}");
        assert!(told.contains("such as --ports "), "{told}");
        drop(taken);
        assert!(up.check_free(Ipv4Addr::LOCALHOST.into()).is_err());
    }
}
