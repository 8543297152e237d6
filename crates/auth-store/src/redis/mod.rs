//! Sessions and limits on Redis, shared by all processes that use the same server.
//!
//! Every method is one round trip on a connection that is open already; what ends something
//! waits besides until all servers know of it. Every key expires by itself, except for where
//! the log of what ended stands, but that is only how Redis gets its memory back: whether something is
//! over is decided by the callers' time. A Redis that lost its data has signed everybody
//! out; one that is away makes every method fail with [`StoreError::Unavailable`], and the
//! next call after its return works again.
//!
//! The scripts find further keys by what they read. On a cluster all keys of a user are in
//! one slot for that, which the user's [`Shard`] names; see there. Behind Sentinel the
//! server in charge is asked for whenever a connection is opened.
//!
//! Redis 6 or later is needed (RESP3), and one that never evicts keys: a key that goes
//! early may be what says that a session was ended.

mod address;
mod connections;
mod error;
mod expiry;
mod limits;
mod link;
mod log;
mod record;
mod scripts;
mod sessions;
mod state;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use auth_core::session::Shard;
use auth_core::{Meter, StoreError};
use auth_revocation::{Lease, ServerId};
use deadpool_redis::redis::{Cmd, ConnectionInfo, Value, from_redis_value};
use futures_util::future::try_join_all;
use tracing::warn;

use address::Address;
use connections::SharedConnections;
use link::Source;
use log::Log;
use scripts::{LogScripts, Scripts};

use crate::leases::{Leases, Limits};

pub use state::RedisState;

/// How to use a Redis server.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// The longest wait for a new connection.
    pub connect_timeout: Duration,
    /// The longest wait for an answer.
    pub command_timeout: Duration,
    /// How many connections are kept open; best one for each thread that serves
    /// requests and one more for the chores.
    pub connections: usize,
    /// What every key begins with.
    pub key_prefix: String,
    /// For how long this process may answer by what it knows after it has asked for news.
    pub lease: Lease,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(2),
            command_timeout: Duration::from_secs(2),
            connections: available_parallelism().map_or(1, NonZero::get) + 1,
            key_prefix: "auth:".to_owned(),
            lease: Lease::DEFAULT,
        }
    }
}

/// Keeps sessions and counts limits on Redis. It keeps no users, so it never tells the
/// owner of a session.
///
/// `Display` names the server without its credentials.
pub struct RedisStore {
    connections: SharedConnections,
    scripts: Scripts,
    prefix: String,
    is_cluster: bool,
    server: String,
    leases: Option<Arc<Leases>>,
    meter: Meter,
}

impl RedisStore {
    /// Connects to `redis://[[user]:password@]host[:port][/db]`, or by TLS to `rediss://…`,
    /// whose certificate must be trusted by the system. Whether that is one server or one of
    /// a cluster's is found out; of a cluster, several may be named, with commas between.
    /// `redis-sentinel://[[user]:password@]host[:port][,…]/name[/db]` names Sentinels and the
    /// server that they watch.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the URL is malformed or names what can't keep sessions,
    /// [`StoreError::Unavailable`] when the server can't be reached, refuses the credentials,
    /// or can't be written to.
    pub async fn connect(url: &str, config: RedisConfig) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        if address.is_tls() {
            auth_tls::authorities().map_err(|none| StoreError::Failed(none.into()))?;
            // Already done by whoever uses TLS first; which provider it is does not matter.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let server = address.display_name();
        let connections = open(address, &config).await?;
        let mut store = Self {
            is_cluster: connections.is_cluster(),
            connections,
            server,
            scripts: Scripts::new(),
            prefix: config.key_prefix.clone(),
            leases: None,
            meter: Meter::default(),
        };
        store.check().await?;
        if !store.warn_of_eviction().await && !store.is_cluster {
            store.leases = store.leases_by(url, &config).await;
        }
        Ok(store)
    }

    /// Tells this meter how long calls take, and waits for what ended to be known everywhere.
    #[must_use]
    pub fn measured_by(self, meter: Meter) -> Self {
        Self {
            connections: self.connections.measured_by(meter.clone()),
            meter,
            ..self
        }
    }

    /// Leases on the sessions, if our user may do all that they want.
    async fn leases_by(&self, url: &str, config: &RedisConfig) -> Option<Arc<Leases>> {
        let scripts = Arc::new(LogScripts::new());
        let look = log::begin(&scripts.look, &self.prefix);
        let seen: Result<Value, _> = self.connections.invoke(&look).await;
        if let Err(error) = seen {
            warn!(
                server = %self, %error,
                "Redis does not let its user ask for leases, so it is asked for every session; \
                 allow the user the command INFO"
            );
            return None;
        }
        let (url, config) = (url.to_owned(), config.clone());
        let limits = Limits {
            lease: config.lease,
            answer: config.connect_timeout,
        };
        Some(Leases::new(limits, move || {
            Box::new(Log::new(url.clone(), config.clone(), Arc::clone(&scripts)))
        }))
    }

    /// The answer to a change, once it is in force on every server.
    async fn once_in_force<T>(&self, answer: T) -> Result<T, StoreError> {
        if let Some(leases) = &self.leases {
            self.meter.revocation_wait(leases.confirm()).await?;
        }
        Ok(answer)
    }

    /// Takes note of who answered a read: whom the data name as the server that was joined last.
    fn judge(&self, server: Option<String>) {
        if let Some(leases) = &self.leases {
            leases.judge(server.map(|server| ServerId(server.into())).as_ref());
        }
    }

    /// Asks the server for a sign of life; of a cluster every server in charge.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut ping = Cmd::new();
        ping.arg("PING");
        self.connections.query(&ping).await
    }

    /// Whether the server does all that is asked of it: what it can't keep, or what our user
    /// may not do, shows here. Of a cluster so many shards are tried that every server is
    /// among them, or next to certainly so.
    ///
    /// # Errors
    /// As any other method's.
    pub async fn check(&self) -> Result<(), StoreError> {
        if !self.is_cluster {
            return self.probe(&self.prefix).await;
        }
        self.ping().await?;
        let keys: Vec<_> = Shard::all().map(|shard| self.keys_of(shard)).collect();
        let probes = keys.iter().step_by(8).map(|keys| self.probe(keys));
        try_join_all(probes).await.map(drop)
    }

    async fn probe(&self, keys: &str) -> Result<(), StoreError> {
        let key = format!("{keys}probe");
        // What a refused step of the script left behind is no text, and goes with the script.
        let () = self
            .connections
            .invoke(&self.scripts.probe.key(key.clone()))
            .await?;
        let mut get = Cmd::new();
        get.arg("GET").arg(key);
        self.connections.query(&get).await
    }

    /// Whether the server may evict keys, of which it warns. The log of what ended could go early
    /// too, so such a server is asked for every session.
    async fn warn_of_eviction(&self) -> bool {
        let mut info = Cmd::new();
        info.arg("INFO").arg("memory");
        // A server may keep this to itself.
        let info: Result<String, _> = self.connections.query(&info).await;
        let may_evict = info.is_ok_and(|info| evicts(&info));
        if may_evict {
            warn!(
                server = %self,
                "Redis may evict keys, and ended sessions come back by that; \
                 set its maxmemory-policy to noeviction. Until then it is asked for every session"
            );
        }
        may_evict
    }

    /// What every key of this shard begins with. In a cluster, what stands in braces decides
    /// on the slot.
    fn keys_of(&self, shard: Shard) -> Cow<'_, str> {
        if self.is_cluster {
            format!("{}{{{}}}:", self.prefix, shard.name()).into()
        } else {
            self.prefix.as_str().into()
        }
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

/// Connections to what an address names.
async fn open(address: Address, config: &RedisConfig) -> Result<SharedConnections, StoreError> {
    let pushes = Arc::default();
    let source = match address {
        Address::Sentinels(sentinels) => Source::sentinels(sentinels.client()?, &pushes, config),
        Address::Servers(servers) => {
            let (first, mode) = find_mode(&servers, config).await?;
            match mode {
                Mode::Standalone if servers.len() == 1 => return Ok(first),
                Mode::Standalone => return Err(several()),
                Mode::Sentinel => return Err(sentinel()),
                Mode::Cluster if has_database(&servers) => return Err(database()),
                Mode::Cluster => Source::cluster(servers, config)?,
            }
        }
    };
    Ok(SharedConnections::new(source, pushes, config))
}

/// Connects to the first server that answers, and asks what it is.
async fn find_mode(
    servers: &[ConnectionInfo],
    config: &RedisConfig,
) -> Result<(SharedConnections, Mode), StoreError> {
    let mut fault = None;
    for server in servers {
        let pushes = Arc::default();
        let source = Source::server(server.clone(), &pushes, config)?;
        let connections = SharedConnections::new(source, pushes, config);
        match connections.query(Cmd::new().arg("HELLO")).await {
            Ok(hello) => return Ok((connections, Mode::of(&hello))),
            // It refuses the number before it says what it is.
            Err(error) if format!("{error:?}").contains("cluster mode") => return Err(database()),
            Err(error) => fault = Some(error),
        }
    }
    Err(fault.unwrap_or_else(|| StoreError::Failed("the Redis URL names no server".into())))
}

/// What a server is part of.
enum Mode {
    Standalone,
    Cluster,
    Sentinel,
}

impl Mode {
    /// Reads the answer to `HELLO`.
    fn of(hello: &Value) -> Self {
        let mut facts = hello.as_map_iter().into_iter().flatten();
        let is = |value: &Value, text| {
            from_redis_value::<String>(value.clone()).is_ok_and(|value| value == text)
        };
        match facts.find(|(key, _)| is(key, "mode")) {
            Some((_, mode)) if is(mode, "cluster") => Self::Cluster,
            Some((_, mode)) if is(mode, "sentinel") => Self::Sentinel,
            _ => Self::Standalone,
        }
    }
}

fn has_database(servers: &[ConnectionInfo]) -> bool {
    let mut databases = servers.iter().map(|info| info.redis_settings().db());
    databases.any(|db| db != 0)
}

fn several() -> StoreError {
    StoreError::Failed(
        "the Redis URL names several servers, but they are no cluster; \
         name one, or their Sentinels as in redis-sentinel://host:26379/mymaster"
            .into(),
    )
}

fn sentinel() -> StoreError {
    StoreError::Failed(
        "this is a Sentinel, which keeps nothing itself; \
         write the URL as in redis-sentinel://host:26379/mymaster"
            .into(),
    )
}

fn database() -> StoreError {
    StoreError::Failed("a Redis cluster has no databases; take the number out of the URL".into())
}

/// Whether a server with this `INFO memory` deletes keys before their time.
fn evicts(info: &str) -> bool {
    let is_not = |field: &str, value: &str| {
        let mut values = info.lines().filter_map(|line| line.strip_prefix(field));
        values.next().is_some_and(|found| found != value)
    };
    is_not("maxmemory:", "0") && is_not("maxmemory_policy:", "noeviction")
}
