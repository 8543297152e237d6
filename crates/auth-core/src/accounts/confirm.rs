//! Confirming addresses.

use std::net::IpAddr;

use tracing::info;

use super::{Accounts, unexpected};
use crate::email::Email;
use crate::error::AuthError;
use crate::limit::Attempt;
use crate::mail::{MailKind, Notice};
use crate::secret::Secret;
use crate::session::Revoke;
use crate::token::{Purpose, Token, TokenKey};
use crate::user::{Along, Updated, User, UserChanges};

impl Accounts {
    /// Confirms the address that a mailed token was sent to: the one of a new account, or
    /// the new one of an existing account.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], or [`AuthError::EmailTaken`] when somebody else
    /// confirmed the new address first.
    pub async fn verify(&self, token: &str, ip: IpAddr) -> Result<User, AuthError> {
        let attempt = self.limits.token(ip, self.now()).await?;
        let user = match self.mailed_token(Purpose::Verify, token).await {
            Ok((key, token)) => self.confirm_registration(key, token).await,
            Err(AuthError::InvalidToken) => {
                let (key, token) = self.mailed_token(Purpose::ChangeEmail, token).await?;
                self.confirm_change(key, token).await
            }
            Err(fault) => Err(fault),
        }?;
        self.limits.refund(attempt).await?;
        info!(event = "email_confirmed", user_id = %user.id);
        Ok(user)
    }

    /// Mails a new confirmation link, if the address belongs to an unconfirmed account.
    /// Which it is, is found out at delivery, so that the answer tells nothing.
    ///
    /// # Errors
    /// A limit or a failing store.
    pub async fn resend_verification(&self, email: &str, ip: IpAddr) -> Result<(), AuthError> {
        self.request_mail(MailKind::Confirm, email, ip).await
    }

    /// Queues a mail for an address whose owner, if any, is looked up at delivery.
    pub(super) async fn request_mail(
        &self,
        kind: MailKind,
        email: &str,
        ip: IpAddr,
    ) -> Result<(), AuthError> {
        let email = Email::parse("email", email)?;
        self.limits.mail_request(ip, self.now()).await?;
        self.queue_requested(kind, &email, None).await
    }

    /// Counts a try of a mailed token and finds the token.
    pub(super) async fn try_token(
        &self,
        purpose: Purpose,
        token: &str,
        ip: IpAddr,
    ) -> Result<(Attempt, TokenKey, Token), AuthError> {
        let attempt = self.limits.token(ip, self.now()).await?;
        let (key, token) = self.mailed_token(purpose, token).await?;
        Ok((attempt, key, token))
    }

    async fn mailed_token(
        &self,
        purpose: Purpose,
        token: &str,
    ) -> Result<(TokenKey, Token), AuthError> {
        let secret: Secret = token.parse().map_err(|_| AuthError::InvalidToken)?;
        let key = TokenKey {
            purpose,
            hash: secret.hash(),
        };
        let token = self.stores.tokens.find(&key, self.now()).await?;
        Ok((key, token.ok_or(AuthError::InvalidToken)?))
    }

    async fn confirm_registration(&self, key: TokenKey, token: Token) -> Result<User, AuthError> {
        let changes = UserChanges {
            email_verified: Some(true),
            ..UserChanges::default()
        };
        let along = Along {
            spend: Some(key),
            if_email: Some(Email::from_stored(token.data)),
            ..Along::default()
        };
        match self
            .stores
            .users
            .update(token.user_id, &changes, &along)
            .await?
        {
            Updated::Changed(user) => Ok(user),
            Updated::Refused => Err(AuthError::InvalidToken),
            Updated::UsernameTaken | Updated::EmailTaken => {
                Err(unexpected("confirming an address ran into another account"))
            }
        }
    }

    async fn confirm_change(&self, key: TokenKey, token: Token) -> Result<User, AuthError> {
        let users = &self.stores.users;
        let user = users.find(token.user_id).await?;
        let user = user
            .filter(|user| !user.disabled)
            .ok_or(AuthError::InvalidToken)?;
        let wanted = Email::from_stored(token.data);
        let changes = UserChanges {
            email: Some(wanted.clone()),
            email_verified: Some(true),
            ..UserChanges::default()
        };
        let along = Along {
            spend: Some(key),
            if_email: Some(user.email.clone()),
            mail: vec![self.notice(Notice::EmailChanged, &user)],
            ..Along::default()
        };
        let mut updated = users.update(user.id, &changes, &along).await?;
        if matches!(updated, Updated::EmailTaken) && self.make_room(&wanted).await? {
            updated = users.update(user.id, &changes, &along).await?;
        }
        match updated {
            Updated::Changed(user) => Ok(user),
            Updated::Refused => Err(AuthError::InvalidToken),
            Updated::EmailTaken => Err(AuthError::EmailTaken),
            Updated::UsernameTaken => Err(unexpected("a new address ran into a username")),
        }
    }

    /// Deletes the account that holds an address without owning it, now that somebody
    /// has proven to own it.
    async fn make_room(&self, email: &Email) -> Result<bool, AuthError> {
        let holder = self.stores.users.find_by_email(email).await?;
        match holder.filter(|holder| !self.owns_address(holder)) {
            Some(holder) => {
                self.stores.users.delete(holder.id, None, &[]).await?;
                self.strategy.revoke(holder.id, Revoke::All).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
