//! The mails that wait.

use std::sync::Arc;

use super::{Actor, Admin};
use crate::error::AuthError;
use crate::events::{AdminAction, Looked};
use crate::mail::{Hastened, WaitingMail};

/// How many mails are made due at once: each is a row that is written.
const MANY: u32 = 1000;

impl Admin {
    /// At most `limit` of the mails that wait, the first queued first, starting behind the one with
    /// the id `after`.
    ///
    /// # Errors
    /// A failing store.
    pub async fn mails(
        &self,
        by: &Actor,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<WaitingMail>, AuthError> {
        let mails = self.stores.outbox.waiting(after, limit).await?;
        let at = Looked::Mails;
        self.tell_of_many(by, AdminAction::Looked { at }).await;
        Ok(mails)
    }

    /// Whether a mail can be tried earlier than it is due. One that is due within the time of a
    /// lease may be in delivery, and is tried soon anyway.
    pub fn can_hasten(&self, mail: &WaitingMail) -> bool {
        mail.due_at > self.sessions.now() + self.mail_lease
    }

    /// Has a mail be tried at once, and gives whether it is: see [`can_hasten`](Self::can_hasten).
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn retry_mail(&self, by: &Actor, id: &str) -> Result<bool, AuthError> {
        let now = self.sessions.now();
        let mail = id.to_owned();
        let event = Self::event_of_many(by, AdminAction::MailRetried { mail });
        let outbox = &self.stores.outbox;
        let hastened = outbox.hasten(id, now, now + self.mail_lease, event.record());
        match hastened.await? {
            Hastened::Gone => Err(AuthError::NotFound),
            Hastened::Soon => Ok(false),
            Hastened::Now => {
                self.told(&event).await;
                Ok(true)
            }
        }
    }

    /// Has mails that were tried in vain be tried at once, a thousand at most, and gives how many.
    ///
    /// # Errors
    /// A failing store.
    pub async fn retry_failing_mails(&self, by: &Actor) -> Result<u64, AuthError> {
        let now = self.sessions.now();
        let event = Self::event_of_count(by, |count| AdminAction::MailsRetried { count });
        let record = {
            let event = event.clone();
            Arc::new(move |count| (count > 0).then(|| event(count).record())?)
        };
        let outbox = &self.stores.outbox;
        let count = outbox
            .hasten_failing(now, now + self.mail_lease, MANY, record)
            .await?;
        if count > 0 {
            self.told(&event(count)).await;
        }
        Ok(count)
    }
}
