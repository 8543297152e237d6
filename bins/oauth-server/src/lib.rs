//! The contract with sign-in through providers. A provider proves who somebody is; how the
//! client then stays signed in is up to the strategy that `--issue` names.

use auth_server::settings::IssuedStrategy;
use auth_server::{Backend, Parts, Server};

/// The server.
pub const SERVER: Server = Server {
    name: "oauth-server",
    about: "sign-in through a provider, then a session or tokens",
    port: 4003,
    needs_provider: true,
    backend,
};

fn backend(parts: &Parts<'_>) -> anyhow::Result<Backend> {
    let issuing = match parts.settings.federation.issue {
        IssuedStrategy::Session => session_server::SERVER,
        IssuedStrategy::Jwt => jwt_server::SERVER,
    };
    (issuing.backend)(parts)
}
