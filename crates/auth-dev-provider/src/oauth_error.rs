//! Errors of the token endpoint.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

use crate::grants::Refusal;

/// An error of the token endpoint, with an explanation for the client's developer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// The request can't be understood.
    Request(&'static str),
    /// The client is not who it says.
    Client(&'static str),
    /// The kind of grant is none that is known here.
    GrantType,
    /// The code is no good.
    Grant(Refusal),
    /// A fault of the provider.
    Server,
}

impl TokenError {
    /// As RFC 6749, 5.2 wants it.
    pub(crate) fn answer(self) -> HttpResponse {
        let status = match self {
            Self::Client(_) => StatusCode::UNAUTHORIZED,
            Self::Server => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut answer = HttpResponse::build(status);
        if status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, "Basic realm=\"clients\""));
        }
        answer.json(json!({"error": self.code(), "error_description": self.why()}))
    }

    /// As GitHub puts it.
    pub(crate) fn in_github_words(self) -> Value {
        let code = match self {
            Self::Client(_) => "incorrect_client_credentials",
            Self::Grant(Refusal::RedirectUri) => "redirect_uri_mismatch",
            Self::Grant(_) => "bad_verification_code",
            other => other.code(),
        };
        json!({"error": code, "error_description": self.why()})
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Request(_) => "invalid_request",
            Self::Client(_) => "invalid_client",
            Self::GrantType => "unsupported_grant_type",
            Self::Grant(_) => "invalid_grant",
            Self::Server => "server_error",
        }
    }

    const fn why(self) -> &'static str {
        match self {
            Self::Request(why) | Self::Client(why) => why,
            Self::GrantType => "grant_type must be authorization_code.",
            Self::Grant(Refusal::Code) => {
                "The code is unknown, expired, already used or another client's."
            }
            Self::Grant(Refusal::RedirectUri) => "The redirect_uri is not that of the request.",
            Self::Grant(Refusal::Verifier) => "The code_verifier does not fit.",
            Self::Server => "No token could be made.",
        }
    }
}
