//! The contract with server-side sessions.

use auth_server::{Backend, Parts, Prepared, Server};
use auth_session::SessionStrategy;

/// The server.
pub const SERVER: Server = Server {
    name: "session-server",
    about: "server-side sessions in a cookie",
    port: 4001,
    needs_provider: false,
    backend,
};

fn backend(parts: &Parts<'_>) -> anyhow::Result<Prepared> {
    let cookies = parts.http.cookies();
    Ok(Box::new(move |registry| {
        let strategy = SessionStrategy::new(registry);
        Ok(Backend::new(strategy).mounted(move |app, routes| {
            let cookie = auth_session::middleware(&cookies.session_name, cookies.secure);
            app.service(routes.wrap(cookie));
        }))
    }))
}
