//! Mail on one's own machine.

use async_trait::async_trait;
use auth_core::mail::MailError;
use auth_mail::{Message, MessageTransport};

/// Writes mails to standard error, links included: whoever reads it can act for whoever the
/// mail is for, so this is for one's own machine only.
pub(crate) struct StderrMailer;

#[async_trait]
impl MessageTransport for StderrMailer {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let (to, subject, text) = (&message.to, &message.subject, &message.text);
        eprintln!("Mail to {to}, which goes no further than this: {subject}\n\n{text}");
        Ok(())
    }
}
