//! How what must be read again is encrypted at rest (OWASP ASVS 5.0, 11.3 and 13.3):
//! XChaCha20-Poly1305 under keys that are kept apart from the database.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// How many random bytes each text begins with: so many that they never repeat.
const NONCE_LEN: usize = 24;

/// Names a key and tells nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// That of the key a text is encrypted under.
    pub fn of_text(text: &str) -> Option<Self> {
        let (id, _) = text.split_once('.')?;
        Some(Self(id.to_owned()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key: 32 random bytes, written as 43 base64url characters.
#[derive(Clone, Debug)]
pub struct CipherKey {
    id: KeyId,
    secret: Secret,
}

impl CipherKey {
    /// A fresh key.
    pub fn generate() -> Self {
        Self::from(Secret::generate())
    }

    /// What names it.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// As it is written into a file.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(self.secret.reveal())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.secret.keyed(&[b"encryption at rest"]).into())
    }
}

impl From<Secret> for CipherKey {
    fn from(secret: Secret) -> Self {
        let digest = Sha256::digest(secret.keyed(&[b"key id"]));
        let id = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
        Self {
            id: KeyId(id.collect()),
            secret,
        }
    }
}

/// Why a text is none of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is none.
    #[error("it holds no key")]
    Empty,
    /// A line is no key.
    #[error("line {0} is no key of 43 base64url characters")]
    NotAKey(usize),
}

/// What was encrypted can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotReadable {
    /// None of our keys is the one.
    #[error("it is encrypted under the key {0}, which this server does not have")]
    UnknownKey(KeyId),
    /// It was changed, or belongs elsewhere.
    #[error("it was changed since it was written")]
    Changed,
}

/// Encrypts under the first key, and reads what any of its keys has written.
#[derive(Clone, Debug)]
pub struct Cipher {
    current: CipherKey,
    earlier: Vec<CipherKey>,
}

impl Cipher {
    /// With one key.
    pub fn new(key: CipherKey) -> Self {
        Self {
            current: key,
            earlier: vec![],
        }
    }

    /// Reads keys, one a line, the current one first.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().map(str::trim).enumerate();
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let keys = lines.map(|(at, line)| {
            let secret = line.parse::<Secret>();
            secret
                .map(CipherKey::from)
                .map_err(|_| KeyError::NotAKey(at + 1))
        });
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?.into_iter();
        Ok(Self {
            current: keys.next().ok_or(KeyError::Empty)?,
            earlier: keys.collect(),
        })
    }

    /// The key that is encrypted under.
    pub fn current(&self) -> &CipherKey {
        &self.current
    }

    /// Every key, the current one first.
    pub fn keys(&self) -> impl Iterator<Item = &CipherKey> {
        std::iter::once(&self.current).chain(&self.earlier)
    }

    /// Encrypts `plain` for one place, without whose name it can't be read.
    ///
    /// # Panics
    /// When the operating system has no randomness to give; going on would be unsafe.
    #[allow(clippy::expect_used)]
    pub fn encrypt(&self, plain: &[u8], place: &str) -> String {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).expect("the operating system gives randomness");
        let payload = Payload {
            msg: plain,
            aad: place.as_bytes(),
        };
        let sealed = self.current.cipher().encrypt(&XNonce::from(nonce), payload);
        // It fails beyond 256 GiB only.
        let sealed = sealed.expect("a short text can be encrypted");
        let text = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        format!("{}.{text}", self.current.id)
    }

    /// Reads what was encrypted for this place.
    ///
    /// # Errors
    /// [`NotReadable`].
    pub fn decrypt(&self, text: &str, place: &str) -> Result<Zeroizing<Vec<u8>>, NotReadable> {
        let (id, sealed) = text.split_once('.').ok_or(NotReadable::Changed)?;
        let key = self.keys().find(|key| key.id.0 == id);
        let key = key.ok_or_else(|| NotReadable::UnknownKey(KeyId(id.to_owned())))?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok();
        let sealed = sealed.ok_or(NotReadable::Changed)?;
        let parts = sealed.split_first_chunk::<NONCE_LEN>();
        let (nonce, sealed) = parts.ok_or(NotReadable::Changed)?;
        let payload = Payload {
            msg: sealed,
            aad: place.as_bytes(),
        };
        let plain = key.cipher().decrypt(&XNonce::from(*nonce), payload);
        plain.map(Zeroizing::new).map_err(|_| NotReadable::Changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_under_the_same_key_at_the_same_place_only() {
        let cipher = Cipher::new(CipherKey::generate());
        let text = cipher.encrypt(b"seed", "here");
        assert_ne!(text, cipher.encrypt(b"seed", "here"));
        assert_eq!(&**cipher.decrypt(&text, "here").unwrap(), b"seed");
        assert_eq!(cipher.decrypt(&text, "there"), Err(NotReadable::Changed));
        let mut changed = text.clone();
        let last = changed.pop().unwrap();
        changed.push(if last == 'A' { 'E' } else { 'A' });
        assert_eq!(cipher.decrypt(&changed, "here"), Err(NotReadable::Changed));
        for broken in ["", "x", &text[..20]] {
            assert!(cipher.decrypt(broken, "here").is_err(), "{broken}");
        }
        let other = Cipher::new(CipherKey::generate());
        let id = cipher.current().id().clone();
        assert_eq!(KeyId::of_text(&text).as_ref(), Some(&id));
        assert_eq!(
            other.decrypt(&text, "here"),
            Err(NotReadable::UnknownKey(id))
        );
    }

    #[test]
    fn an_earlier_key_still_reads() {
        let (old, new) = (CipherKey::generate(), CipherKey::generate());
        let text = Cipher::new(old.clone()).encrypt(b"seed", "here");
        let file = format!("# keys\n{}\n\n{}\n", &*new.reveal(), &*old.reveal());
        let cipher = Cipher::parse(&file).unwrap();
        assert_eq!(cipher.current().id(), new.id());
        assert_eq!(&**cipher.decrypt(&text, "here").unwrap(), b"seed");
        let again = cipher.encrypt(b"seed", "here");
        assert!(again.starts_with(new.id().as_str()));
    }

    #[test]
    fn what_is_no_key_is_named() {
        assert_eq!(Cipher::parse("\n# none\n").unwrap_err(), KeyError::Empty);
        assert_eq!(Cipher::parse("\nabc").unwrap_err(), KeyError::NotAKey(2));
    }
}
