//! PostgreSQL and Redis: given, or started for the time of the comparison.

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs as _};

use anyhow::{Context as _, anyhow, bail};
use deadpool_redis::redis::{self, FromRedisValue, aio::MultiplexedConnection};
use test_services::{Postgres, Redis};
use tokio_postgres::{Client, NoTls};
use url::Url;

use crate::lab::system;

/// Adds up what every key takes with its value. The whole memory would not do: it grows by
/// leaps, whenever a table of keys doubles.
const BYTES_OF_KEYS: &str = r"
local cursor, sum = '0', 0
repeat
    local page = redis.call('SCAN', cursor, 'COUNT', 1000)
    cursor = page[1]
    for _, key in ipairs(page[2]) do
        sum = sum + (redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0) or 0)
    end
until cursor == '0'
return sum
";

/// The servers that keep things for several nodes.
#[derive(Default)]
pub struct Services {
    postgres: Option<anyhow::Result<Service>>,
    redis: Option<anyhow::Result<Service>>,
}

/// Which of them are given. The URLs may hold passwords.
#[derive(Clone, Default)]
pub struct Given {
    /// Of a PostgreSQL server on which databases may be made.
    pub postgres: Option<String>,
    /// Of a Redis server.
    pub redis: Option<String>,
}

/// A server that keeps things.
pub struct Service {
    /// What it is called in the record.
    pub name: &'static str,
    /// Its URL.
    pub url: Url,
    /// Its version.
    pub version: String,
    /// The process it began with, if it runs on this machine.
    pid: Option<u32>,
    own: Option<Own>,
}

/// A server that ends with the value.
#[allow(dead_code, reason = "what matters is when it is dropped")]
enum Own {
    Postgres(Postgres),
    Redis(Redis),
}

impl Services {
    /// Starts what is needed and not given.
    pub async fn start(given: &Given, postgres: bool, redis: bool) -> Self {
        Self {
            postgres: match postgres {
                true => Some(Service::postgres(given.postgres.as_deref()).await),
                false => None,
            },
            redis: match redis {
                true => Some(Service::redis(given.redis.as_deref()).await),
                false => None,
            },
        }
    }

    /// PostgreSQL.
    ///
    /// # Errors
    /// Why there is none.
    pub fn postgres(&self) -> anyhow::Result<&Service> {
        available(self.postgres.as_ref())
    }

    /// Redis.
    ///
    /// # Errors
    /// Why there is none.
    pub fn redis(&self) -> anyhow::Result<&Service> {
        available(self.redis.as_ref())
    }

    /// The versions of those that run.
    pub fn versions(&self) -> BTreeMap<String, String> {
        let both = [("postgresql", &self.postgres), ("redis", &self.redis)];
        let running = both.into_iter().filter_map(|(name, service)| {
            let service = service.as_ref()?.as_ref().ok()?;
            Some((name.to_owned(), service.version.clone()))
        });
        running.collect()
    }
}

fn available(service: Option<&anyhow::Result<Service>>) -> anyhow::Result<&Service> {
    match service {
        Some(Ok(service)) => Ok(service),
        Some(Err(error)) => Err(anyhow!("{error:#}")),
        None => bail!("it was not asked for"),
    }
}

impl Service {
    async fn postgres(given: Option<&str>) -> anyhow::Result<Self> {
        let (url, own) = match given {
            Some(url) => (url.to_owned(), None),
            None => {
                let own = Postgres::start()?;
                (own.url(), Some(Own::Postgres(own)))
            }
        };
        let client = connect(&url).await?;
        let row = client.query_one("SHOW server_version", &[]).await?;
        let version: String = row.try_get(0)?;
        let row = client.query_one("SELECT pg_backend_pid()", &[]).await?;
        let backend: i32 = row.try_get(0)?;
        let url: Url = url.parse()?;
        let pid = u32::try_from(backend).ok().and_then(system::parent);
        Ok(Self {
            name: "postgres",
            pid: pid.filter(|pid| is_here(&url, *pid, "postgres")),
            url,
            version,
            own,
        })
    }

    async fn redis(given: Option<&str>) -> anyhow::Result<Self> {
        let (url, own) = match given {
            Some(url) => (url.to_owned(), None),
            None => {
                let own = Redis::start()?;
                (own.url(), Some(Own::Redis(own)))
            }
        };
        let url: Url = url.parse().map_err(|_| anyhow!("the Redis URL is none"))?;
        let about: String = ask(&url, redis::cmd("INFO").arg("server")).await?;
        let told = |name: &str| {
            let mut lines = about.lines().filter_map(|line| line.trim().split_once(':'));
            lines
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        let pid = told("process_id").and_then(|pid| pid.parse().ok());
        Ok(Self {
            name: "redis",
            version: told("redis_version").context("Redis tells no version")?,
            pid: pid.filter(|pid| is_here(&url, *pid, "redis-server")),
            url,
            own,
        })
    }

    /// Whether the lab started it, and nobody else uses it.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Empties a Redis that the lab started, so that every deployment finds the same.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn empty(&self) -> anyhow::Result<()> {
        if self.is_own() {
            ask::<()>(&self.url, &redis::cmd("FLUSHALL")).await?;
        }
        Ok(())
    }

    /// Bytes that the keys of a Redis take with their values. It looks at every key and keeps
    /// others waiting meanwhile, so it is for one's own.
    ///
    /// # Errors
    /// When it does not tell.
    pub async fn bytes_of_keys(&self) -> anyhow::Result<u64> {
        ask(&self.url, redis::cmd("EVAL").arg(BYTES_OF_KEYS).arg(0)).await
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When its URL names no place.
    pub fn socket(&self) -> anyhow::Result<SocketAddr> {
        socket(&self.url)
    }

    /// The URL of the same server behind this proxy.
    ///
    /// # Errors
    /// When the URL can't be changed.
    pub fn behind(&self, proxy: SocketAddr) -> anyhow::Result<Url> {
        let mut url = self.url.clone();
        url.set_ip_host(proxy.ip())
            .map_err(|()| anyhow!("the URL has no host"))?;
        url.set_port(Some(proxy.port()))
            .map_err(|()| anyhow!("the URL has no port"))?;
        Ok(url)
    }

    /// The processor time its processes have used, in seconds; nothing when they are not on
    /// this machine.
    pub fn cpu_seconds(&self) -> Option<f64> {
        let family = system::family(self.pid?);
        Some(family.into_iter().filter_map(system::cpu_seconds).sum())
    }
}

/// Only the process of that name on this very machine is the server's.
fn is_here(url: &Url, pid: u32, name: &str) -> bool {
    let loopback = socket(url).is_ok_and(|socket| socket.ip().is_loopback());
    loopback && system::name(pid).is_some_and(|found| found == name)
}

fn socket(url: &Url) -> anyhow::Result<SocketAddr> {
    let host = url.host_str().context("the URL names no host")?;
    let port = url.port().unwrap_or(match url.scheme() {
        "redis" => 6379,
        _ => 5432,
    });
    let mut sockets = (host, port).to_socket_addrs()?;
    sockets.find(SocketAddr::is_ipv4).context("no IPv4 address")
}

/// Connects to PostgreSQL.
///
/// # Errors
/// When it can't be reached.
pub async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Asks Redis.
async fn ask<T: FromRedisValue>(url: &Url, command: &redis::Cmd) -> anyhow::Result<T> {
    let client = redis::Client::open(url.as_str())?;
    let mut connection: MultiplexedConnection = client.get_multiplexed_async_connection().await?;
    Ok(command.query_async(&mut connection).await?)
}
