//! Stopping without cutting anybody off.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Extensions, ServerHandle};
use auth_http::Api;
use rustix::net::{Shutdown, shutdown};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::closed_listener::listener_closes;

/// How long a client in the middle of a conversation has to ask once more and be told that
/// its connection closes. One that keeps silent does not mind.
const LAST_WORD: Duration = Duration::from_secs(2);

/// The socket that connections come in by, and those that are open.
#[derive(Clone)]
pub(crate) struct Connections {
    listener: Arc<TcpListener>,
    // Each open connection holds a receiver.
    open: Arc<watch::Sender<()>>,
}

impl Connections {
    pub(crate) fn on(listener: &TcpListener) -> std::io::Result<Self> {
        Ok(Self {
            listener: Arc::new(listener.try_clone()?),
            open: Arc::new(watch::Sender::new(())),
        })
    }

    /// Counts a new connection for as long as it is open.
    pub(crate) fn count(&self, connection: &mut Extensions) {
        connection.insert(self.open.subscribe());
    }
}

/// Stops a server.
#[derive(Clone)]
pub(crate) struct Stop {
    api: Api,
    handle: ServerHandle,
    connections: Connections,
    drain_delay: Duration,
}

impl Stop {
    pub(crate) fn new(
        api: &Api,
        handle: ServerHandle,
        connections: Connections,
        drain_delay: Duration,
    ) -> Self {
        Self {
            api: api.clone(),
            handle,
            connections,
            drain_delay,
        }
    }

    /// Stops after load balancers had time to see that the server is about to, or as soon as
    /// `hurry` completes.
    pub(crate) async fn gently(&self, hurry: impl Future<Output = ()>) {
        self.api.leave();
        // Either way it is time to stop.
        let _ = timeout(self.drain_delay, hurry).await;
        self.now().await;
    }

    /// Refuses new connections at once, so that their clients turn to another node. Open
    /// ones close with their next answer, which says so. The listener's own stop would
    /// close them before it has read what was sent already.
    pub(crate) async fn now(&self) {
        self.api.drain();
        self.handle.pause().await;
        listener_closes();
        // It may have been closed by whoever stopped the server first.
        let _ = shutdown(&*self.connections.listener, Shutdown::Read);
        let _ = timeout(LAST_WORD, self.connections.open.closed()).await;
        self.handle.stop(true).await;
    }
}
