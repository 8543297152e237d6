//! Hashes that other systems made. They verify as they are, and become argon2id at the first
//! sign-in of their owner.
//!
//! They are kept as `$SCHEME$PARAMETERS$SALT$OUTPUT`, which is how PHC strings look: the salt
//! in 43 characters of base64, filled up with dots, and the first 16 bytes of the output in
//! 22. What stands behind the parameters so has 67 characters, as in our own hashes, and the
//! index that tells which parameters are in use holds for both. Sixteen bytes are what
//! RFC 9106, 4 asks of a tag that verifies passwords.

mod kind;
mod text;
mod work;

use std::fmt;

pub use kind::{Digest, ForeignKind, ScryptCost};

/// Bytes of an output that are kept.
const OUTPUT_LEN: usize = 16;

/// The most bytes of a salt.
const MAX_SALT: usize = 32;

/// A hash that another system made.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignHash {
    kind: ForeignKind,
    salt: Vec<u8>,
    output: [u8; OUTPUT_LEN],
}

/// Why no sign-in could verify a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitHash {
    /// It is not of the form that its format has.
    #[error("the hash can't be read")]
    Malformed,
    /// No sign-in verifies hashes of this format.
    #[error("hashes of this format are not taken")]
    Unsupported,
    /// It costs more memory or time than any hash may.
    #[error("the parameters of the hash are beyond what any sign-in may cost")]
    TooCostly,
    /// Its salt is longer than is kept.
    #[error("the salt of the hash has more than 32 bytes")]
    LongSalt,
    /// It has fewer bytes than a password is told by.
    #[error("the hash has fewer than 16 bytes")]
    ShortOutput,
}

impl ForeignHash {
    /// A hash of this kind. Of the output the first 16 bytes are kept.
    ///
    /// # Errors
    /// When no sign-in could verify it.
    pub fn new(kind: ForeignKind, salt: &[u8], output: &[u8]) -> Result<Self, UnfitHash> {
        kind.check()?;
        if salt.len() > MAX_SALT {
            return Err(UnfitHash::LongSalt);
        }
        if kind.has_salt_of_16() && salt.len() != 16 {
            return Err(UnfitHash::Malformed);
        }
        let kept = output.first_chunk().ok_or(UnfitHash::ShortOutput)?;
        Ok(Self {
            kind,
            salt: salt.to_vec(),
            output: *kept,
        })
    }

    /// How it was made.
    pub fn kind(&self) -> ForeignKind {
        self.kind
    }
}

impl fmt::Debug for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ForeignHash({})", self.kind)
    }
}
