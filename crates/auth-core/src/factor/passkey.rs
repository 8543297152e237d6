//! What checks passkeys.

use serde_json::Value;

use super::Passkey;
use crate::secret::SecretHash;

/// Whose a new passkey is to be, for the authenticator to show.
#[derive(Clone, Debug)]
pub struct PasskeyUser {
    /// Names the account, and no more (WebAuthn, 14.6.1): what a passkey gives back at a
    /// sign-in without a name.
    pub handle: Vec<u8>,
    /// The username.
    pub name: String,
    /// The name to call the person.
    pub display_name: String,
}

/// A passkey that was just made.
#[derive(Clone, Debug)]
pub struct RegisteredPasskey {
    /// What is to be kept.
    pub passkey: Passkey,
    /// Whether the key stays on its device.
    pub is_device_bound: bool,
    /// Whether the device has verified its user.
    pub user_verified: bool,
}

/// A passkey that was just used.
#[derive(Clone, Debug)]
pub struct AssertedPasskey {
    /// What is to be kept from now on.
    pub passkey: Passkey,
    /// Whether the key stays on its device.
    pub is_device_bound: bool,
    /// Whether the device has verified its user.
    pub user_verified: bool,
}

/// An answer proves nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PasskeyRefused(pub String);

/// The relying party of WebAuthn.
pub trait PasskeyVerifier: Send + Sync {
    /// What a browser needs to make a passkey: `PublicKeyCredentialCreationOptionsJSON`.
    fn creation_options(
        &self,
        challenge: &SecretHash,
        user: &PasskeyUser,
        exclude: &[&Passkey],
    ) -> Value;

    /// What a browser needs to use one of these passkeys, or any if none is named:
    /// `PublicKeyCredentialRequestOptionsJSON`.
    fn request_options(&self, challenge: &SecretHash, allow: &[&Passkey]) -> Value;

    /// Checks what a browser says of a new passkey.
    ///
    /// # Errors
    /// [`PasskeyRefused`], which says why.
    fn register(
        &self,
        challenge: &SecretHash,
        response: &Value,
    ) -> Result<RegisteredPasskey, PasskeyRefused>;

    /// The id of the passkey that a browser says was used.
    fn used(&self, response: &Value) -> Option<String>;

    /// Checks the use of a passkey of the user with this handle. When it is `alone`, with no
    /// password before it, the device has to have verified its user, and to say who that is.
    ///
    /// # Errors
    /// [`PasskeyRefused`], which says why.
    fn authenticate(
        &self,
        challenge: &SecretHash,
        passkey: &Passkey,
        user_handle: &[u8],
        response: &Value,
        alone: bool,
    ) -> Result<AssertedPasskey, PasskeyRefused>;
}
