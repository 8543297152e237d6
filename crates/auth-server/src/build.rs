//! Joining the parts.

use std::sync::Arc;
use std::thread::available_parallelism;

use auth_core::accounts::admin::Admin;
use auth_core::accounts::{Accounts, Federation};
use auth_core::limit::{Penalty, Rule, Rules};
use auth_core::session::{Lifetimes, SessionManagerConfig};
use auth_core::{
    AccountsConfig, Clock, DeviceCookies, Hasher, HasherConfig, Limits, PasswordPolicy, Providers,
    ReservedNames, SessionManager, Strategy, SystemClock,
};
use auth_http::{HttpConfig, Placement};
use auth_mail::{Links, WorkerConfig};
use url::Url;

use crate::settings::{BuiltIn, Limiting, Pages, Settings};
use crate::stores::OpenStores;

pub(crate) fn http_config(settings: &Settings, public_url: Url) -> HttpConfig {
    HttpConfig {
        title: settings.service_name.clone(),
        public_url,
        base_path: settings.base_path.clone(),
        placement: Placement::OwnServer,
        trusted_origins: settings.trusted_origins.clone(),
        cors_headers: settings.cors_headers.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        forwarded_header: settings.forwarded_header.into(),
        request_timeout: settings.connections.request_timeout,
        docs: settings.docs == Pages::On,
    }
}

pub(crate) fn session_manager(
    settings: &Settings,
    stores: &OpenStores,
    clock: &Arc<dyn Clock>,
) -> SessionManager {
    let sessions = &settings.sessions;
    let config = SessionManagerConfig {
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
    };
    let (shared, users) = (
        stores.shared.sessions.clone(),
        stores.accounts.users.clone(),
    );
    SessionManager::new(shared, users, clock.clone(), config)
}

/// What the account flows work on.
pub(crate) struct Accounting<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) http: &'a HttpConfig,
    pub(crate) stores: &'a OpenStores,
    pub(crate) clock: &'a Arc<dyn Clock>,
}

impl Accounting<'_> {
    /// The account flows.
    pub(crate) fn accounts(
        &self,
        providers: Providers,
        strategy: Strategy,
        hasher: Hasher,
    ) -> Accounts {
        let Self {
            settings, stores, ..
        } = self;
        let federation = Federation {
            providers,
            identities: stores.database.clone(),
            flows: stores.database.clone(),
        };
        Accounts::new(
            stores.accounts.clone(),
            federation,
            strategy,
            hasher,
            limits(settings, stores),
            self.clock.clone(),
            accounts_config(settings, self.http),
        )
    }
}

/// How often things may happen.
pub(crate) fn limits(settings: &Settings, stores: &OpenStores) -> Limits {
    let devices = DeviceCookies::new(stores.device_key.clone());
    let limits = Limits::new(stores.shared.limits.clone(), rules(settings), devices);
    limits.telling(stores.accounts.events.clone())
}

/// Starts the threads that hash passwords at the price that the settings name.
///
/// # Errors
/// When a thread can't be started.
pub(crate) fn hasher(settings: &Settings) -> anyhow::Result<Hasher> {
    Hasher::start(hasher_config(settings)).map_err(anyhow::Error::from_boxed)
}

/// The operator's flows over the stores that the settings name.
///
/// # Errors
/// When a thread that hashes can't be started.
pub fn admin(settings: &Settings, stores: &OpenStores) -> anyhow::Result<Admin> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Admin::new(
        stores.accounts.clone(),
        stores.database.clone(),
        session_manager(settings, stores, &clock),
        limits(settings, stores),
        hasher(settings)?,
        password_policy(settings),
    ))
}

/// Which passwords the settings accept.
fn password_policy(settings: &Settings) -> PasswordPolicy {
    PasswordPolicy {
        min_length: settings.accounts.min_password_length,
        max_length: settings.accounts.max_password_length,
        service_words: vec![settings.service_name.clone()],
    }
}

fn reserved_names(settings: &Settings) -> ReservedNames {
    let accounts = &settings.accounts;
    let names = match accounts.reserve_built_in_usernames {
        BuiltIn::On => ReservedNames::built_in(),
        BuiltIn::Off => ReservedNames::default(),
    };
    names.and(accounts.reserved_usernames.iter().map(String::as_str))
}

fn hasher_config(settings: &Settings) -> HasherConfig {
    let cores = available_parallelism().map_or(1, usize::from);
    let accounts = &settings.accounts;
    HasherConfig {
        cost: accounts.argon2,
        threads: accounts.hash_threads.unwrap_or(cores),
        queue: accounts.hash_queue,
        deadline: accounts.hash_deadline,
    }
}

/// The front end that links in mails lead to.
fn frontend(settings: &Settings, http: &HttpConfig) -> String {
    match &settings.mail.frontend_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => http.origin(),
    }
}

fn accounts_config(settings: &Settings, http: &HttpConfig) -> AccountsConfig {
    let accounts = &settings.accounts;
    AccountsConfig {
        verification: accounts.verification.into(),
        password: password_policy(settings),
        reserved: reserved_names(settings),
        reauth_within: accounts.reauth_within,
        verify_lifetime: accounts.verify_lifetime,
        frontend: frontend(settings, http),
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

pub(crate) fn worker_config(settings: &Settings, http: &HttpConfig) -> WorkerConfig {
    let (mail, accounts) = (&settings.mail, &settings.accounts);
    WorkerConfig {
        poll_interval: mail.mail_poll,
        lease: mail.mail_lease,
        first_retry: mail.mail_retry,
        give_up_after: mail.mail_give_up,
        verify_lifetime: accounts.verify_lifetime,
        reset_lifetime: accounts.reset_lifetime,
        change_email_lifetime: accounts.email_change_lifetime,
        ..WorkerConfig::new(
            settings.service_name.clone(),
            Links::new(&frontend(settings, http)),
        )
    }
}
