//! The mails that a worker is delivering.

use std::collections::HashMap;

use auth_core::Email;
use auth_core::mail::MailClass;
use tokio::task::{Id, JoinSet};

/// Deliveries under way, and whose they are.
#[derive(Default)]
pub(super) struct UnderWay {
    deliveries: JoinSet<()>,
    mails: HashMap<Id, (MailClass, Email)>,
}

impl UnderWay {
    pub(super) fn spawn(
        &mut self,
        class: MailClass,
        to: Email,
        delivery: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.deliveries.spawn(delivery).id();
        self.mails.insert(id, (class, to));
    }

    /// Waits for one to end; `false` when there is none.
    pub(super) async fn next_done(&mut self) -> bool {
        let done = self.deliveries.join_next_with_id().await;
        let id = done.map(|done| done.map_or_else(|panic| panic.id(), |(id, ())| id));
        id.map(|id| self.mails.remove(&id)).is_some()
    }

    /// Takes note of those that have ended.
    pub(super) fn forget_done(&mut self) {
        while let Some(done) = self.deliveries.try_join_next_with_id() {
            let id = done.map_or_else(|panic| panic.id(), |(id, ())| id);
            self.mails.remove(&id);
        }
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.mails.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn count_of(&self, class: MailClass) -> u32 {
        let of_class = self.mails.values().filter(|(its, _)| *its == class);
        u32::try_from(of_class.count()).unwrap_or(u32::MAX)
    }

    pub(super) fn recipients_of(&self, class: MailClass) -> Vec<Email> {
        let of_class = self.mails.values().filter(|(its, _)| *its == class);
        of_class.map(|(_, to)| to.clone()).collect()
    }
}
