//! The closed lists that clients switch on.

/// Every error code of the contract and the status it goes with.
pub const CODES: [(&str, u16); 30] = [
    ("invalid_request", 400),
    ("unreadable_forwarding", 400),
    ("invalid_token", 400),
    ("invalid_flow", 400),
    ("unauthenticated", 401),
    ("invalid_credentials", 401),
    ("email_unverified", 403),
    ("reauth_required", 403),
    ("cross_origin", 403),
    ("access_denied", 403),
    ("navigation_required", 403),
    ("not_found", 404),
    ("method_not_allowed", 405),
    ("username_taken", 409),
    ("email_taken", 409),
    ("link_required", 409),
    ("identity_taken", 409),
    ("last_sign_in_method", 409),
    ("user_changed", 412),
    ("request_timeout", 408),
    ("payload_too_large", 413),
    ("headers_too_large", 431),
    ("unsupported_media_type", 415),
    ("validation_failed", 422),
    ("too_many_attempts", 429),
    ("internal_error", 500),
    ("provider_failed", 502),
    ("provider_unavailable", 503),
    ("overloaded", 503),
    ("unavailable", 503),
];

/// Every rule that a field can break.
pub const FIELD_CODES: [&str; 12] = [
    "required",
    "too_short",
    "too_long",
    "too_deep",
    "invalid_characters",
    "invalid_format",
    "confusable",
    "reserved",
    "too_common",
    "too_guessable",
    "unchanged",
    "wrong_password",
];

/// The status that goes with a code of the list.
pub fn status_of(code: &str) -> Option<u16> {
    let entry = CODES.iter().find(|(listed, _)| *listed == code);
    entry.map(|(_, status)| *status)
}
