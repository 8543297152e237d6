//! Changing names and the address.

use super::{Actor, Admin};
use crate::accounts::ProfilePatch;
use crate::accounts::profile::{parse, renamed};
use crate::email::Email;
use crate::error::{AuthError, FieldCode, FieldError};
use crate::events::AdminAction;
use crate::mail::{MailKind, Notice};
use crate::user::{UpdateConditions, User, UserChanges};

/// What an operator wants to change about an account.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// The new values. A username may be a reserved one, and no password is asked for.
    pub profile: ProfilePatch,
    /// The operator vouches for the address, the one there is where no other is given: it is the
    /// account's at once, and counts as confirmed. Otherwise it is mailed a link, and nothing
    /// changes before its owner has confirmed it: whoever had a mistyped address could reset the
    /// password by it.
    pub email_verified: bool,
}

impl Admin {
    /// Changes names and the address. The owner is told at the old address. An address
    /// withdraws the link to any other that was asked for before.
    ///
    /// # Errors
    /// [`AuthError::Invalid`], also where the account is disabled and the address would have to be
    /// confirmed, [`AuthError::UsernameTaken`], [`AuthError::EmailTaken`], or
    /// [`AuthError::NotFound`].
    pub async fn change(
        &self,
        by: &Actor,
        user: &User,
        change: &AccountChange,
    ) -> Result<User, AuthError> {
        let fields = named(&change.profile);
        if fields.is_empty() && (!change.email_verified || user.email_verified) {
            return Ok(user.clone());
        }
        let (mut changes, email) = parse(&change.profile, |text| renamed(user, text))?;
        // The operator vouches for the address that they have seen, and not for one that its owner
        // has confirmed meanwhile.
        let vouched = (change.email_verified && email.is_none()).then(|| user.email.clone());
        let mut along = UpdateConditions {
            withdraw_email_change: email.is_some(),
            if_email: vouched.clone(),
            ..UpdateConditions::default()
        };
        let email = email.or(vouched.filter(|_| !user.email_verified));
        if changes.username.is_some() {
            let notice = self.notice(Notice::UsernameChanged, user);
            along.effects.mail.extend(notice);
        }
        match email {
            Some(email) if change.email_verified => {
                self.set_address(user, email, &mut changes, &mut along);
            }
            Some(email) if email.key() != user.email.key() => {
                self.ask_address(user, &email, &mut along).await?;
            }
            _ => {}
        }
        let action = AdminAction::ProfileChanged {
            fields,
            verified: change.email_verified,
        };
        let event = Self::event(by, action, user.id);
        along.effects = along.effects.told_by(event.record());
        let changed = self.update(user, &changes, &along).await?;
        self.told(&event).await;
        match changes.new_credentials {
            true => Ok(self.end_sessions(changed).await?.user),
            false => Ok(changed),
        }
    }

    /// Gives the account an address that the operator vouches for. The first time that one
    /// is confirmed, the account's credentials begin anew: whoever was signed in before may
    /// have been somebody else than the address's owner.
    fn set_address(
        &self,
        user: &User,
        email: Email,
        changes: &mut UserChanges,
        along: &mut UpdateConditions,
    ) {
        if email.key() != user.email.key() {
            let notice = self.notice(Notice::EmailChanged, user);
            along.effects.mail.extend(notice);
        }
        changes.email = Some(email);
        changes.email_verified = Some(true);
        changes.new_credentials = !user.email_verified;
    }

    /// Asks the owner of an address to confirm it. An operator may know whose it is.
    async fn ask_address(
        &self,
        user: &User,
        email: &Email,
        along: &mut UpdateConditions,
    ) -> Result<(), AuthError> {
        if user.disabled {
            let detail = "The account is disabled, so a link to confirm the address would not \
                          work: vouch for the address, or enable the account first.";
            let error = FieldError::new("email_verified", FieldCode::Required, detail);
            return Err(error.into());
        }
        if self.stores.users.find_by_email(email).await?.is_some() {
            return Err(AuthError::EmailTaken);
        }
        let notice = self.notice(Notice::EmailChangeRequested, user);
        along.effects.mail.extend(notice);
        let ask = self.mail(MailKind::ChangeEmail, email, user.id);
        along.effects.mail.push(ask);
        Ok(())
    }
}

/// The fields that a patch has something for.
fn named(patch: &ProfilePatch) -> String {
    let fields = [
        ("first_name", patch.first_name.is_some()),
        ("last_name", patch.last_name.is_some()),
        ("username", patch.username.is_some()),
        ("email", patch.email.is_some()),
        ("language", patch.language.is_some()),
    ];
    let given = fields.into_iter().filter(|(_, given)| *given);
    given.map(|(name, _)| name).collect::<Vec<_>>().join(",")
}
