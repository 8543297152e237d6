//! Two nodes on the same stores, of either kind.

use std::process::Command;

use anyhow::Context as _;
use auth_testkit::client::Client;
use auth_testkit::process::Program;
use tempfile::TempDir;
use url::Url;

use super::Switch;
use crate::lab::environment::{Server, Services, StageDatabase, Store};
use crate::lab::generator::Account;

/// So short that tokens are renewed on the way.
const ACCESS_TTL: &str = "5s";

/// What a node is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// session-server, which honours tokens.
    Session {
        /// Of how many sessions in a hundred it exchanges them for cookies.
        percent: u8,
    },
    /// jwt-server, which honours cookies and exchanges them all.
    Jwt,
}

/// The nodes and their stores.
pub(super) struct Nodes {
    /// Who may sign in.
    pub accounts: Vec<Account>,
    arguments: Vec<String>,
    ports: [u16; 2],
    servers: [Option<Server>; 2],
    database: StageDatabase,
    _folder: TempDir,
}

impl Nodes {
    /// Makes the stores; no node runs yet.
    pub async fn open(switch: &Switch, services: &Services) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("lab-").tempdir()?;
        let path = folder.path().display().to_string();
        let database = match switch.store.needs_postgres() {
            true => StageDatabase::postgres(services.postgres()?).await?,
            false => StageDatabase::sqlite(folder.path()),
        };
        let sessions = match switch.store {
            Store::Redis => {
                let redis = services.redis()?;
                redis.empty().await?;
                redis.url.to_string()
            }
            _ => "database".to_owned(),
        };
        let accounts = database.populate(switch.clients, switch.argon2).await?;
        let ports = [test_services::free_port()?, test_services::free_port()?];
        let arguments = [
            ("--public-url", format!("http://localhost:{}", ports[0])),
            ("--data-dir", format!("{path}/data")),
            ("--mail", format!("file:{path}/mail")),
            ("--limits", "off".to_owned()),
            ("--argon2", switch.argon2.to_string()),
            ("--database-url", database.url(None)),
            ("--session-store", sessions),
            ("--access-ttl", ACCESS_TTL.to_owned()),
        ];
        let arguments = arguments.map(|(name, value)| [name.to_owned(), value]);
        Ok(Self {
            accounts,
            arguments: arguments.concat(),
            ports,
            servers: [None, None],
            database,
            _folder: folder,
        })
    }

    /// Starts both.
    pub async fn both(&mut self, kind: Kind) -> anyhow::Result<()> {
        for n in 0..2 {
            self.start(n, kind).await?;
        }
        Ok(())
    }

    /// Stops one in good order, and starts another in its place.
    pub async fn replace(&mut self, n: usize, kind: Kind) -> anyhow::Result<()> {
        if let Some(server) = self.servers[n].take() {
            server.stop().await;
        }
        self.start(n, kind).await
    }

    /// Kills one, and starts it again.
    pub async fn kill(&mut self, n: usize, kind: Kind) -> anyhow::Result<()> {
        if let Some(server) = self.servers[n].take() {
            server.kill()?;
        }
        self.start(n, kind).await
    }

    /// Clients of both that have nothing to present, and present all that they get.
    pub async fn clients(&self) -> anyhow::Result<[Client; 2]> {
        let url = |n: usize| Url::parse(&format!("http://127.0.0.1:{}/api/auth", self.ports[n]));
        let first = Client::connect(&url(0)?, None).await?.presenting_all();
        let second = first.at(&url(1)?);
        Ok([first, second])
    }

    /// Stops both, and deletes what was made for them.
    pub async fn close(self) {
        for server in self.servers.into_iter().flatten() {
            server.stop().await;
        }
        if let Err(error) = self.database.drop_it().await {
            eprintln!("a database was left behind: {error:#}");
        }
    }

    async fn start(&mut self, n: usize, kind: Kind) -> anyhow::Result<()> {
        let (program, bridge, percent) = match kind {
            Kind::Session { percent } => (Program::SessionServer, "jwt", percent),
            Kind::Jwt => (Program::JwtServer, "session", 100),
        };
        let port = self.ports[n];
        let mut command = Command::new(program.path()?);
        command.args(&self.arguments);
        command.args(["--bind", &format!("127.0.0.1:{port}")]);
        command.args(["--bridge", bridge]);
        command.args(["--bridge-percent", &percent.to_string()]);
        let server = self.servers[n].insert(Server::start(&mut command, port)?);
        let ready = server.ready("/health/ready").await;
        ready.with_context(|| format!("{kind:?}"))
    }
}
