//! A message in the format of the Internet (RFC 5322), and what no header may hold.

use auth_core::mail::MailError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use crate::message::Message;
use crate::sender::Sender;

/// A part of a message that is not fit for a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnfitPart {
    #[error("the subject or the address holds a line break or another control character")]
    ControlCharacter,
    #[error("the id is not made of up to 128 letters, digits, hyphens and underscores")]
    Id,
}

/// Refuses what could forge a header or lead out of a directory. Every mailer asks this
/// first, so that a message that one of them takes is taken by all.
pub(crate) fn check(message: &Message) -> Result<(), MailError> {
    let headers = [message.to.as_str(), &message.subject];
    if headers
        .iter()
        .any(|part| part.chars().any(char::is_control))
    {
        return Err(MailError::Permanent(UnfitPart::ControlCharacter.into()));
    }
    if !is_plain(&message.id) {
        return Err(MailError::Permanent(UnfitPart::Id.into()));
    }
    Ok(())
}

/// Whether an id can stand in a Message-ID and in a file name as it is.
fn is_plain(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The message with its headers, as text and HTML side by side (RFC 2046, 5.1.4).
///
/// `Auto-Submitted` keeps vacation responders silent (RFC 3834). The bodies are encoded
/// to ASCII, so any server can carry them.
pub(crate) fn render(message: &Message, sender: &Sender) -> Result<lettre::Message, MailError> {
    check(message)?;
    let to: Mailbox = message
        .to
        .as_str()
        .parse()
        .map_err(|error| MailError::Permanent(Box::new(error)))?;
    lettre::Message::builder()
        .date_now()
        .message_id(Some(format!("<{}@{}>", message.id, sender.domain())))
        .from(sender.mailbox().clone())
        .to(to)
        .subject(message.subject.as_str())
        .raw_header(auto_submitted())
        .multipart(MultiPart::alternative_plain_html(
            message.text.clone(),
            message.html.clone(),
        ))
        .map_err(|error| MailError::Permanent(Box::new(error)))
}

fn auto_submitted() -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    HeaderValue::new(name, "auto-generated".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use auth_core::Email;

    fn message() -> Message {
        Message {
            id: "0190-a_b".into(),
            to: Email::from_stored("ada@example.org".into()),
            subject: "Grüße".into(),
            text: "Zoë\n.\nlast line".into(),
            html: "<p>Zoë</p>".into(),
        }
    }

    fn sender() -> Sender {
        "Accounts <accounts@example.com>".parse().unwrap()
    }

    #[test]
    fn a_message_has_all_headers_and_is_ascii() {
        let bytes = render(&message(), &sender()).unwrap().formatted();
        assert!(bytes.is_ascii());
        let text = String::from_utf8(bytes).unwrap();
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        for line in [
            "Message-ID: <0190-a_b@example.com>",
            "From: Accounts <accounts@example.com>",
            "To: ada@example.org",
            "Subject: =?utf-8?b?R3LDvMOfZQ==?=",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(headers.contains(line), "{line} is missing in\n{headers}");
        }
        assert!(headers.contains("Date: "));
        let plain = text.find("Content-Type: text/plain").unwrap();
        let html = text.find("Content-Type: text/html").unwrap();
        assert!(plain < html, "the better part comes last");
    }

    #[test]
    fn a_control_character_in_any_header_part_is_refused_for_good() {
        for bad in ["\r", "\n", "\r\n", "\0"] {
            let injection = format!("x{bad}Bcc: eve@example.org");
            let cases = [
                Message {
                    id: injection.clone(),
                    ..message()
                },
                Message {
                    subject: injection.clone(),
                    ..message()
                },
                Message {
                    to: Email::from_stored(format!("a@example.org{bad}Bcc: eve@example.org")),
                    ..message()
                },
            ];
            for case in cases {
                let refused = render(&case, &sender());
                assert!(matches!(refused, Err(MailError::Permanent(_))), "{case:?}");
            }
        }
    }

    #[test]
    fn lettre_on_its_own_lets_no_line_break_through_either() {
        let folded = lettre::Message::builder()
            .from(sender().mailbox().clone())
            .to("ada@example.org".parse().unwrap())
            .subject("x\r\nBcc: eve@example.org")
            .body(String::new())
            .unwrap();
        let text = String::from_utf8(folded.formatted()).unwrap();
        assert!(!text.contains("\nBcc:"), "{text}");
        assert!(
            "ada@example.org\r\nBcc: b@example.org"
                .parse::<Mailbox>()
                .is_err()
        );
    }

    #[test]
    fn an_id_that_leads_elsewhere_is_refused() {
        for id in ["", "../x", "a/b", ".hidden", "a b", "ä", &"x".repeat(129)] {
            let message = Message {
                id: id.into(),
                ..message()
            };
            assert!(check(&message).is_err(), "{id:?}");
        }
    }
}
