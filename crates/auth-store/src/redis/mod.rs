//! Sessions and limits on Redis, shared by all processes that use the same server.
//!
//! Every method is one round trip on a connection that is open already. Every key expires
//! by itself, but that is only how Redis gets its memory back: whether something is
//! over is decided by the time that the caller brings. A Redis that lost its data has
//! signed everybody out; one that is away makes every method fail with
//! [`StoreError::Unavailable`], and the next call after its return works again.
//!
//! The scripts find further keys by what they read, so a Redis Cluster can't run them.
//! Redis 6 or later is needed (RESP3), and one that never evicts keys: a key that goes
//! early may be what says that a session was ended.

mod error;
mod lanes;
mod limits;
mod record;
mod scripts;
mod sessions;
#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use auth_core::StoreError;
use deadpool_redis::redis::io::tcp::TcpSettings;
use deadpool_redis::redis::{Cmd, ConnectionAddr, ConnectionInfo, ProtocolVersion};

use tracing::warn;

use lanes::Lanes;
use scripts::Scripts;

/// How to use a Redis server.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// The longest wait for a new connection.
    pub connect_timeout: Duration,
    /// The longest wait for an answer.
    pub command_timeout: Duration,
    /// How many connections are kept open; best one for each thread that serves
    /// requests and one more for the chores.
    pub lanes: usize,
    /// What every key begins with.
    pub key_prefix: String,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(2),
            command_timeout: Duration::from_secs(2),
            lanes: available_parallelism().map_or(1, NonZero::get) + 1,
            key_prefix: "auth:".to_owned(),
        }
    }
}

/// Keeps sessions and counts limits on Redis. It keeps no users, so it never tells the
/// owner of a session.
///
/// `Display` names the server without its credentials.
pub struct RedisStore {
    lanes: Lanes,
    scripts: Scripts,
    prefix: String,
    server: String,
}

impl RedisStore {
    /// Connects to `redis://[[user]:password@]host[:port][/db]`, or by TLS to `rediss://…`,
    /// whose certificate must be trusted by the system.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the URL is malformed or the server refuses the
    /// credentials, [`StoreError::Unavailable`] when it can't be reached.
    pub async fn connect(url: &str, config: RedisConfig) -> Result<Self, StoreError> {
        let info = connection_info(url)?;
        if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
            // Already done by whoever uses TLS first; which provider it is does not matter.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let store = Self {
            server: display_name(&info),
            lanes: Lanes::new(info, &config)?,
            scripts: Scripts::new(),
            prefix: config.key_prefix,
        };
        store.ping().await?;
        store.warn_of_eviction().await;
        Ok(store)
    }

    /// Asks the server for a sign of life.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut ping = Cmd::new();
        ping.arg("PING");
        self.lanes.query(&ping).await
    }

    async fn warn_of_eviction(&self) {
        let mut info = Cmd::new();
        info.arg("INFO").arg("memory");
        // A server may keep this to itself.
        let info: Result<String, _> = self.lanes.query(&info).await;
        if info.is_ok_and(|info| evicts(&info)) {
            warn!(
                server = %self,
                "Redis may evict keys, and ended sessions come back by that; \
                 set its maxmemory-policy to noeviction"
            );
        }
    }

    fn key(&self, kind: &str, name: &str) -> String {
        format!("{}{kind}:{name}", self.prefix)
    }
}

impl fmt::Display for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.server)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisStore({self})")
    }
}

/// The server that a URL names. RESP3 lets the connection tell when it is lost, and
/// small requests must not wait for more to send.
fn connection_info(url: &str) -> Result<ConnectionInfo, StoreError> {
    let info: ConnectionInfo = url.parse().map_err(error::from_redis)?;
    let redis = info.redis_settings().clone();
    Ok(info
        .set_redis_settings(redis.set_protocol(ProtocolVersion::RESP3))
        .set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

/// Whether a server with this `INFO memory` deletes keys before their time.
fn evicts(info: &str) -> bool {
    let is_not = |field: &str, value: &str| {
        let mut values = info.lines().filter_map(|line| line.strip_prefix(field));
        values.next().is_some_and(|found| found != value)
    };
    is_not("maxmemory:", "0") && is_not("maxmemory_policy:", "noeviction")
}

/// The server without its credentials.
fn display_name(info: &ConnectionInfo) -> String {
    let scheme = match info.addr() {
        ConnectionAddr::TcpTls { .. } => "rediss",
        _ => "redis",
    };
    format!("{scheme}://{}/{}", info.addr(), info.redis_settings().db())
}
