//! A few connections that stay open and are shared by all requests.
//!
//! Taking a connection from the pool for each request would ping it each time, a whole
//! round trip. So each connection takes one from the pool, keeps it, and hands out clones: the
//! connection is multiplexed, any number of requests are under way on it at once. A
//! thread always uses the same connection. With a connection for each worker thread, the task that
//! drives a connection runs on the thread that waits for its answers, which saves waking
//! another one up.
//!
//! A connection that breaks is replaced when it is next wanted, by one caller while the
//! others on that connection wait for the outcome.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auth_core::measure::StoreOperation;
use auth_core::{Meter, StoreError};
use deadpool_redis::redis::{Cmd, FromRedisValue, RedisResult};
use tokio::time::timeout;
use tracing::{Instrument as _, Span, debug_span};

use super::RedisConfig;
use super::error;
use super::link::{Held, Link, Pushes, Source};
use super::scripts::Call;

static NEXT_ID: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The numbers of this thread, by what it asks.
    static NUMBERS: RefCell<Vec<(usize, usize)>> = const { RefCell::new(Vec::new()) };
}

/// All connections to one server, or one connection to all servers of a cluster.
pub(super) struct SharedConnections {
    source: Source,
    connections: Box<[SharedConnection]>,
    /// What these are known by.
    id: usize,
    /// How many threads have asked.
    threads: AtomicUsize,
    pushes: Arc<Pushes>,
    connect_timeout: Duration,
    meter: Meter,
}

/// One shared connection, if it is open.
#[derive(Default)]
struct SharedConnection {
    state: Mutex<State>,
    opening: tokio::sync::Mutex<()>,
    failures: AtomicU64,
}

#[derive(Default)]
struct State {
    /// How many connections the connection has had.
    serial: u64,
    open: Option<Open>,
}

struct Open {
    held: Held,
    /// How many connections to the server had been lost before this one was opened.
    breaks: u64,
}

/// A share of a connection's connection, and which one of its connections it is.
struct Share {
    link: Link,
    serial: u64,
}

impl SharedConnections {
    /// SharedConnections to what this source opens connections to; none is open yet. The connection to
    /// a cluster is many already, so there is one connection.
    pub(super) fn new(source: Source, pushes: Arc<Pushes>, config: &RedisConfig) -> Self {
        let count = match source {
            Source::Cluster(_) => 1,
            Source::Server(_) | Source::Sentinels(..) => config.connections.max(1),
        };
        Self {
            source,
            connections: (0..count).map(|_| SharedConnection::default()).collect(),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            threads: AtomicUsize::new(0),
            pushes,
            connect_timeout: config.connect_timeout,
            meter: Meter::default(),
        }
    }

    /// Tells this meter how long calls take.
    pub(super) fn measured_by(self, meter: Meter) -> Self {
        Self { meter, ..self }
    }

    /// Runs a command; one round trip.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let asked = async {
            let connection = self.mine();
            let mut share = connection.share(self).await?;
            let answer = share.link.query(command).await;
            connection.judge(&share, answer)
        };
        let what = on_redis("redis", "command");
        self.meter.store_call(what, asked.instrument(span())).await
    }

    /// Runs a script; one round trip once the server knows the script.
    pub(super) async fn invoke<T: FromRedisValue>(&self, call: &Call<'_>) -> Result<T, StoreError> {
        let asked = async {
            let connection = self.mine();
            let mut share = connection.share(self).await?;
            let answer = match share.link.query(&call.by_hash()).await {
                Err(cause) if error::is_unknown_script(&cause) => {
                    share.link.query(&call.by_text()).await
                }
                answer => answer,
            };
            connection.judge(&share, answer)
        };
        let what = on_redis(call.store(), call.operation());
        self.meter.store_call(what, asked.instrument(span())).await
    }

    /// The connection of the current thread. Threads take turns in the order of their first
    /// question here, so that those which ask elsewhere take no connection from those that serve.
    fn mine(&self) -> &SharedConnection {
        let number = NUMBERS.with_borrow_mut(|numbers| {
            let known = numbers.iter().find(|(id, _)| *id == self.id);
            known.map(|(_, number)| *number).unwrap_or_else(|| {
                let number = self.threads.fetch_add(1, Ordering::Relaxed);
                numbers.push((self.id, number));
                number
            })
        });
        &self.connections[number % self.connections.len()]
    }

    /// Whether the connection leads to a cluster.
    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.source, Source::Cluster(_))
    }

    /// How many connections to the server were lost so far.
    pub(super) fn breaks(&self) -> u64 {
        self.pushes.breaks.load(Ordering::Relaxed)
    }

    /// Asks to be told of what is published on a channel, on the connection of this thread.
    pub(super) async fn subscribe(&self, channel: &str) -> Result<(), StoreError> {
        let connection = self.mine();
        let mut share = connection.share(self).await?;
        let answer = share.link.subscribe(channel).await;
        connection.judge(&share, answer)
    }

    /// Waits until something is published, or a connection lost.
    pub(super) async fn news(&self) {
        self.pushes.news.notified().await;
    }
}

fn on_redis(store: &'static str, operation: &'static str) -> StoreOperation {
    StoreOperation {
        system: "redis",
        store,
        operation,
    }
}

/// For whoever debugs. Named as OpenTelemetry's semantic conventions name a database call of
/// which no more is told.
fn span() -> Span {
    debug_span!("redis", db.system.name = "redis")
}

impl SharedConnection {
    /// A share of the connection's connection, which is opened first if need be.
    async fn share(&self, connections: &SharedConnections) -> Result<Share, StoreError> {
        match self.current(connections) {
            Some(share) => Ok(share),
            // Boxed: it is rare, and would make the types of all futures around it deep.
            None => Box::pin(self.reopen(connections)).await,
        }
    }

    /// A share of the open connection. Once any connection to the server was lost, the
    /// older ones are not trusted either: a server that restarts takes all of them down,
    /// and a request is a poor way to find out.
    fn current(&self, connections: &SharedConnections) -> Option<Share> {
        let mut state = self.state();
        let open = state.open.as_ref()?;
        if open.held.is_lost(open.breaks != connections.breaks()) {
            state.discard();
            return None;
        }
        Some(Share {
            link: open.held.link(),
            serial: state.serial,
        })
    }

    /// Opens the connection, or waits for the caller who is doing so and takes part in what
    /// comes of it, be it a failure.
    async fn reopen(&self, connections: &SharedConnections) -> Result<Share, StoreError> {
        let failures = self.failures.load(Ordering::Acquire);
        let _turn = timeout(connections.connect_timeout, self.opening.lock())
            .await
            .map_err(|elapsed| StoreError::Unavailable(elapsed.into()))?;
        if let Some(share) = self.current(connections) {
            return Ok(share);
        }
        if self.failures.load(Ordering::Acquire) != failures {
            return Err(StoreError::Unavailable("connecting has just failed".into()));
        }
        self.open(connections).await
    }

    async fn open(&self, connections: &SharedConnections) -> Result<Share, StoreError> {
        let breaks = connections.breaks();
        let held = connections.source.open(connections.connect_timeout).await;
        let held = held.inspect_err(|_| {
            self.failures.fetch_add(1, Ordering::Release);
        })?;
        let mut state = self.state();
        state.serial += 1;
        let share = Share {
            link: held.link(),
            serial: state.serial,
        };
        state.open = Some(Open { held, breaks });
        Ok(share)
    }

    /// The answer, after discarding the connection if it is what failed.
    fn judge<T>(&self, share: &Share, answer: RedisResult<T>) -> Result<T, StoreError> {
        answer.map_err(|cause| {
            let mut state = self.state();
            if share.link.ends_with(&cause) && state.serial == share.serial {
                state.discard();
            }
            error::from_redis(cause)
        })
    }

    // No step under the lock can panic half-way.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Lets go of the connection, also in the pool, which would hand it out again.
    fn discard(&mut self) {
        if let Some(open) = self.open.take() {
            open.held.discard();
        }
    }
}
