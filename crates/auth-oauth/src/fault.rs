//! What went wrong at a provider, in words of our own.

use std::borrow::Cow;

use auth_core::ProviderError;
use auth_core::SecretText;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};

use crate::OutboundError;

/// The most characters of a provider's that a log line repeats.
const MAX_SHOWN: usize = 100;

/// Why a provider proved nothing. The text gets logged. Of what a provider sent it repeats
/// only what is public anyway (issuers, clients, algorithms, key ids, statuses, error codes,
/// times), by [`shown`]; nothing about a person, and nothing that a browser sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Unavailable(Cow<'static, str>),
    Rejected(Cow<'static, str>),
}

impl Fault {
    pub(crate) fn rejected(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Rejected(text.into())
    }

    /// A call to `whose` that came to nothing.
    pub(crate) fn call(whose: &str, error: &OutboundError) -> Self {
        let text = Cow::Owned(format!("{whose}: {error}"));
        if error.is_temporary() {
            Self::Unavailable(text)
        } else {
            Self::Rejected(text)
        }
    }

    /// The reason.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Unavailable(text) | Self::Rejected(text) => text,
        }
    }
}

impl From<Fault> for ProviderError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unavailable(text) => Self::Unavailable(text.into()),
            Fault::Rejected(text) => Self::Rejected(text.into()),
        }
    }
}

/// A public text of a provider's as a log line may repeat it: short and on one line.
pub(crate) fn shown(text: &str) -> String {
    let short: String = text.chars().take(MAX_SHOWN).collect();
    let rest = if short.len() < text.len() { "…" } else { "" };
    format!("`{}{rest}`", short.escape_debug())
}

/// The S256 challenge of a verifier (RFC 7636, 4.2).
pub(crate) fn pkce_challenge(verifier: &SecretText) -> Result<PkceCodeChallenge, Fault> {
    // The crate panics on a length that RFC 7636, 4.1 does not allow.
    if !(43..=128).contains(&verifier.reveal().len()) {
        return Err(Fault::rejected(
            "the PKCE verifier has an unsuitable length",
        ));
    }
    let verifier = PkceCodeVerifier::new(verifier.reveal().to_owned());
    Ok(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
}
