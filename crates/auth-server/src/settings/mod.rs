//! The settings every server takes, as a flag or as an environment variable.

mod admin;
mod bridge;
pub(crate) mod check;
mod config_file;
mod connections;
mod environment;
mod factors;
mod federation;
mod given;
mod help;
mod limits;
#[cfg(feature = "pages")]
mod logo;
mod looks;
mod mask;
mod production;
mod provider;
mod provider_values;
mod secret_file;
mod sessions;
mod shown;
mod telemetry;
mod values;
mod webhooks;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::http::header::HeaderName;
use auth_core::accounts::Verification;
use auth_core::{Argon2Cost, Transport};
use auth_http::{ForwardedHeader, TrustedOrigin};
use auth_store::{Lease, StatementCache};
use bytesize::ByteSize;
use clap::{Args, Parser};
pub use comprehensive_auth::config::SessionStoreUrl;
use ipnet::IpNet;
use url::Url;

pub use admin::AdminSettings;
pub use auth_http::ShownSetting;
pub use bridge::{BridgeSettings, CredentialKind};
pub use connections::ConnectionSettings;
pub use environment::check_variables;
pub use factors::{FactorSettings, Passwordless};
pub use federation::FederationSettings;
pub use given::{Given, read_settings};
pub use limits::LimitSettings;
pub use looks::LookSettings;
pub use mask::{is_secret, without_secrets};
pub use provider::{Preset, ProviderSpec};
pub(crate) use provider::{needed, read};
pub use secret_file::read_secret;
pub use sessions::SessionSettings;
pub use shown::in_force;
pub use telemetry::{AccessLog, TelemetrySettings};
pub use values::{
    BuiltIn, Caching, DAY, Docs, Environment, Limiting, LogFormat, Migrating, Pages, Rate, SECOND,
    between, one_of,
};
use values::{
    HOUR, MILLISECOND, TEN_YEARS, count, lease, log_level, network, size, socket_address,
};
pub use webhooks::{HookFailure, PrivateReceivers, WebhookSettings};

/// What a server is told at its start.
#[derive(Clone, Debug, Parser)]
#[command(version, about = None, long_about = None)]
pub struct Settings {
    /// A TOML file that holds settings, each by the name of its flag; flags and variables count
    /// more. It is read again at SIGHUP.
    #[arg(
        help_heading = "Operation",
        long,
        env = "AUTH_CONFIG",
        value_name = "FILE"
    )]
    pub config: Option<PathBuf>,

    /// Which mistakes are forgiven: development forgives plain http, a development mailbox
    /// and cheap passwords, production none of them.
    #[arg(help_heading = "Operation", long, env = "AUTH_ENV", value_enum, default_value_t = Environment::Development)]
    pub env: Environment,

    /// The address to listen on [default: 127.0.0.1 and the server's own port].
    #[arg(help_heading = "Listening", long, env = "AUTH_BIND", value_parser = socket_address)]
    pub bind: Option<SocketAddr>,

    /// The URL under which clients reach the server [default: http://localhost:PORT].
    #[arg(help_heading = "Listening", long, env = "AUTH_PUBLIC_URL")]
    pub public_url: Option<Url>,

    /// The path under which the routes hang.
    #[arg(
        help_heading = "Listening",
        long,
        env = "AUTH_BASE_PATH",
        default_value = "/api/auth"
    )]
    pub base_path: String,

    /// Whether the web pages are served at /; off for a front end of one's own, demo to show
    /// what differs between strategies.
    #[arg(help_heading = "Listening", long, env = "AUTH_PAGES", value_enum, default_value_t = Pages::BUILT_IN)]
    pub pages: Pages,

    /// Whether the API is described, at /openapi.json and /docs.
    #[arg(help_heading = "Listening", long, env = "AUTH_DOCS", value_enum, default_value_t = Docs::On)]
    pub docs: Docs,

    /// The listener for Prometheus metrics; without it there are none.
    #[arg(help_heading = "Operation", long, env = "AUTH_METRICS_BIND", value_parser = socket_address)]
    pub metrics_bind: Option<SocketAddr>,

    /// Where the admin API is.
    #[command(flatten)]
    pub admin: AdminSettings,

    /// Where keys, the SQLite file and development mail are kept.
    #[arg(
        help_heading = "Operation",
        long,
        env = "AUTH_DATA_DIR",
        default_value = "./data"
    )]
    pub data_dir: PathBuf,

    /// Threads that answer requests [default: one a core].
    #[arg(help_heading = "Listening", long, env = "AUTH_WORKERS", value_parser = count(1..=1024))]
    pub workers: Option<usize>,

    /// How long requests in progress may go on when the server is told to stop.
    #[arg(help_heading = "Listening", long, env = "AUTH_SHUTDOWN_TIMEOUT", value_parser = between(Duration::ZERO, HOUR), default_value = "30s")]
    pub shutdown_timeout: Duration,

    /// How long a server that is told to stop goes on as before, except that
    /// /health/ready says 503, so that load balancers turn away from it first.
    #[arg(help_heading = "Listening", long, env = "AUTH_DRAIN_DELAY", value_parser = between(Duration::ZERO, HOUR), default_value = "0s")]
    pub drain_delay: Duration,

    /// The form of the log.
    #[arg(help_heading = "Operation", long, env = "AUTH_LOG", value_enum, default_value_t = LogFormat::Pretty)]
    pub log: LogFormat,

    /// What is logged, in the syntax of Rust's tracing: debug, or info,auth_store=debug [default:
    /// the variable RUST_LOG, or else info].
    #[arg(help_heading = "Operation", long, env = "AUTH_LOG_LEVEL", value_name = "LEVEL", value_parser = log_level)]
    pub log_level: Option<String>,

    /// The name of the service in pages, mails and descriptions.
    #[arg(
        help_heading = "Operation",
        long,
        env = "AUTH_SERVICE_NAME",
        default_value = "Comprehensive Auth"
    )]
    pub service_name: String,

    /// An origin beside the own one that browsers may call from, or all sub-domains of one:
    /// https://*.example.org (repeatable).
    #[arg(
        help_heading = "Cross-origin",
        long = "trusted-origin",
        env = "AUTH_TRUSTED_ORIGIN",
        value_delimiter = ','
    )]
    pub trusted_origins: Vec<TrustedOrigin>,

    /// A request header that pages of trusted origins may send beside the usual ones, those of
    /// tracing among them; `*` is any (repeatable).
    #[arg(
        help_heading = "Cross-origin",
        long = "cors-allow-header",
        env = "AUTH_CORS_ALLOW_HEADER",
        value_delimiter = ','
    )]
    pub cors_headers: Vec<HeaderName>,

    /// A network of proxies that are believed when they say whose request they pass on, by
    /// X-Forwarded-For or Forwarded (repeatable).
    #[arg(
        help_heading = "Listening",
        long = "trusted-proxy",
        env = "AUTH_TRUSTED_PROXY",
        value_delimiter = ',',
        value_parser = network
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// Which header trusted proxies write the client's address into; when both headers may
    /// be there, they must agree.
    #[arg(help_heading = "Listening", long, env = "AUTH_FORWARDED_HEADER", value_parser = one_of(ForwardedHeader::ALL, |header| header.as_str()), default_value = "any")]
    pub forwarded_header: ForwardedHeader,

    /// How long peers may take, and how many connections they may have.
    #[command(flatten)]
    pub connections: ConnectionSettings,

    /// Where users, tokens, mail and sessions are kept.
    #[command(flatten)]
    pub stores: StoreSettings,

    /// How mail leaves.
    #[command(flatten)]
    pub mail: MailSettings,

    /// What people see and read.
    #[command(flatten)]
    pub looks: LookSettings,

    /// How accounts work.
    #[command(flatten)]
    pub accounts: AccountSettings,

    /// What second factors accounts have.
    #[command(flatten)]
    pub factors: FactorSettings,

    /// How long sessions last.
    #[command(flatten)]
    pub sessions: SessionSettings,

    /// How the credential travels [default: in a cookie for sessions, as a bearer for JWTs].
    #[arg(
        long,
        env = "AUTH_TRANSPORT",
        help_heading = "Credentials",
        value_parser = one_of(Transport::ALL, |transport| transport.as_str())
    )]
    pub transport: Option<Transport>,

    /// What is honoured besides.
    #[command(flatten)]
    pub bridge: BridgeSettings,

    /// Sign-in through providers.
    #[command(flatten)]
    pub federation: FederationSettings,

    /// Who is told of what happens, and who is asked before.
    #[command(flatten)]
    pub webhooks: WebhookSettings,

    /// How often things may happen.
    #[command(flatten)]
    pub limits: LimitSettings,

    /// What is told of requests.
    #[command(flatten)]
    pub telemetry: TelemetrySettings,
}

/// Where users, tokens, mail and sessions are kept.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Stores")]
pub struct StoreSettings {
    /// sqlite:FILE or postgres://… [default: auth.db in the data dir].
    #[arg(long, env = "AUTH_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// A file that holds the database URL, to keep its password out of the environment.
    #[arg(long, env = "AUTH_DATABASE_URL_FILE", conflicts_with = "database_url")]
    pub database_url_file: Option<PathBuf>,

    /// Whether a server brings the database up to date when it starts; with off it only checks
    /// that `authctl db migrate` has.
    #[arg(long, env = "AUTH_MIGRATE", value_enum, default_value_t = Migrating::On)]
    pub migrate: Migrating,

    /// Connections to PostgreSQL that each worker keeps for writes, beside one for reads.
    #[arg(long, env = "AUTH_DATABASE_POOL", value_parser = count(1..=1000), default_value_t = 4)]
    pub database_pool: usize,

    /// Whether PostgreSQL keeps statements prepared: unless pgbouncer or the like is in
    /// transaction mode in between, always (where that keeps them itself), or never.
    #[arg(long, env = "AUTH_DATABASE_STATEMENT_CACHE", value_parser = one_of(StatementCache::ALL, |cache| cache.as_str()), default_value = "auto")]
    pub database_statement_cache: StatementCache,

    /// How long to wait for a store before it counts as away.
    #[arg(long, env = "AUTH_STORE_TIMEOUT", value_parser = between(MILLISECOND, HOUR), default_value = "3s")]
    pub store_timeout: Duration,

    /// Where sessions, revoked tokens and limits are kept: database, memory, redis://… (a
    /// server or a cluster) or redis-sentinel://HOST/MASTER.
    #[arg(
        long,
        env = "AUTH_SESSION_STORE",
        hide_env_values = true,
        default_value = "database"
    )]
    pub session_store: SessionStoreUrl,

    /// A file that holds the session store's URL, to keep its password out of the environment.
    #[arg(
        long,
        env = "AUTH_SESSION_STORE_FILE",
        conflicts_with = "session_store"
    )]
    pub session_store_file: Option<PathBuf>,

    /// Whether credentials that were looked up are kept in memory, where the stores tell of
    /// their changes: reads then ask no store, and a sign-out works all the same before it is
    /// answered.
    #[arg(long, env = "AUTH_CACHE", value_enum, default_value_t = Caching::On)]
    pub cache: Caching,

    /// How much memory they may take.
    #[arg(long, env = "AUTH_CACHE_SIZE", value_parser = size, default_value = "64MiB")]
    pub cache_size: ByteSize,

    /// For how long a server may answer by what it keeps after it has asked PostgreSQL or Redis
    /// for changes. A sign-out waits at most so long for a server that does not answer.
    #[arg(long, env = "AUTH_LEASE", value_parser = lease, default_value = "1s")]
    pub lease: Lease,

    /// How often expired rows are deleted.
    #[arg(long, env = "AUTH_PURGE_INTERVAL", value_parser = between(MILLISECOND, DAY), default_value = "1m")]
    pub purge_interval: Duration,

    /// How long it is kept what happened to accounts, who did it and from where.
    #[arg(long, env = "AUTH_AUDIT_RETENTION", value_parser = between(SECOND, TEN_YEARS), default_value = "365d")]
    pub audit_retention: Duration,
}

/// A sender that no mail server outside of this machine accepts.
const DEFAULT_SENDER: &str = "no-reply@localhost.localdomain";

/// How mail leaves.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Mail")]
pub struct MailSettings {
    /// dev (a mailbox page under /dev/mailbox), file:DIR, smtp://… or smtps://….
    #[arg(long, env = "AUTH_MAIL", hide_env_values = true, default_value = "dev")]
    pub mail: String,

    /// A file that holds the mail URL, to keep its password out of the environment.
    #[arg(long, env = "AUTH_MAIL_FILE", conflicts_with = "mail")]
    pub mail_file: Option<PathBuf>,

    /// The sender of mails; to be set in production.
    #[arg(long, env = "AUTH_MAIL_FROM", default_value = DEFAULT_SENDER)]
    pub mail_from: String,

    /// The front end that links in mails lead to [default: the public URL].
    #[arg(long, env = "AUTH_FRONTEND_URL")]
    pub frontend_url: Option<Url>,

    /// How long the queue of mails is left alone at most.
    #[arg(long, env = "AUTH_MAIL_POLL", value_parser = between(MILLISECOND, HOUR), default_value = "500ms")]
    pub mail_poll: Duration,

    /// The wait before a mail that could not be delivered is tried again; it doubles.
    #[arg(long, env = "AUTH_MAIL_RETRY", value_parser = between(MILLISECOND, DAY), default_value = "5s")]
    pub mail_retry: Duration,

    /// The age at which a mail that can't be delivered is given up.
    #[arg(long, env = "AUTH_MAIL_GIVE_UP", value_parser = between(SECOND, TEN_YEARS), default_value = "3d")]
    pub mail_give_up: Duration,

    /// How long a mail may be in delivery before another server takes it over.
    #[arg(long, env = "AUTH_MAIL_LEASE", value_parser = between(SECOND, DAY), default_value = "2m")]
    pub mail_lease: Duration,
}

/// How accounts work.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Accounts")]
pub struct AccountSettings {
    /// Whether an address must be confirmed before its account can be used.
    #[arg(long, env = "AUTH_VERIFICATION", value_parser = one_of(Verification::ALL, |verification| verification.as_str()), default_value = "required")]
    pub verification: Verification,

    /// The fewest characters of a password.
    #[arg(help_heading = "Passwords", long, env = "AUTH_MIN_PASSWORD_LENGTH", value_parser = count(1..=1024), default_value_t = 8)]
    pub min_password_length: usize,

    /// The most characters of a password.
    #[arg(help_heading = "Passwords", long, env = "AUTH_MAX_PASSWORD_LENGTH", value_parser = count(64..=1024), default_value_t = 128)]
    pub max_password_length: usize,

    /// A list of breached passwords that nobody may choose: the file, or the folder of range
    /// files, that the downloader of Have I Been Pwned writes.
    #[arg(
        help_heading = "Passwords",
        long,
        env = "AUTH_BREACHED_PASSWORDS",
        value_name = "PATH"
    )]
    pub breached_passwords: Option<PathBuf>,

    /// Usernames that nobody may take, beside the built-in ones (repeatable).
    #[arg(
        long,
        env = "AUTH_RESERVED_USERNAMES",
        value_name = "NAME",
        value_delimiter = ','
    )]
    pub reserved_usernames: Vec<String>,

    /// Whether the built-in usernames, such as admin and support, are reserved.
    #[arg(long, env = "AUTH_RESERVE_BUILT_IN_USERNAMES", value_enum, default_value_t = BuiltIn::On)]
    pub reserve_built_in_usernames: BuiltIn,

    /// The price of a password guess: argon2id memory in KiB, passes, lanes.
    #[arg(help_heading = "Passwords", long, env = "AUTH_ARGON2", default_value_t = Argon2Cost::RECOMMENDED)]
    pub argon2: Argon2Cost,

    /// Threads that hash passwords [default: one a core].
    #[arg(help_heading = "Passwords", long, env = "AUTH_HASH_THREADS", value_parser = count(1..=1024))]
    pub hash_threads: Option<usize>,

    /// Passwords that may wait for a hashing thread.
    #[arg(help_heading = "Passwords", long, env = "AUTH_HASH_QUEUE", value_parser = count(1..=100_000), default_value_t = 256)]
    pub hash_queue: usize,

    /// How long a password may wait for a hashing thread.
    #[arg(help_heading = "Passwords", long, env = "AUTH_HASH_DEADLINE", value_parser = between(MILLISECOND, HOUR), default_value = "5s")]
    pub hash_deadline: Duration,

    /// How long a confirmation link works, and so an unconfirmed account lives.
    #[arg(help_heading = "Lifetimes", long, env = "AUTH_VERIFY_LIFETIME", value_parser = between(SECOND, TEN_YEARS), default_value = "24h")]
    pub verify_lifetime: Duration,

    /// How long a reset link works.
    #[arg(help_heading = "Lifetimes", long, env = "AUTH_RESET_LIFETIME", value_parser = between(SECOND, TEN_YEARS), default_value = "30m")]
    pub reset_lifetime: Duration,

    /// How long the link that confirms a new address works.
    #[arg(help_heading = "Lifetimes", long, env = "AUTH_EMAIL_CHANGE_LIFETIME", value_parser = between(SECOND, TEN_YEARS), default_value = "1h")]
    pub email_change_lifetime: Duration,

    /// How long a sign-in counts as fresh.
    #[arg(help_heading = "Lifetimes", long, env = "AUTH_REAUTH_WITHIN", value_parser = between(Duration::ZERO, DAY), default_value = "5m")]
    pub reauth_within: Duration,
}
