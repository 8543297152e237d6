//! What happens to every request and every answer, whatever the route.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    self, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, ResponseError as _};
use auth_core::Transport;
use futures_util::FutureExt as _;

use crate::api::{Answer, Api};
use crate::problem::{Code, Problem};
use crate::request_id::RequestId;

/// Middleware for the whole app: gives each request its id, turns every error and panic
/// into a problem document, sets the security headers, and logs.
///
/// # Errors
/// None; the signature is actix's.
pub async fn edge(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = RequestId::generate();
    id.scope(async move {
        let started = Instant::now();
        let request = req.request().clone();
        let mut answer = match AssertUnwindSafe(next.call(req)).catch_unwind().await {
            Ok(Ok(answer)) => answer.map_into_boxed_body(),
            Ok(Err(error)) => ServiceResponse::new(request.clone(), error.error_response()),
            Err(_) => {
                let problem = Problem::new(Code::Internal, "Something went wrong on our side.");
                ServiceResponse::new(request.clone(), problem.error_response())
            }
        };
        if is_foreign_error(&answer) {
            answer = as_problem(answer);
        }
        if let Some(api) = Api::of(&request) {
            api.cookies().apply_lifetime(&mut answer);
            finish(api, &request, answer.status(), answer.headers_mut());
        }
        set(answer.headers_mut(), "x-request-id", &id.to_string());
        log(&request, &answer, started, id);
        Ok(answer)
    })
    .await
}

/// An error that some library answered with, in a shape of its own.
fn is_foreign_error(answer: &ServiceResponse) -> bool {
    let status = answer.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let content_type = answer.headers().get(CONTENT_TYPE);
    is_error && content_type.is_none_or(|value| !value.as_bytes().starts_with(b"application/"))
}

/// The same answer with a problem document for a body; its headers stay.
fn as_problem(answer: ServiceResponse) -> ServiceResponse {
    let problem = Problem::for_status(answer.status());
    let (request, old) = answer.into_parts();
    let mut new = problem.error_response();
    for (name, value) in old.headers() {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) {
            new.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, new)
}

/// The headers that every answer carries (OWASP ASVS 5.0, 3.4).
fn finish(api: &Api, request: &HttpRequest, status: StatusCode, headers: &mut HeaderMap) {
    const EVERYWHERE: [(&str, &str); 5] = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ];
    for (name, value) in EVERYWHERE {
        default(headers, name, value);
    }
    let policy = "default-src 'none'; frame-ancestors 'none'";
    default(headers, "content-security-policy", policy);
    if api.config().is_https() {
        let year = "max-age=31536000; includeSubDomains";
        default(headers, "strict-transport-security", year);
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = match api.accounts().strategy().description().transport {
            Transport::Bearer => "Bearer realm=\"auth\"",
            Transport::Cookie => "Cookie realm=\"auth\"",
        };
        default(headers, WWW_AUTHENTICATE.as_str(), challenge);
    }
    if request.headers().contains_key(header::AUTHORIZATION) {
        set(headers, CACHE_CONTROL.as_str(), "no-store");
    }
}

/// Sets a header that the handler left open.
fn default(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if !headers.contains_key(name) {
        set(headers, name, value);
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// One line for each request that changes something or fails; plain reads are a matter
/// of debugging. Never a path with its values, a query or a header.
fn log(request: &HttpRequest, answer: &ServiceResponse, started: Instant, id: RequestId) {
    let route = request.match_pattern().unwrap_or_else(|| "-".into());
    let (method, status, took) = (request.method(), answer.status(), started.elapsed());
    if let Some(api) = Api::of(request) {
        api.observe(Answer {
            route: &route,
            method: method.as_str(),
            status: status.as_u16(),
            took,
        });
    }
    let ms = took.as_secs_f64() * 1000.0;
    let status_code = status.as_u16();
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) && status.is_success() {
        tracing::debug!(request_id = %id, %method, route, status = status_code, ms, "answered");
    } else {
        tracing::info!(request_id = %id, %method, route, status = status_code, ms, "answered");
    }
}
