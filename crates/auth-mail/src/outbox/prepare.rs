//! Turning a queued mail into a message: who gets it, and with which link.
//!
//! Tokens are made here, at delivery, so that no secret rests in the queue. Whether an
//! account exists is found out here too, long after the request for the mail was answered.

use std::sync::Arc;
use std::time::Duration;

use auth_core::accounts::Stores;
use auth_core::mail::Message;
use auth_core::token::TokenKey;
use auth_core::{
    Clock, Email, MailKind, NewToken, OutboxEntry, Purpose, Secret, StoreError, User, UserId,
};

use super::config::WorkerConfig;
use crate::compose::{Composer, Content, Links};

/// Writes the messages for queued mails.
pub(super) struct Preparer {
    stores: Stores,
    clock: Arc<dyn Clock>,
    config: WorkerConfig,
}

/// A recipient and what to tell them.
type Addressed = (Email, Content);

impl Preparer {
    pub(super) fn new(stores: Stores, clock: Arc<dyn Clock>, config: WorkerConfig) -> Self {
        Self {
            stores,
            clock,
            config,
        }
    }

    /// The message for a queued mail; `None` when nobody should get it any more.
    pub(super) async fn prepare(&self, entry: &OutboxEntry) -> Result<Option<Message>, StoreError> {
        let addressed = match entry.kind {
            MailKind::Confirm => self.confirm(entry).await?,
            MailKind::Reset => self.reset(entry).await?,
            MailKind::ChangeEmail => self.change_email(entry).await?,
            MailKind::AlreadyRegistered => self.already_registered(entry).await?,
            MailKind::Notice(notice) => Some((entry.to.clone(), Content::Notice(notice))),
        };
        Ok(addressed.map(|(to, content)| self.message(entry, to, &content)))
    }

    /// Where the links of a mail lead.
    fn links(&self, entry: &OutboxEntry) -> Links {
        let frontend = entry.frontend.as_deref().map(Links::new);
        frontend.unwrap_or_else(|| self.config.links.clone())
    }

    fn message(&self, entry: &OutboxEntry, to: Email, content: &Content) -> Message {
        let composer = Composer::new(&self.config.service_name, self.links(entry));
        let composed = composer.compose(content);
        Message {
            id: entry.id.clone(),
            to,
            subject: composed.subject,
            text: composed.text,
            html: composed.html,
        }
    }

    async fn confirm(&self, entry: &OutboxEntry) -> Result<Option<Addressed>, StoreError> {
        let user = self.account_of(&entry.to).await?;
        let Some(user) = user.filter(|user| !user.disabled && !user.email_verified) else {
            return Ok(None);
        };
        let lifetime = self.config.verify_lifetime;
        let token = self
            .mint(entry, Purpose::Verify, user.id, &user.email, lifetime)
            .await?;
        let link = |token| self.links(entry).verify(&token, lifetime);
        Ok(token.map(|token| (user.email, Content::Confirm(link(token)))))
    }

    async fn reset(&self, entry: &OutboxEntry) -> Result<Option<Addressed>, StoreError> {
        let user = self.account_of(&entry.to).await?;
        let Some(user) = user.filter(|user| !user.disabled) else {
            return Ok(None);
        };
        let lifetime = self.config.reset_lifetime;
        let token = self
            .mint(entry, Purpose::Reset, user.id, &user.email, lifetime)
            .await?;
        let link = |token| self.links(entry).reset(&token, lifetime);
        Ok(token.map(|token| (user.email, Content::Reset(link(token)))))
    }

    async fn change_email(&self, entry: &OutboxEntry) -> Result<Option<Addressed>, StoreError> {
        let user = match entry.user_id {
            Some(id) => self.stores.users.find(id).await?,
            None => None,
        };
        let Some(user) = user.filter(|user| !user.disabled) else {
            return Ok(None);
        };
        let lifetime = self.config.change_email_lifetime;
        let token = self
            .mint(entry, Purpose::ChangeEmail, user.id, &entry.to, lifetime)
            .await?;
        let link = |token| self.links(entry).verify(&token, lifetime);
        Ok(token.map(|token| (entry.to.clone(), Content::ChangeEmail(link(token)))))
    }

    async fn already_registered(
        &self,
        entry: &OutboxEntry,
    ) -> Result<Option<Addressed>, StoreError> {
        let user = self.account_of(&entry.to).await?;
        let owner = user.filter(|user| user.email_verified);
        Ok(owner.map(|user| (user.email, Content::AlreadyRegistered)))
    }

    /// The account with this address. Its mail goes to the address as the account has it,
    /// not as whoever asked for the mail wrote it: on some systems that is another mailbox.
    async fn account_of(&self, address: &Email) -> Result<Option<User>, StoreError> {
        self.stores.users.find_by_email(address).await
    }

    /// Makes a token that replaces the user's older ones of the same purpose; none when
    /// the mail was withdrawn meanwhile.
    async fn mint(
        &self,
        entry: &OutboxEntry,
        purpose: Purpose,
        user_id: UserId,
        address: &Email,
        lifetime: Duration,
    ) -> Result<Option<Secret>, StoreError> {
        let secret = Secret::generate();
        let token = NewToken {
            key: TokenKey {
                purpose,
                hash: secret.hash(),
            },
            user_id,
            data: address.to_string(),
            expires_at: self.clock.now() + lifetime,
            mail: Some(entry.id.clone()),
        };
        let kept = self.stores.tokens.put(&token).await?;
        Ok(kept.then_some(secret))
    }
}
