//! One combination of strategy, database and session store, and the servers that serve it.

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use auth_testkit::mailbox::MailDir;
use auth_testkit::process::{Launch, Program, ServerProcess};
use auth_testkit::runner::tests_for;
use auth_testkit::target::Operator;
use auth_testkit::{Lifetimes, Need, Providers, Target};
use libtest_mimic::Trial;
use tempfile::TempDir;
use test_services::RedisCluster;
use url::Url;

use crate::database::OwnDatabase;

/// Where users, tokens and mail are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// In a file.
    Sqlite,
    /// On a server.
    Postgres,
}

/// Where sessions, revoked tokens and limits are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// With everything else.
    Database,
    /// In the process, so that there is one process only.
    Memory,
    /// On a server.
    Redis,
    /// On three servers that share the sessions out.
    Cluster,
}

/// One cluster for all combinations.
static CLUSTER: LazyLock<RedisCluster> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "without it no test of these can run")]
    RedisCluster::start().expect("a Redis cluster")
});

/// What a server runs on and is told.
#[derive(Clone)]
pub struct Combination {
    /// How its tests' names begin.
    pub name: String,
    /// The server.
    pub program: Program,
    /// Where users, tokens and mail are kept.
    pub database: Database,
    /// Where sessions, revoked tokens and limits are kept.
    pub sessions: Sessions,
    /// What else the server is told.
    pub settings: &'static [(&'static str, &'static str)],
    /// Whether people can come through providers.
    pub providers: bool,
}

const POSTGRES: &str = "TEST_POSTGRES_URL";
const REDIS: &str = "TEST_REDIS_URL";

/// How many databases a Redis server has when nothing is said.
const REDIS_DATABASES: usize = 16;

/// The origin that all servers believe to be their own.
const ORIGIN: &str = "http://localhost:4000";
const TRUSTED: &str = "https://app.example";
const BASE_PATH: &str = "/api/auth";

/// How long servers wait for a provider: long for a busy machine, short for a case.
const OAUTH_TIMEOUT: &str = "4s";

/// What a combination's servers leave behind when they go, servers first.
struct Kept {
    _servers: Vec<ServerProcess>,
    _database: Option<OwnDatabase>,
    _folder: TempDir,
}

impl Combination {
    /// A server on SQLite alone.
    pub fn of(name: String, program: Program) -> Self {
        Self {
            name,
            program,
            database: Database::Sqlite,
            sessions: Sessions::Database,
            settings: &[],
            providers: program == Program::OauthServer,
        }
    }

    /// A test for each case that applies.
    pub fn tests(&self) -> Vec<Trial> {
        if let Some(variable) = self.missing() {
            return vec![not_run(&self.name, variable)];
        }
        let lasting = self.tests_with(Lifetimes::DEFAULT, self.offers());
        let short = [self.offers(), vec![Need::ShortLifetimes]].concat();
        let hurried = self.tests_with(Lifetimes::SHORT, short);
        lasting.into_iter().chain(hurried).collect()
    }

    fn tests_with(&self, lifetimes: Lifetimes, offers: Vec<Need>) -> Vec<Trial> {
        let combination = self.clone();
        tests_for(&self.name, &offers, move || {
            let combination = combination.clone();
            async move { combination.start(lifetimes).await }
        })
    }

    /// The variable that should say where a server is, and does not.
    fn missing(&self) -> Option<&'static str> {
        let needed = [
            (POSTGRES, self.database == Database::Postgres),
            (
                REDIS,
                matches!(self.sessions, Sessions::Redis | Sessions::Cluster),
            ),
        ];
        let unset = |name: &str| env::var_os(name).is_none_or(|url| url.is_empty());
        let mut missing = needed
            .into_iter()
            .filter(|(name, needed)| *needed && unset(name));
        missing.next().map(|(name, _)| name)
    }

    fn setting(&self, flag: &str) -> Option<&'static str> {
        let mut settings = self.settings.iter().filter(|(name, _)| *name == flag);
        settings.next().map(|(_, value)| *value)
    }

    /// What its servers have for cases.
    fn offers(&self) -> Vec<Need> {
        let format =
            match self.program == Program::JwtServer || self.setting("--issue") == Some("jwt") {
                true => Need::Jwt,
                false => Need::Opaque,
            };
        let transport = match (self.setting("--transport"), format) {
            (Some("bearer"), _) | (None, Need::Jwt) => Need::Bearer,
            _ => Need::Cookie,
        };
        let providers = match self.providers {
            true => Need::Providers,
            false => Need::NoProviders,
        };
        let verification = match self.setting("--verification") {
            Some("optional") => Need::VerificationOptional,
            _ => Need::VerificationRequired,
        };
        let optional = [
            (Need::SecondNode, self.sessions != Sessions::Memory),
            (
                Need::AtOnce,
                self.setting("--revocation") != Some("stateless"),
            ),
        ];
        let always = [
            format,
            transport,
            verification,
            providers,
            Need::Limits,
            Need::Addresses,
            Need::TrustedOrigin,
            Need::Operator,
            Need::MailCodes,
        ];
        let there = optional
            .into_iter()
            .filter(|(_, there)| *there)
            .map(|(need, _)| need);
        always.into_iter().chain(there).collect()
    }

    async fn start(&self, lifetimes: Lifetimes) -> Result<Target> {
        let folder = TempDir::new()?;
        let database = match self.database {
            Database::Sqlite => None,
            Database::Postgres => Some(OwnDatabase::create(&env::var(POSTGRES)?).await?),
        };
        let stores = self.stores(&folder, database.as_ref())?;
        let origin = self.setting("--public-url").unwrap_or(ORIGIN);
        let providers = match self.providers {
            true => Some(Providers::start(&format!("{origin}{BASE_PATH}"))?),
            false => None,
        };
        let mut launch = self.launch(stores.clone(), &folder, lifetimes);
        if let Some(providers) = &providers {
            launch = launch
                .flag("--provider", providers.setting(folder.path())?)
                .flag("--oauth-timeout", OAUTH_TIMEOUT)
                // Keys are rotated by one case while others sign in.
                .flag("--oauth-key-cooldown", "0s");
        }
        let mut servers = vec![ServerProcess::start(launch.clone()).await?];
        if self.sessions != Sessions::Memory {
            servers.push(ServerProcess::start(launch).await?);
        }
        let first = servers.first().context("no server")?.url()?;
        let mailbox = Arc::new(MailDir::new(folder.path().join("mail")));
        let mut target = Target::new(&self.name, first, mailbox);
        target.origin = origin.to_owned();
        target.providers = providers.map(Arc::new);
        target.federated = self.program == Program::OauthServer;
        target.second = servers.get(1).map(ServerProcess::url).transpose()?;
        target.trusted_origin = Some(TRUSTED.to_owned());
        target.lifetimes = lifetimes;
        target.operator = Some(Arc::new(Authctl(stores)));
        target.keep = Some(Box::new(Kept {
            _servers: servers,
            _database: database,
            _folder: folder,
        }));
        Ok(target)
    }

    /// The flags that say where everything is kept.
    fn stores(&self, folder: &TempDir, database: Option<&OwnDatabase>) -> Result<Stores> {
        let mut stores = vec![("--data-dir", folder.path().display().to_string())];
        if let Some(database) = database {
            stores.push(("--database-url", database.url()?));
        }
        match self.sessions {
            Sessions::Database => {}
            Sessions::Memory => stores.push(("--session-store", "memory".to_owned())),
            Sessions::Redis => stores.push(("--session-store", redis_of_its_own()?)),
            Sessions::Cluster => stores.push(("--session-store", CLUSTER.url())),
        }
        Ok(stores)
    }

    fn launch(&self, stores: Stores, folder: &TempDir, lifetimes: Lifetimes) -> Launch {
        let mail = format!("file:{}", folder.path().join("mail").display());
        let launch = Launch::of(self.program)
            .flag("--argon2", "m=64,t=1,p=1")
            // On a busy machine the default is over before a case has looked.
            .flag("--limit-sign-in-delay", "5s")
            .flag("--mail-poll", "20ms")
            .flag("--mail", mail)
            .flag("--passwordless", "mail")
            .flag("--public-url", ORIGIN)
            .flag("--trusted-origin", TRUSTED);
        let told = self
            .settings
            .iter()
            .map(|(flag, value)| (*flag, (*value).to_owned()));
        // Of the programs one knows no tokens.
        let is_known =
            |flag: &str| flag != "--access-ttl" || self.program != Program::SessionServer;
        let lifetimes = lifetimes.settings().into_iter();
        let lifetimes = lifetimes.filter(|(flag, _)| is_known(flag));
        let all = lifetimes.chain(stores).chain(told);
        all.fold(launch, |launch, (flag, value)| launch.flag(flag, value))
    }
}

type Stores = Vec<(&'static str, String)>;

/// A database of the Redis server that no other of these targets uses: limits count what
/// strangers type and where they call from, which would else be the same ones' for all.
fn redis_of_its_own() -> Result<String> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let mut url: Url = env::var(REDIS)?.parse()?;
    let next = NEXT.fetch_add(1, Ordering::Relaxed) % REDIS_DATABASES;
    url.set_path(&next.to_string());
    Ok(url.into())
}

/// Administration of the same stores.
struct Authctl(Stores);

#[async_trait]
impl Operator for Authctl {
    async fn disable(&self, username: &str) -> Result<()> {
        self.run(["user", "disable", username, "--yes"]).await
    }

    async fn enable(&self, username: &str) -> Result<()> {
        self.run(["user", "enable", username]).await
    }
}

impl Authctl {
    async fn run<const N: usize>(&self, words: [&str; N]) -> Result<()> {
        let launch = Launch::of(Program::Authctl).words(words);
        let stores = self.0.iter();
        let launch = stores.fold(launch, |launch, (flag, value)| launch.flag(flag, value));
        let ended = launch.run().await?;
        ensure!(ended.status.success(), "{}", ended.output.tail());
        Ok(())
    }
}

/// In place of a combination that can't run here. In CI nothing may be left out.
fn not_run(name: &str, variable: &'static str) -> Trial {
    let name = name.to_owned();
    Trial::test(name.clone(), move || {
        test_services::not_run(&name, format_args!("{variable} is not set"));
        Ok(())
    })
}
