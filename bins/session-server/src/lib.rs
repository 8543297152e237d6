//! The contract with server-side sessions.

use auth_core::Transport;
use auth_server::{Server, Settings, StrategySettings};
use clap::Args;
use comprehensive_auth::{Session, Strategy};

/// The server.
pub const SERVER: Server = Server {
    name: "session-server",
    about: "server-side sessions",
    port: 4001,
    needs_provider: false,
};

/// Sessions have no settings beside those of every server.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub struct SessionSettings {}

impl StrategySettings for SessionSettings {
    fn strategy(&self, settings: &Settings) -> anyhow::Result<Box<dyn Strategy>> {
        let transport = settings.transport.unwrap_or(Transport::Cookie);
        Ok(Box::new(Session { transport }))
    }
}
