//! What is honoured beside the server's own credentials.

use auth_core::Timestamp;
use clap::{Args, ValueEnum};

/// How many of a hundred sessions change over, and how many decisions a shadow looks at, when
/// nothing is said.
pub(super) const DEFAULT_PERCENT: u8 = 100;
pub(super) const DEFAULT_SHADOW_PERCENT: u8 = 10;

/// What a server honours beside its own credentials, while people change over to it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Credentials")]
pub struct BridgeSettings {
    /// The credentials of another strategy that are honoured too. A client that can keep this
    /// server's own gets one in exchange at its next refresh, in the same session.
    #[arg(long, env = "AUTH_BRIDGE", value_delimiter = ',', value_name = "KIND")]
    pub bridge: Vec<CredentialKind>,

    /// How many of a hundred sessions get one; the others go on with what they have.
    #[arg(long, env = "AUTH_BRIDGE_PERCENT", default_value_t = DEFAULT_PERCENT,
          value_parser = clap::value_parser!(u8).range(..=100))]
    pub bridge_percent: u8,

    /// When the other credentials are no longer honoured, such as 2027-01-31T18:00:00Z [default:
    /// never].
    #[arg(long, env = "AUTH_BRIDGE_UNTIL", value_name = "TIME", value_parser = time)]
    pub bridge_until: Option<Timestamp>,

    /// Another strategy that decides beside this server's own, after the answer, about the same
    /// sessions: the log and the metrics tell where both differ.
    #[arg(long, env = "AUTH_SHADOW", value_name = "KIND")]
    pub shadow: Option<CredentialKind>,

    /// How many of a hundred decisions it looks at.
    #[arg(long, env = "AUTH_SHADOW_PERCENT", default_value_t = DEFAULT_SHADOW_PERCENT,
          value_parser = clap::value_parser!(u8).range(1..=100))]
    pub shadow_percent: u8,
}

/// A kind of credential: what it is, and how it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CredentialKind {
    /// A session's secret in a cookie.
    Session,
    /// The same as a bearer.
    SessionBearer,
    /// A signed token as a bearer.
    Jwt,
    /// The same in a cookie.
    JwtCookie,
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    let time = text.parse();
    time.map_err(|_| "it wants a time by RFC 3339, such as 2027-01-31T18:00:00Z")
}
