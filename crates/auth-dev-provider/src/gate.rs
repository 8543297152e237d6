//! What every request passes.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

use crate::{DevProvider, Endpoint};

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Counts the request, fails during an outage, and adds the headers of every answer.
pub(crate) async fn pass(
    provider: DevProvider,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let path = request.path().strip_prefix(provider.path());
    if let Some(endpoint) = path.and_then(Endpoint::at) {
        provider.count(endpoint);
    }
    let mut response = if provider.is_out() {
        request.into_response(HttpResponse::ServiceUnavailable().finish())
    } else {
        next.call(request).await?
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
