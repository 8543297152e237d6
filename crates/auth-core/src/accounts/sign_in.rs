//! Signing in, staying signed in, signing out.

use sha2::{Digest as _, Sha256};
use tracing::info;

use super::{Accounts, SignedIn, Verification};
use crate::email::Email;
use crate::error::AuthError;
use crate::id::SessionId;
use crate::mail::Notice;
use crate::password::{Password, PasswordHash};
use crate::secret::Secret;
use crate::session::{Device, Revoke, Session};
use crate::strategy::{Issued, Proof, Refreshed};
use crate::user::{Along, User, UserChanges};
use crate::username::Username;

/// What a person signs in with.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// A username or an e-mail address.
    pub identifier: String,
    /// The password.
    pub password: Password,
    /// Whether to stay signed in for long.
    pub remember: bool,
}

impl Accounts {
    /// Signs in by password.
    ///
    /// Unknown, wrong and disabled take the same path: the same limits counted before
    /// the same hashing (OWASP ASVS 5.0, 6.3.8).
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`], [`AuthError::EmailUnverified`], a limit, or
    /// [`AuthError::Overloaded`].
    pub async fn sign_in(&self, form: SignIn, device: &Device) -> Result<Issued, AuthError> {
        let user = self.find_by_identifier(&form.identifier).await?;
        let account = match &user {
            Some(user) => user.id.to_string(),
            None => unknown_account(&form.identifier),
        };
        let attempt = self.limits.sign_in(&account, device.ip, self.now()).await?;
        let hash = user.as_ref().and_then(|user| user.password_hash.as_ref());
        let verdict = match self.verify_password(&form.password, hash).await {
            Ok(verdict) => verdict,
            Err(fault) => {
                self.limits.refund(attempt).await?;
                return Err(fault);
            }
        };
        let user = match user.filter(|user| verdict.matches && !user.disabled) {
            Some(user) => user,
            None => {
                info!(event = "sign_in_failed", ip = %device.ip);
                return Err(AuthError::InvalidCredentials);
            }
        };
        self.limits.forgive(attempt).await?;
        if self.config.verification == Verification::Required && !user.email_verified {
            return Err(AuthError::EmailUnverified);
        }
        if verdict.outdated {
            self.rehash(&user, &form.password).await?;
        }
        let proof = Proof {
            at: self.now(),
            remember: form.remember,
        };
        let issued = self.strategy.issue(&user, proof, device).await?;
        info!(event = "signed_in", user_id = %user.id, session_id = %issued.session.id);
        Ok(issued)
    }

    /// Exchanges a long-lived secret for a fresh credential.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when the secret is unknown, dead or spent.
    pub async fn refresh(&self, secret: &Secret) -> Result<Issued, AuthError> {
        match self.strategy.refresh(secret).await? {
            Refreshed::Granted(issued) => Ok(*issued),
            Refreshed::Refused => Err(AuthError::Unauthenticated),
            Refreshed::Reused(user_id) => {
                info!(event = "refresh_reused", %user_id);
                if let Some(user) = self.stores.users.find(user_id).await? {
                    let notice = self.notice(Notice::RefreshReused, &user);
                    self.stores.outbox.queue(&notice).await?;
                }
                Err(AuthError::Unauthenticated)
            }
        }
    }

    /// Signs this device out, on every node at once.
    ///
    /// # Errors
    /// A failing store.
    pub async fn sign_out(&self, who: &SignedIn) -> Result<(), AuthError> {
        let one = Revoke::One(who.session_id);
        self.strategy.revoke(who.user.id, one).await?;
        info!(event = "signed_out", user_id = %who.user.id, session_id = %who.session_id);
        Ok(())
    }

    /// The user's signed-in devices.
    ///
    /// # Errors
    /// A failing store.
    pub async fn sessions(&self, who: &SignedIn) -> Result<Vec<Session>, AuthError> {
        self.strategy.list(&who.user).await
    }

    /// Signs another device of the user out.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when it is unknown or somebody else's.
    pub async fn revoke_session(&self, who: &SignedIn, id: SessionId) -> Result<(), AuthError> {
        match self.revoke_by(who, Revoke::One(id)).await? {
            0 => Err(AuthError::NotFound),
            _ => Ok(()),
        }
    }

    /// Signs all other devices of the user out; gives their number.
    ///
    /// # Errors
    /// A failing store.
    pub async fn revoke_other_sessions(&self, who: &SignedIn) -> Result<u64, AuthError> {
        self.revoke_by(who, Revoke::Others(who.session_id)).await
    }

    async fn revoke_by(&self, who: &SignedIn, which: Revoke) -> Result<u64, AuthError> {
        let by = self.authority(who).await?;
        let revoked = self.strategy.revoke_by(&by, who.user.id, which).await?;
        revoked.ok_or(AuthError::Unauthenticated)
    }

    /// The account that a username or an address names, if any.
    async fn find_by_identifier(&self, identifier: &str) -> Result<Option<User>, AuthError> {
        let users = &self.stores.users;
        Ok(if identifier.contains('@') {
            match Email::parse("identifier", identifier) {
                Ok(email) => users.find_by_email(&email).await?,
                Err(_) => None,
            }
        } else {
            match Username::parse("identifier", identifier) {
                Ok(username) => users.find_by_username(&username).await?,
                Err(_) => None,
            }
        })
    }

    /// Verifies a password that could be one; an absurd one is wrong without hashing,
    /// which depends on nothing but the request.
    async fn verify_password(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> Result<crate::password::Verdict, AuthError> {
        if self.config.password.could_be_a_password(password) {
            self.hasher.verify(password, hash).await
        } else {
            Ok(crate::password::Verdict {
                matches: false,
                outdated: false,
            })
        }
    }

    /// Brings a hash up to today's parameters; a password changed meanwhile stays.
    async fn rehash(&self, user: &User, password: &Password) -> Result<(), AuthError> {
        let changes = UserChanges {
            password_hash: Some(self.hasher.hash(password).await?),
            ..UserChanges::default()
        };
        let along = Along {
            if_password_hash: user.password_hash.clone(),
            ..Along::default()
        };
        self.stores.users.update(user.id, &changes, &along).await?;
        Ok(())
    }
}

/// What failed sign-ins to an account that does not exist are counted under: one key for
/// each spelling of the same identifier, of bounded length and without the identifier.
fn unknown_account(identifier: &str) -> String {
    let key = match Email::parse("identifier", identifier) {
        Ok(email) => email.key().to_owned(),
        Err(_) => match Username::parse("identifier", identifier) {
            Ok(username) => username.key().to_owned(),
            Err(_) => identifier.to_owned(),
        },
    };
    let digest = Sha256::digest(key.as_bytes());
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
