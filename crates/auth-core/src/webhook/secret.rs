//! What a receiver tells our messages by.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::factor::{Cipher, NotReadable};
use crate::id::WebhookId;
use crate::secret::{Secret, SecretText};

/// What the text of each secret begins with.
const PREFIX: &str = "whsec_";

/// The key of a symmetric signature of Standard Webhooks: 24 to 64 bytes, written as `whsec_` and
/// base64.
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

/// A text is no such secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not whsec_ and 24 to 64 bytes of base64")]
pub struct NotAWebhookSecret;

impl WebhookSecret {
    /// A fresh one, of 32 random bytes.
    pub fn generate() -> Self {
        // As strong as any other secret, and derived from it so that neither is the other.
        let bytes = Secret::generate().keyed(&[b"webhook"]);
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// The bytes that messages are signed with.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As its receiver is shown it.
    pub fn reveal(&self) -> SecretText {
        SecretText::new(format!("{PREFIX}{}", STANDARD.encode(&*self.0)))
    }

    /// Encrypted for this webhook alone.
    pub fn seal(&self, cipher: &Cipher, webhook: WebhookId) -> String {
        cipher.encrypt(&self.0, &place(webhook))
    }

    /// What was sealed for this webhook.
    ///
    /// # Errors
    /// [`NotReadable`].
    pub fn open(cipher: &Cipher, sealed: &str, webhook: WebhookId) -> Result<Self, NotReadable> {
        cipher.decrypt(sealed, &place(webhook)).map(Self)
    }
}

/// Where a secret is encrypted for: it can be read for no other webhook.
fn place(webhook: WebhookId) -> String {
    format!("webhook {webhook}")
}

impl FromStr for WebhookSecret {
    type Err = NotAWebhookSecret;

    fn from_str(text: &str) -> Result<Self, NotAWebhookSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(NotAWebhookSecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| NotAWebhookSecret)?;
        let bytes = Zeroizing::new(bytes);
        match (24..=64).contains(&bytes.len()) {
            true => Ok(Self(bytes)),
            false => Err(NotAWebhookSecret),
        }
    }
}

/// Never shows the secret.
impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::factor::CipherKey;

    #[test]
    fn a_secret_is_read_back_for_its_webhook_alone() {
        let (cipher, id) = (Cipher::new(CipherKey::generate()), WebhookId::generate());
        let secret = WebhookSecret::generate();
        assert_eq!(secret.bytes().len(), 32);
        let sealed = secret.seal(&cipher, id);
        let opened = WebhookSecret::open(&cipher, &sealed, id).unwrap();
        assert_eq!(opened.bytes(), secret.bytes());
        let other = WebhookId::generate();
        assert!(WebhookSecret::open(&cipher, &sealed, other).is_err());
        assert_eq!(format!("{secret:?}"), "WebhookSecret(..)");
    }

    #[test]
    fn its_text_has_a_prefix_and_a_length() {
        let secret = WebhookSecret::generate();
        let text = secret.reveal();
        let read: WebhookSecret = text.reveal().parse().unwrap();
        assert_eq!(read.bytes(), secret.bytes());
        let short = format!("whsec_{}", STANDARD.encode([1; 23]));
        let long = format!("whsec_{}", STANDARD.encode([1; 65]));
        let bare = STANDARD.encode([1; 32]);
        for wrong in ["", "whsec_", "whsec_%", &short, &long, &bare] {
            assert!(wrong.parse::<WebhookSecret>().is_err(), "{wrong}");
        }
    }
}
