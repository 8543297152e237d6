//! How connections are opened: to one server, to the one that Sentinels name, or to all
//! servers of a cluster.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth_core::StoreError;
use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::cluster::{ClusterClient, ClusterClientBuilder};
use deadpool_redis::redis::cluster_async::ClusterConnection;
use deadpool_redis::redis::io::tcp::TcpSettings;
use deadpool_redis::redis::sentinel::SentinelClient;
use deadpool_redis::redis::{
    AsyncConnectionConfig, Cmd, ConnectionInfo, FromRedisValue, ProtocolVersion, PushInfo,
    PushKind, RedisError, RedisResult,
};
use deadpool_redis::{Connection, Manager, Pool, Runtime};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::RedisConfig;
use super::error;

/// Waits between the tries of a cluster's client, in milliseconds. A fail-over takes seconds,
/// so it goes on trying until the command's time is over.
const CLUSTER_WAITS: (u64, u64) = (5, 200);
/// More than fit into the time of any command.
const CLUSTER_TRIES: u32 = 1000;

/// What opens connections.
pub(super) enum Source {
    Server(Pool),
    Sentinels(Mutex<SentinelClient>, AsyncConnectionConfig),
    Cluster(ClusterClient),
}

/// An open connection, kept for as long as it is of use.
pub(super) enum Held {
    Server(Connection),
    Master(MultiplexedConnection),
    Cluster(ClusterConnection, Tie),
}

/// A connection to ask by.
pub(super) enum Link {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// A task that lives as long as the runtime that drives a connection.
pub(super) struct Tie(JoinHandle<()>);

/// What a server says by itself on any of its connections.
#[derive(Default)]
pub(super) struct Pushes {
    /// How many connections were lost so far.
    pub(super) breaks: AtomicU64,
    /// There is something to look at.
    pub(super) news: Notify,
}

impl Source {
    /// Connections to one server.
    pub(super) fn server(
        info: ConnectionInfo,
        pushes: &Arc<Pushes>,
        config: &RedisConfig,
    ) -> Result<Self, StoreError> {
        let connection = connection_config(config, pushes);
        let manager = Manager::new_with_config(info, connection).map_err(error::malformed)?;
        let pool = Pool::builder(manager)
            .max_size(config.connections.max(1))
            .wait_timeout(Some(config.connect_timeout))
            .create_timeout(Some(config.connect_timeout))
            .recycle_timeout(Some(config.command_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|cause| StoreError::Failed(cause.into()))?;
        Ok(Self::Server(pool))
    }

    /// Connections to the server that Sentinels name.
    pub(super) fn sentinels(
        client: SentinelClient,
        pushes: &Arc<Pushes>,
        config: &RedisConfig,
    ) -> Self {
        Self::Sentinels(Mutex::new(client), connection_config(config, pushes))
    }

    /// Connections to a cluster that these servers know.
    pub(super) fn cluster(
        servers: Vec<ConnectionInfo>,
        config: &RedisConfig,
    ) -> Result<Self, StoreError> {
        let (min_wait, max_wait) = CLUSTER_WAITS;
        let client = ClusterClientBuilder::new(servers)
            .use_protocol(ProtocolVersion::RESP3)
            .tcp_settings(TcpSettings::default().set_nodelay(true))
            .connection_timeout(config.connect_timeout)
            .response_timeout(config.command_timeout)
            .retries(CLUSTER_TRIES)
            .min_retry_wait(min_wait)
            .max_retry_wait(max_wait)
            .build();
        client.map(Self::Cluster).map_err(error::malformed)
    }

    /// Opens a connection.
    pub(super) async fn open(&self, limit: Duration) -> Result<Held, StoreError> {
        let open = async {
            match self {
                Self::Server(pool) => {
                    let connection = pool.get().await.map_err(error::from_pool)?;
                    Ok(Held::Server(connection))
                }
                Self::Sentinels(client, config) => {
                    let mut client = client.lock().await;
                    let connection = client.get_async_connection_with_config(config).await;
                    connection.map(Held::Master).map_err(error::from_redis)
                }
                Self::Cluster(client) => {
                    let connection = client.get_async_connection().await;
                    let connection = connection.map_err(error::from_redis)?;
                    Ok(Held::Cluster(connection, Tie::to_this_runtime()))
                }
            }
        };
        let opened = timeout(limit, open).await;
        opened.map_err(|elapsed| StoreError::Unavailable(elapsed.into()))?
    }
}

impl Held {
    pub(super) fn link(&self) -> Link {
        match self {
            Self::Server(connection) => Link::Server(MultiplexedConnection::clone(connection)),
            Self::Master(connection) => Link::Server(connection.clone()),
            Self::Cluster(connection, _) => Link::Cluster(connection.clone()),
        }
    }

    /// Whether it is of no more use, given whether any connection was lost since it was
    /// opened. The client of a cluster opens the lost ones again by itself.
    pub(super) fn is_lost(&self, any_was_lost: bool) -> bool {
        match self {
            Self::Server(_) | Self::Master(_) => any_was_lost,
            Self::Cluster(_, tie) => tie.0.is_finished(),
        }
    }

    /// Lets go of the connection, also in the pool, which would hand it out again.
    pub(super) fn discard(self) {
        if let Self::Server(connection) = self {
            drop(Connection::take(connection));
        }
    }
}

impl Link {
    pub(super) async fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::Server(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }

    /// Asks to be told of what is published on a channel; in a cluster nobody does.
    pub(super) async fn subscribe(&mut self, channel: &str) -> RedisResult<()> {
        match self {
            Self::Server(connection) => connection.subscribe(channel).await,
            Self::Cluster(_) => Ok(()),
        }
    }

    /// Whether the connection is of no more use after this error.
    pub(super) fn ends_with(&self, error: &RedisError) -> bool {
        matches!(self, Self::Server(_)) && error::ends_connection(error)
    }
}

impl Tie {
    fn to_this_runtime() -> Self {
        Self(tokio::spawn(std::future::pending()))
    }
}

impl Drop for Tie {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Bounded waits, and a note of what the server says by itself.
fn connection_config(config: &RedisConfig, pushes: &Arc<Pushes>) -> AsyncConnectionConfig {
    let pushes = Arc::clone(pushes);
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(config.connect_timeout))
        .set_response_timeout(Some(config.command_timeout))
        .set_push_sender(move |push: PushInfo| {
            if push.kind == PushKind::Disconnection {
                pushes.breaks.fetch_add(1, Ordering::Relaxed);
            }
            pushes.news.notify_one();
            Ok::<(), std::convert::Infallible>(())
        })
}
