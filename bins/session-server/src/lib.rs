//! The contract with server-side sessions.

use std::sync::Arc;

use auth_core::Transport;
use auth_server::{Backend, Parts, Server};
use auth_session::OpaqueFormat;

/// The server.
pub const SERVER: Server = Server {
    name: "session-server",
    about: "server-side sessions",
    port: 4001,
    needs_provider: false,
    backend,
};

#[allow(clippy::unnecessary_wraps, reason = "other strategies can fail here")]
fn backend(_parts: &Parts<'_>) -> anyhow::Result<Backend> {
    Ok(Backend {
        format: Arc::new(OpaqueFormat),
        transport: Transport::Cookie,
        issuer: None,
    })
}
