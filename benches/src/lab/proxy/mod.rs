//! A TCP proxy before a store, which adds to the round-trip time and counts round trips.
//!
//! Every piece of data is stamped when it arrives and passed on half the extra round-trip time
//! later. Any number of pieces may be on the way, so throughput is not limited, as on a longer
//! cable.

mod trips;

use std::io;
use std::net::{self, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::alarm::Alarm;
use trips::Trips;

/// What a store speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// PostgreSQL's frontend protocol, version 3.
    Postgres,
    /// Redis' RESP.
    Redis,
}

/// Pieces on the way in one direction, and the size of each at most: far more than any
/// connection of a server has.
const PIECES: usize = 4096;
const PIECE: usize = 64 * 1024;

/// A running proxy. Dropping it ends it with all its connections.
pub struct Proxy {
    address: SocketAddr,
    trips: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Where connections go, and how.
#[derive(Clone)]
struct Route {
    to: SocketAddr,
    delay: Duration,
    protocol: Protocol,
    trips: Arc<AtomicU64>,
}

/// The wait after a connection that could not be taken.
const RESPITE: Duration = Duration::from_millis(10);

type Piece = (Instant, Vec<u8>);

impl Proxy {
    /// Listens on a free port, and passes on to this address with `rtt` more for each round
    /// trip.
    ///
    /// # Errors
    /// When no port is free or no thread can be started.
    pub fn start(to: SocketAddr, rtt: Duration, protocol: Protocol) -> anyhow::Result<Self> {
        let trips = Arc::new(AtomicU64::new(0));
        let route = Route {
            to,
            delay: rtt / 2,
            protocol,
            trips: Arc::clone(&trips),
        };
        // Bound here, so that whoever comes next finds it listening.
        let listener = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("proxy".into());
        let thread = thread.spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, route) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self {
            address,
            trips,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Round trips so far: requests after which a client waits for an answer. For
    /// PostgreSQL these are Sync and simple Query messages, for Redis commands.
    pub fn trips(&self) -> u64 {
        self.trips.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed.
            let _ = thread.join().map_err(|_| anyhow!("the proxy panicked"));
        }
    }
}

async fn accept(listener: net::TcpListener, route: Route) {
    // Fails only without a runtime around it.
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    loop {
        match listener.accept().await {
            Ok((client, _)) => drop(tokio::spawn(connect(client, route.clone()))),
            // Without a free descriptor a later attempt may go better.
            Err(_) => sleep(RESPITE).await,
        }
    }
}

/// Either end closing ends the connection, as without a proxy.
async fn connect(client: TcpStream, route: Route) -> io::Result<()> {
    let store = TcpStream::connect(route.to).await?;
    client.set_nodelay(true)?;
    store.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_store, to_store) = store.into_split();
    let requests = Trips::of(route.protocol);
    let up = pass(from_client, to_store, &route, Some(requests));
    let down = pass(from_store, to_client, &route, None);
    tokio::try_join!(up, down).map(drop)
}

async fn pass(
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    route: &Route,
    requests: Option<Trips>,
) -> io::Result<()> {
    let (sender, receiver) = channel(PIECES);
    tokio::try_join!(stamp(from, sender, route, requests), release(to, receiver)).map(drop)
}

async fn stamp(
    mut from: OwnedReadHalf,
    pieces: Sender<Piece>,
    route: &Route,
    mut requests: Option<Trips>,
) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let due = Instant::now() + route.delay;
        let piece = &buffer[..length];
        if let Some(requests) = &mut requests {
            route
                .trips
                .fetch_add(requests.count(piece), Ordering::Relaxed);
        }
        if pieces.send((due, piece.to_vec())).await.is_err() {
            return Ok(());
        }
    }
}

async fn release(mut to: OwnedWriteHalf, mut pieces: Receiver<Piece>) -> io::Result<()> {
    let alarm = Alarm::new()?;
    while let Some((due, piece)) = pieces.recv().await {
        alarm.until(due).await?;
        to.write_all(&piece).await?;
    }
    to.shutdown().await
}
