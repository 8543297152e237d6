//! Secrets we hand out: session ids, refresh tokens, mailed tokens.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How many bytes a secret shares with its successors: too many to be guessed.
const FAMILY_LEN: usize = 12;

/// 32 random bytes, shown to their holder once as 43 base64url characters.
///
/// Only the [`SecretHash`] is ever stored (OWASP ASVS 5.0, 7.2.3 and 11.4.3).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Takes 32 bytes from the operating system's generator.
    ///
    /// # Panics
    /// When the operating system has no randomness to give; going on would be unsafe.
    #[allow(clippy::expect_used)]
    pub fn generate() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the operating system gives randomness");
        Self(bytes)
    }

    /// The one-way image under which the secret is stored and found.
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }

    /// How stores know this secret and its relatives.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint {
            secret: self.hash(),
            family: SecretHash(Sha256::digest(&self.0[..FAMILY_LEN]).into()),
        }
    }

    /// The successor of this secret under `salt`: HMAC-SHA-256 keyed by the secret, but
    /// for the first bytes, which all of a [family](Fingerprint::family) share. What is
    /// fresh are 160 bits, as RFC 6749, 10.10 advises.
    ///
    /// Whoever holds the old secret and may read the salt can name the successor
    /// again, which is how a repeated refresh gets the same answer although only
    /// hashes are stored. Neither the database nor an old secret alone suffices.
    pub fn successor(&self, salt: &Salt) -> Self {
        let mut next = self.keyed(&[&salt.0]);
        next[..FAMILY_LEN].copy_from_slice(&self.0[..FAMILY_LEN]);
        Self(next)
    }

    /// The secret that a client presents with every request, while it keeps this one to
    /// refresh: derived one way, so that who learns the former can't refresh. Those of all
    /// successors are of one [family](Fingerprint::family), which is another than theirs.
    pub fn access(&self) -> Self {
        let mut access = self.keyed(&[b"access"]);
        let family = Sha256::digest([&self.0[..FAMILY_LEN], b"access"].concat());
        access[..FAMILY_LEN].copy_from_slice(&family[..FAMILY_LEN]);
        Self(access)
    }

    /// A signature of the parts, keyed by this secret.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Signature {
        Signature(Self(self.keyed(parts)))
    }

    /// HMAC-SHA-256 of the parts, keyed by this secret.
    pub(crate) fn keyed(&self, parts: &[&[u8]]) -> [u8; 32] {
        // An HMAC takes a key of any length, so this can't fail.
        #[allow(clippy::expect_used)]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes any key");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// A secret for one use, `purpose`, by which this one and `other` become one:
    /// HMAC-SHA-256 keyed by this one. Whoever lacks either can't name it.
    pub fn joined_with(&self, other: &Self, purpose: &str) -> Self {
        Self(self.keyed(&[purpose.as_bytes(), &other.0]))
    }

    /// The text given to the holder.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// HMAC-SHA-256 of something, keyed by a [`Secret`]; compared in constant time.
pub(crate) struct Signature(Secret);

impl Signature {
    /// The text form: 43 base64url characters.
    pub(crate) fn to_text(&self) -> String {
        self.0.reveal()
    }

    /// Whether `text` is the text form.
    pub(crate) fn is(&self, text: &str) -> bool {
        let other = text.parse::<Secret>();
        other.is_ok_and(|other| self.0.0.ct_eq(&other.0).into())
    }
}

/// The text is not a secret of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a secret of ours")]
pub struct NotASecret;

impl FromStr for Secret {
    type Err = NotASecret;
    fn from_str(text: &str) -> Result<Self, NotASecret> {
        if text.len() != 43 {
            return Err(NotASecret);
        }
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(Self(bytes)),
            _ => Err(NotASecret),
        }
    }
}

macro_rules! stored_bytes {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The text form in which it is stored: 43 base64url characters.
            pub fn to_text(self) -> String {
                URL_SAFE_NO_PAD.encode(self.0)
            }

            /// Reads the stored text form.
            ///
            /// # Errors
            /// [`NotASecret`] when the text is something else.
            pub fn from_text(text: &str) -> Result<Self, NotASecret> {
                Ok(Self(text.parse::<Secret>()?.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

stored_bytes!(
    /// SHA-256 of a [`Secret`]: what stores keep.
    SecretHash
);
stored_bytes!(
    /// Random bytes kept beside a spent secret, see [`Secret::successor`].
    Salt
);

impl SecretHash {
    /// Its first byte, as good as random.
    pub(crate) fn first_byte(self) -> u8 {
        self.0[0]
    }
}

/// A secret text of any form; `Debug` shows nothing, and its memory is wiped.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Guards a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PartialEq for SecretText {
    /// In a time that tells nothing but the length.
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for SecretText {}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// How a store knows a secret that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The secret itself.
    pub secret: SecretHash,
    /// What it has in common with all that came before and will come after it, so that a
    /// secret that was spent long ago is known for what it is although nothing of it is kept.
    pub family: SecretHash,
}

impl Salt {
    /// A fresh salt.
    pub fn generate() -> Self {
        Self(Secret::generate().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_has_one_spelling() {
        let secret = Secret::generate();
        let text = secret.reveal();
        assert_eq!(text.parse::<Secret>().unwrap().hash(), secret.hash());
        assert!(format!("{text}=").parse::<Secret>().is_err());
        // The last character carries two spare bits; only zero bits are accepted.
        let mut other = text[..42].to_owned();
        other.push('B');
        assert!(other.parse::<Secret>().is_err());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::generate()), "Secret(..)");
    }

    #[test]
    fn joined_secrets_need_both_and_serve_one_purpose() {
        let (one, other) = (Secret::generate(), Secret::generate());
        let joined = |a: &Secret, b: &Secret, purpose| a.joined_with(b, purpose).hash();
        assert_eq!(joined(&one, &other, "nonce"), joined(&one, &other, "nonce"));
        assert_ne!(joined(&one, &other, "nonce"), joined(&one, &other, "pkce"));
        assert_ne!(joined(&one, &other, "nonce"), joined(&one, &one, "nonce"));
        assert_ne!(
            joined(&one, &other, "nonce"),
            joined(&other, &other, "nonce")
        );
    }

    #[test]
    fn a_successor_is_repeatable_and_needs_both_parts() {
        let (secret, salt) = (Secret::generate(), Salt::generate());
        let next = secret.successor(&salt).hash();
        assert_eq!(next, secret.successor(&salt).hash());
        assert_ne!(next, secret.successor(&Salt::generate()).hash());
        assert_ne!(next, Secret::generate().successor(&salt).hash());
    }

    #[test]
    fn a_family_is_shared_by_successors_and_nobody_else() {
        let secret = Secret::generate();
        let grandchild = secret
            .successor(&Salt::generate())
            .successor(&Salt::generate());
        let family = secret.fingerprint().family;
        assert_eq!(grandchild.fingerprint().family, family);
        assert_ne!(grandchild.hash(), secret.hash());
        assert_ne!(Secret::generate().fingerprint().family, family);
    }

    #[test]
    fn what_opens_a_session_does_not_refresh_it() {
        let secret = Secret::generate();
        let (access, next) = (secret.access(), secret.successor(&Salt::generate()));
        assert_eq!(access.hash(), secret.access().hash());
        let families = |secret: &Secret| {
            (
                secret.fingerprint().family,
                secret.access().fingerprint().family,
            )
        };
        assert_eq!(families(&secret), families(&next));
        let (own, of_access) = families(&secret);
        assert!(own != of_access && families(&access).1 != of_access);
        assert_ne!(next.access().hash(), access.hash());
    }
}
