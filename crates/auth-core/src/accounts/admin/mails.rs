//! The mails that wait.

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
        match self
            .stores
            .outbox
            .hasten(id, now, now + self.mail_lease)
            .await?
        {
            Hastened::Gone => Err(AuthError::NotFound),
            Hastened::Soon => Ok(false),
            Hastened::Now => {
                let mail = id.to_owned();
                self.tell_of_many(by, AdminAction::MailRetried { mail })
                    .await;
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
        let outbox = &self.stores.outbox;
        let count = outbox
            .hasten_failing(now, now + self.mail_lease, MANY)
            .await?;
        if count > 0 {
            self.tell_of_many(by, AdminAction::MailsRetried { count })
                .await;
        }
        Ok(count)
    }
}
