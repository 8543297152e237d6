//! Adding passkeys.

use std::time::Duration;

use serde_json::Value;
use tracing::info;

use super::check::{by_passkey, handle_of};
use super::manage::factor_name;
use super::{Accounts, AddedFactor, SignedIn};
use crate::error::AuthError;
use crate::factor::{Check, Factor, PasskeyUser, WaitingFor};
use crate::id::FactorId;
use crate::password::Password;
use crate::secret::{Secret, SecretHash};
use crate::session::Device;

/// A passkey that is to be added.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    /// Names it until it is confirmed.
    pub handle: Secret,
    /// What a browser needs to make it: `PublicKeyCredentialCreationOptionsJSON`.
    pub options: Value,
    /// How long it waits to be confirmed.
    pub lifetime: Duration,
}

impl Accounts {
    /// Begins to add a passkey.
    ///
    /// # Errors
    /// As [`begin_totp`](Self::begin_totp).
    pub async fn begin_passkey(
        &self,
        who: &SignedIn,
        current_password: Option<&Password>,
        device: &Device,
    ) -> Result<NewPasskey, AuthError> {
        let factors = self.addable_factors()?;
        let verifier = factors.passkeys()?;
        let held = self.may_add(who, current_password, device).await?;
        let handle = self.begin_step(who, WaitingFor::NewPasskey).await?;
        let exclude = held.passkeys();
        let user = PasskeyUser {
            handle: handle_of(&who.user),
            name: who.user.username.as_str().to_owned(),
            display_name: format!("{} {}", who.user.first_name, who.user.last_name)
                .trim()
                .to_owned(),
        };
        Ok(NewPasskey {
            options: verifier.creation_options(&challenge(&handle), &user, &exclude),
            handle,
            lifetime: factors.policy.step_lifetime,
        })
    }

    /// Adds the passkey that a browser has made.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when nothing waits under the handle,
    /// [`AuthError::InvalidFactor`] when what the browser says proves nothing, or
    /// [`AuthError::FactorTaken`].
    pub async fn confirm_passkey(
        &self,
        who: &SignedIn,
        handle: &str,
        response: &Value,
        name: Option<&str>,
    ) -> Result<AddedFactor, AuthError> {
        let name = factor_name(name, "Passkey")?;
        let (handle, key) = self.begun_by(who, handle, WaitingFor::NewPasskey).await?;
        let verifier = self.known_factors()?.passkeys()?;
        let registered = verifier.register(&challenge(&handle), response);
        let registered = registered.map_err(|refused| {
            info!(user_id = %who.user.id, %refused, "a new passkey was refused");
            AuthError::InvalidFactor
        })?;
        self.end_wait(&key).await?;
        let factor = Factor {
            id: FactorId::generate(),
            name,
            created_at: self.now(),
            last_used_at: None,
            check: Check::Passkey(registered.passkey),
        };
        let by = by_passkey(registered.is_device_bound, registered.user_verified);
        self.add(who, factor, &by).await
    }
}

/// What the browser has to sign: it derives from the handle, which works once.
fn challenge(handle: &Secret) -> SecretHash {
    handle.joined_with(handle, "new passkey").hash()
}
