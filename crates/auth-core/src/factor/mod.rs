//! Second factors: what an account asks for beside the first proof (NIST SP 800-63B-4, 3.1;
//! OWASP ASVS 5.0, 6.3.3).

mod cipher;
mod passkey;
mod policy;
mod recovery;
mod store;
mod totp;
mod waiting;

pub use cipher::{Cipher, CipherKey, KeyError, KeyId, NotReadable};
pub use passkey::{
    AssertedPasskey, PasskeyRefused, PasskeyUser, PasskeyVerifier, RegisteredPasskey,
};
pub use policy::{FactorPolicy, SecondFactor};
pub use recovery::{RECOVERY_CODES, RecoveryCode};
pub use store::{Added, FactorChange, FactorStore, Held, Passkey, Removed};
pub use totp::Totp;
pub use waiting::{Waiting, WaitingFor, WaitingSignIn};

use crate::clock::Timestamp;
use crate::id::{FactorId, UserId};

/// The most factors of one account.
pub const MOST_FACTORS: usize = 20;

/// What kind of factor it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorKind {
    /// An authenticator app (RFC 6238).
    Totp,
    /// A passkey (WebAuthn).
    Passkey,
}

impl FactorKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Totp, Self::Passkey];

    /// The stored form, and that on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A second factor of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Names it.
    pub id: FactorId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// What it is checked by.
    pub check: Check,
}

/// What a factor is checked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// The seed of an authenticator app, [encrypted](Cipher).
    Totp(String),
    /// The public key of a passkey.
    Passkey(Passkey),
}

impl Factor {
    /// The longest name, in characters.
    pub const MAX_NAME: usize = 60;

    /// What kind it is.
    pub const fn kind(&self) -> FactorKind {
        match self.check {
            Check::Totp(_) => FactorKind::Totp,
            Check::Passkey(_) => FactorKind::Passkey,
        }
    }

    /// What it is checked by, if it is a passkey.
    pub const fn passkey(&self) -> Option<&Passkey> {
        match &self.check {
            Check::Passkey(passkey) => Some(passkey),
            Check::Totp(_) => None,
        }
    }
}

/// The place of an encrypted seed, without whose name it can't be read.
pub fn place(user: UserId, factor: FactorId) -> String {
    format!("totp:{user}:{factor}")
}
