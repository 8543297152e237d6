//! Mail on one's own machine.

use async_trait::async_trait;
use auth_core::Mailer;
use auth_core::mail::{MailError, Message};
use tracing::info;

/// Writes mails to the log, links included: whoever reads the log can act for whoever the
/// mail is for, so this is for one's own machine only.
pub(crate) struct LogMailer;

#[async_trait]
impl Mailer for LogMailer {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let (to, subject, text) = (&message.to, &message.subject, &message.text);
        info!("a mail to {to}, which goes no further than this log: {subject}\n{text}");
        Ok(())
    }
}
