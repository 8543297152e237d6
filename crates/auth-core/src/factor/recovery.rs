//! Recovery codes: for who has lost the factor (NIST SP 800-63B-4, 3.1.2, look-up secrets).

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::id::UserId;
use crate::secret::Secret;

/// How many an account is given at a time.
pub const RECOVERY_CODES: usize = 10;

/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// 120 bits in four groups, so that a plain hash keeps them (OWASP ASVS 5.0, 6.5.2: from 112).
const LEN: usize = 24;
const GROUP: usize = 6;

/// A code that stands in for a second factor, once.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// A fresh one.
    pub fn generate() -> Self {
        let bytes = Secret::generate().keyed(&[b"recovery code"]);
        // Thirty-two letters take five bits, which are as random as the byte is.
        let letters = bytes.iter().take(LEN).map(|byte| letter(*byte));
        Self(Zeroizing::new(letters.collect()))
    }

    /// As many as an account is given.
    pub fn set() -> Vec<Self> {
        (0..RECOVERY_CODES).map(|_| Self::generate()).collect()
    }

    /// What somebody typed, if it can be one: blanks, hyphens and capitals are passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let letters: String = letters
            .take(LEN + 1)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let is_code = letters.len() == LEN && letters.bytes().all(|it| ALPHABET.contains(&it));
        is_code.then(|| Self(Zeroizing::new(letters)))
    }

    /// As its owner is shown it.
    pub fn reveal(&self) -> String {
        let groups: Vec<&str> = (0..LEN / GROUP)
            .filter_map(|n| self.0.get(n * GROUP..(n + 1) * GROUP))
            .collect();
        groups.join("-")
    }

    /// What is kept of it, for this user.
    pub fn hash(&self, user: UserId) -> String {
        let mut digest = Sha256::new();
        digest.update(b"recovery code\0");
        digest.update(user.as_uuid().as_bytes());
        digest.update(self.0.as_bytes());
        digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

fn letter(byte: u8) -> char {
    char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_written() {
        let code = RecoveryCode::generate();
        let shown = code.reveal();
        assert_eq!(shown.len(), LEN + 3);
        for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " ")] {
            assert_eq!(RecoveryCode::parse(&typed).as_ref(), Some(&code), "{typed}");
        }
        for typed in [
            "",
            "abcde",
            "abcdef-ghjkmn-pqrstu-vwxyz1",
            &format!("{shown}a"),
        ] {
            assert_eq!(RecoveryCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_hash_is_of_one_account_and_one_code() {
        let (code, user) = (RecoveryCode::generate(), UserId::generate());
        assert_eq!(code.hash(user), code.hash(user));
        assert_ne!(code.hash(user), code.hash(UserId::generate()));
        assert_ne!(code.hash(user), RecoveryCode::generate().hash(user));
        assert_eq!(format!("{code:?}"), "RecoveryCode(..)");
    }
}
