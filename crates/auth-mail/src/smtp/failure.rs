//! What goes wrong with an SMTP server, in words that are safe to log.

use std::error::Error as _;
use std::io;

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
    #[error("the server knows no way to log in that is allowed here; `auth` in --mail names one")]
    NoMechanism,
    #[error("the file that token_file in --mail names can't be read")]
    Token(#[source] io::Error),
    #[error(transparent)]
    Connection(SmtpError),
    #[error(transparent)]
    Network(#[from] io::Error),
}

impl Failure {
    /// A refusal, with the first word behind its code.
    pub(super) fn reply(code: Code, first_word: Option<&str>) -> Self {
        Self::Reply {
            code,
            enhanced: first_word
                .filter(|word| is_status(word))
                .map(|s| format!(" {s}")),
        }
    }

    /// Whether the reply is about who sends rather than about the recipient or the mail: an
    /// address or a domain that may not send, a quota, a policy (RFC 3463, 3.5 and 3.8;
    /// Gmail answers 550 5.4.5 over quota and 550 5.7.26 without SPF or DKIM).
    fn is_about_the_sender(&self) -> bool {
        let Self::Reply {
            enhanced: Some(status),
            ..
        } = self
        else {
            return false;
        };
        let status = status.trim();
        let [_, subject, detail] = status.split('.').collect::<Vec<_>>()[..] else {
            return false;
        };
        match subject {
            "1" => matches!(detail, "7" | "8"),
            "3" => detail != "4",
            "4" | "5" | "7" => true,
            _ => false,
        }
    }
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
    is_status(first).then(|| format!(" {first}"))
}

fn is_status(word: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    word.split('.').count() == 3 && word.split('.').all(is_number)
}

/// A failure that says nothing about the mail itself.
pub(super) fn transient(failure: impl Into<Failure>) -> MailError {
    MailError::Transient(Box::new(failure.into()))
}

/// A refusal of us as the sender, which somebody has to mend.
pub(super) fn refused(failure: impl Into<Failure>) -> MailError {
    let failure = failure.into();
    match failure {
        Failure::Reply { code, .. } if code.severity == Severity::PermanentNegativeCompletion => {
            MailError::SenderRefused(Box::new(failure))
        }
        _ => MailError::Transient(Box::new(failure)),
    }
}

/// A failure in answer to the recipient or the content. Only a 55x reply is the mail
/// system's final word on them (RFC 5321, 4.2.1), unless its status says that the sender is
/// meant; others mean a fault in between, which somebody may mend.
pub(super) fn verdict(error: SmtpError) -> MailError {
    let is_final = error.status().is_some_and(|code| {
        code.severity == Severity::PermanentNegativeCompletion
            && code.category == Category::MailSystem
    });
    let failure = Failure::from(error);
    if failure.is_about_the_sender() {
        refused(failure)
    } else if is_final {
        MailError::Permanent(Box::new(failure))
    } else {
        MailError::Transient(Box::new(failure))
    }
}
