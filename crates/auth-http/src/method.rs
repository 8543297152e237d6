//! What a request's method says of it.

use actix_web::http::Method;
use tracing::Level;

/// Whether requests by this method have a span: asking costs less than looking for one.
pub(crate) fn has_span(method: &Method) -> bool {
    !is_safe(method) || tracing::enabled!(Level::DEBUG)
}

/// Methods that change nothing (RFC 9110, 9.2.1).
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// A method from the closed list of RFC 9110 and RFC 5789: strangers make up others without
/// end, and each would be a series of its own among the metrics.
pub(crate) fn known(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS
        | Method::TRACE
        | Method::CONNECT => method.as_str(),
        _ => "other",
    }
}
