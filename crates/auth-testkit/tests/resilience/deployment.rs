//! What the servers of a test work on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Result;
use auth_testkit::mailbox::MailDir;
use auth_testkit::process::{Ended, Launch, Program, ServerProcess};
use auth_testkit::{Mail, Mailbox as _, Providers, Target};
use serde_json::Value;
use tempfile::TempDir;
use test_services::{POSTGRES, Postgres, REDIS, Redis, SMTP, can_run};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::NoTls;
use url::Url;
use uuid::Uuid;

use crate::tap::Tap;

/// No test takes this long, unless something hangs.
pub const PATIENCE: Duration = Duration::from_secs(150);

/// How long an awaited condition may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

const POLL: Duration = Duration::from_millis(20);

/// The origin that servers with providers believe to be their own.
const ORIGIN: &str = "http://localhost:4000";

/// A server binary and everything it works on.
pub struct Deployment {
    program: Program,
    folder: TempDir,
    database: Option<Database>,
    redis: Option<Redis>,
    federation: Option<Federation>,
}

/// What oauth-server is told beside its stores.
struct Federation {
    issue: &'static str,
    providers: Arc<Providers>,
}

/// A database on PostgreSQL.
struct Database {
    url: String,
    /// The server, if it is there for this test alone.
    own: Option<Postgres>,
}

/// One PostgreSQL for all tests that leave it in peace.
static SHARED: LazyLock<Postgres> = LazyLock::new(|| Postgres::start().unwrap());

impl Deployment {
    /// session-server on SQLite.
    pub async fn session_on_sqlite(_: &str) -> Option<Self> {
        Some(Self::on_sqlite(Program::SessionServer))
    }

    /// jwt-server on SQLite.
    pub async fn jwt_on_sqlite(_: &str) -> Option<Self> {
        Some(Self::on_sqlite(Program::JwtServer))
    }

    /// session-server on PostgreSQL and Redis.
    pub async fn session_on_services(test: &str) -> Option<Self> {
        Self::on_services(Program::SessionServer, test).await
    }

    /// jwt-server on PostgreSQL and Redis.
    pub async fn jwt_on_services(test: &str) -> Option<Self> {
        Self::on_services(Program::JwtServer, test).await
    }

    /// oauth-server with sessions, on SQLite.
    pub async fn oauth_session_on_sqlite(_: &str) -> Option<Self> {
        Some(Self::on_sqlite(Program::OauthServer).federated("session"))
    }

    /// oauth-server with tokens, on SQLite.
    pub async fn oauth_jwt_on_sqlite(_: &str) -> Option<Self> {
        Some(Self::on_sqlite(Program::OauthServer).federated("jwt"))
    }

    /// oauth-server with sessions, on PostgreSQL and Redis.
    pub async fn oauth_session_on_services(test: &str) -> Option<Self> {
        let deployment = Self::on_services(Program::OauthServer, test).await?;
        Some(deployment.federated("session"))
    }

    /// oauth-server with tokens, on PostgreSQL and Redis.
    pub async fn oauth_jwt_on_services(test: &str) -> Option<Self> {
        let deployment = Self::on_services(Program::OauthServer, test).await?;
        Some(deployment.federated("jwt"))
    }

    /// session-server on a Redis and a PostgreSQL that may be stopped.
    pub async fn session_on_own_services(test: &str) -> Option<Self> {
        Self::on_own_services(Program::SessionServer, test)
    }

    /// jwt-server on a Redis and a PostgreSQL that may be stopped.
    pub async fn jwt_on_own_services(test: &str) -> Option<Self> {
        Self::on_own_services(Program::JwtServer, test)
    }

    /// session-server on SQLite, on a machine that has a mail server.
    pub async fn session_with_smtp(test: &str) -> Option<Self> {
        can_run(test, &[&SMTP]).then(|| Self::on_sqlite(Program::SessionServer))
    }

    /// jwt-server on SQLite, on a machine that has a mail server.
    pub async fn jwt_with_smtp(test: &str) -> Option<Self> {
        can_run(test, &[&SMTP]).then(|| Self::on_sqlite(Program::JwtServer))
    }

    /// Whether it works on PostgreSQL and Redis.
    pub fn has_services(&self) -> bool {
        self.database.is_some()
    }

    /// Whether it is session-server.
    pub fn is_session(&self) -> bool {
        self.program == Program::SessionServer
    }

    fn on_sqlite(program: Program) -> Self {
        // Compiling is not part of what a test may take.
        program.path().unwrap();
        Self {
            program,
            folder: TempDir::new().unwrap(),
            database: None,
            redis: None,
            federation: None,
        }
    }

    async fn on_services(program: Program, test: &str) -> Option<Self> {
        if !can_run(test, &[&POSTGRES, &REDIS]) {
            return None;
        }
        let url = new_database(&SHARED.url()).await;
        Some(Self {
            database: Some(Database { url, own: None }),
            redis: Some(Redis::start().unwrap()),
            ..Self::on_sqlite(program)
        })
    }

    fn on_own_services(program: Program, test: &str) -> Option<Self> {
        if !can_run(test, &[&POSTGRES, &REDIS]) {
            return None;
        }
        let postgres = Postgres::start().unwrap();
        let (url, own) = (postgres.url(), Some(postgres));
        Some(Self {
            database: Some(Database { url, own }),
            redis: Some(Redis::start().unwrap()),
            ..Self::on_sqlite(program)
        })
    }

    /// Another server on the same stores, with quick settings.
    pub fn launch_as(&self, program: Program) -> Launch {
        let mail = format!("file:{}", self.mail_dir().display());
        let launch = self.stores(Launch::quick(program));
        launch.flag("--mail", mail)
    }

    /// The server with quick settings.
    pub fn launch(&self) -> Launch {
        let launch = self.launch_as(self.program);
        match &self.federation {
            None => launch,
            Some(Federation { issue, providers }) => launch
                .flag("--issue", issue)
                .flag("--public-url", ORIGIN)
                .flag("--provider", providers.setting(self.folder.path()).unwrap()),
        }
    }

    /// The same with somebody between the server and the providers.
    pub fn tapped(self, tap: &Tap) -> Self {
        let base = format!("{ORIGIN}/api/auth");
        let providers = Providers::behind(&base, |own| tap.before(own)).unwrap();
        let federation = self.federation.map(|federation| Federation {
            providers: Arc::new(providers),
            ..federation
        });
        Self { federation, ..self }
    }

    fn federated(mut self, issue: &'static str) -> Self {
        let providers = Providers::start(&format!("{ORIGIN}/api/auth")).unwrap();
        let providers = Arc::new(providers);
        self.federation = Some(Federation { issue, providers });
        self
    }

    /// Starts the server with quick settings.
    pub async fn start(&self) -> ServerProcess {
        ServerProcess::start(self.launch()).await.unwrap()
    }

    /// The file that holds everything, on SQLite.
    pub fn sqlite_file(&self) -> PathBuf {
        self.folder.path().join("auth.db")
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file for the server to read; gives its path.
    pub fn write(&self, name: &str, text: &str) -> std::io::Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// The Redis server.
    pub fn redis(&self) -> &Redis {
        self.redis.as_ref().unwrap()
    }

    /// The PostgreSQL server that may be stopped.
    pub fn postgres(&self) -> &Postgres {
        self.database.as_ref().unwrap().own.as_ref().unwrap()
    }

    /// Cuts all connections to the PostgreSQL that may be stopped.
    pub async fn cut_connections(&self) -> anyhow::Result<()> {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        run(&self.postgres().url(), cut).await
    }

    /// Lets nothing be answered for before every standby of the PostgreSQL that may be stopped
    /// has it.
    pub async fn wait_for_standbys(&self) -> anyhow::Result<()> {
        let url = self.postgres().url();
        run(&url, "ALTER DATABASE postgres SET synchronous_commit = on").await?;
        run(&url, "ALTER SYSTEM SET synchronous_standby_names = '*'").await?;
        run(&url, "SELECT pg_reload_conf()").await
    }

    /// The database, when its server is found at another address.
    pub fn database_at(&self, server: &str) -> anyhow::Result<Url> {
        let database: Url = self.postgres().url().parse()?;
        let mut url: Url = server.parse()?;
        let _ = url.set_username(database.username());
        url.set_path(database.path());
        Ok(url)
    }

    /// The server as the flows of the contract suite see it.
    pub fn target(&self, server: &ServerProcess) -> Target {
        let mailbox = Arc::new(MailDir::new(self.mail_dir()));
        let mut target = Target::new(self.program.name(), server.url().unwrap(), mailbox);
        if let Some(federation) = &self.federation {
            ORIGIN.clone_into(&mut target.origin);
            target.providers = Some(Arc::clone(&federation.providers));
            target.federated = true;
        }
        target
    }

    /// The same at another address of the server.
    pub fn target_at(&self, base: Url) -> Target {
        let mailbox = Arc::new(MailDir::new(self.mail_dir()));
        Target::new(self.program.name(), base, mailbox)
    }

    /// All mails to an address, as they are now.
    pub async fn mails_to(&self, email: &str) -> Vec<Mail> {
        MailDir::new(self.mail_dir()).all(email).await.unwrap()
    }

    /// Runs authctl on the same stores, whatever comes of it.
    pub async fn authctl_ends(&self, words: &[&str]) -> Ended {
        let launch = Launch::of(Program::Authctl).words(words.iter().copied());
        self.stores(launch).run().await.unwrap()
    }

    /// Runs authctl on the same stores.
    pub async fn authctl(&self, words: &[&str]) -> Ended {
        let ended = self.authctl_ends(words).await;
        assert!(ended.status.success(), "{words:?}: {}", ended.output.tail());
        ended
    }

    /// The lines of the audit trail for an event, the oldest first.
    pub async fn trail(&self, event: &str) -> Result<Vec<Value>> {
        let told = self.authctl(&["audit", "--event", event, "--ndjson"]).await;
        let told = told.output.out();
        let lines = told.iter().map(|line| serde_json::from_str(line));
        Ok(lines.collect::<Result<_, _>>()?)
    }

    /// Waits until every queued mail is delivered or dropped.
    pub async fn mail_is_done(&self) {
        eventually("an empty mail queue", async || {
            self.rows("outbox").await == 0
        })
        .await;
    }

    /// How many rows a table has.
    pub async fn rows(&self, table: &str) -> i64 {
        let info = self.authctl(&["db", "info", "--json"]).await;
        let info: Value = serde_json::from_str(&info.output.out().concat()).unwrap();
        let tables = info["tables"].as_array().unwrap();
        let table = tables.iter().find(|one| one["name"] == table).unwrap();
        table["rows"].as_i64().unwrap()
    }

    fn stores(&self, launch: Launch) -> Launch {
        let launch = launch.flag("--data-dir", self.folder.path().display());
        let launch = match &self.database {
            Some(database) => launch.flag("--database-url", &database.url),
            None => launch,
        };
        match &self.redis {
            Some(redis) => launch.flag("--session-store", redis.url()),
            None => launch,
        }
    }

    fn mail_dir(&self) -> PathBuf {
        self.folder.path().join("mail")
    }
}

/// Waits until something is so.
pub async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "waited for {what} in vain");
        sleep(POLL).await;
    }
}

/// Ends a test that hangs.
pub async fn bounded<T>(test: impl Future<Output = T>) -> T {
    timeout(PATIENCE, test).await.expect("the test hangs")
}

/// Runs a statement on a PostgreSQL.
pub async fn run(server: &str, statement: &str) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute(statement).await?;
    drop(client);
    Ok(connection.await??)
}

impl Deployment {
    /// Every row of every table of the PostgreSQL database, as text.
    pub async fn all_rows(&self) -> anyhow::Result<Vec<u8>> {
        let url = &self.database.as_ref().unwrap().url;
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let tables = "SELECT table_name::text FROM information_schema.tables \
                      WHERE table_schema = 'public'";
        let mut all = vec![];
        for table in client.query(tables, &[]).await? {
            let table: &str = table.get(0);
            let rows = format!("SELECT t::text FROM \"{table}\" t");
            for row in client.query(&rows, &[]).await? {
                all.extend(row.get::<_, &str>(0).bytes());
            }
        }
        Ok(all)
    }
}

/// Makes a database on a server, and gives its URL.
async fn new_database(server: &str) -> String {
    let name = format!("test_{}", Uuid::now_v7().simple());
    let statement = format!("CREATE DATABASE {name} TEMPLATE template0");
    run(server, &statement).await.unwrap();
    let mut url: Url = server.parse().unwrap();
    url.set_path(&name);
    url.into()
}
