//! The errors of the contract (RFC 9457) and the closed lists that clients switch on.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! words {
    ($(#[$about:meta])* $list:ident: $($(#[$doc:meta])* $name:ident = $wire:literal;)*) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $list {
            $($(#[$doc])* $name,)*
            /// One that this version does not know.
            Other(String),
        }

        impl $list {
            /// All that this version knows.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $wire,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl FromStr for $list {
            type Err = Infallible;

            fn from_str(word: &str) -> Result<Self, Infallible> {
                Ok(match word {
                    $($wire => Self::$name,)*
                    _ => Self::Other(word.to_owned()),
                })
            }
        }

        impl fmt::Display for $list {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $list {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $list {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let Ok(word) = String::deserialize(from)?.parse();
                Ok(word)
            }
        }
    };
}

words! {
    /// What went wrong.
    Code:
    /// The request can't be understood.
    InvalidRequest = "invalid_request";
    /// A trusted proxy does not tell whose request it passes on.
    UnreadableForwarding = "unreadable_forwarding";
    /// A mailed token or a code is unknown, spent or expired.
    InvalidToken = "invalid_token";
    /// The way back from a provider is unknown, spent, expired or another browser's.
    InvalidFlow = "invalid_flow";
    /// Nobody is signed in.
    Unauthenticated = "unauthenticated";
    /// Unknown account, wrong password or disabled account.
    InvalidCredentials = "invalid_credentials";
    /// A second factor was wrong, or was used before.
    InvalidFactor = "invalid_factor";
    /// The second factor has to be shown again.
    FactorRequired = "factor_required";
    /// Some account has this passkey.
    FactorTaken = "factor_taken";
    /// The account has as many factors as it may.
    TooManyFactors = "too_many_factors";
    /// The account has to have one.
    LastFactor = "last_factor";
    /// The address was never confirmed.
    EmailUnverified = "email_unverified";
    /// The sign-in is too old for what was asked.
    ReauthRequired = "reauth_required";
    /// Who asks is known, and may not.
    Forbidden = "forbidden";
    /// The operator's policy says no.
    RefusedByPolicy = "refused_by_policy";
    /// Nobody would be an admin any more.
    LastAdmin = "last_admin";
    /// A browser sent the request from a foreign site.
    CrossOrigin = "cross_origin";
    /// The person said no at the provider.
    AccessDenied = "access_denied";
    /// Only a page that a person opens may go there.
    NavigationRequired = "navigation_required";
    /// There is no such thing.
    NotFound = "not_found";
    /// The route does not take this method.
    MethodNotAllowed = "method_not_allowed";
    /// Somebody has the username.
    UsernameTaken = "username_taken";
    /// Somebody has the address.
    EmailTaken = "email_taken";
    /// An account has this address: sign in, then link.
    LinkRequired = "link_required";
    /// Another account has this identity.
    IdentityTaken = "identity_taken";
    /// Removing it would leave no way to sign in.
    LastSignInMethod = "last_sign_in_method";
    /// Somebody else is signed in than the user the write names.
    UserChanged = "user_changed";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout";
    /// The body is too large.
    PayloadTooLarge = "payload_too_large";
    /// The headers are too large.
    HeadersTooLarge = "headers_too_large";
    /// The body is not JSON by its content type.
    UnsupportedMediaType = "unsupported_media_type";
    /// One or more fields break a rule.
    ValidationFailed = "validation_failed";
    /// A limit was reached.
    TooManyAttempts = "too_many_attempts";
    /// A fault of the server.
    Internal = "internal_error";
    /// A provider answered with something that proves nothing.
    ProviderFailed = "provider_failed";
    /// A provider can't be reached or does not work.
    ProviderUnavailable = "provider_unavailable";
    /// More work than the server takes on.
    Overloaded = "overloaded";
    /// A store is away.
    Unavailable = "unavailable";
}

impl Code {
    /// The HTTP status it goes with; none for a code that this version does not know.
    pub fn status(&self) -> Option<u16> {
        Some(match self {
            Self::InvalidRequest
            | Self::UnreadableForwarding
            | Self::InvalidToken
            | Self::InvalidFlow => 400,
            Self::Unauthenticated | Self::InvalidCredentials | Self::InvalidFactor => 401,
            Self::EmailUnverified
            | Self::ReauthRequired
            | Self::FactorRequired
            | Self::Forbidden
            | Self::RefusedByPolicy
            | Self::CrossOrigin
            | Self::AccessDenied
            | Self::NavigationRequired => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::UsernameTaken
            | Self::EmailTaken
            | Self::LinkRequired
            | Self::IdentityTaken
            | Self::LastSignInMethod
            | Self::FactorTaken
            | Self::TooManyFactors
            | Self::LastFactor
            | Self::LastAdmin => 409,
            Self::UserChanged => 412,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::ValidationFailed => 422,
            Self::TooManyAttempts => 429,
            Self::HeadersTooLarge => 431,
            Self::Internal => 500,
            Self::ProviderFailed => 502,
            Self::ProviderUnavailable | Self::Overloaded | Self::Unavailable => 503,
            Self::Other(_) => return None,
        })
    }
}

words! {
    /// The rule that a field breaks.
    FieldCode:
    /// It is needed.
    Required = "required";
    /// It has too few characters.
    TooShort = "too_short";
    /// It has too many characters.
    TooLong = "too_long";
    /// It has too many levels.
    TooDeep = "too_deep";
    /// It has characters that may not be in it.
    InvalidCharacters = "invalid_characters";
    /// It has not the form of what it is to be.
    InvalidFormat = "invalid_format";
    /// It mixes scripts so that it could be taken for something else.
    Confusable = "confusable";
    /// Nobody may have this name.
    Reserved = "reserved";
    /// It is a password that many people use.
    TooCommon = "too_common";
    /// It is made of the account's own words.
    TooGuessable = "too_guessable";
    /// It is a password known from a data breach.
    Breached = "breached";
    /// It is what it was.
    Unchanged = "unchanged";
    /// It is not the account's password.
    WrongPassword = "wrong_password";
}

/// An error answer (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// A URI that names the problem type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The problem in a few words, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to switch on.
    pub code: Code,
    /// What went wrong this time, for the person in front of the program.
    pub detail: String,
    /// Ties the answer to the server's log.
    pub request_id: String,
    /// One entry for each field that breaks a rule.
    #[serde(rename = "errors", default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// When to try again (`Retry-After`, RFC 9110, 10.2.3).
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldProblem {
    /// The field.
    pub field: String,
    /// The rule.
    pub code: FieldCode,
    /// The rule in words.
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.detail)?;
        let mut fields = self.fields.iter();
        fields.try_for_each(|field| write!(f, " {}: {}", field.field, field.detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_code_stays_what_it_is() {
        let code: Code = serde_json::from_str("\"brand_new\"").unwrap();
        assert_eq!(code, Code::Other("brand_new".into()));
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"brand_new\"");
        assert_eq!(code.status(), None);
    }

    #[test]
    fn every_known_code_reads_as_it_is_written_and_has_a_status() {
        for code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(code.clone()));
            assert!(code.status().is_some_and(|status| status >= 400), "{code}");
        }
    }
}
