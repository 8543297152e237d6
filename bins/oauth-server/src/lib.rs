//! The contract with sign-in through providers. A provider proves who somebody is; how the
//! client then stays signed in is up to the strategy that `--issue` names.

use auth_server::{Server, Settings, StrategySettings};
use clap::{Args, ValueEnum};
use comprehensive_auth::Strategy;
use jwt_server::JwtSettings;
use session_server::SessionSettings;

/// The server.
pub const SERVER: Server = Server {
    name: "oauth-server",
    about: "sign-in through a provider, then a session or tokens",
    port: 4003,
    needs_provider: true,
};

/// Which strategy a sign-in hands over to, and its settings.
#[derive(Clone, Debug, Args)]
pub struct OauthSettings {
    /// oauth-server: the strategy that a sign-in hands over to.
    #[arg(long, env = "AUTH_ISSUE", help_heading = "Credentials", value_enum, default_value_t = IssuedStrategy::Session)]
    pub issue: IssuedStrategy,

    /// How tokens work.
    #[command(flatten)]
    pub jwt: JwtSettings,
}

/// The strategy that a sign-in hands over to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IssuedStrategy {
    /// Server-side sessions.
    Session,
    /// Access and refresh tokens.
    Jwt,
}

impl StrategySettings for OauthSettings {
    fn strategy(&self, settings: &Settings) -> anyhow::Result<Box<dyn Strategy>> {
        match self.issue {
            IssuedStrategy::Session => SessionSettings {}.strategy(settings),
            IssuedStrategy::Jwt => self.jwt.strategy(settings),
        }
    }
}
