//! Changing and deleting an account.

use tracing::info;

use super::{Accounts, SignedIn};
use crate::email::Email;
use crate::error::{AuthError, Problems};
use crate::mail::{MailKind, NewMail, Notice};
use crate::name::PersonName;
use crate::password::Password;
use crate::session::{Device, Revoke};
use crate::user::{Along, Updated, User, UserChanges};
use crate::username::Username;

/// What a person wants to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ProfilePatch {
    /// A new given name.
    pub first_name: Option<String>,
    /// A new family name.
    pub last_name: Option<String>,
    /// A new username.
    pub username: Option<String>,
    /// A new address; needs `current_password` or a fresh sign-in.
    pub email: Option<String>,
    /// The current password.
    pub current_password: Option<Password>,
}

impl Accounts {
    /// Changes the profile. A new address changes nothing until it is confirmed; the old
    /// one is told.
    ///
    /// # Errors
    /// [`AuthError::Invalid`], [`AuthError::UsernameTaken`], [`AuthError::ReauthRequired`],
    /// or a limit.
    pub async fn change_profile(
        &self,
        who: &SignedIn,
        patch: ProfilePatch,
        device: &Device,
    ) -> Result<User, AuthError> {
        let user = &who.user;
        let (changes, new_email) = parse(&patch)?;
        let new_email = new_email.filter(|email| email.key() != user.email.key());
        let mut mail = vec![];
        if let Some(email) = &new_email {
            self.reauthenticate(who, patch.current_password.as_ref(), device)
                .await?;
            mail = self.change_of_address(user, email).await?;
        }
        if changes
            .username
            .as_ref()
            .is_some_and(|name| *name != user.username)
        {
            mail.push(self.notice(Notice::UsernameChanged, user));
        }
        let along = Along {
            by: Some(self.authority(who).await?),
            mail,
            ..Along::default()
        };
        match self.stores.users.update(user.id, &changes, &along).await? {
            Updated::Changed(user) => {
                info!(event = "profile_changed", user_id = %user.id);
                Ok(user)
            }
            Updated::UsernameTaken => Err(AuthError::UsernameTaken),
            Updated::EmailTaken => Err(AuthError::EmailTaken),
            Updated::Refused => Err(AuthError::Unauthenticated),
        }
    }

    /// Deletes the account with everything that belongs to it; the owner is told.
    ///
    /// # Errors
    /// [`AuthError::ReauthRequired`], [`AuthError::Invalid`] for a wrong password, or a
    /// limit.
    pub async fn delete_account(
        &self,
        who: &SignedIn,
        current_password: Option<&Password>,
        device: &Device,
    ) -> Result<(), AuthError> {
        self.reauthenticate(who, current_password, device).await?;
        let user = &who.user;
        let mail = [self.notice(Notice::AccountDeleted, user)];
        let by = self.authority(who).await?;
        if !self.stores.users.delete(user.id, Some(&by), &mail).await? {
            return Err(AuthError::Unauthenticated);
        }
        self.strategy.revoke(user.id, Revoke::All).await?;
        self.limits.forgive_account(user).await?;
        info!(event = "account_deleted", user_id = %user.id);
        Ok(())
    }

    /// The mails that a wanted new address brings about. When somebody has the address
    /// already, they are told, and whoever asked learns nothing.
    async fn change_of_address(
        &self,
        user: &User,
        email: &Email,
    ) -> Result<Vec<NewMail>, AuthError> {
        let mut mail = vec![self.notice(Notice::EmailChangeRequested, user)];
        if self.limits.mailbox(email, self.now()).await? {
            let holder = self.stores.users.find_by_email(email).await?;
            let (kind, owner) = match holder.filter(|holder| self.owns_address(holder)) {
                Some(_) => (MailKind::AlreadyRegistered, None),
                None => (MailKind::ChangeEmail, Some(user.id)),
            };
            mail.push(self.mail(kind, email, owner));
        }
        Ok(mail)
    }
}

/// The changes to make at once, and the address to confirm first.
fn parse(patch: &ProfilePatch) -> Result<(UserChanges, Option<Email>), AuthError> {
    let mut problems = Problems::default();
    let name = |field, text: &Option<String>| {
        let parse = |text: &String| PersonName::parse(field, text);
        text.as_ref().map(parse).transpose()
    };
    let first_name = problems.check(name("first_name", &patch.first_name));
    let last_name = problems.check(name("last_name", &patch.last_name));
    let username = patch.username.as_ref();
    let username = username.map(|text| Username::parse("username", text));
    let username = problems.check(username.transpose());
    let email = patch.email.as_ref();
    let email = problems.check(email.map(|text| Email::parse("email", text)).transpose());
    match (first_name, last_name, username, email) {
        (Some(first_name), Some(last_name), Some(username), Some(email)) => {
            let changes = UserChanges {
                first_name,
                last_name,
                username,
                ..UserChanges::default()
            };
            Ok((changes, email))
        }
        _ => Err(problems.into_error()),
    }
}
