//! What an operator does with somebody else's account.
//!
//! Every change names the [`Actor`] behind it and is told as one event, as soon as it is
//! made: what follows it, such as ending sessions in another store, may fail. Looking is told
//! where it is done over the network, by somebody who is not on the machine anyway.

mod api_keys;
mod audit;
mod caller;
mod change;
mod create;
mod factors;
mod health;
mod import;
mod look;
mod mails;
mod person;
mod role;
mod state;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

pub use api_keys::ApiKeyForm;
pub use caller::Caller;
pub use change::AccountChange;
pub use create::AccountForm;
pub use health::PartHealth;
pub use import::{
    Arrival, ArrivingIdentity, Import, ImportCounts, ImportOutcome, ImportRules, Refusal,
};
pub use look::{Cursor, Found, NotACursor, Search};
pub use person::PersonRecord;
pub use state::{Ended, SignedOut};
pub use webhooks::{WebhookForm, Webhooks};

pub use crate::events::Actor;

use super::Stores;
use super::hooks::{Hooks, RegistrationHooks};
use crate::api_key::ApiKeyStore;
use crate::email::Email;
use crate::error::AuthError;
use crate::events::{AdminAction, Event, EventKind};
use crate::factor::FactorStore;
use crate::id::UserId;
use crate::identity::Identity;
use crate::identity_store::IdentityStore;
use crate::limit::Limits;
use crate::mail::{LEASE, MailKind, NewMail, Notice};
use crate::password::{Hasher, PasswordPolicy};
use crate::session::{Session, SessionManager, Tally};
use crate::user::{UpdateConditions, Updated, User, UserChanges};
use crate::username::Username;

/// How many accounts are read at once.
const PAGE: u32 = 500;

/// The operator's flows. Whoever calls them has made sure that the actor may.
#[derive(Clone)]
pub struct Admin {
    stores: Stores,
    identities: Arc<dyn IdentityStore>,
    sessions: SessionManager,
    limits: Limits,
    hasher: Hasher,
    policy: PasswordPolicy,
    hooks: Hooks,
    factors: Option<Arc<dyn FactorStore>>,
    api_keys: Option<Arc<dyn ApiKeyStore>>,
    mail_lease: Duration,
    webhooks: Option<Webhooks>,
}

impl Admin {
    /// Joins the parts.
    pub fn new(
        stores: Stores,
        identities: Arc<dyn IdentityStore>,
        sessions: SessionManager,
        limits: Limits,
        hasher: Hasher,
        policy: PasswordPolicy,
    ) -> Self {
        Self {
            stores,
            identities,
            sessions,
            limits,
            hasher,
            policy,
            hooks: Hooks::default(),
            factors: None,
            api_keys: None,
            mail_lease: LEASE,
            webhooks: None,
        }
    }

    /// The same with second factors.
    #[must_use]
    pub fn with_factors(self, factors: Arc<dyn FactorStore>) -> Self {
        let factors = Some(factors);
        Self { factors, ..self }
    }

    /// The same with API keys.
    #[must_use]
    pub fn with_api_keys(self, api_keys: Arc<dyn ApiKeyStore>) -> Self {
        let api_keys = Some(api_keys);
        Self { api_keys, ..self }
    }

    /// The same where a claimed mail belongs to whoever delivers it for so long.
    #[must_use]
    pub fn with_mail_lease(self, mail_lease: Duration) -> Self {
        Self { mail_lease, ..self }
    }

    /// Has an application hear of the accounts that are made; it is not asked before.
    #[must_use]
    pub fn with_registration_hooks(self, hooks: Arc<dyn RegistrationHooks>) -> Self {
        Self {
            hooks: Hooks::of(hooks),
            ..self
        }
    }

    /// The account with this username, address or id. No username can be mistaken for one
    /// of the others: it holds no @ and is shorter than an id.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn find(&self, name: &str) -> Result<User, AuthError> {
        let users = &self.stores.users;
        let found = if name.contains('@') {
            match Email::parse("user", name) {
                Ok(email) => users.find_by_email(&email).await?,
                Err(_) => None,
            }
        } else if let Ok(id) = name.parse() {
            users.find(id).await?
        } else {
            match Username::meant(name) {
                Some(username) => users.find_by_username(&username).await?,
                None => None,
            }
        };
        found.ok_or(AuthError::NotFound)
    }

    /// Accounts in order of creation, at most `limit`, starting behind `after`.
    ///
    /// # Errors
    /// A failing store.
    pub async fn list(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, AuthError> {
        Ok(self.stores.users.list(after, limit).await?)
    }

    /// The devices that are signed in to an account, the latest used first.
    ///
    /// # Errors
    /// A failing store.
    pub async fn devices(&self, user: &User) -> Result<Vec<Session>, AuthError> {
        self.sessions.list(user).await
    }

    /// The identities that an account can be signed in with, the first linked first.
    ///
    /// # Errors
    /// A failing store.
    pub async fn identities(&self, user: &User) -> Result<Vec<Identity>, AuthError> {
        Ok(self.identities.list(user.id).await?)
    }

    /// All live sessions, counted. Where the store can't count them, they are read user by user,
    /// which takes a while with many.
    ///
    /// # Errors
    /// A failing store.
    pub async fn tally(&self) -> Result<Tally, AuthError> {
        if let Some(tally) = self.sessions.tally().await? {
            return Ok(tally);
        }
        let (mut tally, mut after) = (Tally::default(), None);
        loop {
            let page = self.list(after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(tally);
            };
            after = Some(last.id);
            for user in &page {
                self.sessions.count(user.id, &mut tally).await?;
            }
        }
    }

    /// The same, or nothing where the store can't count them and there are more accounts than
    /// these to look at.
    ///
    /// # Errors
    /// A failing store.
    pub async fn tally_within(&self, accounts: u64) -> Result<Option<Tally>, AuthError> {
        if let Some(tally) = self.sessions.tally().await? {
            return Ok(Some(tally));
        }
        let wanted = u32::try_from(accounts)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let found = self.list(None, wanted).await?.len() as u64;
        match found > accounts {
            true => Ok(None),
            false => self.tally().await.map(Some),
        }
    }

    /// Mails a link by which the owner sets a new password. `false`, and nothing done, when
    /// the account is disabled: such a link would not work.
    ///
    /// # Errors
    /// A failing store.
    pub async fn send_reset(&self, by: &Actor, user: &User) -> Result<bool, AuthError> {
        if user.disabled {
            return Ok(false);
        }
        let event = Self::event(by, AdminAction::ResetRequested, user.id);
        // Whoever presses the button again and again must not use up the mails of the owner.
        let mail = self.mail(MailKind::Reset, &user.email, user.id);
        let mail = mail.once_for_recipient();
        let queued = self.stores.outbox.queue_with(&mail, event.record());
        queued.await?;
        self.told(&event).await;
        Ok(true)
    }

    /// Forgets the failed sign-ins that were counted for an account, so that the next one
    /// need not wait. Those of the addresses they came from stay. The counts are in a store of
    /// their own, so it is told right after it is done.
    ///
    /// # Errors
    /// A failing store.
    pub async fn unlock(&self, by: &Actor, user: &User) -> Result<(), AuthError> {
        self.limits.forgive_account(user).await?;
        self.tell(by, AdminAction::AccountUnlocked, user).await;
        Ok(())
    }

    /// Changes an account, whoever is signed in to it.
    async fn update(
        &self,
        user: &User,
        changes: &UserChanges,
        along: &UpdateConditions,
    ) -> Result<User, AuthError> {
        match self.stores.users.update(user.id, changes, along).await? {
            Updated::Changed(user) => Ok(user),
            Updated::Refused => Err(AuthError::NotFound),
            Updated::UsernameTaken => Err(AuthError::UsernameTaken),
            Updated::EmailTaken => Err(AuthError::EmailTaken),
            Updated::LastAdmin => Err(AuthError::LastAdmin),
        }
    }

    /// What was done with an account.
    fn event(by: &Actor, action: AdminAction, user: UserId) -> Event {
        let by = by.clone();
        Event::from(EventKind::Admin { action, by }).of(user)
    }

    /// Tells what was done with an account.
    async fn tell(&self, by: &Actor, action: AdminAction, user: &User) {
        self.told(&Self::event(by, action, user.id)).await;
    }

    /// Tells what was done, and waits until it is in the audit trail.
    async fn told(&self, event: &Event) {
        let events = &self.stores.events;
        events.settling(async { events.tell(event) }).await;
    }

    /// What was done with many accounts, or with none.
    fn event_of_many(by: &Actor, action: AdminAction) -> Event {
        let by = by.clone();
        EventKind::Admin { action, by }.into()
    }

    /// The same of what is counted only when it is done: one event, whatever the count.
    fn event_of_count(
        by: &Actor,
        action: impl Fn(u64) -> AdminAction + Send + Sync + 'static,
    ) -> Arc<dyn Fn(u64) -> Event + Send + Sync> {
        let whole = Self::event_of_many(by, action(0));
        let by = by.clone();
        Arc::new(move |count| Event {
            kind: EventKind::Admin {
                action: action(count),
                by: by.clone(),
            },
            ..whole.clone()
        })
    }

    /// Tells what was done with many accounts, or with none.
    async fn tell_of_many(&self, by: &Actor, action: AdminAction) {
        self.told(&Self::event_of_many(by, action)).await;
    }

    /// A mail whose links lead to the front end of the server that delivers it.
    fn mail(&self, kind: MailKind, to: &Email, user: UserId) -> NewMail {
        NewMail::new(kind, to, Some(user), self.sessions.now())
    }

    fn notice(&self, notice: Notice, user: &User) -> Option<NewMail> {
        user.notice(notice, self.sessions.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_told_from_every_other() {
        let name = "ada".to_owned();
        let tool = "authctl";
        assert_eq!(Actor::Operator { tool, name }.to_string(), "authctl:ada");
        let id = UserId::generate();
        assert_eq!(Actor::User(id).to_string(), format!("user:{id}"));
        let key = crate::id::ApiKeyId::generate();
        assert_eq!(Actor::Key(key).to_string(), format!("key:{key}"));
    }
}
