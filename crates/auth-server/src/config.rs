//! From settings to what authentication is built from.

use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::{Context as _, anyhow};
use auth_core::accounts::MailingConfig;
use auth_core::accounts::admin::Admin;
use auth_core::error::BoxError;
use auth_core::factor::Cipher;
use auth_core::limit::{Penalty, Rule, Rules};
use auth_core::session::{Lifetimes, SessionManagerConfig};
use auth_core::{
    AccountsConfig, BreachedPasswords, HasherConfig, PasswordPolicy, ReservedNames, StoreError,
    TokenLifetimes,
};
use auth_http::HttpConfig;
use auth_mail::WorkerConfig;
use auth_store::{DatabaseConfig, DatabaseUrl};
use comprehensive_auth::config::StoreConfig;
use comprehensive_auth::{BreachedList, Config, StartError};
use url::Url;

use crate::data_dir::encryption_keys;
use crate::settings::{AccessLog, BuiltIn, Caching, Docs, Limiting, Migrating, Settings};

/// What the settings say, for a server that clients reach under this URL.
///
/// # Errors
/// When the database or the session store has no usable name.
pub fn config(settings: &Settings, public_url: Url) -> anyhow::Result<Config> {
    let defaults = Config::default();
    Ok(Config {
        service_name: settings.service_name.clone(),
        frontend_url: settings.mail.frontend_url.clone(),
        stores: stores(settings)?,
        accounts: accounts(settings, defaults.accounts.mailing),
        factors: settings.factors.policy(),
        encryption_keys: None,
        admin_url: None,
        passkey_domain: settings.factors.passkey_domain.clone(),
        sessions: sessions(settings),
        limits: rules(settings).into(),
        hashing: hashing(settings),
        mail: mail(settings, defaults.mail),
        webhooks: settings.webhooks.config(),
        hooks: settings.webhooks.hooks()?,
        http: http(settings, public_url, defaults.http),
    })
}

/// The operator's flows over the stores that the settings name.
///
/// # Errors
/// When a store can't be reached, or a thread that hashes can't be started.
pub async fn admin(settings: &Settings) -> anyhow::Result<Admin> {
    admin_with(settings, None).await
}

/// The same with the keys that secrets of webhooks are encrypted under.
///
/// # Errors
/// As [`admin`], and when the keys can't be read.
pub async fn admin_with_keys(settings: &Settings) -> anyhow::Result<Admin> {
    admin_with(settings, encryption_keys(settings)?).await
}

async fn admin_with(settings: &Settings, keys: Option<Cipher>) -> anyhow::Result<Admin> {
    // Links lead to the front end of whoever delivers a mail; but whether receivers of webhooks
    // may be on this machine depends on where the server is.
    let url = settings.public_url.clone();
    let url = url.unwrap_or_else(|| Config::default().http.public_url);
    let config = Config {
        encryption_keys: keys,
        ..config(settings, url)?
    };
    comprehensive_auth::admin(config).await.map_err(explained)
}

/// The database that the settings name.
///
/// # Errors
/// When the URL is malformed.
pub fn database_url(settings: &Settings) -> anyhow::Result<DatabaseUrl> {
    match settings.database_url()? {
        Some(url) => url.parse().context("--database-url can't be used"),
        None => Ok(DatabaseUrl::sqlite(settings.data_dir.join("auth.db"))),
    }
}

/// Names the setting behind what keeps a server from starting.
pub(crate) fn explained(error: StartError) -> anyhow::Error {
    let chain = anyhow::Error::from_boxed;
    match error {
        StartError::Outdated { url, source } => {
            let problem = why_outdated(&source, url.starts_with("sqlite"));
            chain(source).context(format!("--database-url {url} {problem}"))
        }
        StartError::Pending { url, migrations } => anyhow!(
            "--database-url {url} lacks the migrations {migrations}, which --migrate off leaves to \
             `authctl db migrate`: run that first"
        ),
        StartError::Database {
            url,
            problem,
            source,
        } => chain(source).context(format!("--database-url {url} {problem}")),
        StartError::SessionStore(source) => {
            chain(source).context("the Redis of --session-store can't be used")
        }
        StartError::Strategy(source) => chain(source),
        other => other.into(),
    }
}

/// What is wrong with a database that can't be brought up to date.
fn why_outdated(source: &BoxError, is_file: bool) -> &'static str {
    match source.downcast_ref::<StoreError>() {
        // The words of PostgreSQL (28P01).
        Some(StoreError::Unavailable(why))
            if why.to_string().contains("password authentication failed") =>
        {
            "refuses the password: correct it, or the user"
        }
        Some(StoreError::Unavailable(_)) if is_file => {
            "can't be opened: see that this user may write it and its folder, and that no other \
             program keeps it locked"
        }
        Some(StoreError::Unavailable(_)) => {
            "can't be reached: see that it runs, that there is such a database, and that this \
             machine and its user may reach it"
        }
        _ => {
            "can't be brought up to date; if the server's role may not change it, run `authctl db \
             migrate` as one that may"
        }
    }
}

fn http(settings: &Settings, public_url: Url, defaults: HttpConfig) -> HttpConfig {
    HttpConfig {
        public_url,
        base_path: settings.base_path.clone(),
        trusted_origins: settings.trusted_origins.clone().into(),
        cors_headers: settings.cors_headers.clone(),
        trusted_proxies: settings.trusted_proxies.clone().into(),
        forwarded_header: settings.forwarded_header,
        request_timeout: settings.connections.request_timeout,
        docs: settings.docs == Docs::On,
        log_reads: settings.telemetry.access_log == AccessLog::On,
        ..defaults
    }
}

fn stores(settings: &Settings) -> anyhow::Result<StoreConfig> {
    let stores = &settings.stores;
    Ok(StoreConfig {
        database: database_url(settings)?,
        migrate: stores.migrate == Migrating::On,
        database_config: DatabaseConfig {
            pool_size: stores.database_pool.max(1),
            connect_timeout: stores.store_timeout,
            statement_timeout: stores.store_timeout,
            statement_cache: stores.database_statement_cache,
            lease: stores.lease,
        },
        sessions: settings.session_store()?,
        redis_timeout: stores.store_timeout,
        purge_interval: stores.purge_interval,
        audit_retention: stores.audit_retention,
        cache_size: match stores.cache {
            Caching::On => stores.cache_size.as_u64(),
            Caching::Off => 0,
        },
    })
}

fn sessions(settings: &Settings) -> SessionManagerConfig {
    let sessions = &settings.sessions;
    SessionManagerConfig {
        ordinary: Lifetimes {
            idle: sessions.session_idle,
            absolute: sessions.session_absolute,
        },
        remembered: Lifetimes {
            idle: sessions.remember_idle,
            absolute: sessions.remember_absolute,
        },
        reuse_window: sessions.refresh_reuse_window,
        max_per_user: sessions.max_sessions,
        clock_leeway: sessions.clock_leeway,
    }
}

/// Which passwords the settings accept.
fn password_policy(settings: &Settings) -> PasswordPolicy {
    let accounts = &settings.accounts;
    let list = accounts.breached_passwords.as_ref();
    PasswordPolicy {
        min_length: accounts.min_password_length,
        max_length: accounts.max_password_length,
        service_words: vec![],
        breached: list.map(|path| Arc::new(BreachedList::new(path)) as Arc<dyn BreachedPasswords>),
    }
}

/// The usernames that the settings reserve.
pub fn reserved_names(settings: &Settings) -> ReservedNames {
    let accounts = &settings.accounts;
    let names = match accounts.reserve_built_in_usernames {
        BuiltIn::On => ReservedNames::built_in(),
        BuiltIn::Off => ReservedNames::default(),
    };
    names.and(accounts.reserved_usernames.iter().map(String::as_str))
}

fn hashing(settings: &Settings) -> HasherConfig {
    let cores = available_parallelism().map_or(1, usize::from);
    let accounts = &settings.accounts;
    HasherConfig {
        cost: accounts.argon2,
        threads: accounts.hash_threads.unwrap_or(cores),
        queue: accounts.hash_queue,
        deadline: accounts.hash_deadline,
    }
}

fn accounts(settings: &Settings, defaults: MailingConfig) -> AccountsConfig {
    let accounts = &settings.accounts;
    AccountsConfig {
        verification: accounts.verification,
        password: password_policy(settings),
        reserved: reserved_names(settings),
        reauth_within: accounts.reauth_within,
        mailing: MailingConfig {
            lifetimes: TokenLifetimes {
                verify: accounts.verify_lifetime,
                reset: accounts.reset_lifetime,
                change_email: accounts.email_change_lifetime,
            },
            ..defaults
        },
        flow_lifetime: settings.federation.oauth_flow_lifetime,
        handover_lifetime: settings.federation.oauth_code_lifetime,
    }
}

fn rules(settings: &Settings) -> Option<Rules> {
    let limits = &settings.limits;
    let rules = Rules {
        sign_in_account: Rule {
            penalty: Penalty::Doubling {
                first: limits.limit_sign_in_delay,
                max: limits.limit_sign_in_delay_max,
            },
            free: limits.limit_sign_in_free,
            ..Rules::default().sign_in_account
        },
        sign_in_ip: limits.limit_sign_in_ip.into(),
        register_ip: limits.limit_register_ip.into(),
        mail_request_ip: limits.limit_mail_request_ip.into(),
        token_ip: limits.limit_token_ip.into(),
        provider_flow_ip: limits.limit_provider_flow_ip.into(),
        refresh_session: limits.limit_refresh_session.into(),
        profile_account: limits.limit_profile.into(),
        profile_name_account: limits.limit_profile_names.into(),
        mailbox_hour: limits.limit_mailbox_hour.into(),
        mailbox_day: limits.limit_mailbox_day.into(),
    };
    (limits.limits == Limiting::On).then_some(rules)
}

fn mail(settings: &Settings, defaults: WorkerConfig) -> WorkerConfig {
    let mail = &settings.mail;
    WorkerConfig {
        poll_interval: mail.mail_poll,
        lease: mail.mail_lease,
        first_retry: mail.mail_retry,
        give_up_after: mail.mail_give_up,
        ..defaults
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn servers_and_apps_have_the_same_defaults() {
        let settings = Settings::parse_from(["server"]);
        let mut expected = Config::default();
        expected.stores.database = DatabaseUrl::sqlite("./data/auth.db");
        let timeout = settings.stores.store_timeout;
        expected.stores.database_config.connect_timeout = timeout;
        expected.stores.database_config.statement_timeout = timeout;
        let url = expected.http.public_url.clone();
        let set = config(&settings, url).unwrap();
        assert_eq!(format!("{set:#?}"), format!("{expected:#?}"));
    }
}
