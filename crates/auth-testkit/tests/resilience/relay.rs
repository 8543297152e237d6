//! An address that leads now here, now there.

use std::net::Ipv4Addr;

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on to a port of this machine, until it is dropped.
pub struct Relay {
    port: u16,
    to: watch::Sender<u16>,
}

impl Relay {
    /// Listens on a free port.
    pub async fn start(to: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (to, leads) = watch::channel(to);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(pass_on(near, leads.clone()));
            }
        });
        Ok(Self { port, to })
    }

    /// Where it listens.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// Leads to another port from now on, and ends all connections to the one before.
    pub fn lead_to(&self, port: u16) {
        self.to.send_replace(port);
    }
}

async fn pass_on(mut near: TcpStream, mut leads: watch::Receiver<u16>) {
    let to = *leads.borrow_and_update();
    let Ok(mut far) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = leads.changed() => {}
    }
}
