//! The headers that every answer carries (OWASP ASVS 5.0, 3.4).

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CROSS_ORIGIN_OPENER_POLICY,
    CROSS_ORIGIN_RESOURCE_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};

use crate::api::Api;
use crate::config::Placement;
use crate::request_id::RequestId;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// What a handler may set otherwise.
static SECURITY: [(HeaderName, HeaderValue); 6] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        CROSS_ORIGIN_OPENER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (CACHE_CONTROL, NO_STORE),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
];

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the answer.
pub(super) fn name(headers: &mut HeaderMap, id: RequestId) {
    headers.insert(REQUEST_ID.clone(), id.header());
}

/// Completes the headers of an answer by this API.
pub(super) fn complete(headers: &mut HeaderMap, id: RequestId, api: &Api, status: StatusCode) {
    name(headers, id);
    for (name, value) in &SECURITY {
        default(headers, name, value);
    }
    if api.config().is_https() && api.config().placement == Placement::OwnServer {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        default(headers, &STRICT_TRANSPORT_SECURITY, &year);
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static(api.challenge());
        default(headers, &WWW_AUTHENTICATE, &challenge);
    }
}

/// Keeps an answer to a request with a credential out of every cache.
pub(super) fn forbid_storing(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, NO_STORE);
}

/// Sets a header that the handler left open.
fn default(headers: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
    if !headers.contains_key(name) {
        headers.insert(name.clone(), value.clone());
    }
}
