//! The contract with server-side sessions.

use auth_server::{Backend, Parts, Server};
use auth_session::SessionStrategy;

/// The server.
pub const SERVER: Server = Server {
    name: "session-server",
    about: "server-side sessions in a cookie",
    port: 4001,
    needs_provider: false,
    backend,
};

fn backend(parts: &Parts<'_>) -> anyhow::Result<Backend> {
    let cookies = parts.http.cookies();
    let strategy = SessionStrategy::new(parts.registry.clone());
    Ok(Backend::new(strategy).mounted(move |app, routes| {
        let cookie = auth_session::middleware(&cookies.session_name, cookies.secure);
        app.service(routes.wrap(cookie));
    }))
}
