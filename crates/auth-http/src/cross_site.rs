//! Which browsers may call: the cross-site rule and CORS.

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};
use auth_core::Transport;

use crate::api::{Api, HttpConfig};
use crate::problem::{Code, Problem};

/// Refuses unsafe requests that a browser sends from a foreign site (OWASP ASVS 5.0,
/// 3.5.1) wherever a cookie could speak for the person: on cookie strategies always, on
/// others when the refresh cookie comes along.
pub(crate) async fn guard(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(api) = Api::of(req.request()) {
        let by_cookie = match api.accounts().strategy().description().transport {
            Transport::Cookie => true,
            Transport::Bearer => api.cookies().refresh_presented(req.request()),
        };
        if by_cookie && !is_answer_of_a_provider(req.request()) {
            check(req.request(), api)?;
        }
    }
    next.call(req).await
}

/// A provider's form always comes from a foreign site. Like its redirects it is held
/// against the flow's state and cookie instead.
fn is_answer_of_a_provider(req: &HttpRequest) -> bool {
    let route = req.match_pattern();
    route.is_some_and(|route| route.ends_with("/oauth/{provider}/callback"))
}

/// Refuses an unsafe request from a foreign site.
pub(crate) fn check(req: &HttpRequest, api: &Api) -> Result<(), Problem> {
    let is_safe = matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_welcome(req.headers(), api.config()) {
        return Ok(());
    }
    let detail = "A browser sent this request from a site that is not trusted here.";
    tracing::info!(event = "cross_origin_refused", route = req.match_pattern());
    Err(Problem::new(Code::CrossOrigin, detail))
}

fn is_welcome(headers: &HeaderMap, config: &HttpConfig) -> bool {
    let origin = headers.get(header::ORIGIN).map(|v| v.as_bytes());
    let trusted = |origin: &[u8]| {
        let mut known = config.trusted_origins.iter();
        known.any(|t| t.as_bytes() == origin)
    };
    match headers.get("sec-fetch-site").map(|v| v.as_bytes()) {
        Some(b"same-origin" | b"none") => true,
        Some(_) => origin.is_some_and(trusted),
        // No Origin either: no browser.
        None => origin.is_none_or(|o| o == config.origin().as_bytes() || trusted(o)),
    }
}

/// CORS for the trusted origins, by exact match and with credentials.
pub(crate) fn cors(config: &HttpConfig) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allowed_headers([header::CONTENT_TYPE, header::AUTHORIZATION, header::ACCEPT])
        .expose_headers(["x-request-id", "retry-after"])
        .supports_credentials()
        .max_age(600);
    let allow = |cors: Cors, origin: &String| cors.allowed_origin(origin);
    config.trusted_origins.iter().fold(cors, allow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn welcome(pairs: &[(&'static str, &'static str)]) -> bool {
        let config = HttpConfig {
            title: "test".into(),
            public_url: "https://auth.example.org".parse().unwrap(),
            base_path: "/api/auth".into(),
            trusted_origins: vec!["https://app.example.org".into()],
            trusted_proxies: vec![],
            request_timeout: std::time::Duration::from_secs(10),
            docs: true,
        };
        let pairs = pairs.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        is_welcome(&pairs.collect(), &config)
    }

    #[test]
    fn programs_and_own_or_trusted_pages_are_welcome() {
        assert!(welcome(&[]));
        assert!(welcome(&[("sec-fetch-site", "same-origin")]));
        assert!(welcome(&[("sec-fetch-site", "none")]));
        assert!(welcome(&[("origin", "https://auth.example.org")]));
        assert!(welcome(&[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://app.example.org")
        ]));
    }

    #[test]
    fn foreign_pages_are_not() {
        assert!(!welcome(&[("sec-fetch-site", "cross-site")]));
        assert!(!welcome(&[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://x.example.org")
        ]));
        assert!(!welcome(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://auth.example.org")
        ]));
        for origin in [
            "null",
            "https://app.example.org.evil",
            "http://app.example.org",
            "https://APP.example.org",
        ] {
            assert!(!welcome(&[("origin", origin)]), "{origin}");
        }
    }
}
