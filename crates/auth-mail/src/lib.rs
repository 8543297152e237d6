//! Mail: how it is written, how it is delivered, and the worker that empties the outbox.
//!
//! [`OutboxWorker`] takes queued mails from the outbox, makes their links, writes them and
//! hands them to the [`Mailer`](auth_core::Mailer) that [`mailer`] built for a
//! [`MailTarget`]: an SMTP server, a directory, or the [`DevMailbox`].

mod compose;
mod eml;
mod file_mailer;
mod files;
mod mailbox;
mod outbox;
mod sender;
mod smtp;
mod target;
mod target_error;

pub use compose::Links;
pub use mailbox::{DevMailbox, StoredMail};
pub use outbox::{OutboxWorker, WorkerConfig};
pub use sender::{Sender, SenderError};
pub use smtp::SmtpServer;
pub use target::{MailTarget, MailerError, mailer};
pub use target_error::MailTargetError;
