//! What went wrong at a provider, in words of our own.

use std::borrow::Cow;

use auth_core::ProviderError;
use auth_core::strategy::SecretText;
use openidconnect::http::StatusCode;
use openidconnect::{HttpResponse, PkceCodeChallenge, PkceCodeVerifier};
use serde::de::DeserializeOwned;

use crate::OutboundError;

/// Why a provider proved nothing. The text gets logged, so it is never made of what a
/// provider or a browser sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Unavailable(Cow<'static, str>),
    Rejected(Cow<'static, str>),
}

impl Fault {
    pub(crate) fn rejected(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Rejected(text.into())
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

impl From<OutboundError> for Fault {
    fn from(error: OutboundError) -> Self {
        let text = Cow::Owned(error.to_string());
        if error.is_temporary() {
            Self::Unavailable(text)
        } else {
            Self::Rejected(text)
        }
    }
}

/// The JSON of an answer; `whose` names it in the fault.
pub(crate) fn json<T: DeserializeOwned>(
    whose: &'static str,
    answer: &HttpResponse,
) -> Result<T, Fault> {
    if answer.status() != StatusCode::OK {
        let status = answer.status().as_u16();
        return Err(Fault::rejected(format!("{whose} answered {status}")));
    }
    let parsed = serde_json::from_slice(answer.body());
    parsed.map_err(|_| Fault::rejected(format!("{whose} did not answer with the expected JSON")))
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
