//! What the servers are told.

use auth_server::Settings;
use clap::Parser;
use oauth_server::OauthSettings;

/// What the servers are told, whatever their strategy.
#[derive(Clone, Parser)]
pub struct ServerSettings {
    /// What every server is told.
    #[command(flatten)]
    pub common: Settings,

    /// What their strategies are told.
    #[command(flatten)]
    pub strategies: OauthSettings,
}
