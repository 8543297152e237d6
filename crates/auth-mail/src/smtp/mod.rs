//! Delivery to an SMTP server (RFC 5321, RFC 6409).

mod connect;
mod failure;
mod idle;
mod mailer;
mod server;

pub(crate) use mailer::SmtpMailer;
pub use server::SmtpServer;
