//! What a measurement happens on: server processes, their stores, and users who have accounts.

mod database;
mod deployment;
mod given;
mod server;
mod services;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use auth_core::Argon2Cost;
use tempfile::TempDir;

pub use database::StageDatabase;
pub(crate) use database::{PASSWORD, hash, user};
pub use deployment::{Algorithm, Deployment, SignatureCheck, Store, Strategy};
pub use given::{GivenTarget, accounts_in};
pub use server::Server;
pub use services::{Given, Service, Services};

use super::generator::{Account, Address};
use super::proxy::{Protocol, Proxy};
use super::system;

/// More than any user ever gets, so that none of them ends another.
const MAX_SESSIONS: &str = "1000000";

/// How a deployment is opened, beside what it is.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// How many accounts there are.
    pub accounts: usize,
    /// What a password costs.
    pub argon2: Argon2Cost,
    /// How long an access token is valid; the server's default otherwise.
    pub access_ttl: Option<Duration>,
    /// Whether round trips to the stores are counted, which puts a proxy before them.
    pub counts_trips: bool,
}

/// Servers that run, with everything they need.
#[derive(Default)]
pub struct Environment {
    /// The nodes.
    pub nodes: Vec<Address>,
    /// Who may sign in.
    pub accounts: Vec<Account>,
    /// Bytes of a new database with these accounts, where it is one file.
    pub empty_bytes: u64,
    servers: Vec<Server>,
    proxies: Vec<Proxy>,
    database: Option<StageDatabase>,
    folder: Option<TempDir>,
}

impl Environment {
    /// Servers that somebody else started.
    pub fn at(nodes: Vec<Address>, accounts: Vec<Account>) -> Self {
        Self {
            nodes,
            accounts,
            ..Self::default()
        }
    }

    /// Starts a deployment on new stores.
    ///
    /// # Errors
    /// When a store is missing, or a server does not start.
    pub async fn open(
        deployment: &Deployment,
        opening: &Opening,
        services: &Services,
    ) -> anyhow::Result<Self> {
        let mut environment = Self::default();
        match environment.set_up(deployment, opening, services).await {
            Ok(()) => Ok(environment),
            Err(error) => {
                environment.close().await;
                Err(error)
            }
        }
    }

    async fn set_up(
        &mut self,
        deployment: &Deployment,
        opening: &Opening,
        services: &Services,
    ) -> anyhow::Result<()> {
        let folder = tempfile::Builder::new().prefix("lab-").tempdir()?;
        let path = self.folder.insert(folder).path().to_owned();
        let stores = self.stores(deployment, opening, services, &path).await;
        let stores = stores.context("the stores can't be had")?;
        if let Some(database) = &self.database {
            self.accounts = database.populate(opening.accounts, opening.argon2).await?;
            if matches!(database, StageDatabase::Sqlite(_)) {
                self.empty_bytes = database.session_bytes().await?;
            }
        }
        let program = deployment.strategy.program().path()?;
        let port = test_services::free_port()?;
        for node in 0..deployment.nodes {
            let own = if node == 0 {
                port
            } else {
                test_services::free_port()?
            };
            let mut command = Command::new(program);
            command.args(arguments(deployment, opening, &path, port));
            command.args(["--bind", &format!("127.0.0.1:{own}")]);
            command.args(["--database-url", &stores.database]);
            command.args(["--session-store", &stores.sessions]);
            self.servers.push(Server::start(&mut command, own)?);
        }
        for server in &mut self.servers {
            server.ready("/health/ready").await?;
            self.nodes.push(server.address.clone());
        }
        Ok(())
    }

    /// A server process that is no deployment: [`crate::bare`].
    ///
    /// # Errors
    /// When it does not start.
    pub async fn bare(lab: &Path, flags: &[String]) -> anyhow::Result<Self> {
        let port = test_services::free_port()?;
        let mut command = Command::new(lab);
        command.arg("bare").arg(port.to_string()).args(flags);
        let mut server = Server::start(&mut command, port)?;
        server.address.base_path.clear();
        server.ready("/profile").await?;
        Ok(Self {
            nodes: vec![server.address.clone()],
            servers: vec![server],
            ..Self::default()
        })
    }

    /// Makes or finds the stores, with proxies before them where they are to be far away or
    /// counted.
    async fn stores(
        &mut self,
        deployment: &Deployment,
        opening: &Opening,
        services: &Services,
        folder: &Path,
    ) -> anyhow::Result<StoreUrls> {
        let proxied = opening.counts_trips || !deployment.rtt.is_zero();
        let mut way = |service: &Service, protocol| {
            if !proxied {
                return Ok(service.url.clone());
            }
            let proxy = Proxy::start(service.socket()?, deployment.rtt, protocol)?;
            let url = service.behind(proxy.address());
            self.proxies.push(proxy);
            url
        };
        let database = match deployment.store.needs_postgres() {
            true => Some(
                services
                    .postgres()
                    .and_then(|server| Ok((server, way(server, Protocol::Postgres)?)))?,
            ),
            false => None,
        };
        let sessions = match deployment.store {
            Store::Memory => "memory".to_owned(),
            Store::Redis => {
                let redis = services.redis()?;
                redis.empty().await?;
                way(redis, Protocol::Redis)?.into()
            }
            Store::Sqlite | Store::Postgres => "database".to_owned(),
        };
        let (made, url) = match database {
            Some((server, url)) => {
                let made = StageDatabase::postgres(server).await?;
                let url = made.url(Some(&url));
                (made, url)
            }
            None => {
                let made = StageDatabase::sqlite(folder);
                let url = made.url(None);
                (made, url)
            }
        };
        self.database = Some(made);
        Ok(StoreUrls {
            database: url,
            sessions,
        })
    }

    /// Where users are kept.
    ///
    /// # Errors
    /// When that is not the lab's to know.
    pub fn database(&self) -> anyhow::Result<&StageDatabase> {
        self.database
            .as_ref()
            .context("the stores are not the lab's")
    }

    /// The processor time all servers have used, in seconds.
    pub fn cpu_seconds(&self) -> Option<f64> {
        self.sum(system::cpu_seconds)
    }

    /// The memory all servers hold now, in bytes.
    pub fn resident_memory(&self) -> Option<u64> {
        self.pids().map(system::resident_memory).sum()
    }

    /// The most memory that one server held since [`reset_peaks`](Self::reset_peaks), in bytes.
    pub fn peak_memory(&self) -> Option<u64> {
        self.pids().filter_map(system::peak_memory).max()
    }

    /// Forgets how much memory the servers once held.
    pub fn reset_peaks(&self) {
        self.pids().for_each(system::reset_peak);
    }

    /// Round trips to the stores so far; nothing when they are not counted.
    pub fn trips(&self) -> Option<u64> {
        let trips = self.proxies.iter().map(Proxy::trips);
        (!self.proxies.is_empty()).then(|| trips.sum())
    }

    /// Stops the servers in good order, and leaves the stores.
    pub async fn stop_servers(&mut self) {
        for server in self.servers.drain(..) {
            server.stop().await;
        }
    }

    /// Stops everything and deletes what was made for it.
    pub async fn close(mut self) {
        self.stop_servers().await;
        self.proxies.clear();
        if let Some(database) = &self.database {
            // The server it is on may have been taken away.
            if let Err(error) = database.drop_it().await {
                eprintln!("a database was left behind: {error:#}");
            }
        }
    }

    fn pids(&self) -> impl Iterator<Item = u32> {
        self.servers.iter().map(Server::pid)
    }

    fn sum(&self, of: impl Fn(u32) -> Option<f64>) -> Option<f64> {
        (!self.servers.is_empty()).then(|| self.pids().map(of).sum())?
    }
}

/// What the servers are told about their stores.
struct StoreUrls {
    database: String,
    sessions: String,
}

/// What every node is told. They share a folder, and so the keys.
fn arguments(
    deployment: &Deployment,
    opening: &Opening,
    folder: &Path,
    public_port: u16,
) -> Vec<String> {
    let folder = folder.display();
    let mut flags = vec![
        ("--public-url", format!("http://localhost:{public_port}")),
        ("--data-dir", format!("{folder}/data")),
        ("--mail", format!("file:{folder}/mail")),
        ("--limits", "off".to_owned()),
        ("--access-log", "off".to_owned()),
        ("--max-sessions", MAX_SESSIONS.to_owned()),
        ("--argon2", opening.argon2.to_string()),
    ];
    if deployment.strategy.has_tokens() {
        flags.push(("--jwt-alg", deployment.algorithm.name().to_owned()));
        if deployment.check == SignatureCheck::Always {
            flags.push(("--jwt-remembered", "0".to_owned()));
        }
        if let Some(ttl) = opening.access_ttl {
            flags.push(("--access-ttl", format!("{}s", ttl.as_secs())));
        }
    }
    let flags = flags
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value]);
    let chosen = deployment
        .strategy
        .flags()
        .iter()
        .map(|flag| (*flag).to_owned());
    flags.chain(chosen).collect()
}
