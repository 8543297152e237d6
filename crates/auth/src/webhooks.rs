//! Webhooks and hooks, from a configuration.

use std::sync::Arc;
use std::time::Duration;

use auth_core::accounts::admin::Webhooks;
use auth_core::factor::Cipher;
use auth_core::{Accounts, Clock, WebhookStore};
use auth_webhook::{Hooks, Reach, WebhookWorker, WorkerConfig};
use tokio::sync::oneshot;

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

/// Starts what delivers, and what deletes deliveries that were kept for long enough.
pub(crate) fn start(
    tasks: &mut Tasks,
    config: &Config,
    stores: &OpenStores,
    cipher: Option<Cipher>,
    clock: &Arc<dyn Clock>,
) {
    let events = stores.accounts.events.clone();
    let (store, clock) = (stores.database.clone(), clock.clone());
    let settings = WorkerConfig::default();
    let worker = WebhookWorker::new(
        store.clone(),
        cipher,
        reach(config),
        events,
        clock.clone(),
        settings,
    );
    tasks.add_worker(|stopped: oneshot::Receiver<()>| {
        worker.run(async move {
            let _ = stopped.await;
        })
    });
    let (interval, retention) = (config.stores.purge_interval, config.webhooks.retention);
    tasks.add(purge(store, clock, interval, retention));
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
