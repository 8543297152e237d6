//! What goes wrong with an SMTP server, in words that are safe to log.

use std::error::Error as _;

use auth_core::mail::MailError;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::{Category, Code, Severity};

/// Why an exchange with the server failed. A server's own words are not kept: they may
/// repeat the recipient's address or what the mail says.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the server answered {code}{}", .enhanced.as_deref().unwrap_or_default())]
    Reply {
        code: Code,
        /// Its enhanced status code behind a space (RFC 3463).
        enhanced: Option<String>,
    },
    #[error("the server's answer is not SMTP")]
    NotSmtp,
    #[error("the server took too long")]
    Timeout,
    #[error("the server offers no encryption, and a password is not sent without it")]
    PasswordInClear,
    #[error(transparent)]
    Connection(SmtpError),
}

impl From<SmtpError> for Failure {
    fn from(error: SmtpError) -> Self {
        match error.status() {
            Some(code) => Self::Reply {
                code,
                enhanced: enhanced_status(&error),
            },
            None if error.is_response() => Self::NotSmtp,
            None => Self::Connection(error),
        }
    }
}

/// The status code that servers put in front of their words: `5.1.1`.
fn enhanced_status(error: &SmtpError) -> Option<String> {
    let words = error.source()?.to_string();
    let first = words.split_whitespace().next()?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_status = first.split('.').count() == 3 && first.split('.').all(is_number);
    is_status.then(|| format!(" {first}"))
}

/// A failure that says nothing about the mail itself.
pub(super) fn transient(failure: impl Into<Failure>) -> MailError {
    MailError::Transient(Box::new(failure.into()))
}

/// A failure in answer to the recipient or the content. Only a 55x reply is the mail
/// system's final word on them (RFC 5321, 4.2.1); others mean a fault in between, such as
/// a login that is missing, which somebody may mend.
pub(super) fn verdict(error: SmtpError) -> MailError {
    let is_final = error.status().is_some_and(|code| {
        code.severity == Severity::PermanentNegativeCompletion
            && code.category == Category::MailSystem
    });
    let failure = Box::new(Failure::from(error));
    if is_final {
        MailError::Permanent(failure)
    } else {
        MailError::Transient(failure)
    }
}
