//! What can go wrong.

use url::Url;

use crate::dto::Pending;
use crate::problem::Problem;

/// Why there is no answer to go on with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server can't be reached, or the connection broke off.
    #[error("the server gave no answer")]
    Transport(#[source] reqwest::Error),
    /// The server refuses, and says why.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// What answers there does not speak the contract: a wrong address, or a proxy in between.
    #[error("{request} was answered with {status} and something that is not of the contract")]
    Unexpected {
        /// What was asked.
        request: String,
        /// The HTTP status.
        status: u16,
        /// What is wrong with the body, where that is it.
        #[source]
        source: Option<serde_json::Error>,
    },
    /// The sign-in needs one more step.
    #[error("the sign-in needs one more step")]
    Pending(Pending),
    /// The base URL is none that calls could be made below.
    #[error("{0:?} is no base URL of a server: use https://HOST/api/auth")]
    BaseUrl(String),
    /// The credential would travel where strangers could read it (RFC 6750, 5.3), or to a host
    /// that its cookies are not for.
    #[error("the credential must not be sent to {0}")]
    Misplaced(Url),
}

impl Error {
    /// The problem, if the server refuses.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }
}

impl From<reqwest::Error> for Error {
    /// Without the URL: on the way back from a provider there are secrets in it.
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}
