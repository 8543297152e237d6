//! Errors on the wire: RFC 9457 problem details from one closed list.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use auth_core::error::BoxError;
use auth_core::{AuthError, FieldError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::request_id::RequestId;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $wire:tt, $status:ident, $title:literal;)*) => {
        /// Every code an answer can carry, the same on every server.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $wire)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }

            /// The status it goes with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The problem in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    /// The request can't be understood.
    InvalidRequest = "invalid_request", BAD_REQUEST, "The request can't be understood";
    /// A trusted proxy does not tell whose request it passes on.
    UnreadableForwarding = "unreadable_forwarding", BAD_REQUEST, "The proxy does not say whose request this is";
    /// A mailed token is unknown, spent or expired.
    InvalidToken = "invalid_token", BAD_REQUEST, "The link is no longer valid";
    /// Nobody is signed in.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Not signed in";
    /// Unknown account, wrong password or disabled account.
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "Wrong identifier or password";
    /// The address was never confirmed.
    EmailUnverified = "email_unverified", FORBIDDEN, "E-mail address not confirmed";
    /// The sign-in is too old for what was asked.
    ReauthRequired = "reauth_required", FORBIDDEN, "A fresh sign-in is needed";
    /// The second factor has to be shown again for what was asked.
    FactorRequired = "factor_required", FORBIDDEN, "The second step is needed again";
    /// A second factor was wrong, or was used before.
    InvalidFactor = "invalid_factor", UNAUTHORIZED, "Wrong code or passkey";
    /// Some account has this passkey.
    FactorTaken = "factor_taken", CONFLICT, "Passkey in use";
    /// The account has as many factors as it may.
    TooManyFactors = "too_many_factors", CONFLICT, "Too many second factors";
    /// The account has to have one.
    LastFactor = "last_factor", CONFLICT, "The last second factor";
    /// Who asks is known, and may not.
    Forbidden = "forbidden", FORBIDDEN, "Not permitted";
    /// The operator's policy says no.
    RefusedByPolicy = "refused_by_policy", FORBIDDEN, "Refused by the operator";
    /// Nobody would be an admin any more.
    LastAdmin = "last_admin", CONFLICT, "The last admin";
    /// A browser sent the request from a foreign site.
    CrossOrigin = "cross_origin", FORBIDDEN, "Request from a foreign site";
    /// Only a page that a person opens may go there.
    NavigationRequired = "navigation_required", FORBIDDEN, "Only to be opened as a page";
    /// There is no such thing here.
    NotFound = "not_found", NOT_FOUND, "Not found";
    /// The route does not take this method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// The way back from a provider is unknown, spent, expired or another browser's.
    InvalidFlow = "invalid_flow", BAD_REQUEST, "Start again at the sign-in page";
    /// The person said no at the provider.
    AccessDenied = "access_denied", FORBIDDEN, "Not allowed at the provider";
    /// Somebody has the username.
    UsernameTaken = "username_taken", CONFLICT, "Username taken";
    /// Somebody has the address.
    EmailTaken = "email_taken", CONFLICT, "E-mail address taken";
    /// An account with this address exists: sign in, then link.
    LinkRequired = "link_required", CONFLICT, "Sign in to link this account";
    /// Another account has this identity.
    IdentityTaken = "identity_taken", CONFLICT, "Linked to another account";
    /// Removing it would leave no way to sign in.
    LastSignInMethod = "last_sign_in_method", CONFLICT, "The last way to sign in";
    /// The write is meant for another user than the one who is signed in.
    UserChanged = "user_changed", PRECONDITION_FAILED, "Somebody else is signed in";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request took too long";
    /// The headers are too large.
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "Headers too large";
    /// The body is too large.
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "Body too large";
    /// The body is not JSON by its content type.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "Body must be application/json";
    /// One or more fields break a rule.
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "Some fields need attention";
    /// A limit was reached.
    TooManyAttempts = "too_many_attempts", TOO_MANY_REQUESTS, "Too many attempts";
    /// A fault of ours.
    Internal = "internal_error", INTERNAL_SERVER_ERROR, "Internal error";
    /// A provider answered with something that proves nothing.
    ProviderFailed = "provider_failed", BAD_GATEWAY, "The provider's answer was refused";
    /// A provider can't be reached or does not work.
    ProviderUnavailable = "provider_unavailable", SERVICE_UNAVAILABLE, "The provider is unavailable";
    /// More work than the server takes on.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Overloaded";
    /// A store is away.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Temporarily unavailable";
}

/// An error answer.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    cause: Option<BoxError>,
}

impl Problem {
    /// A problem with this code and an explanation for the person in front of the client.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: vec![],
            retry_after: None,
            cause: None,
        }
    }

    /// The explanation for the person in front of the client.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The code for a status that a library answered with.
    pub(crate) fn for_status(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::UNAUTHORIZED => Code::Unauthenticated,
            StatusCode::FORBIDDEN => Code::CrossOrigin,
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Code::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Code::PayloadTooLarge,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Code::HeadersTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
            StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
            status if status.is_server_error() => Code::Internal,
            _ => Code::InvalidRequest,
        };
        Self::new(code, code.title())
    }

    /// What it is about.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    pub(crate) fn caused_by(mut self, cause: BoxError) -> Self {
        self.cause = Some(cause);
        self
    }

    /// The cause behind a fault of ours, logged once, where it is answered: the answer
    /// itself stays opaque.
    pub(crate) fn log(&self) {
        if let Some(cause) = &self.cause {
            let chain = chain(&**cause);
            tracing::error!(request_id = %RequestId::current(), code = self.code.as_str(), cause = %chain);
        }
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.title())
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        let plain = |code, error: &AuthError| Self::new(code, sentence(error));
        match error {
            AuthError::Invalid(errors) => Self {
                errors,
                ..Self::new(Code::ValidationFailed, "Some fields need attention.")
            },
            AuthError::UsernameTaken => plain(Code::UsernameTaken, &error),
            AuthError::EmailTaken => plain(Code::EmailTaken, &error),
            AuthError::InvalidToken => plain(Code::InvalidToken, &error),
            AuthError::InvalidCredentials => plain(Code::InvalidCredentials, &error),
            AuthError::EmailUnverified => plain(Code::EmailUnverified, &error),
            AuthError::Unauthenticated => plain(Code::Unauthenticated, &error),
            AuthError::ReauthRequired => plain(Code::ReauthRequired, &error),
            AuthError::FactorRequired => plain(Code::FactorRequired, &error),
            AuthError::InvalidFactor => plain(Code::InvalidFactor, &error),
            AuthError::FactorTaken => plain(Code::FactorTaken, &error),
            AuthError::TooManyFactors => plain(Code::TooManyFactors, &error),
            AuthError::LastFactor => plain(Code::LastFactor, &error),
            AuthError::Forbidden => plain(Code::Forbidden, &error),
            AuthError::RefusedByPolicy { message } => {
                let plain = "The operator of this service does not permit this.";
                Self::new(
                    Code::RefusedByPolicy,
                    message.unwrap_or_else(|| plain.to_owned()),
                )
            }
            AuthError::LastAdmin => plain(Code::LastAdmin, &error),
            AuthError::InvalidFlow => plain(Code::InvalidFlow, &error),
            AuthError::AccessDenied => plain(Code::AccessDenied, &error),
            AuthError::LinkRequired => plain(Code::LinkRequired, &error),
            AuthError::IdentityTaken => plain(Code::IdentityTaken, &error),
            AuthError::LastSignInMethod => plain(Code::LastSignInMethod, &error),
            AuthError::NotFound => plain(Code::NotFound, &error),
            AuthError::TooManyAttempts { retry_after } => {
                plain(Code::TooManyAttempts, &error).retry_after(retry_after)
            }
            AuthError::Overloaded { retry_after } => {
                plain(Code::Overloaded, &error).retry_after(retry_after)
            }
            AuthError::Unavailable(cause) => {
                Self::new(Code::Unavailable, "Please try again in a moment.")
                    .retry_after(Duration::from_secs(1))
                    .caused_by(cause)
            }
            AuthError::ProviderUnavailable(cause) => Self::new(
                Code::ProviderUnavailable,
                "Please try again in a moment, or sign in another way.",
            )
            .retry_after(Duration::from_secs(5))
            .caused_by(cause),
            AuthError::ProviderFailed(cause) => Self::new(
                Code::ProviderFailed,
                "Please try again, or sign in another way.",
            )
            .caused_by(cause),
            AuthError::Internal(cause) => {
                Self::new(Code::Internal, "Something went wrong on our side.").caused_by(cause)
            }
        }
    }
}

/// The domain's words as a sentence.
fn sentence(error: &AuthError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

/// The body of an error answer (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// A URI that names the problem type.
    #[schema(value_type = String, example = "urn:auth:problem:invalid_credentials")]
    r#type: String,
    /// The problem in a few words, the same for every occurrence.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What clients switch on.
    code: Code,
    /// What went wrong this time.
    detail: &'a str,
    /// Ties this answer to the server's log.
    request_id: String,
    /// One entry for each field that breaks a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldProblem<'a>>,
}

/// A field that breaks a rule.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldProblem<'a> {
    /// The field.
    field: &'a str,
    /// The rule.
    code: &'a str,
    /// The rule in words.
    detail: &'a str,
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.log();
        let mut response = HttpResponse::build(self.code.status());
        if let Some(after) = self.retry_after {
            response.insert_header((RETRY_AFTER, whole_seconds(after)));
        }
        response
            .insert_header((CONTENT_TYPE, "application/problem+json"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(self.document())
    }
}

impl Problem {
    /// The problem as JSON (RFC 9457).
    pub(crate) fn document(&self) -> Vec<u8> {
        let errors = self.errors.iter().map(|e| FieldProblem {
            field: &e.field,
            code: e.code.as_str(),
            detail: &e.detail,
        });
        let body = ProblemBody {
            r#type: format!("urn:auth:problem:{}", self.code.as_str()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            code: self.code,
            detail: &self.detail,
            request_id: RequestId::current().to_string(),
            errors: errors.collect(),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

/// `Retry-After` in seconds, rounded up: a client that waits that long has waited enough.
fn whole_seconds(after: Duration) -> u64 {
    let up = u64::from(after.subsec_nanos() > 0);
    (after.as_secs() + up).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_serialise_as_listed() {
        for (n, code) in Code::ALL.iter().enumerate() {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!(
                !Code::ALL[..n]
                    .iter()
                    .any(|other| other.as_str() == code.as_str())
            );
        }
    }

    #[test]
    fn retry_after_rounds_up() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(3)), 3);
    }
}
