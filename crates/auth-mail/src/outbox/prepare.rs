//! Turning a queued mail into a message: who gets it, and with which link.
//!
//! Tokens are made here, at delivery, so that no secret rests in the queue. Whether an
//! account exists is found out here too, long after the request for the mail was answered.

use std::sync::Arc;
use std::time::Duration;

use auth_core::accounts::Stores;
use auth_core::mail::{Message, NewMail};
use auth_core::token::TokenKey;
use auth_core::{
    Clock, Email, MailKind, NewToken, OutboxEntry, Purpose, Secret, StoreError, User, UserId,
};

use super::config::WorkerConfig;
use crate::compose::{Composer, Content, Links};

/// How many sign-ups of one address are sent another link when one is asked for.
const MOST_RESENT: u32 = 5;

/// Writes the messages for queued mails.
pub(super) struct Preparer {
    stores: Stores,
    clock: Arc<dyn Clock>,
    config: WorkerConfig,
}

/// A mail that somebody should get, before it has its link.
pub(super) struct Draft {
    pub(super) to: Email,
    wanted: Wanted,
}

/// What the mail is to say.
enum Wanted {
    Linked {
        purpose: Purpose,
        owner: UserId,
        lifetime: Duration,
    },
    Plain(Content),
}

impl Draft {
    fn plain(to: Email, content: Content) -> Self {
        Self {
            to,
            wanted: Wanted::Plain(content),
        }
    }

    fn linked(to: Email, purpose: Purpose, owner: UserId, lifetime: Duration) -> Self {
        Self {
            to,
            wanted: Wanted::Linked {
                purpose,
                owner,
                lifetime,
            },
        }
    }
}

impl Preparer {
    pub(super) fn new(stores: Stores, clock: Arc<dyn Clock>, config: WorkerConfig) -> Self {
        Self {
            stores,
            clock,
            config,
        }
    }

    /// Who gets a queued mail; `None` when nobody should any more.
    pub(super) async fn draft(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        match entry.kind {
            MailKind::SignUp => self.sign_up(entry).await,
            MailKind::Confirm => self.confirm(entry).await,
            MailKind::Reset => self.reset(entry).await,
            MailKind::ChangeEmail => self.change_email(entry).await,
            MailKind::AlreadyRegistered => Ok(self.owner_of(&entry.to).await?.map(told)),
            MailKind::Notice(notice) => {
                let content = Content::Notice(notice);
                Ok(Some(Draft::plain(entry.to.clone(), content)))
            }
        }
    }

    /// The message, with its link; `None` when the mail was withdrawn meanwhile.
    pub(super) async fn finish(
        &self,
        entry: &OutboxEntry,
        draft: Draft,
    ) -> Result<Option<Message>, StoreError> {
        let content = match draft.wanted {
            Wanted::Plain(content) => content,
            Wanted::Linked {
                purpose,
                owner,
                lifetime,
            } => {
                let token = self.mint(entry, purpose, owner, &draft.to, lifetime);
                let Some(token) = token.await? else {
                    return Ok(None);
                };
                self.link(entry, purpose, &token, lifetime)
            }
        };
        Ok(Some(self.message(entry, draft.to, &content)))
    }

    fn link(
        &self,
        entry: &OutboxEntry,
        purpose: Purpose,
        token: &Secret,
        lifetime: Duration,
    ) -> Content {
        let links = self.links(entry);
        match purpose {
            Purpose::SignUp => Content::SignUp(links.verify(token, lifetime)),
            Purpose::Verify => Content::Confirm(links.verify(token, lifetime)),
            Purpose::ChangeEmail => Content::ChangeEmail(links.verify(token, lifetime)),
            Purpose::Reset => Content::Reset(links.reset(token, lifetime)),
        }
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
            id: entry.mail_id(),
            to,
            subject: composed.subject,
            text: composed.text,
            html: composed.html,
        }
    }

    /// A link for the sign-up; the owner of an account that has the address by now is told of
    /// the try instead, since a link would make a second one.
    async fn sign_up(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        if let Some(owner) = self.owner_of(&entry.to).await? {
            return Ok(Some(told(owner)));
        }
        let sign_up = match entry.user_id {
            Some(id) => self.stores.sign_ups.find(id, self.clock.now()).await?,
            None => None,
        };
        let lifetime = self.config.verify_lifetime;
        Ok(sign_up.map(|one| Draft::linked(one.email, Purpose::SignUp, one.id, lifetime)))
    }

    /// A link for the account that waits to be confirmed. Where sign-ups wait instead, each
    /// is sent a mail of its own.
    async fn confirm(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        if let Some(owner) = self.owner_of(&entry.to).await? {
            let owner = Some(owner).filter(|user| !user.disabled && !user.email_verified);
            let lifetime = self.config.verify_lifetime;
            return Ok(
                owner.map(|user| Draft::linked(user.email, Purpose::Verify, user.id, lifetime))
            );
        }
        let now = self.clock.now();
        let sign_ups = &self.stores.sign_ups;
        for sign_up in sign_ups.find_by_email(&entry.to, MOST_RESENT, now).await? {
            let mail = NewMail {
                cause: format!("resent:{}", sign_up.id),
                frontend: entry.frontend.clone(),
                ..NewMail::new(MailKind::SignUp, &sign_up.email, Some(sign_up.id), now)
            };
            self.stores.outbox.queue(&mail).await?;
        }
        Ok(None)
    }

    async fn reset(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        let user = self.owner_of(&entry.to).await?;
        let user = user.filter(|user| !user.disabled);
        let lifetime = self.config.reset_lifetime;
        Ok(user.map(|user| Draft::linked(user.email, Purpose::Reset, user.id, lifetime)))
    }

    async fn change_email(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        let user = match entry.user_id {
            Some(id) => self.stores.users.find(id).await?,
            None => None,
        };
        let Some(user) = user.filter(|user| !user.disabled) else {
            return Ok(None);
        };
        let (to, lifetime) = (entry.to.clone(), self.config.change_email_lifetime);
        Ok(Some(match self.owner_of(&to).await? {
            Some(owner) => told(owner),
            None => Draft::linked(to, Purpose::ChangeEmail, user.id, lifetime),
        }))
    }

    /// The account with this address. Its mail goes to the address as the account has it,
    /// not as whoever asked for the mail wrote it: on some systems that is another mailbox.
    async fn owner_of(&self, address: &Email) -> Result<Option<User>, StoreError> {
        self.stores.users.find_by_email(address).await
    }

    /// Makes a token that replaces the owner's older ones of the same purpose; none when
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

/// The mail that tells an owner of somebody's try to use the address.
fn told(owner: User) -> Draft {
    Draft::plain(owner.email, Content::AlreadyRegistered)
}
