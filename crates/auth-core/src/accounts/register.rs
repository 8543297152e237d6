//! Signing up.

use std::net::IpAddr;

use tracing::info;

use super::{Accounts, Verification, unexpected};
use crate::email::Email;
use crate::error::{AuthError, Problems};
use crate::id::UserId;
use crate::mail::{MailKind, NewMail};
use crate::name::PersonName;
use crate::password::Password;
use crate::session::Revoke;
use crate::user::{Created, NewUser, Unverified, User};
use crate::username::Username;

/// What a person fills in.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The wanted username.
    pub username: String,
    /// The person's address.
    pub email: String,
    /// The wanted password.
    pub password: Password,
}

/// What a sign-up led to.
#[derive(Clone, Debug)]
pub enum Registered {
    /// The account can be used.
    Ready(Box<User>),
    /// A mail is on its way, whoever has the address.
    VerificationSent,
}

impl Accounts {
    /// Makes an account.
    ///
    /// # Errors
    /// [`AuthError::Invalid`], [`AuthError::UsernameTaken`], with optional verification
    /// [`AuthError::EmailTaken`], or a limit.
    pub async fn register(&self, form: Registration, ip: IpAddr) -> Result<Registered, AuthError> {
        let new = self.parse(&form)?;
        self.limits.register(ip, self.now()).await?;
        let new = NewUser {
            password_hash: Some(self.hasher.hash(&form.password).await?),
            ..new
        };
        let confirm = self.confirmation(&new).await?;
        match self.config.verification {
            Verification::Required => self.register_unverified(&new, &confirm).await,
            Verification::Optional => self.register_at_once(&new, &confirm).await,
        }
    }

    /// The account as filled in, without its password hash.
    fn parse(&self, form: &Registration) -> Result<NewUser, AuthError> {
        let mut problems = Problems::default();
        let first_name = problems.check(PersonName::parse("first_name", &form.first_name));
        let last_name = problems.check(PersonName::optional("last_name", &form.last_name));
        let username = Username::parse("username", &form.username)
            .and_then(|name| self.config.reserved.check("username", name));
        let username = problems.check(username);
        let email = problems.check(Email::parse("email", &form.email));
        // As the account will hold them, which is what a later password is compared with.
        let words = [
            first_name
                .as_ref()
                .map_or(&*form.first_name, PersonName::as_str),
            last_name
                .as_ref()
                .map_or(&*form.last_name, PersonName::as_str),
            username.as_ref().map_or(&*form.username, Username::as_str),
            email.as_ref().map_or(&*form.email, Email::as_str),
        ];
        let password = self
            .config
            .password
            .check("password", &form.password, &words);
        let password = problems.check(password);
        match (first_name, last_name, username, email, password) {
            (Some(first_name), Some(last_name), Some(username), Some(email), Some(())) => {
                Ok(NewUser {
                    id: UserId::generate(),
                    first_name,
                    last_name,
                    username,
                    email,
                    email_verified: false,
                    password_hash: None,
                    identity: None,
                    created_at: self.now(),
                })
            }
            _ => Err(problems.into_error()),
        }
    }

    /// The mail that asks to confirm the address, unless the mailbox has had its share.
    async fn confirmation(&self, new: &NewUser) -> Result<Vec<NewMail>, AuthError> {
        let allowed = self.limits.mailbox(&new.email, self.now()).await?;
        let mail = allowed.then(|| self.mail(MailKind::Confirm, &new.email, Some(new.id)));
        Ok(mail.into_iter().collect())
    }

    /// The address must be confirmed first. A known address gets the same answer as a
    /// new one; its owner is told by mail.
    async fn register_unverified(
        &self,
        new: &NewUser,
        confirm: &[NewMail],
    ) -> Result<Registered, AuthError> {
        let users = &self.stores.users;
        match users.create(new, Unverified::Replace, confirm).await? {
            Created::Made { user, replaced } => {
                if let Some(replaced) = replaced {
                    self.strategy.revoke(replaced, Revoke::All).await?;
                }
                info!(event = "registered", user_id = %user.id);
            }
            Created::UsernameTaken => return Err(AuthError::UsernameTaken),
            Created::EmailTaken => self.tell_the_owner(confirm).await?,
            Created::IdentityTaken => return Err(unexpected("a sign-up ran into an identity")),
        }
        Ok(Registered::VerificationSent)
    }

    /// The mail that would have asked for confirmation becomes one that tells the owner.
    async fn tell_the_owner(&self, confirm: &[NewMail]) -> Result<(), AuthError> {
        for mail in confirm {
            let mail = self.mail(MailKind::AlreadyRegistered, &mail.to, None);
            self.stores.outbox.queue(&mail).await?;
        }
        Ok(())
    }

    async fn register_at_once(
        &self,
        new: &NewUser,
        confirm: &[NewMail],
    ) -> Result<Registered, AuthError> {
        let users = &self.stores.users;
        match users.create(new, Unverified::Keep, confirm).await? {
            Created::Made {
                user,
                replaced: None,
            } => {
                info!(event = "registered", user_id = %user.id);
                Ok(Registered::Ready(Box::new(user)))
            }
            Created::Made { .. } | Created::IdentityTaken => {
                Err(unexpected("an account was replaced unasked"))
            }
            Created::UsernameTaken => Err(AuthError::UsernameTaken),
            Created::EmailTaken => Err(AuthError::EmailTaken),
        }
    }
}
