//! What runs beside the requests: mail, maintenance, and the exchange with other nodes.

use std::error::Error as _;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use auth_core::error::BoxError;
use auth_core::session::WRITE_USES_EVERY;
use auth_core::{Accounts, Clock, Providers};
use auth_mail::OutboxWorker;
use futures_util::future::join_all;
use tokio::sync::{Mutex, oneshot};
use tokio::task::{AbortHandle, JoinHandle};
use tracing::warn;

use crate::node::{self, Node};
use crate::stores::OpenStores;

/// What runs beside the requests, until it is stopped.
pub(crate) struct Tasks {
    node: Arc<Node>,
    accounts: Accounts,
    /// What finishes what it is at when it is stopped.
    workers: Mutex<Vec<(oneshot::Sender<()>, JoinHandle<()>)>>,
    others: Vec<AbortHandle>,
}

impl Tasks {
    /// Starts them on the runtime that this is called in.
    pub(crate) fn start(
        accounts: &Accounts,
        stores: &OpenStores,
        worker: OutboxWorker,
        node: Node,
        clock: Arc<dyn Clock>,
        interval: Duration,
    ) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let mail = tokio::spawn(worker.run(async move {
            let _ = stopped.await;
        }));
        let node = Arc::new(node);
        let others = [
            tokio::spawn(check_providers(accounts.providers().clone())),
            tokio::spawn(maintain(
                accounts.clone(),
                stores.clone(),
                node.clone(),
                clock,
                interval,
            )),
            tokio::spawn(exchange(node.clone())),
            tokio::spawn(write_uses(accounts.clone())),
            tokio::spawn(accounts.events().clone().write_trail()),
        ];
        Self {
            node,
            accounts: accounts.clone(),
            workers: Mutex::new(vec![(stop, mail)]),
            others: others.iter().map(JoinHandle::abort_handle).collect(),
        }
    }

    /// Runs something beside the others.
    pub(crate) fn add(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.others.push(tokio::spawn(task).abort_handle());
    }

    /// Runs something that ends by itself, soon after it was told to.
    pub(crate) fn add_worker<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        work: impl FnOnce(oneshot::Receiver<()>) -> F,
    ) {
        let (stop, stopped) = oneshot::channel();
        let worker = tokio::spawn(work(stopped));
        self.workers.get_mut().push((stop, worker));
    }

    /// Ends them; the mails and webhooks that are being delivered are finished first.
    pub(crate) async fn stop(&self) {
        self.accounts.events().settled().await;
        self.others.iter().for_each(AbortHandle::abort);
        if let Err(error) = self.accounts.strategy().sessions().write_uses().await {
            warn!(%error, "the last uses of sessions could not be written");
        }
        self.node.leave().await;
        let workers = std::mem::take(&mut *self.workers.lock().await);
        let (stops, workers): (Vec<_>, Vec<_>) = workers.into_iter().unzip();
        for stop in stops {
            let _ = stop.send(());
        }
        join_all(workers).await;
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.others.iter().for_each(AbortHandle::abort);
    }
}

async fn maintain(
    accounts: Accounts,
    stores: OpenStores,
    node: Arc<Node>,
    clock: Arc<dyn Clock>,
    interval: Duration,
) {
    if let Err(error) = stores.database.fill_in_skeletons().await {
        warn!(%error, "usernames from before could not be looked at; tried again later");
    }
    every(interval, || async {
        // What fails keeps nothing else from being done.
        let done = (
            accounts.purge().await,
            node.forget().await,
            stores.purge(&*clock).await,
        );
        done.0?;
        done.1?;
        Ok(done.2?)
    })
    .await;
}

async fn exchange(node: Arc<Node>) {
    every(node::EVERY, || async { Ok(node.exchange().await?) }).await;
}

async fn write_uses(accounts: Accounts) {
    every(WRITE_USES_EVERY, || async {
        Ok(accounts.strategy().sessions().write_uses().await?)
    })
    .await;
}

/// Asks every provider once whether it is what the settings say, and warns of those that
/// are not. A start goes on without them: they may be back when somebody wants to sign in.
async fn check_providers(providers: Providers) {
    join_all(providers.iter().map(|provider| async move {
        if let Err(error) = provider.check().await {
            let cause = error.source().map(ToString::to_string).unwrap_or_default();
            warn!(provider = %provider.id(), cause, "a provider can't be used as it is set up");
        }
    }))
    .await;
}

/// Runs a chore now and then; a failure is logged and tried again at the next turn.
pub(crate) async fn every<F: Future<Output = Result<(), BoxError>>>(
    interval: Duration,
    chore: impl Fn() -> F,
) {
    loop {
        tokio::time::sleep(interval).await;
        if let Err(error) = chore().await {
            warn!(%error, "maintenance failed");
        }
    }
}
