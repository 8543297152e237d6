//! Second factors of accounts: when they are asked for, and what is done with them.

mod again;
mod check;
mod finish;
mod mail_code;
mod manage;
mod passkey_alone;
mod passkeys;
mod reset;
mod step;
mod trust;

use std::sync::Arc;

pub use check::Shown;
pub(super) use mail_code::{code_for, handle_of_cause};

pub use finish::{FinishSignIn, FinishedSignIn, StepOptions};
pub use manage::{AddedFactor, NewTotp};
pub use passkeys::NewPasskey;
pub use trust::TrustCookie;

use super::{Accounts, SignedIn};
use crate::error::{AuthError, BoxError};
use crate::factor::{Cipher, FactorPolicy, FactorStore, Held, PasskeyVerifier, SecondFactor};
use crate::id::UserId;
use crate::secret::Secret;

/// What second factors take.
pub struct Factors {
    /// Where they are kept.
    pub store: Arc<dyn FactorStore>,
    /// Encrypts the seeds of authenticator apps; `None` where this server does not have the key
    /// of the database: such factors are unavailable there.
    pub cipher: Option<Cipher>,
    /// Checks passkeys; `None` where there are none.
    pub passkeys: Option<Arc<dyn PasskeyVerifier>>,
    /// The rules.
    pub policy: FactorPolicy,
    /// Signs what devices keep, and makes mailed codes: one for all servers of a database.
    pub key: Secret,
}

impl Accounts {
    /// The same with second factors.
    #[must_use]
    pub fn with_factors(self, factors: Factors) -> Self {
        let factors = Some(Arc::new(factors));
        Self { factors, ..self }
    }

    /// What second factors take, if there are any.
    pub fn factors(&self) -> Option<&Factors> {
        self.factors.as_deref()
    }

    /// What second factors take.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] where there are none.
    fn known_factors(&self) -> Result<&Factors, AuthError> {
        self.factors.as_deref().ok_or(AuthError::NotFound)
    }

    /// What takes adding one.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] where nobody can add one.
    fn addable_factors(&self) -> Result<&Factors, AuthError> {
        let factors = self.known_factors()?;
        match factors.policy.second_factor {
            SecondFactor::Off => Err(AuthError::NotFound),
            SecondFactor::Optional | SecondFactor::Required => Ok(factors),
        }
    }

    /// The second factors of whoever is signed in.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] where there are none, or a failing store.
    pub async fn held_factors(&self, who: &SignedIn) -> Result<Held, AuthError> {
        let factors = self.known_factors()?;
        self.held_in(factors, who.user.id).await
    }

    /// What an account has of them now.
    async fn held_in(&self, factors: &Factors, user: UserId) -> Result<Held, AuthError> {
        Ok(factors.store.held(user).await?.at(self.now()))
    }
}

impl Factors {
    /// Whether an account has to have one.
    pub fn is_required_of(&self, held: &Held) -> bool {
        held.required || self.policy.second_factor == SecondFactor::Required
    }

    /// Encrypts and reads seeds.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] where this server does not have the key.
    fn cipher(&self) -> Result<&Cipher, AuthError> {
        let missing = || -> BoxError {
            "this server does not have the encryption key of its database: give all servers the \
             same --encryption-key-file"
                .into()
        };
        self.cipher
            .as_ref()
            .ok_or_else(|| AuthError::Unavailable(missing()))
    }

    /// What checks passkeys.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] where there are none.
    fn passkeys(&self) -> Result<&dyn PasskeyVerifier, AuthError> {
        self.passkeys.as_deref().ok_or(AuthError::NotFound)
    }
}
