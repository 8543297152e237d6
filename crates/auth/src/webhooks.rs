//! Webhooks and hooks, from a configuration.

use std::sync::Arc;
use std::time::Duration;

use auth_core::accounts::admin::Webhooks;
use auth_core::factor::Cipher;
use auth_core::{Accounts, Clock, WebhookStore};
use auth_webhook::{Hooks, Reach, WebhookWorker, WorkerConfig};
use tokio::sync::oneshot;
use tracing::warn;

use crate::config::Config;
use crate::stores::OpenStores;
use crate::tasks::{Tasks, every};

/// Which addresses may be called. This machine is one of them where the server itself is reached
/// there only, without TLS, which is so in development alone.
fn reach(config: &Config) -> Reach {
    let is_plain = config.http.public_url.scheme() == "http";
    Reach {
        own_machine: is_plain && config.is_on_this_machine(),
        private: config.webhooks.allow_private,
        ..Reach::default()
    }
}

/// What an operator's flows need.
pub(crate) fn of(config: &Config, stores: &OpenStores, cipher: Option<Cipher>) -> Webhooks {
    Webhooks {
        store: stores.database.clone(),
        cipher,
        rules: Arc::new(reach(config)),
    }
}

/// Has the hooks asked that there are.
pub(crate) fn with_hooks(accounts: Accounts, config: &Config, clock: &Arc<dyn Clock>) -> Accounts {
    match &config.hooks {
        Some(hooks) => accounts.with_policy(Arc::new(Hooks::new(hooks.clone(), clock.clone()))),
        None => accounts,
    }
}

/// Starts what delivers, and what deletes deliveries that were kept for long enough. Without keys
/// nothing is delivered here: no secret could be read to sign with. What is due then waits for a
/// server that has the keys.
pub(crate) fn start(
    tasks: &mut Tasks,
    config: &Config,
    stores: &OpenStores,
    cipher: Option<Cipher>,
    clock: &Arc<dyn Clock>,
) {
    let store = stores.database.clone();
    match cipher {
        Some(cipher) => deliver(tasks, config, stores, cipher, clock),
        None => tasks.add(warn_of_webhooks(store.clone())),
    }
    let (interval, retention) = (config.stores.purge_interval, config.webhooks.retention);
    tasks.add(purge(store, clock.clone(), interval, retention));
}

fn deliver(
    tasks: &mut Tasks,
    config: &Config,
    stores: &OpenStores,
    cipher: Cipher,
    clock: &Arc<dyn Clock>,
) {
    let worker = WebhookWorker::new(
        stores.database.clone(),
        cipher,
        reach(config),
        stores.accounts.events.clone(),
        clock.clone(),
        WorkerConfig::default(),
    );
    tasks.add_worker(|stopped: oneshot::Receiver<()>| {
        worker.run(async move {
            let _ = stopped.await;
        })
    });
}

/// Says once that this server delivers nothing, where there is anybody to deliver to.
async fn warn_of_webhooks(store: Arc<impl WebhookStore>) {
    match store.list().await {
        Ok(webhooks) if webhooks.is_empty() => {}
        Ok(webhooks) => warn!(
            event = "webhooks_without_keys",
            count = webhooks.len(),
            "this server delivers no webhooks, as it can't read their secrets: give it the same \
             --encryption-key-file as all servers of the database"
        ),
        Err(error) => warn!(%error, "it could not be looked at whether there are webhooks"),
    }
}

async fn purge(
    store: Arc<impl WebhookStore>,
    clock: Arc<dyn Clock>,
    interval: Duration,
    retention: Duration,
) {
    every(interval, || async {
        let before = clock.now() - retention;
        WebhookStore::purge(&*store, before).await?;
        Ok(())
    })
    .await;
}
