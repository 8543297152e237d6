//! Joining the parts.

use std::sync::Arc;

use auth_core::accounts::admin::Admin;
use auth_core::accounts::{Accounts, Factors, Federation, Mailing};
use auth_core::factor::Cipher;
use auth_core::{
    Clock, DeviceCookies, Events, Hasher, Limits, Mailer, Meter, Providers, SessionManager,
    Strategy, SystemClock,
};
use auth_mail::OutboxWorker;

use crate::config::Config;
use crate::error::StartError;
use crate::passkeys;
use crate::stores::{self, OpenStores};
use crate::{encryption, webhooks};

/// Parts from a configuration, over open stores.
pub(crate) struct Assembly<'a> {
    pub(crate) config: &'a Config,
    pub(crate) stores: &'a OpenStores,
    pub(crate) clock: &'a Arc<dyn Clock>,
}

impl Assembly<'_> {
    pub(crate) fn sessions(&self) -> SessionManager {
        SessionManager::new(
            self.stores.shared.sessions.clone(),
            self.stores.accounts.users.clone(),
            self.clock.clone(),
            self.config.sessions,
        )
        .writing_behind()
    }

    pub(crate) fn limits(&self) -> Limits {
        let devices = DeviceCookies::new(self.stores.device_key.clone());
        let counts = self.stores.shared.limits.clone();
        let limits = Limits::new(counts, self.config.limits.clone(), devices);
        limits.telling(self.stores.accounts.events.clone())
    }

    pub(crate) fn accounts(
        &self,
        providers: Providers,
        strategy: Strategy,
        hasher: Hasher,
    ) -> Accounts {
        let federation = Federation {
            providers,
            identities: self.stores.database.clone(),
            flows: self.stores.database.clone(),
        };
        Accounts::new(
            self.stores.accounts.clone(),
            federation,
            strategy,
            hasher,
            self.limits(),
            self.clock.clone(),
            self.config.accounts.clone(),
        )
    }

    /// What second factors take, with these keys.
    pub(crate) fn factors(&self, cipher: Option<Cipher>) -> Result<Factors, StartError> {
        Ok(Factors {
            store: self.stores.database.clone(),
            cipher,
            passkeys: passkeys::of(self.config)?,
            policy: self.config.factors.clone(),
            key: self.stores.device_key.clone(),
        })
    }

    fn mailing(&self) -> Mailing {
        let mailing = Mailing::new(
            self.stores.accounts.clone(),
            self.limits(),
            self.clock.clone(),
            self.config.accounts.mailing.clone(),
        );
        mailing.with_codes(self.stores.device_key.clone())
    }

    /// What delivers the mails of the queue by this mailer.
    pub(crate) fn outbox_worker(&self, mailer: Arc<dyn Mailer>) -> OutboxWorker {
        OutboxWorker::new(
            self.stores.database.clone(),
            self.mailing(),
            mailer,
            self.clock.clone(),
            self.config.mail.clone(),
        )
    }

    pub(crate) fn admin(&self, hasher: Hasher) -> Admin {
        let admin = Admin::new(
            self.stores.accounts.clone(),
            self.stores.database.clone(),
            self.sessions(),
            self.limits(),
            hasher,
            self.config.accounts.password.clone(),
        );
        let admin = admin.with_factors(self.stores.database.clone());
        let admin = admin.with_api_keys(self.stores.database.clone());
        admin.with_mail_lease(self.config.mail.lease)
    }
}

/// The operator's flows over the stores that a configuration names, for a tool that serves
/// nobody. The database is brought up to date.
///
/// # Errors
/// When a store can't be reached, or a thread that hashes can't be started.
pub async fn admin(config: Config) -> Result<Admin, StartError> {
    let config = config.settled();
    let hasher = hasher(&config)?;
    // The futures of the stores, each inside the next, are types that are deep.
    let stores = Box::pin(stores::open(
        &config.stores,
        Events::default(),
        &Meter::default(),
    ))
    .await?;
    tokio::spawn(stores.accounts.events.clone().write_trail());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let assembly = Assembly {
        config: &config,
        stores: &stores,
        clock: &clock,
    };
    let cipher = match config.encryption_keys.clone() {
        Some(keys) => encryption::of_database(Some(keys), &stores, &config.stores).await?,
        None => None,
    };
    let admin = assembly.admin(hasher);
    Ok(admin.with_webhooks(webhooks::of(&config, &stores, cipher)))
}

/// Starts the threads that hash passwords.
pub(crate) fn hasher(config: &Config) -> Result<Hasher, StartError> {
    Hasher::start(config.hashing).map_err(StartError::Hashing)
}
