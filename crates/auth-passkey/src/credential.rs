//! Credentials, as the server keeps them.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::wire;

/// Which credential: 1 to [`CredentialId::MAX_LEN`] bytes that the authenticator chose. Displays
/// and serialises as base64url, the form in the browser's answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialId(#[serde(with = "wire")] Vec<u8>);

impl CredentialId {
    /// The most bytes of an id (WebAuthn L3, 4).
    pub const MAX_LEN: usize = 1023;

    /// The id of these bytes, if they are neither too few nor too many.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let fits = (1..=Self::MAX_LEN).contains(&bytes.len());
        fits.then(|| Self(bytes.to_vec()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&wire::encode(&self.0))
    }
}

/// What the server keeps of a credential (the credential record of WebAuthn L3, 4). Nothing in
/// it is secret. Serialised, it is one JSON object of some 300 to 3,000 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCredential {
    /// Which credential.
    pub id: CredentialId,
    /// The public key, in COSE, as the authenticator wrote it.
    #[serde(with = "wire")]
    pub public_key: Vec<u8>,
    /// How many signatures the authenticator counted; 0 where it does not count.
    pub counter: u32,
    /// Whether the user was verified at the registration, by a PIN or a fingerprint say.
    pub user_verified: bool,
    /// Whether the credential may be copied to other devices. It never changes.
    pub backup_eligible: bool,
    /// Whether it is copied now, as last heard. Losing the device then loses no credential.
    pub backed_up: bool,
    /// How browsers reach the authenticator (`internal`, `hybrid`, `usb`, …), as the browser
    /// said: a hint for later requests, sorted.
    pub transports: Vec<String>,
    /// The model of the authenticator, as it claims; all zeros where it does not say.
    pub aaguid: Uuid,
}

/// What a good assertion says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asserted {
    /// The new signature counter; 0 where the authenticator does not count.
    pub counter: u32,
    /// Whether the credential is copied to other devices now.
    pub backed_up: bool,
    /// Whether the user was verified, and the assertion thus stands for two factors.
    pub user_verified: bool,
}

impl StoredCredential {
    /// Takes over what an assertion changed (WebAuthn L3, 7.2, "update credentialRecord").
    ///
    /// [`StoredCredential::user_verified`] stays: a user who was not verified at the registration
    /// would have to prove the new ability by another factor first.
    pub const fn record(&mut self, asserted: &Asserted) {
        self.counter = asserted.counter;
        self.backed_up = asserted.backed_up;
    }
}
