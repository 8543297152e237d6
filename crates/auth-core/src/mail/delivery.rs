//! A mail that somebody gets, and who delivers it.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::Notice;
use crate::email::Email;
use crate::error::BoxError;
use crate::language::Languages;
use crate::secret::{Secret, SecretText};
use crate::token::Purpose;

/// A mail for somebody: everything that its words can be made of. Nothing in it was chosen by
/// a user but the recipient's address, since whoever gets it may be a stranger to that user.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Stable over retries; the Message-ID is made from it, so that receivers can tell
    /// a repeated delivery.
    pub id: String,
    /// Where it goes.
    pub to: Email,
    /// What it says.
    pub content: Content,
    /// What the service is called.
    pub service: String,
    /// The front end that it leads to, without a slash at its end.
    pub frontend: String,
    /// What its recipient would like to read: the account's language, else what whoever asked for
    /// the mail reads.
    pub languages: Languages,
}

/// What a mail says.
#[derive(Clone, Debug)]
pub enum Content {
    /// Offers what its link is good for.
    Link(Link),
    /// Tells a code to sign in with.
    Code(Code),
    /// Tells the owner of an account that somebody tried to use the address.
    AlreadyRegistered,
    /// Tells the owner of an account what happened to it.
    Notice(Notice),
}

/// A link that works once, for whoever reads the mail.
#[derive(Clone)]
pub struct Link {
    /// What it is good for.
    pub purpose: Purpose,
    /// The token that it carries.
    pub token: Secret,
    /// How long it works from when the mail is written.
    pub lifetime: Duration,
    /// The page of the front end that takes the token, with the token.
    pub url: String,
}

impl Link {
    /// A link to the page for this purpose. The token sits in the fragment, which browsers
    /// send to nobody: neither a log nor a `Referer` header gets it.
    pub fn new(frontend: &str, purpose: Purpose, token: Secret, lifetime: Duration) -> Self {
        let page = match purpose {
            Purpose::SignUp | Purpose::Verify | Purpose::ChangeEmail => "verify",
            Purpose::Reset => "reset",
        };
        let frontend = frontend.trim_end_matches('/');
        Self {
            url: format!("{frontend}/{page}#token={}", token.reveal()),
            purpose,
            token,
            lifetime,
        }
    }
}

/// A code that signs in where it was asked for.
#[derive(Clone, Debug)]
pub struct Code {
    /// Its digits.
    pub digits: SecretText,
    /// The page of the front end that takes it, with the code.
    pub url: SecretText,
    /// How long it works from when it was asked for.
    pub lifetime: Duration,
}

impl Code {
    /// A code, and a link to the page that takes it, for the browser that asked.
    pub fn new(frontend: &str, digits: SecretText, lifetime: Duration) -> Self {
        let frontend = frontend.trim_end_matches('/');
        let url = format!("{frontend}/sign-in#code={}", digits.reveal());
        Self {
            digits,
            url: SecretText::new(url),
            lifetime,
        }
    }
}

/// Never shows the token.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({}, ..)", self.purpose.as_str())
    }
}

/// Why a mail was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// A later try may succeed.
    #[error("mail could not be delivered for now")]
    Transient(#[source] BoxError),
    /// We may not send, or not now: until somebody mends that, no mail goes out.
    #[error("the mail server refuses the sender")]
    SenderRefused(#[source] BoxError),
    /// No later try will succeed.
    #[error("mail was refused for good")]
    Permanent(#[source] BoxError),
}

/// Writes mails and delivers them.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Delivers one mail. `Ok` means that the next hop has taken it.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_leads_to_its_page_and_one_slash_joins_them() {
        for frontend in ["https://a.example.org", "https://a.example.org/"] {
            for purpose in Purpose::ALL {
                let token = Secret::generate();
                let secret = token.reveal().to_string();
                let page = match purpose {
                    Purpose::Reset => "reset",
                    _ => "verify",
                };
                let link = Link::new(frontend, purpose, token, Duration::ZERO);
                let expected = format!("https://a.example.org/{page}#token={secret}");
                assert_eq!(link.url, expected);
            }
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let token = Secret::generate();
        let link = Link::new(
            "https://a.example.org",
            Purpose::Reset,
            token,
            Duration::ZERO,
        );
        assert_eq!(format!("{link:?}"), "Link(reset, ..)");
    }
}
