//! The contract with server-side sessions.

use auth_core::Transport;
use auth_server::settings::CredentialKind;
use auth_server::{Server, Settings, StrategySettings};
use clap::Args;
use comprehensive_auth::{Session, Strategy};
use jwt_server::JwtSettings;

/// The server.
pub const SERVER: Server = Server {
    name: "session-server",
    about: "server-side sessions",
    port: 4001,
    needs_provider: false,
};

/// Sessions have no settings beside those of every server.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct SessionSettings {
    /// How tokens work that are honoured too.
    #[command(flatten)]
    pub jwt: JwtSettings,
}

impl StrategySettings for SessionSettings {
    fn strategy(&self, settings: &Settings) -> anyhow::Result<Box<dyn Strategy>> {
        let transport = settings.transport.unwrap_or(Transport::Cookie);
        Ok(Box::new(Session { transport }))
    }

    fn bridged(
        &self,
        kind: CredentialKind,
        settings: &Settings,
    ) -> anyhow::Result<Box<dyn Strategy>> {
        self.jwt.bridged(kind, settings)
    }
}
