//! The batches that a worker is sending.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use auth_core::WebhookId;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::error;

/// How long a webhook is to be left alone after a batch, if at all.
pub(super) type Rest = Option<Duration>;

/// Batches under way, whose they are, and which webhooks are left alone for now.
#[derive(Default)]
pub(super) struct UnderWay {
    batches: JoinSet<Rest>,
    webhooks: HashMap<Id, WebhookId>,
    resting: HashMap<WebhookId, Instant>,
}

impl UnderWay {
    /// Begins a batch, unless one of the same webhook is under way or the webhook is to be left
    /// alone.
    pub(super) fn spawn(
        &mut self,
        webhook: WebhookId,
        batch: impl Future<Output = Rest> + Send + 'static,
    ) {
        if self.may_begin(webhook) {
            let id = self.batches.spawn(batch).id();
            self.webhooks.insert(id, webhook);
        }
    }

    fn may_begin(&mut self, webhook: WebhookId) -> bool {
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
        let is_free = self.webhooks.values().all(|one| *one != webhook);
        is_free && !self.resting.contains_key(&webhook)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.webhooks.is_empty()
    }

    /// Waits for one to end; `false` when there is none.
    pub(super) async fn next_done(&mut self) -> bool {
        let done = self.batches.join_next_with_id().await;
        done.map(|done| self.note(done)).is_some()
    }

    /// Takes note of those that have ended.
    pub(super) fn forget_done(&mut self) {
        while let Some(done) = self.batches.try_join_next_with_id() {
            self.note(done);
        }
    }

    /// Takes note of one that has ended. One that panicked is logged here, as nobody else sees it;
    /// its deliveries are tried again when their lease ends.
    fn note(&mut self, done: Result<(Id, Rest), JoinError>) {
        let id = done.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(webhook) = self.webhooks.remove(&id) else {
            return;
        };
        match done {
            Ok((_, Some(rest))) => {
                self.resting.insert(webhook, Instant::now() + rest);
            }
            Ok((_, None)) => {}
            Err(failure) => error!(event = "webhook_batch_failed", %webhook, %failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::tests::ErrorLines;

    #[tokio::test]
    async fn a_webhook_rests_as_long_as_its_batch_says() {
        let (mut under_way, webhook) = (UnderWay::default(), WebhookId::generate());
        under_way.spawn(webhook, async { Some(Duration::from_secs(3600)) });
        assert!(!under_way.may_begin(webhook), "it is under way");
        assert!(under_way.next_done().await);
        assert!(under_way.is_empty() && !under_way.may_begin(webhook));
        assert!(under_way.may_begin(WebhookId::generate()));

        let other = WebhookId::generate();
        under_way.spawn(other, async { Some(Duration::ZERO) });
        assert!(under_way.next_done().await);
        assert!(under_way.may_begin(other), "its rest is over");
        assert!(!under_way.next_done().await);
    }

    #[tokio::test]
    async fn a_batch_that_panics_is_logged_and_over() {
        let (logged, _guard) = ErrorLines::watched();
        let (mut under_way, webhook) = (UnderWay::default(), WebhookId::generate());
        under_way.spawn(webhook, async { panic!("on purpose") });
        assert!(under_way.next_done().await);
        assert!(under_way.may_begin(webhook));
        let lines = logged.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        let id = webhook.to_string();
        assert!(lines[0].contains(&id) && lines[0].contains("on purpose"));
    }
}
