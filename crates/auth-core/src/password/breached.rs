//! Passwords that are known from data breaches (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0,
//! 6.2.12).

use std::fmt;

use async_trait::async_trait;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

use super::Password;
use crate::error::BoxError;

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// A list of breached passwords. It is asked about new passwords only.
#[async_trait]
pub trait BreachedPasswords: fmt::Debug + Send + Sync {
    /// Whether a password is on the list.
    ///
    /// # Errors
    /// When that can't be told. The password is then not accepted, and the caller hears that
    /// a later try may succeed.
    async fn contains(&self, password: &Sha1Hex) -> Result<bool, BoxError>;
}

/// The SHA-1 of a password's UTF-8 bytes, as lists of breached passwords hold it. A fast hash
/// gives the password away to whoever guesses: it is for a look-up and is kept nowhere.
/// `Debug` shows nothing, and its memory is wiped.
#[derive(Clone)]
pub struct Sha1Hex(Zeroizing<[u8; 40]>);

impl Sha1Hex {
    /// Hashes a password.
    pub fn of(password: &Password) -> Self {
        let digest = Zeroizing::new(<[u8; 20]>::from(Sha1::digest(password.reveal())));
        let mut digits = Zeroizing::new([0; 40]);
        for (pair, byte) in digits.chunks_exact_mut(2).zip(digest.iter()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(digits)
    }

    /// Its 40 hex digits in ASCII, the letters in upper case.
    pub fn digits(&self) -> &[u8; 40] {
        &self.0
    }
}

impl fmt::Debug for Sha1Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha1Hex(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_the_lists_write_it() {
        let hash = Sha1Hex::of(&Password::new("password"));
        let known = b"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";
        assert_eq!(hash.digits(), known);
        assert_eq!(format!("{hash:?}"), "Sha1Hex(..)");
    }

    #[test]
    fn one_password_has_one_hash_however_it_is_typed() {
        let [composed, decomposed] =
            ["caf\u{e9} noir", "cafe\u{301} noir"].map(|typed| Sha1Hex::of(&Password::new(typed)));
        assert_eq!(composed.digits(), decomposed.digits());
    }
}
