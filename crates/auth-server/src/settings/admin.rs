//! The admin API.

use std::net::SocketAddr;

use clap::Args;
use url::Url;

use super::values::socket_address;

/// Where the admin API is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Administration")]
pub struct AdminSettings {
    /// The listener for the admin API; without it there is none.
    #[arg(long, env = "AUTH_ADMIN_BIND", value_parser = socket_address)]
    pub admin_bind: Option<SocketAddr>,

    /// The URL under which operators reach it [default: http://localhost:PORT].
    #[arg(long, env = "AUTH_ADMIN_URL")]
    pub admin_url: Option<Url>,
}
