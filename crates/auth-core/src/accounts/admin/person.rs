//! All that is kept about a person, for the person.

use super::{Actor, Admin, PAGE};
use crate::api_key::ApiKey;
use crate::audit::{AuditFilter, AuditOrder, AuditRecord};
use crate::error::AuthError;
use crate::events::AdminAction;
use crate::factor::Held;
use crate::id::UserId;
use crate::identity::Identity;
use crate::mail::OutboxEntry;
use crate::session::Session;
use crate::sign_up::SignUp;
use crate::user::User;

/// The most sign-ups of an address that are told.
const MAX_SIGN_UPS: u32 = 100;

/// The most lines of the audit trail that are told.
const MAX_LINES: u32 = 10_000;

/// All that is kept about a person. No secret is in it, and no hash of one.
#[derive(Clone, Debug)]
pub struct PersonRecord {
    /// The account.
    pub user: User,
    /// Where it is signed in.
    pub devices: Vec<Session>,
    /// The identities that it can be signed in with.
    pub identities: Vec<Identity>,
    /// Its second factors, where there are any.
    pub factors: Option<Held>,
    /// Mails to it that wait.
    pub mails: Vec<OutboxEntry>,
    /// Sign-ups with its address that wait.
    pub sign_ups: Vec<SignUp>,
    /// The API keys that it has made.
    pub api_keys: Vec<ApiKey>,
    /// What the audit trail tells of it, the latest first, 10,000 lines at most.
    pub history: Vec<AuditRecord>,
    /// What the audit trail tells of what its owner did with other accounts and the server, alike.
    pub actions: Vec<AuditRecord>,
}

impl Admin {
    /// All that is kept about a person.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn person(&self, by: &Actor, id: UserId) -> Result<PersonRecord, AuthError> {
        let user = self.account(id).await?;
        let now = self.sessions.now();
        let sign_ups = &self.stores.sign_ups;
        let record = PersonRecord {
            devices: self.devices(&user).await?,
            identities: self.identities(&user).await?,
            factors: match &self.factors {
                Some(factors) => Some(factors.held(user.id).await?.at(now)),
                None => None,
            },
            mails: self.stores.outbox.waiting_for(user.id, &user.email).await?,
            sign_ups: sign_ups
                .find_by_email(&user.email, MAX_SIGN_UPS, now)
                .await?,
            api_keys: self.api_keys_of(&user).await?,
            history: self
                .lines(&AuditFilter {
                    user: Some(id),
                    ..AuditFilter::default()
                })
                .await?,
            actions: self.actions_of(id).await?,
            user,
        };
        self.tell(by, AdminAction::PersonExported, &record.user)
            .await;
        Ok(record)
    }

    async fn api_keys_of(&self, user: &User) -> Result<Vec<ApiKey>, AuthError> {
        // A key goes with the role of its maker.
        if user.role.is_none() || self.api_keys.is_none() {
            return Ok(vec![]);
        }
        let (mut theirs, mut after) = (vec![], None);
        loop {
            let page = self.api_keys(after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(theirs);
            };
            after = Some(last.id);
            theirs.extend(page.into_iter().filter(|key| key.maker == Some(user.id)));
        }
    }

    /// What somebody did that is not about their own account.
    async fn actions_of(&self, user: UserId) -> Result<Vec<AuditRecord>, AuthError> {
        let filter = AuditFilter {
            actor: Some(Actor::User(user).to_string()),
            ..AuditFilter::default()
        };
        let mut lines = self.lines(&filter).await?;
        lines.retain(|line| line.user != Some(user));
        Ok(lines)
    }

    async fn lines(&self, filter: &AuditFilter) -> Result<Vec<AuditRecord>, AuthError> {
        let Some(trail) = self.stores.events.trail() else {
            return Ok(vec![]);
        };
        let order = AuditOrder::LatestFirst;
        Ok(trail.store().page(filter, order, None, MAX_LINES).await?)
    }
}
