//! PostgreSQL and Redis: given, or started for the time of the comparison.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};

use anyhow::{Context as _, anyhow, bail};
use test_services::{Postgres, Redis};
use tokio_postgres::{Client, NoTls};
use url::Url;

use crate::lab::system;

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
    _own: Option<Own>,
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
            redis: redis.then(|| Service::redis(given.redis.as_deref())),
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
            _own: own,
        })
    }

    fn redis(given: Option<&str>) -> anyhow::Result<Self> {
        let (url, own) = match given {
            Some(url) => (url.to_owned(), None),
            None => {
                let own = Redis::start()?;
                (own.url(), Some(Own::Redis(own)))
            }
        };
        let url: Url = url.parse().map_err(|_| anyhow!("the Redis URL is none"))?;
        let about = redis_info(&url, "server")?;
        let version = about.get("redis_version").context("it tells no version")?;
        let pid = about.get("process_id").and_then(|pid| pid.parse().ok());
        Ok(Self {
            name: "redis",
            version: version.clone(),
            pid: pid.filter(|pid| is_here(&url, *pid, "redis-server")),
            url,
            _own: own,
        })
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

/// A section of what Redis tells about itself.
///
/// # Errors
/// When it does not.
pub fn redis_info(url: &Url, section: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut stream = TcpStream::connect(socket(url)?)?;
    let mut answer = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    if let Some(password) = url.password() {
        let user = if url.username().is_empty() {
            "default"
        } else {
            url.username()
        };
        writeln!(stream, "AUTH {user} {password}\r")?;
        answer.read_line(&mut line)?;
        line.clear();
    }
    writeln!(stream, "INFO {section}\r")?;
    answer.read_line(&mut line)?;
    let length = line
        .trim()
        .strip_prefix('$')
        .and_then(|length| length.parse().ok());
    let mut text = vec![0; length.context("Redis refuses to tell about itself")?];
    answer.read_exact(&mut text)?;
    let text = String::from_utf8(text)?;
    let pairs = text.lines().filter_map(|line| line.trim().split_once(':'));
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}
