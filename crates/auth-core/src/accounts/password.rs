//! Changing and resetting passwords.

use std::net::IpAddr;

use super::{Accounts, SignedIn, unexpected, words_of};
use crate::authority::Authority;
use crate::effects::Effects;
use crate::email::Email;
use crate::error::{AuthError, FieldCode, FieldError};
use crate::events::{Event, EventKind};
use crate::id::UserId;
use crate::mail::{MailKind, Notice};
use crate::password::{Password, PasswordHash};
use crate::session::{Device, Method, Session};
use crate::strategy::{AuthenticationEvent, Issued};
use crate::token::{Purpose, Token, TokenKey};
use crate::user::{ActiveUser, UpdateConditions, Updated, User, UserChanges};

impl Accounts {
    /// Changes the password. Every session dies; this device gets a new one.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for a wrong current or an unfit new password,
    /// [`AuthError::FactorRequired`], or a limit.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        current: &Password,
        new: &Password,
        device: &Device,
    ) -> Result<Issued, AuthError> {
        let (user, policy) = (&who.user, &self.config.password);
        policy.check("new_password", new, &words_of(user)).await?;
        self.check_current_password(user, current, device).await?;
        self.require_factor(who).await?;
        if current.reveal() == new.reveal() {
            let detail = "The new password is the current one.";
            return Err(FieldError::new("new_password", FieldCode::Unchanged, detail).into());
        }
        let hash = self.hasher.hash(new).await?;
        let event = Event::from(EventKind::PasswordChanged).of(user.id);
        let event = event.from_address(device.ip);
        let mail = self.notice(Notice::PasswordChanged, user);
        let along = UpdateConditions {
            if_password_hash: user.password_hash.clone(),
            effects: Effects::mail(mail).told_by(event.record()),
            ..UpdateConditions::default()
        };
        // Asked before anything changes: while sessions are out of reach, nothing does.
        let by = self.authority(who).await?;
        let session = self.current(who).await?;
        let remember = session.as_ref().is_some_and(|one| one.remember);
        let assurance = session.map(|one| one.assurance).unwrap_or_default();
        let user = self
            .set_password(user.id, by, hash, UserChanges::default(), along)
            .await?
            .and_then(ActiveUser::proven)
            .ok_or(AuthError::Unauthenticated)?;
        let proof = AuthenticationEvent {
            at: self.now(),
            remember,
            identity: None,
            assurance: assurance.and(Method::Password),
        };
        self.end_sessions(user.id).await;
        self.tell(&event);
        let strategy = &self.strategy;
        strategy.issue_like(who.scheme, &user, proof, device).await
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
    /// the address counts as confirmed, since its mail was read. Where this is the first mail
    /// of ours that shows so, the identities linked before are not known to be the owner's,
    /// and go (Sudhodanan and Paverd, "Pre-hijacked accounts", USENIX Security 2022). Gives
    /// the account as it is now.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], or [`AuthError::Invalid`] for an unfit password,
    /// which leaves the token in force.
    pub async fn reset_password(
        &self,
        token: &str,
        new: &Password,
        ip: IpAddr,
    ) -> Result<User, AuthError> {
        let attempt = self.limits.token(ip, self.now()).await?;
        let found = self.reset_token(token).await;
        // A real token is no failure, whatever becomes of the password.
        let (key, token, user) = self.limits.conclude("reset", ip, attempt, found).await?;
        let policy = &self.config.password;
        policy.check("password", new, &words_of(&user)).await?;
        let changes = UserChanges {
            email_verified: Some(true),
            ..UserChanges::default()
        };
        let confirmed = User {
            email_verified: true,
            ..user.clone().into_inner()
        };
        let event = Event::from(EventKind::PasswordReset).of(user.id);
        let event = event.from_address(ip);
        let mail = self.notice(Notice::PasswordReset, &confirmed);
        let along = UpdateConditions {
            spend: Some(key),
            if_email: Some(Email::from_stored(token.data)),
            forget_identities: !has_proven_address(&user),
            effects: Effects::mail(mail).told_by(event.record()),
            ..UpdateConditions::default()
        };
        let hash = self.hasher.hash(new).await?;
        let user = self
            .set_password(user.id, self.proven(&user), hash, changes, along)
            .await?
            .ok_or(AuthError::InvalidToken)?;
        self.end_sessions(user.id).await;
        self.forgive(&user).await;
        self.tell(&event);
        Ok(user)
    }

    /// The mailed token, and whose it is.
    async fn reset_token(&self, token: &str) -> Result<(TokenKey, Token, ActiveUser), AuthError> {
        let (key, token) = self.mailed_token(Purpose::Reset, token).await?;
        let token = token.ok_or(AuthError::InvalidToken)?;
        let user = self.stores.users.find(token.user_id).await?;
        let user = user.and_then(ActiveUser::proven);
        Ok((key, token, user.ok_or(AuthError::InvalidToken)?))
    }

    /// Sets a password, which makes another version of the credentials; `None` when a condition
    /// did not hold.
    async fn set_password(
        &self,
        user: UserId,
        by: Authority,
        hash: PasswordHash,
        changes: UserChanges,
        along: UpdateConditions,
    ) -> Result<Option<User>, AuthError> {
        let changes = UserChanges {
            password_hash: Some(hash),
            new_credentials: true,
            ..changes
        };
        match self.update(user, by, &changes, along).await? {
            Updated::Changed(user) => Ok(Some(user)),
            Updated::Refused => Ok(None),
            Updated::UsernameTaken | Updated::EmailTaken | Updated::LastAdmin => {
                Err(unexpected("a new password ran into another account"))
            }
        }
    }

    /// The session of this device.
    pub(super) async fn current(&self, who: &SignedIn) -> Result<Option<Session>, AuthError> {
        let sessions = self.strategy.sessions().list(&who.user).await?;
        Ok(sessions.into_iter().find(|one| one.id == who.session_id))
    }
}

/// Whether somebody has shown to us, rather than to a provider, that the address is theirs.
/// A confirmed account got its password by a mail of ours: at the sign-up or by a reset.
fn has_proven_address(user: &User) -> bool {
    user.email_verified && user.password_hash.is_some()
}
