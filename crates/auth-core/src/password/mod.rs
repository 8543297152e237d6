//! Passwords: what is accepted, and how they are hashed.

mod breached;
mod comparison;
mod cost;
mod foreign;
mod guessable;
mod hash;
mod hasher;
mod kinds;
mod policy;

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

pub use breached::{BreachedPasswords, Sha1Hex};
pub use comparison::{Candidates, Comparison};
pub use cost::Argon2Cost;
pub use foreign::{Digest, ForeignHash, ForeignKind, ScryptCost, UnfitHash};
pub use hash::{PasswordHash, PasswordSalt};
pub use hasher::{Hasher, HasherConfig, HasherLoad, Verdict};
pub use kinds::HashKind;
pub(crate) use kinds::KindsInUse;
pub use policy::PasswordPolicy;

/// A password as typed, in Unicode normalisation form C and otherwise untouched
/// (NIST SP 800-63B-4, 3.1.1.2). `Debug` shows nothing, and its memory is wiped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes a password as typed.
    pub fn new(typed: impl Into<String>) -> Self {
        let typed = Zeroizing::new(typed.into());
        Self(Zeroizing::new(typed.nfc().collect()))
    }

    /// Its length in code points, which is what the rules count.
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
