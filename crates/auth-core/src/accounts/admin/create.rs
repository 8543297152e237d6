//! Making accounts.

use super::{Actor, Admin};
use crate::accounts::unexpected;
use crate::effects::Effects;
use crate::email::Email;
use crate::error::{AuthError, Problems};
use crate::events::{AdminAction, Event};
use crate::id::UserId;
use crate::mail::MailKind;
use crate::name::PersonName;
use crate::password::Password;
use crate::user::{Created, NewUser, User};
use crate::username::Username;

/// What an operator fills in.
#[derive(Clone, Debug)]
pub struct AccountForm {
    /// Given name.
    pub first_name: String,
    /// Family name; not everybody has one.
    pub last_name: String,
    /// The username; it may be a reserved one.
    pub username: String,
    /// The owner's address.
    pub email: String,
    /// Whether the address counts as confirmed; otherwise its owner is asked to confirm it.
    pub email_verified: bool,
}

impl Admin {
    /// The account that a form describes, still without a password.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] with every rule that is broken.
    pub fn draft(&self, form: &AccountForm) -> Result<NewUser, AuthError> {
        let mut problems = Problems::default();
        let first_name = problems.check(PersonName::parse("first_name", &form.first_name));
        let last_name = problems.check(PersonName::optional("last_name", &form.last_name));
        let username = problems.check(Username::parse("username", &form.username));
        let email = problems.check(Email::parse("email", &form.email));
        match (first_name, last_name, username, email) {
            (Some(first_name), Some(last_name), Some(username), Some(email)) => Ok(NewUser {
                id: UserId::generate(),
                first_name,
                last_name,
                username,
                email,
                email_verified: form.email_verified,
                password_hash: None,
                identity: None,
                created_at: self.sessions.now(),
            }),
            _ => Err(problems.into_error()),
        }
    }

    /// The account with a password, under the rules of registration. Hashing may have to wait;
    /// whoever asks has to be looked at again before the account is [made](Self::create).
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for an unfit password, or [`AuthError::Overloaded`].
    pub async fn with_password(
        &self,
        new: NewUser,
        password: &Password,
    ) -> Result<NewUser, AuthError> {
        let words = [
            new.first_name.as_str(),
            new.last_name.as_str(),
            new.username.as_str(),
            new.email.as_str(),
        ];
        self.policy.check("password", password, &words).await?;
        Ok(NewUser {
            password_hash: Some(self.hasher.hash(password).await?),
            ..new
        })
    }

    /// Makes an account [with a password](Self::with_password).
    ///
    /// # Errors
    /// [`AuthError::UsernameTaken`], or [`AuthError::EmailTaken`].
    pub async fn create(&self, by: &Actor, new: NewUser) -> Result<User, AuthError> {
        let confirm = || self.mail(MailKind::Confirm, &new.email, new.id);
        let mail = (!new.email_verified).then(confirm);
        let event = Self::event(by, AdminAction::AccountCreated, new.id);
        self.make(&new, Effects::mail(mail), &event).await
    }

    /// Makes an account without a password and mails a link by which its owner sets one.
    /// That confirms the address too, so one mail will do.
    ///
    /// # Errors
    /// [`AuthError::UsernameTaken`], or [`AuthError::EmailTaken`].
    pub async fn invite(&self, by: &Actor, new: NewUser) -> Result<User, AuthError> {
        let mail = self.mail(MailKind::Reset, &new.email, new.id);
        let event = Self::event(by, AdminAction::AccountInvited, new.id);
        self.make(&new, Effects::mail([mail]), &event).await
    }

    async fn make(
        &self,
        new: &NewUser,
        effects: Effects,
        event: &Event,
    ) -> Result<User, AuthError> {
        let effects = effects.told_by(event.record());
        match self.stores.users.create(new, &effects).await? {
            Created::Made(user) => {
                self.told(event).await;
                self.hooks.after(&user).await;
                Ok(user)
            }
            Created::UsernameTaken => Err(AuthError::UsernameTaken),
            Created::EmailTaken => Err(AuthError::EmailTaken),
            Created::IdentityTaken => Err(unexpected("an account without an identity has one")),
        }
    }
}
