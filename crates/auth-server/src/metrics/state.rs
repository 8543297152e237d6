//! What is looked at: the process when somebody asks, the stores now and then.

use std::time::{Duration, Instant};

use auth_core::session::{Age, SecretKind, Tally};
use auth_core::{Clock as _, SystemClock, Timestamp};
use comprehensive_auth::{Auth, OwnState, StoreState};
use tokio::time::sleep;
use tracing::{info, warn};

use super::Metrics;

/// How long to wait at least before the stores are asked again, and before sessions are tallied.
const ASK_EVERY: Duration = Duration::from_secs(15);
const TALLY_EVERY: Duration = Duration::from_secs(60);

/// With many rows it takes a store's time: so much longer than that is waited.
const REST: u32 = 10;

impl Metrics {
    /// Shows what never changes.
    pub(super) fn describe(&self, auth: &Auth, server: &str, workers: usize) {
        let strategy = auth.api().accounts().strategy().description();
        let (version, transport) = (env!("CARGO_PKG_VERSION"), strategy.transport.as_str());
        let labels = [version, server, strategy.name, transport];
        self.families.build_info.with_label_values(&labels).set(1);
        self.families.workers.set(number(workers));
    }

    /// Shows what the process knows of itself.
    pub(super) fn show_own(&self, state: &OwnState) {
        let families = &self.families;
        families.hash_pending.set(number(state.hasher.pending));
        families.hash_capacity.set(number(state.hasher.capacity));
        families.hash_threads.set(number(state.hasher.threads));
        families.servers.set(number(state.servers));
        let cache = state.cache;
        for (result, total) in [
            ("hit", cache.map(|cache| cache.hits)),
            ("miss", cache.map(|cache| cache.misses)),
            ("bypass", cache.map(|cache| cache.bypasses)),
        ] {
            let counter = families.cache_lookups.with_label_values(&[result]);
            let total = total.unwrap_or_default();
            counter.inc_by(total.saturating_sub(counter.get()));
        }
        let bytes = cache.map_or(0, |cache| cache.bytes);
        families.cache_bytes.set(number(bytes));
        if let Some(pool) = state.pool {
            for (name, count) in [("in_use", pool.in_use), ("idle", pool.idle)] {
                let connections = families.pool.with_label_values(&[name]);
                connections.set(number(count));
            }
            let none: [&str; 0] = [];
            let waiting = families.pool_waiting.with_label_values(&none);
            waiting.set(number(pool.waiting));
        }
    }

    fn show_stores(&self, state: &StoreState) {
        self.families.mail_queue.set(number(state.mail.count));
        self.families
            .mail_overdue
            .set(overdue(state.mail.first_due));
        let webhooks = state.webhooks;
        self.families.webhook_queue.set(number(webhooks.pending));
        self.families
            .webhook_overdue
            .set(overdue(webhooks.first_due));
        self.families
            .webhooks_disabled
            .set(number(webhooks.disabled));
        let answers = state.answers_from_memory;
        self.families.cache_answers.set(answers.into());
        if let Some(sessions) = state.sessions {
            let none: [&str; 0] = [];
            let live = self.families.sessions.with_label_values(&none);
            live.set(number(sessions));
        }
    }

    /// Asks the stores now and then. Never returns.
    pub(crate) async fn watch_stores(self, auth: Auth) {
        let mut are_away = false;
        loop {
            let began = Instant::now();
            let state = auth.store_state().await;
            match &state {
                Ok(state) => self.show_stores(state),
                Err(error) if !are_away => warn!(%error, "mails and sessions can't be counted"),
                Err(_) => {}
            }
            if are_away && state.is_ok() {
                info!("mails and sessions are counted again");
            }
            are_away = state.is_err();
            sleep(ASK_EVERY.max(began.elapsed() * REST)).await;
        }
    }

    /// Counts who is left to change over from one kind of credential to another, now and then.
    /// Never returns.
    pub(crate) async fn watch_bridge(self, auth: Auth) {
        loop {
            let began = Instant::now();
            match auth.admin().tally().await {
                Ok(tally) => self.show_tally(&tally),
                Err(error) => warn!(%error, "sessions could not be counted"),
            }
            sleep(TALLY_EVERY.max(began.elapsed() * REST)).await;
        }
    }

    fn show_tally(&self, tally: &Tally) {
        for kind in SecretKind::ALL {
            for age in Age::ALL {
                let labels = [kind.credential(), age.as_str()];
                let sessions = self.families.bridge_sessions.with_label_values(&labels);
                sessions.set(number(tally.of(kind, age)));
            }
        }
    }
}

/// For how many seconds something has been due.
fn overdue(first_due: Option<Timestamp>) -> i64 {
    let overdue = first_due.map(|due| SystemClock.now().since(due).as_secs());
    number(overdue.unwrap_or_default())
}

/// As Prometheus' gauges take it.
fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
