//! Mail: how it is written, how it is delivered, and the worker that empties the outbox.
//!
//! [`OutboxWorker`] takes queued mails from the outbox, has the domain say who gets them, and
//! hands them to a [`Mailer`](auth_core::Mailer). [`TemplateMailer`] is one: it finds the words
//! by [`Templates`], and sends them over the [`MessageTransport`] that [`transport`] built for a
//! [`MailTarget`]: an SMTP server, a directory, or the [`DevMailbox`].

mod compose;
mod eml;
mod file_mailer;
mod files;
mod mailbox;
mod message;
mod outbox;
mod sender;
mod smtp;
mod target;
mod target_error;

pub use compose::{BuiltInTemplates, Composed, MailTemplates, TEMPLATES, Templates};
pub use mailbox::{DevMailbox, StoredMail};
pub use message::{Message, MessageTransport, TemplateMailer};
pub use outbox::{OutboxWorker, WorkerConfig};
pub use sender::{Sender, SenderError};
pub use smtp::SmtpServer;
pub use target::{MailTarget, MailerError, transport};
pub use target_error::MailTargetError;
