//! A wire-tap between a server and its providers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

/// All that went over the wires, in no particular order of the wires.
#[derive(Clone, Default)]
pub struct Tap(Arc<Mutex<Vec<u8>>>);

impl Tap {
    /// Listens in front of an address until the test ends; gives where.
    pub fn before(&self, address: Url) -> Url {
        let behind = address.socket_addrs(|| None).unwrap().remove(0);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut front = address;
        front
            .set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let tap = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tap.clone().pass_on(stream, behind));
            }
        });
        front
    }

    async fn pass_on(self, near: TcpStream, behind: SocketAddr) -> io::Result<()> {
        let far = TcpStream::connect(behind).await?;
        let ((mut from_near, mut to_near), (mut from_far, mut to_far)) =
            (near.into_split(), far.into_split());
        tokio::try_join!(
            self.record(&mut from_near, &mut to_far),
            self.record(&mut from_far, &mut to_near),
        )?;
        Ok(())
    }

    async fn record(
        &self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        loop {
            let read = from.read(&mut bytes).await?;
            if read == 0 {
                return to.shutdown().await;
            }
            self.heard().extend_from_slice(&bytes[..read]);
            to.write_all(&bytes[..read]).await?;
        }
    }

    fn heard(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every value that came after `before` and ended with `end`.
    pub fn values(&self, before: &str, end: &[char]) -> Vec<String> {
        let heard = self.heard();
        let heard = String::from_utf8_lossy(&heard);
        let parts = heard.split(before).skip(1);
        let values = parts.filter_map(|part| part.split(end).next());
        values.map(str::to_owned).collect()
    }
}
