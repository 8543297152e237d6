//! A provider on a port of its own.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Deref;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, rt};
use thiserror::Error;
use url::{ParseError, Url};

use crate::{Config, DevProvider, ProviderError};

/// A provider that listens on a free port of 127.0.0.1 until this value is dropped. It
/// dereferences to the [`DevProvider`].
#[derive(Debug)]
pub struct Spawned {
    provider: DevProvider,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// Why no provider listens.
#[derive(Debug, Error)]
pub enum SpawnError {
    /// There is no provider.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// It can't listen.
    #[error("the development provider can't listen")]
    Io(#[from] io::Error),
    /// The port makes no address.
    #[error("the development provider has no address")]
    Address(#[from] ParseError),
    /// The server's thread ended at once.
    #[error("the development provider's server did not start")]
    Server,
}

/// Starts a provider on a free port of 127.0.0.1, in a thread of its own. What it is set up
/// with is made from the issuer, which follows from the port.
///
/// # Errors
/// It can't be set up like this, or can't listen.
pub fn spawn(config: impl FnOnce(Url) -> Config) -> Result<Spawned, SpawnError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let issuer = Url::parse(&format!("http://127.0.0.1:{port}"))?;
    let provider = DevProvider::new(config(issuer))?;
    let (started, start) = channel();
    let served = provider.clone();
    let thread = thread::Builder::new()
        .name("auth-dev-provider".into())
        .spawn(move || serve(served, listener, &started))?;
    Ok(Spawned {
        provider,
        server: start.recv().map_err(|_| SpawnError::Server)??,
        thread: Some(thread),
    })
}

impl Deref for Spawned {
    type Target = DevProvider;

    fn deref(&self) -> &DevProvider {
        &self.provider
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        // The order is sent at once; only its end would have to be awaited.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            // A panic in there was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn serve(provider: DevProvider, listener: TcpListener, started: &Sender<io::Result<ServerHandle>>) {
    rt::System::new().block_on(async {
        let server = HttpServer::new(move || App::new().configure(provider.routes()))
            .workers(1)
            .disable_signals()
            .listen(listener);
        let server = match server {
            Ok(server) => server.run(),
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let _ = started.send(Ok(server.handle()));
        // It ends when it is told to; there is nobody left to tell how.
        let _ = server.await;
    });
}
