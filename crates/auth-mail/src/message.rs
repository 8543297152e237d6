//! From a mail that is wanted to a message that is sent.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::mail::{Mail, MailError};
use auth_core::{Email, Mailer};

use crate::compose::{Composed, Templates};

/// A message ready to be sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// Stable over retries; the Message-ID is made from it, so that receivers can tell
    /// a repeated delivery.
    pub id: String,
    /// Where it goes.
    pub to: Email,
    /// The subject line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// Delivers messages.
#[async_trait]
pub trait MessageTransport: Send + Sync {
    /// Delivers one message. `Ok` means that the next hop has taken it.
    ///
    /// # Errors
    /// Why it was not delivered.
    async fn send(&self, message: &Message) -> Result<(), MailError>;
}

/// Writes mails with templates, and delivers them over a transport.
pub struct TemplateMailer {
    templates: Arc<dyn Templates>,
    transport: Arc<dyn MessageTransport>,
}

impl TemplateMailer {
    /// Joins the two.
    pub fn new(templates: Arc<dyn Templates>, transport: Arc<dyn MessageTransport>) -> Self {
        Self {
            templates,
            transport,
        }
    }
}

#[async_trait]
impl Mailer for TemplateMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let Composed {
            subject,
            text,
            html,
        } = self.templates.compose(mail);
        let message = Message {
            id: mail.id.clone(),
            to: mail.to.clone(),
            subject,
            text,
            html,
        };
        self.transport.send(&message).await
    }
}
