//! Everything that can be set, with its defaults.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;
use std::thread::available_parallelism;
use std::time::Duration;

use auth_core::accounts::{MailingConfig, Verification};
use auth_core::factor::{Cipher, FactorPolicy};
use auth_core::limit::Rules;
use auth_core::session::{Lifetimes, SessionManagerConfig};
use auth_core::{AccountsConfig, Argon2Cost, HasherConfig, Live, PasswordPolicy, ReservedNames};
use auth_http::{ForwardedHeader, HttpConfig, Placement};
use auth_mail::WorkerConfig;
use auth_store::{DatabaseConfig, DatabaseUrl};
pub use auth_webhook::HookConfig;
use url::Url;

use crate::error::StartError;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Everything that can be set. What depends on other parts, such as the name of the service
/// in mails, is filled in when all is known.
#[derive(Clone, Debug)]
pub struct Config {
    /// The name of the service in mails and descriptions; it may be in no password.
    pub service_name: String,
    /// The front end that links in mails lead to; the origin of the public URL when none.
    pub frontend_url: Option<Url>,
    /// How the contract is served.
    pub http: HttpConfig,
    /// Where users, tokens, mail and sessions are kept.
    pub stores: StoreConfig,
    /// How accounts work.
    pub accounts: AccountsConfig,
    /// What second factors accounts have.
    pub factors: FactorPolicy,
    /// The keys under which the seeds of authenticator apps are encrypted, the same for all servers
    /// of a database; without them accounts can have passkeys only. See
    /// [`encryption_keys`](crate::encryption_keys).
    pub encryption_keys: Option<Cipher>,
    /// The URL of the admin API, where there is one: passkeys may be shown there too.
    pub admin_url: Option<Url>,
    /// The domain that passkeys are for; the host of the public URL when none.
    pub passkey_domain: Option<String>,
    /// How long sessions last.
    pub sessions: SessionManagerConfig,
    /// How often things may happen; `None` sets no limit, which is for load tests.
    pub limits: Live<Option<Rules>>,
    /// What a guess at a password costs.
    pub hashing: HasherConfig,
    /// How mail leaves; what it says is under `accounts`.
    pub mail: WorkerConfig,
    /// Who may be told of what happens, by webhooks.
    pub webhooks: WebhookConfig,
    /// Who is asked before somebody registers or is signed in, if anybody.
    pub hooks: Option<HookConfig>,
}

/// Where users, tokens, mail and sessions are kept.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `sqlite:FILE` or `postgres://…`.
    pub database: DatabaseUrl,
    /// Whether the database is brought up to date at the start; otherwise it has to be already.
    pub migrate: bool,
    /// How the database is used.
    pub database_config: DatabaseConfig,
    /// Where sessions, revoked tokens and limits are kept.
    pub sessions: SessionStoreUrl,
    /// How long to wait for Redis before it counts as away.
    pub redis_timeout: Duration,
    /// How often expired rows are deleted.
    pub purge_interval: Duration,
    /// How long lines of the audit trail are kept.
    pub audit_retention: Duration,
    /// How many bytes of memory credentials that were looked up may take, where the stores tell
    /// of their changes; with 0 none is kept.
    pub cache_size: u64,
}

/// Which receivers webhooks may have, and for how long it is kept what they were sent.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    /// Whether they may be in networks that only their owner reaches.
    pub allow_private: bool,
    /// How long deliveries are kept that are over.
    pub retention: Duration,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            allow_private: false,
            retention: DAY.saturating_mul(30),
        }
    }
}

/// Where sessions, revoked tokens and limits are kept.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionStoreUrl {
    /// Beside the users.
    Database,
    /// In this process: for one server.
    Memory,
    /// On Redis.
    Redis(String),
}

/// How URLs of Redis begin, those with TLS and those of Sentinels included.
const REDIS: [&str; 6] = [
    "redis://",
    "rediss://",
    "redis-sentinel://",
    "redis+sentinel://",
    "rediss-sentinel://",
    "rediss+sentinel://",
];

impl FromStr for SessionStoreUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "database" => Ok(Self::Database),
            "memory" => Ok(Self::Memory),
            url if REDIS.iter().any(|scheme| url.starts_with(scheme)) => {
                Ok(Self::Redis(url.to_owned()))
            }
            _ => Err("use database, memory, a redis:// or a redis-sentinel:// URL".into()),
        }
    }
}

/// Never shows the URL, which may hold a password.
impl fmt::Debug for SessionStoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Database => "database",
            Self::Memory => "memory",
            Self::Redis(_) => "redis",
        })
    }
}

/// Where browsers reach it when nothing is said.
static LOCALHOST: LazyLock<Url> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "a constant that is a URL")]
    Url::parse("http://localhost:8080").expect("a URL")
});

impl Default for Config {
    fn default() -> Self {
        let http = http(LOCALHOST.clone());
        let service_name = http.title.clone();
        Self {
            frontend_url: None,
            stores: StoreConfig::default(),
            accounts: accounts(),
            factors: FactorPolicy::default(),
            encryption_keys: None,
            admin_url: None,
            passkey_domain: None,
            sessions: sessions(),
            limits: Some(Rules::default()).into(),
            hashing: hashing(),
            mail: WorkerConfig::default(),
            webhooks: WebhookConfig::default(),
            hooks: None,
            http,
            service_name,
        }
    }
}

impl Config {
    /// Checks what no single part can tell.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let (url, path) = (&self.http.public_url, &self.http.base_path);
        let refuse = |sentence: String| Err(StartError::Setting(sentence));
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refuse(format!(
                "the public URL {url} must be an origin, without a path"
            ));
        }
        if url.scheme() != "https" && !self.is_on_this_machine() {
            return refuse(format!("the public URL {url} must be https"));
        }
        if !path.starts_with('/') || path.ends_with('/') {
            return refuse(format!(
                "the base path {path} must begin with a slash and not end so"
            ));
        }
        Ok(())
    }

    /// The front end that links in mails lead to, without a slash at its end.
    fn frontend(&self) -> String {
        match &self.frontend_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => self.http.origin(),
        }
    }

    /// Fills in what follows from other parts.
    pub(crate) fn settled(mut self) -> Self {
        let (name, frontend) = (self.service_name.clone(), self.frontend());
        self.accounts.mailing.frontend = frontend;
        self.accounts.mailing.step_lifetime = self.factors.step_lifetime;
        self.accounts.password.service_words = vec![name.clone()];
        self.http.title.clone_from(&name);
        self.accounts.mailing.service_name = name;
        self
    }

    /// Whether only this machine reaches the server, by its own account.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        let host = self.http.public_url.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        let is_local_name = host == "localhost" || host.ends_with(".localhost");
        is_local_name || address.is_ok_and(|ip| ip.is_loopback())
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            database: DatabaseUrl::sqlite("auth.db"),
            migrate: true,
            database_config: DatabaseConfig::default(),
            sessions: SessionStoreUrl::Database,
            redis_timeout: SECOND.saturating_mul(3),
            purge_interval: MINUTE,
            audit_retention: DAY.saturating_mul(365),
            cache_size: 64 << 20,
        }
    }
}

fn http(public_url: Url) -> HttpConfig {
    HttpConfig {
        title: "Comprehensive Auth".into(),
        public_url,
        base_path: "/api/auth".into(),
        placement: Placement::OwnServer,
        trusted_origins: Live::default(),
        own_pages_only: false,
        cors_headers: vec![],
        trusted_proxies: Live::default(),
        forwarded_header: ForwardedHeader::Any,
        request_timeout: SECOND.saturating_mul(10),
        docs: true,
        log_reads: true,
    }
}

fn accounts() -> AccountsConfig {
    AccountsConfig {
        verification: Verification::Required,
        password: PasswordPolicy::default(),
        reserved: ReservedNames::built_in(),
        reauth_within: MINUTE.saturating_mul(5),
        mailing: MailingConfig::default(),
        flow_lifetime: MINUTE.saturating_mul(10),
        handover_lifetime: MINUTE,
    }
}

fn sessions() -> SessionManagerConfig {
    SessionManagerConfig {
        ordinary: Lifetimes {
            idle: MINUTE.saturating_mul(30),
            absolute: HOUR.saturating_mul(12),
        },
        remembered: Lifetimes {
            idle: DAY.saturating_mul(7),
            absolute: DAY.saturating_mul(30),
        },
        reuse_window: SECOND.saturating_mul(10),
        max_per_user: 20,
        clock_leeway: MINUTE,
    }
}

fn hashing() -> HasherConfig {
    HasherConfig {
        cost: Argon2Cost::RECOMMENDED,
        threads: available_parallelism().map_or(1, usize::from),
        queue: 256,
        deadline: SECOND.saturating_mul(5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Config {
        let mut config = Config::default();
        config.http.public_url = url.parse().unwrap();
        config
    }

    #[test]
    fn a_store_url_is_never_shown() {
        let store: SessionStoreUrl = "redis://:hunter2@localhost".parse().unwrap();
        assert_eq!(format!("{store:?}"), "redis");
        assert!("memcached://x".parse::<SessionStoreUrl>().is_err());
    }

    #[test]
    fn what_follows_from_other_parts_is_filled_in() {
        let mut config = at("https://tea.example.org");
        config.service_name = "Tea".into();
        let config = config.settled();
        assert_eq!(config.accounts.mailing.frontend, "https://tea.example.org");
        assert_eq!(config.accounts.mailing.service_name, "Tea");
        assert_eq!(config.http.title, "Tea");
        assert_eq!(config.accounts.password.service_words, ["Tea"]);
        assert!(!config.is_on_this_machine());
        for local in [
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:1",
            "http://a.localhost",
        ] {
            assert!(at(local).is_on_this_machine(), "{local}");
        }
    }
}
