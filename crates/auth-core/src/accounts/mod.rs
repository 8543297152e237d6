//! The account flows: everything a person does with an account, on any strategy.

pub mod admin;
mod confirm;
mod federation;
mod history;
mod hooks;
mod identities;
mod mailing;
mod maintenance;
mod newcomer;
mod outcome;
mod password;
mod policy;
mod profile;
mod proven;
mod recognize;
mod register;
mod second_factor;
mod sign_in;

use std::sync::Arc;
use std::time::Duration;

pub use confirm::Confirmation;
pub use federation::{
    AuthorizationRedirect, AuthorizationRequest, Finished, Outcome, ProviderCallback,
};
pub use hooks::{NewRegistration, RegistrationHooks};
pub use mailing::{Mailed, Mailing, MailingConfig};
pub use outcome::{Pending, SignInOutcome, Step};
pub use profile::ProfilePatch;
pub use recognize::Recognized;
pub use register::{Registered, Registration};
pub use second_factor::{
    AddedFactor, Factors, FinishSignIn, FinishedSignIn, NewPasskey, NewTotp, Shown, StepOptions,
    TrustCookie,
};
pub use sign_in::SignIn;

use hooks::Hooks;
use tracing::warn;

use crate::authority::Authority;
use crate::cache::Cache;
use crate::clock::{Clock, Timestamp};
use crate::email::Email;
use crate::error::{AuthError, FieldCode, FieldError, StoreError};
use crate::events::{Event, EventKind, Events};
use crate::id::{SessionId, UserId};
use crate::identity::{FlowStore, Providers};
use crate::identity_store::IdentityStore;
use crate::language::Languages;
use crate::limit::{DeviceCookie, Guess, GuessOf, Limits};
use crate::mail::{MailKind, NewMail, Notice, Outbox};
use crate::password::{Hasher, HasherLoad, Password, PasswordHash, PasswordPolicy};
use crate::policy::Policy;
use crate::profile::ProfileFields;
use crate::reserved::ReservedNames;
use crate::session::{Device, Revoke};
use crate::shadow::ShadowTap;
use crate::sign_up::SignUpStore;
use crate::strategy::{SchemeId, Strategy};
use crate::token::TokenStore;
use crate::user::{ActiveUser, UpdateConditions, Updated, User, UserChanges, UserStore};

/// Whether an address must be confirmed before its account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It must; until then the account owns nothing.
    Required,
    /// It may be; the account works at once.
    Optional,
}

impl Verification {
    /// Both choices.
    pub const ALL: [Self; 2] = [Self::Required, Self::Optional];

    /// The form on the wire and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
        }
    }
}

/// The rules of the flows.
#[derive(Clone, Debug)]
pub struct AccountsConfig {
    /// Whether an address must be confirmed.
    pub verification: Verification,
    /// Which passwords are accepted.
    pub password: PasswordPolicy,
    /// Which usernames nobody may take; an operator may give them away.
    pub reserved: ReservedNames,
    /// How long a sign-in counts as fresh.
    pub reauth_within: Duration,
    /// What mails say.
    pub mailing: MailingConfig,
    /// How long a person may take at a provider.
    pub flow_lifetime: Duration,
    /// How long the code works that a provider's sign-in hands over.
    pub handover_lifetime: Duration,
}

/// The places the flows work on.
#[derive(Clone)]
pub struct Stores {
    /// Users.
    pub users: Arc<dyn UserStore>,
    /// Sign-ups that wait.
    pub sign_ups: Arc<dyn SignUpStore>,
    /// One-time tokens.
    pub tokens: Arc<dyn TokenStore>,
    /// The mail queue.
    pub outbox: Arc<dyn Outbox>,
    /// Who hears of what happens.
    pub events: Events,
}

/// Signing in through providers.
#[derive(Clone)]
pub struct Federation {
    /// The providers that people can sign in with.
    pub providers: Providers,
    /// Which identities there belong to which accounts here.
    pub identities: Arc<dyn IdentityStore>,
    /// Flows that are under way.
    pub flows: Arc<dyn FlowStore>,
}

/// The account flows.
#[derive(Clone)]
pub struct Accounts {
    stores: Stores,
    federation: Federation,
    strategy: Strategy,
    hasher: Hasher,
    limits: Limits,
    clock: Arc<dyn Clock>,
    config: Arc<AccountsConfig>,
    profile_fields: Option<Arc<dyn ProfileFields>>,
    hooks: Hooks,
    policy: Option<Arc<dyn Policy>>,
    cache: Option<Arc<Cache<Recognized>>>,
    shadow: Option<ShadowTap>,
    factors: Option<Arc<Factors>>,
}

/// A signed-in user together with the credential that says so.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user.
    pub user: ActiveUser,
    /// The signed-in device.
    pub session_id: SessionId,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// What kind of credential they present.
    pub scheme: SchemeId,
}

impl Accounts {
    /// Joins the parts.
    pub fn new(
        stores: Stores,
        federation: Federation,
        strategy: Strategy,
        hasher: Hasher,
        limits: Limits,
        clock: Arc<dyn Clock>,
        config: AccountsConfig,
    ) -> Self {
        Self {
            stores,
            federation,
            strategy,
            hasher,
            limits,
            clock,
            config: Arc::new(config),
            profile_fields: None,
            hooks: Hooks::default(),
            policy: None,
            cache: None,
            shadow: None,
            factors: None,
        }
    }

    /// Has a second strategy hear of what is decided about credentials.
    #[must_use]
    pub fn with_shadow(self, tap: ShadowTap) -> Self {
        let shadow = Some(tap);
        Self { shadow, ..self }
    }

    /// How busy the threads are that hash passwords.
    pub fn hasher_load(&self) -> HasherLoad {
        self.hasher.load()
    }

    /// How clients stay signed in.
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// The rules.
    pub fn config(&self) -> &AccountsConfig {
        &self.config
    }

    /// Ends every session of an account that is gone, or has other credentials.
    ///
    /// Its credentials are dead by that alone, wherever they are looked up: this clears
    /// away. So should it fail, what has been done is still what the answer says. An error
    /// would only have it tried again, by somebody whose credentials no longer work.
    async fn end_sessions(&self, user: UserId) {
        if let Err(error) = self.strategy.sessions().revoke(user, Revoke::All).await {
            warn!(user_id = %user, %error, "dead sessions are left to expire");
        }
    }

    /// Forgets the failed sign-ins of an account whose owner has shown up, or is gone. That
    /// what was done before is done does not depend on it.
    async fn forgive(&self, user: &User) {
        if let Err(error) = self.limits.forgive_account(user).await {
            warn!(user_id = %user.id, %error, "failed sign-ins are still counted");
        }
    }

    /// The cookie by which the device will be known that has just proven to be this user's.
    pub fn device_cookie(&self, user: &User) -> DeviceCookie {
        self.limits.devices().issue(user, self.now())
    }

    /// The conditions under which a change is made for somebody who is signed in. To be
    /// asked for right before the change.
    async fn authority(&self, who: &SignedIn) -> Result<Authority, AuthError> {
        let authority = self
            .strategy
            .sessions()
            .authority(who.session_id, &who.user)
            .await?;
        authority.ok_or(AuthError::Unauthenticated)
    }

    /// Changes an account for whoever `by` lets. Every change that is no operator's is made
    /// here, so that none is made under credentials that are no longer in force.
    async fn update(
        &self,
        user: UserId,
        by: Authority,
        changes: &UserChanges,
        along: UpdateConditions,
    ) -> Result<Updated, AuthError> {
        let by = Some(by);
        let along = UpdateConditions { by, ..along };
        Ok(self.stores.users.update(user, changes, &along).await?)
    }

    /// That of somebody who has just been proven to own the account.
    fn proven(&self, user: &ActiveUser) -> Authority {
        Authority {
            credentials_version: user.credentials_version,
            session: None,
            at: self.now(),
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Who hears of what happens.
    pub fn events(&self) -> &Events {
        &self.stores.events
    }

    fn tell(&self, event: &Event) {
        self.stores.events.tell(event);
    }

    /// A mail whose links lead to the front end of the server that was asked, whichever
    /// server delivers it, in a language of whoever asked.
    fn mail(&self, kind: MailKind, to: &Email, user_id: Option<UserId>) -> NewMail {
        self.leading_here(NewMail::new(kind, to, user_id, self.now()))
    }

    fn leading_here(&self, mail: NewMail) -> NewMail {
        NewMail {
            frontend: Some(self.config.mailing.frontend.clone()),
            languages: mail.languages.clone().then(Languages::asked()),
            ..mail
        }
    }

    /// A mail that tells an account's owner what happened; see [`User::notice`].
    fn notice(&self, notice: Notice, user: &User) -> Vec<NewMail> {
        let told = user.notice(notice, self.now());
        let mail = told.map(|mail| self.leading_here(mail));
        mail.into_iter().collect()
    }

    /// Whether the password is the account's, counted as a sign-in attempt.
    async fn check_current_password(
        &self,
        user: &User,
        password: &Password,
        device: &Device,
    ) -> Result<(), AuthError> {
        let hash = user.password_hash.as_ref();
        match self
            .try_password(user.id, Some(user), hash, password, device)
            .await?
        {
            true => Ok(()),
            false => {
                let event = Event::from(EventKind::WrongCurrentPassword).of(user.id);
                self.tell(&event.from_address(device.ip));
                Err(wrong_password().into())
            }
        }
    }

    /// Whether a password is that of an account or a sign-up, counted as an attempt to
    /// sign in to it.
    async fn try_password(
        &self,
        id: UserId,
        user: Option<&User>,
        hash: Option<&PasswordHash>,
        password: &Password,
        device: &Device,
    ) -> Result<bool, AuthError> {
        let guess = Guess {
            of: GuessOf::Password,
            by: None,
            account: &id.to_string(),
            user,
            device,
        };
        let attempt = self.limits.sign_in(guess, self.now()).await?;
        match self.hasher.verify(password, hash).await {
            Ok(verdict) if verdict.matches => {
                self.limits.forgive(attempt).await?;
                Ok(true)
            }
            Ok(_) => {
                self.limits.settle(attempt).await?;
                Ok(false)
            }
            Err(fault) => {
                self.limits.refund(attempt).await?;
                Err(fault)
            }
        }
    }

    /// Something that needs more than a credential: the password, or a sign-in so
    /// fresh that it stands for the password; and a second factor, if the account has one,
    /// that was shown as lately.
    async fn reauthenticate(
        &self,
        who: &SignedIn,
        password: Option<&Password>,
        device: &Device,
    ) -> Result<(), AuthError> {
        match password {
            Some(password) => {
                self.check_current_password(&who.user, password, device)
                    .await?;
            }
            None => self.require_fresh(who).await?,
        }
        self.require_factor(who).await
    }
}

fn wrong_password() -> FieldError {
    FieldError::new(
        "current_password",
        FieldCode::WrongPassword,
        "This is not the current password.",
    )
}

/// The words of an account that its password must not derive from.
fn words_of(user: &User) -> [&str; 4] {
    [
        user.first_name.as_str(),
        user.last_name.as_str(),
        user.username.as_str(),
        user.email.as_str(),
    ]
}

/// A store answered with what it must not answer.
fn unexpected(what: &str) -> AuthError {
    StoreError::Failed(what.into()).into()
}
