//! What may be known of keys.

use std::fmt;

use auth_core::Timestamp;

use crate::Algorithm;

/// Whether a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// New tokens are signed with it, at the latest five seconds after it was made.
    Active,
    /// It verifies older tokens until it is retired.
    Retiring,
}

impl KeyState {
    /// The form in listings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retiring => "retiring",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What may be known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its id. For a public key the thumbprint of RFC 7638, for a secret a random one.
    pub kid: String,
    /// The one algorithm it is used with.
    pub algorithm: Algorithm,
    /// Whether it signs for a ring of its algorithm.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
}
