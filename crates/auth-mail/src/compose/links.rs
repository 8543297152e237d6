//! The addresses that mails link to.

use std::time::Duration;

use auth_core::Secret;

/// The pages of the service that mails link to. They are built from the configured public
/// URL, never from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    frontend: String,
}

/// A link that carries a one-time token.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) url: String,
    /// How long the token works.
    pub(crate) lifetime: Duration,
}

impl Links {
    /// Links below `public_url`, such as `https://accounts.example.org`.
    pub fn new(public_url: &str) -> Self {
        Self {
            frontend: format!("{}/", public_url.trim_end_matches('/')),
        }
    }

    /// The front page.
    pub(crate) fn home(&self) -> &str {
        &self.frontend
    }

    /// The page that confirms an address.
    pub(crate) fn verify(&self, token: &Secret, lifetime: Duration) -> Link {
        self.with_token("verify", token, lifetime)
    }

    /// The page that sets a new password.
    pub(crate) fn reset(&self, token: &Secret, lifetime: Duration) -> Link {
        self.with_token("reset", token, lifetime)
    }

    /// The token sits in the fragment, which browsers send to nobody: neither a log nor a
    /// Referer header gets it.
    fn with_token(&self, page: &str, token: &Secret, lifetime: Duration) -> Link {
        Link {
            url: format!("{}{page}#token={}", self.frontend, token.reveal()),
            lifetime,
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_joins_url_and_page() {
        let token = Secret::generate();
        for url in ["https://a.example.org", "https://a.example.org/"] {
            let link = Links::new(url).verify(&token, Duration::ZERO);
            let expected = format!("https://a.example.org/verify#token={}", token.reveal());
            assert_eq!(link.url, expected);
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let link = Links::new("https://a.example.org").reset(&Secret::generate(), Duration::ZERO);
        assert_eq!(format!("{link:?}"), "Link(..)");
    }
}
