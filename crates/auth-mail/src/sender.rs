//! Who the mails come from.

use std::fmt;
use std::str::FromStr;

use lettre::message::Mailbox;

/// The sender of every mail: `accounts@example.org` or `Accounts <accounts@example.org>`
/// (RFC 5322, 3.6.2). Its domain also names this side in Message-IDs and to SMTP servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

/// The text is not a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--mail-from needs one ASCII address, such as `Accounts <accounts@example.org>`")]
pub struct SenderError;

impl Sender {
    /// The value of the From header.
    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0
    }

    /// The part behind the @.
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

impl FromStr for Sender {
    type Err = SenderError;

    fn from_str(text: &str) -> Result<Self, SenderError> {
        if text.chars().any(char::is_control) {
            return Err(SenderError);
        }
        let mailbox: Mailbox = text.parse().map_err(|_| SenderError)?;
        let address: &str = mailbox.email.as_ref();
        if address.is_ascii() {
            Ok(Self(mailbox))
        } else {
            Err(SenderError)
        }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_an_address_with_or_without_a_name() {
        for text in [
            "noreply@localhost",
            "accounts@example.org",
            "Accounts <accounts@example.org>",
            "\"Müller, Konten\" <accounts@example.org>",
        ] {
            let sender: Sender = text.parse().unwrap();
            assert_eq!(sender.to_string().parse::<Sender>().unwrap(), sender);
        }
    }

    #[test]
    fn refuses_what_could_forge_a_header_or_needs_smtputf8() {
        for text in [
            "",
            "accounts",
            "a@example.org\r\nBcc: b@example.org",
            "A\nB <a@example.org>",
            "A\0B <a@example.org>",
            "a@example.org, b@example.org",
            "kontén@example.org",
        ] {
            assert_eq!(text.parse::<Sender>(), Err(SenderError), "{text:?}");
        }
    }
}
