//! Delivery to an SMTP server (RFC 5321, RFC 6409).

mod connect;
mod failure;
mod hello;
mod idle;
mod mailer;
mod replay;
mod server;

pub(crate) use mailer::SmtpMailer;
pub use server::SmtpServer;
