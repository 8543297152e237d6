//! What both versions work on.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::account::Person;
use auth_testkit::process::{Launch, Program};
use serde_json::Value;
use tempfile::TempDir;
use test_services::{Postgres, Redis};
use tokio::time::Instant;

use crate::node::Node;

/// What every node says its address is, whatever the port.
const PUBLIC_URL: &str = "http://localhost:4000";

const ROLE: &str = "support";

/// How long the last mails may be on their way.
const DELIVERY: Duration = Duration::from_secs(30);

/// A database, a session store, and a folder for keys.
pub struct Stores {
    folder: TempDir,
    services: Option<(Postgres, Redis)>,
}

impl Stores {
    /// All in one SQLite file.
    pub fn sqlite() -> Result<Self> {
        let (folder, services) = (TempDir::new()?, None);
        Ok(Self { folder, services })
    }

    /// PostgreSQL, and Redis for sessions.
    pub fn services() -> Result<Self> {
        let services = Some((Postgres::start()?, Redis::start()?));
        Ok(Self {
            services,
            ..Self::sqlite()?
        })
    }

    /// A server that is to work on them: this version, or the one whose binary this is.
    pub fn node(&self, program: Program, binary: Option<&Path>) -> Result<Node> {
        let launch = self.known_to(Launch::quick(program));
        let launch = launch
            .flag("--public-url", PUBLIC_URL)
            // What is spent twice is theft as soon as its successor was used.
            .flag("--refresh-reuse-window", "1ms");
        let launch = match binary {
            Some(binary) => launch.from_file(binary),
            None => launch,
        };
        Node::new(program, launch)
    }

    /// Waits until every mail is delivered.
    pub async fn no_mail_waits(&self) -> Result<()> {
        let deadline = Instant::now() + DELIVERY;
        loop {
            let waiting = self.mails_waiting().await?;
            if waiting == 0 {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{waiting} mails wait");
        }
    }

    /// Gives somebody a role, which only the later version knows.
    pub async fn give_role(&self, person: &Person) -> Result<()> {
        let words = ["user", "role", &person.username, ROLE];
        self.authctl(&words).await.map(drop)
    }

    /// Expects that somebody has it.
    pub async fn has_role(&self, person: &Person) -> Result<()> {
        let shown = self.authctl(&["user", "show", &person.username]).await?;
        ensure!(shown["user"]["role"] == ROLE, "{shown}");
        Ok(())
    }

    async fn authctl(&self, words: &[&str]) -> Result<Value> {
        let launch = Launch::of(Program::Authctl).words(words.iter().copied().chain(["--json"]));
        let ended = self.known_to(launch).run().await?;
        ensure!(ended.status.success(), "{}", ended.output.tail());
        Ok(serde_json::from_str(&ended.output.out().concat())?)
    }

    async fn mails_waiting(&self) -> Result<u64> {
        let info = self.authctl(&["db", "info"]).await?;
        let tables = info["tables"].as_array().context("no tables")?;
        let outbox = tables.iter().find(|table| table["name"] == "outbox");
        let rows = outbox.and_then(|table| table["rows"].as_u64());
        rows.context("no outbox")
    }

    fn known_to(&self, launch: Launch) -> Launch {
        let launch = launch.flag("--data-dir", self.folder.path().display());
        match &self.services {
            Some((postgres, redis)) => launch
                .flag("--database-url", postgres.url())
                .flag("--session-store", redis.url()),
            None => launch,
        }
    }
}
