//! Changing and resetting passwords.

use std::net::IpAddr;

use tracing::info;

use super::{Accounts, SignedIn, unexpected, words_of};
use crate::email::Email;
use crate::error::{AuthError, FieldCode, FieldError};
use crate::mail::{MailKind, Notice};
use crate::password::{Password, PasswordHash};
use crate::session::{Device, Revoke};
use crate::strategy::{Issued, Proof};
use crate::token::Purpose;
use crate::user::{Along, Updated, User, UserChanges};

impl Accounts {
    /// Changes the password. Every session dies; this device gets a new one.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for a wrong current or an unfit new password, or a limit.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        current: &Password,
        new: &Password,
        device: &Device,
    ) -> Result<Issued, AuthError> {
        let (user, policy) = (&who.user, &self.config.password);
        policy.check("new_password", new, &words_of(user))?;
        self.check_current_password(user, current, device.ip)
            .await?;
        if current.reveal() == new.reveal() {
            let detail = "The new password is the current one.";
            return Err(FieldError::new("new_password", FieldCode::Unchanged, detail).into());
        }
        let hash = self.hasher.hash(new).await?;
        let along = Along {
            by: Some(self.authority(who).await?),
            if_password_hash: user.password_hash.clone(),
            mail: vec![self.notice(Notice::PasswordChanged, user)],
            ..Along::default()
        };
        let user = self
            .set_password(user, hash, UserChanges::default(), along)
            .await?
            .ok_or(AuthError::Unauthenticated)?;
        let proof = Proof {
            at: self.now(),
            remember: self.remembers(who).await?,
        };
        self.strategy.revoke(user.id, Revoke::All).await?;
        info!(event = "password_changed", user_id = %user.id);
        self.strategy.issue(&user, proof, device).await
    }

    /// Mails a reset link, if the address belongs to an account. Which it does, is found
    /// out at delivery, so that neither answer nor time tells it.
    ///
    /// # Errors
    /// A limit or a failing store.
    pub async fn forgot_password(&self, email: &str, ip: IpAddr) -> Result<(), AuthError> {
        self.request_mail(MailKind::Reset, email, ip).await
    }

    /// Sets a new password by a mailed token. Every session dies, the owner is told, and
    /// the address counts as confirmed, since its mail was read.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], or [`AuthError::Invalid`] for an unfit password,
    /// which leaves the token in force.
    pub async fn reset_password(
        &self,
        token: &str,
        new: &Password,
        ip: IpAddr,
    ) -> Result<(), AuthError> {
        let (attempt, key, token) = self.try_token(Purpose::Reset, token, ip).await?;
        let user = self.stores.users.find(token.user_id).await?;
        let user = user
            .filter(|user| !user.disabled)
            .ok_or(AuthError::InvalidToken)?;
        // The token was real, whatever becomes of the password.
        self.limits.refund(attempt).await?;
        let policy = &self.config.password;
        policy.check("password", new, &words_of(&user))?;
        let changes = UserChanges {
            email_verified: Some(true),
            ..UserChanges::default()
        };
        let along = Along {
            spend: Some(key),
            if_email: Some(Email::from_stored(token.data)),
            mail: vec![self.notice(Notice::PasswordReset, &user)],
            ..Along::default()
        };
        let hash = self.hasher.hash(new).await?;
        let user = self
            .set_password(&user, hash, changes, along)
            .await?
            .ok_or(AuthError::InvalidToken)?;
        self.strategy.revoke(user.id, Revoke::All).await?;
        self.limits.forgive_account(&user).await?;
        info!(event = "password_reset", user_id = %user.id);
        Ok(())
    }

    /// Sets a password and starts a new generation; `None` when a condition did not hold.
    async fn set_password(
        &self,
        user: &User,
        hash: PasswordHash,
        changes: UserChanges,
        along: Along,
    ) -> Result<Option<User>, AuthError> {
        let changes = UserChanges {
            password_hash: Some(hash),
            new_generation: true,
            ..changes
        };
        match self.stores.users.update(user.id, &changes, &along).await? {
            Updated::Changed(user) => Ok(Some(user)),
            Updated::Refused => Ok(None),
            Updated::UsernameTaken | Updated::EmailTaken => {
                Err(unexpected("a new password ran into another account"))
            }
        }
    }

    /// Whether this device was to stay signed in.
    async fn remembers(&self, who: &SignedIn) -> Result<bool, AuthError> {
        let sessions = self.strategy.list(&who.user).await?;
        let current = sessions.iter().find(|s| s.id == who.session_id);
        Ok(current.is_some_and(|session| session.remember))
    }
}
