//! What a person is shown in place of an error that programs read.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};

use crate::language::wanted;
use crate::shell::{Edition, Shell};

/// Middleware, outside of all others: a browser that opens an address as a page (Fetch Metadata,
/// `Sec-Fetch-Mode: navigate`) and meets a problem document is shown a page instead, with the
/// same status and headers. A program gets what it always does, whatever it accepts.
///
/// # Errors
/// Those of what is within.
pub async fn for_people<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let shell = req.app_data::<Data<Shell>>().cloned();
    let Some(shell) = shell.filter(|_| is_navigation(req.headers())) else {
        return Ok(next.call(req).await?.map_into_boxed_body());
    };
    let tags = wanted(req.request());
    let Some(edition) = shell.edition(&tags) else {
        return Ok(next.call(req).await?.map_into_boxed_body());
    };
    match next.call(req).await {
        Ok(answer) if is_problem(answer.headers()) => {
            let (request, old) = answer.into_parts();
            let page = instead_of(&old.map_into_boxed_body(), &shell, edition);
            Ok(ServiceResponse::new(request, page))
        }
        Ok(answer) => Ok(answer.map_into_boxed_body()),
        Err(error) => {
            let old = error.error_response();
            if !is_problem(old.headers()) {
                return Err(error);
            }
            let page = instead_of(&old, &shell, edition);
            Err(InternalError::from_response(error, page).into())
        }
    }
}

/// Whether a person opens the address.
fn is_navigation(headers: &HeaderMap) -> bool {
    let is = |name: &str, value: &str| {
        headers
            .get(name)
            .is_some_and(|found| found.as_bytes() == value.as_bytes())
    };
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    is("sec-fetch-mode", "navigate")
        && is("sec-fetch-dest", "document")
        && accept.is_some_and(|accept| accept.contains("text/html"))
}

fn is_problem(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes() == b"application/problem+json")
}

fn instead_of(old: &HttpResponse, shell: &Shell, edition: &Edition) -> HttpResponse {
    let id = old.headers().get("x-request-id");
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or("-");
    let Some(html) = shell.error(edition, words_of(old.status()), id) else {
        // What can't be written can't be shown; the status still tells.
        return HttpResponse::build(old.status()).finish();
    };
    let mut page = HttpResponse::build(old.status()).body(html);
    for (name, value) in old.headers() {
        if !matches!(
            *name,
            CONTENT_TYPE | CONTENT_LENGTH | CONTENT_SECURITY_POLICY
        ) {
            page.headers_mut().append(name.clone(), value.clone());
        }
    }
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    page.headers_mut().insert(CONTENT_TYPE, html);
    page.headers_mut()
        .insert(CONTENT_SECURITY_POLICY, shell.policy.clone());
    page
}

/// The words for a status.
fn words_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED | StatusCode::METHOD_NOT_ALLOWED => {
            "forbidden"
        }
        StatusCode::TOO_MANY_REQUESTS => "limited",
        status if status.is_server_error() => "failed",
        _ => "refused",
    }
}
