//! Who gets a queued mail, and what it says. Both are found out when it is delivered, not
//! when it was asked for, so that nothing about an account shows in how a request for a mail
//! was answered, and no secret rests in the queue.

use std::sync::Arc;
use std::time::Duration;

use super::Stores;
use super::second_factor::{code_for, handle_of_cause};
use crate::clock::{Clock, Timestamp};
use crate::email::Email;
use crate::error::StoreError;
use crate::id::UserId;
use crate::language::Language;
use crate::limit::{Limits, MailboxShare, Share};
use crate::mail::{Code, Content, Link, Mail, MailKind, NewMail, OutboxEntry};
use crate::secret::Secret;
use crate::token::{NewToken, Purpose, TokenKey, TokenLifetimes};
use crate::user::User;

/// How many sign-ups of one address are sent another link when one is asked for.
const MOST_RESENT: u32 = 5;

/// What mails say.
#[derive(Clone, Debug, Default)]
pub struct MailingConfig {
    /// What mails call the service.
    pub service_name: String,
    /// The front end that their links lead to, without a slash at its end. A mail that was
    /// asked of another server leads to that one's.
    pub frontend: String,
    /// How long their links work.
    pub lifetimes: TokenLifetimes,
    /// How long codes to sign in with work.
    pub step_lifetime: Duration,
}

/// Addresses and writes queued mails.
#[derive(Clone)]
pub struct Mailing {
    stores: Stores,
    limits: Limits,
    clock: Arc<dyn Clock>,
    config: MailingConfig,
    codes: Option<Secret>,
}

/// What becomes of a queued mail.
#[derive(Debug)]
pub enum Mailed {
    /// Nobody should get it any more.
    ToNobody,
    /// Its mailbox has had its share of such mails until then.
    NotBefore(Timestamp),
    /// It goes out, as a part of the share of its mailbox.
    ToSomebody(Box<Mail>, MailboxShare),
}

/// A mail that somebody should get, before it has its link.
struct Draft {
    to: Email,
    /// The one that the account of the recipient has set.
    language: Option<Language>,
    wanted: Wanted,
}

/// What the mail is to say.
enum Wanted {
    Link { purpose: Purpose, owner: UserId },
    Plain(Content),
}

impl Mailing {
    /// Joins the parts; `limits` say how much a mailbox may get.
    pub fn new(
        stores: Stores,
        limits: Limits,
        clock: Arc<dyn Clock>,
        config: MailingConfig,
    ) -> Self {
        Self {
            stores,
            limits,
            clock,
            config,
            codes: None,
        }
    }

    /// The same with codes to sign in with, which derive from this key.
    #[must_use]
    pub fn with_codes(self, key: Secret) -> Self {
        let codes = Some(key);
        Self { codes, ..self }
    }

    /// What becomes of a mail that is to be delivered now. Its link is made here and works from
    /// now on, in place of those before it. What is not sent is given [back](Self::give_back):
    /// only what goes out counts against a mailbox's share, not what was asked for, nor what
    /// finds no account.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn write(&self, entry: &OutboxEntry) -> Result<Mailed, StoreError> {
        let Some(draft) = self.draft(entry).await? else {
            return Ok(Mailed::ToNobody);
        };
        let (class, now) = (entry.kind.class(), self.clock.now());
        let share = match self.limits.mailbox(class, &draft.to, now).await? {
            Share::Taken(share) => share,
            Share::UsedUpUntil(time) => return Ok(Mailed::NotBefore(time)),
        };
        match self.finish(entry, draft).await {
            Ok(Some(mail)) => Ok(Mailed::ToSomebody(Box::new(mail), share)),
            unsent => {
                self.limits.give_back(share).await?;
                unsent.map(|_| Mailed::ToNobody)
            }
        }
    }

    /// Gives the share of a mail back that was not sent.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn give_back(&self, share: MailboxShare) -> Result<(), StoreError> {
        self.limits.give_back(share).await
    }

    /// Who gets a queued mail; `None` when nobody should any more.
    async fn draft(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        match entry.kind {
            MailKind::SignUp => self.sign_up(entry).await,
            MailKind::Confirm => self.confirm(entry).await,
            MailKind::Reset => self.reset(entry).await,
            MailKind::SignInCode => self.sign_in_code(entry).await,
            MailKind::ChangeEmail => self.change_email(entry).await,
            MailKind::AlreadyRegistered => Ok(self.owner_of(&entry.to).await?.map(told)),
            MailKind::Notice(notice) => {
                let content = Content::Notice(notice);
                Ok(Some(Draft::plain(entry.to.clone(), content)))
            }
        }
    }

    /// The mail, with its link; `None` when it was withdrawn meanwhile.
    async fn finish(&self, entry: &OutboxEntry, draft: Draft) -> Result<Option<Mail>, StoreError> {
        let frontend = entry.frontend.as_ref().unwrap_or(&self.config.frontend);
        let content = match draft.wanted {
            Wanted::Plain(content) => content,
            Wanted::Link { purpose, owner } => {
                let token = self.mint(entry, purpose, owner, &draft.to).await?;
                let Some(token) = token else {
                    return Ok(None);
                };
                let lifetime = self.config.lifetimes.of(purpose);
                Content::Link(Link::new(frontend, purpose, token, lifetime))
            }
        };
        Ok(Some(Mail {
            id: entry.mail_id(),
            to: draft.to,
            content,
            service: self.config.service_name.clone(),
            languages: entry.languages.clone().after(draft.language.as_ref()),
            frontend: frontend.trim_end_matches('/').to_owned(),
        }))
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
        Ok(sign_up.map(|one| Draft::link(one.email, Purpose::SignUp, one.id)))
    }

    /// A link for the account that waits to be confirmed. Where sign-ups wait instead, each
    /// is sent a mail of its own.
    async fn confirm(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        if let Some(owner) = self.owner_of(&entry.to).await? {
            let owner = Some(owner).filter(|user| !user.email_verified);
            return Ok(owner.and_then(|user| for_account(&user, &user.email, Purpose::Verify)));
        }
        let now = self.clock.now();
        let sign_ups = &self.stores.sign_ups;
        for sign_up in sign_ups.find_by_email(&entry.to, MOST_RESENT, now).await? {
            let mail = NewMail {
                cause: format!("resent:{}", sign_up.id),
                frontend: entry.frontend.clone(),
                languages: entry.languages.clone(),
                ..NewMail::new(MailKind::SignUp, &sign_up.email, Some(sign_up.id), now)
            };
            self.stores.outbox.queue(&mail).await?;
        }
        Ok(None)
    }

    async fn reset(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        let user = self.owner_of(&entry.to).await?;
        Ok(user.and_then(|user| for_account(&user, &user.email, Purpose::Reset)))
    }

    /// A code for the owner of a confirmed address, as long as it works.
    async fn sign_in_code(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        let (Some(key), Some(handle)) = (&self.codes, handle_of_cause(&entry.cause)) else {
            return Ok(None);
        };
        let lifetime = self.config.step_lifetime;
        if entry.created_at + lifetime <= self.clock.now() {
            return Ok(None);
        }
        let user = self.owner_of(&entry.to).await?;
        let user = user.filter(|user| user.email_verified && !user.disabled);
        let frontend = entry.frontend.as_ref().unwrap_or(&self.config.frontend);
        Ok(user.map(|user| {
            let code = Code::new(frontend, code_for(key, &handle), lifetime);
            Draft::plain(user.email, Content::Code(code)).in_language(user.language)
        }))
    }

    async fn change_email(&self, entry: &OutboxEntry) -> Result<Option<Draft>, StoreError> {
        let user = match entry.user_id {
            Some(id) => self.stores.users.find(id).await?,
            None => None,
        };
        let draft = user.and_then(|user| for_account(&user, &entry.to, Purpose::ChangeEmail));
        match (draft, self.owner_of(&entry.to).await?) {
            (Some(_), Some(owner)) => Ok(Some(told(owner))),
            (draft, _) => Ok(draft),
        }
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
    ) -> Result<Option<Secret>, StoreError> {
        let secret = Secret::generate();
        let token = NewToken {
            key: TokenKey {
                purpose,
                hash: secret.hash(),
            },
            user_id,
            data: address.to_string(),
            expires_at: self.clock.now() + self.config.lifetimes.of(purpose),
            mail: Some(entry.id.clone()),
        };
        let kept = self.stores.tokens.put(&token).await?;
        Ok(kept.then_some(secret))
    }
}

impl Draft {
    fn plain(to: Email, content: Content) -> Self {
        Self {
            to,
            language: None,
            wanted: Wanted::Plain(content),
        }
    }

    fn link(to: Email, purpose: Purpose, owner: UserId) -> Self {
        Self {
            to,
            language: None,
            wanted: Wanted::Link { purpose, owner },
        }
    }

    fn in_language(self, language: Option<Language>) -> Self {
        Self { language, ..self }
    }
}

/// A link for an account; none while it is disabled.
fn for_account(user: &User, to: &Email, purpose: Purpose) -> Option<Draft> {
    let draft = || Draft::link(to.clone(), purpose, user.id).in_language(user.language.clone());
    (!user.disabled).then(draft)
}

/// The mail that tells an owner of somebody's try to use the address.
fn told(owner: User) -> Draft {
    Draft::plain(owner.email, Content::AlreadyRegistered).in_language(owner.language)
}
