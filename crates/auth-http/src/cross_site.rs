//! Which browsers may call: the cross-site rule and CORS.

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};
use auth_core::{AuthError, Transport};

use crate::api::Api;
use crate::bridge::AUTH_BRIDGE;
use crate::config::HttpConfig;
use crate::if_user::IF_USER;
use crate::method::is_safe;
use crate::origins::TrustedOrigin;
use crate::problem::{Code, Problem};

/// Refuses unsafe requests that a browser sends from a foreign site (OWASP ASVS 5.0,
/// 3.5.1) wherever a cookie could speak for the person: on cookie strategies always, on
/// others when the refresh cookie comes along.
pub(crate) async fn guard(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !is_safe(req.method())
        && let Some(api) = Api::of(req.request())
    {
        let by_cookie =
            could_speak(req.request(), api) || api.cookies().refresh_presented(req.request());
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

/// The same rule for routes of a host's own: no refresh cookie does anything there.
pub(crate) fn check_own(req: &HttpRequest, api: &Api) -> Result<(), Problem> {
    match could_speak(req, api) {
        true => check(req, api),
        false => Ok(()),
    }
}

/// Whether the session cookie could speak for the person: where nothing else is a credential,
/// always, for it may be set by the answer; where it is one of several, when it comes along.
fn could_speak(req: &HttpRequest, api: &Api) -> bool {
    let strategy = api.accounts().strategy();
    let is_presented = || api.cookies().session_presented(req);
    let has_token = || req.headers().contains_key(header::AUTHORIZATION);
    match strategy.transport() {
        Transport::Cookie if strategy.takes(Transport::Bearer) => is_presented() || !has_token(),
        Transport::Cookie => true,
        Transport::Bearer => strategy.takes(Transport::Cookie) && is_presented(),
    }
}

/// Refuses an unsafe request from a foreign site.
pub(crate) fn check(req: &HttpRequest, api: &Api) -> Result<(), Problem> {
    if is_safe(req.method()) || is_welcome(req.headers(), api.config()) {
        return Ok(());
    }
    let origin = printable_origin(req.headers());
    tracing::info!(
        event = "cross_origin_refused",
        route = req.match_pattern(),
        origin
    );
    let detail = match api.config().own_pages_only {
        true => "Only pages of this origin may call here.".to_owned(),
        false => refusal(origin),
    };
    Err(Problem::new(Code::CrossOrigin, detail))
}

/// Names the setting that lets a page of one's own in.
fn refusal(origin: Option<&str>) -> String {
    match origin {
        Some(origin) if origin.parse::<TrustedOrigin>().is_ok() => format!(
            "A page of {origin} sent this request, which is not trusted here. If it is yours, \
             start the server with --trusted-origin {origin}."
        ),
        Some(origin) => format!(
            "A page of the origin {origin} sent this request, which can't be trusted: serve the \
             page from an address of its own and name that by --trusted-origin."
        ),
        None => "A browser sent this request from another site and does not say from which.".into(),
    }
}

/// The origin that a request names, if it can be shown to people.
fn printable_origin(headers: &HeaderMap) -> Option<&str> {
    let origin = headers.get(header::ORIGIN)?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"<>\\".contains(&b);
    (origin.len() <= 255 && !origin.is_empty() && origin.bytes().all(plain)).then_some(origin)
}

fn is_welcome(headers: &HeaderMap, config: &HttpConfig) -> bool {
    let origin = headers.get(header::ORIGIN).map(|v| v.as_bytes());
    match headers.get("sec-fetch-site").map(|v| v.as_bytes()) {
        Some(b"same-origin" | b"none") => true,
        Some(_) => origin.is_some_and(|origin| config.trusts(origin)),
        // No Origin either: no browser.
        None => origin.is_none_or(|o| o == config.origin().as_bytes() || config.trusts(o)),
    }
}

/// Why a request has no credential: a page of another site is told that browsers keep our
/// cookies from it, since it can do nothing about a bare "not signed in".
pub(crate) fn without_credential(req: &HttpRequest, api: &Api) -> Problem {
    let by_cookie = api.accounts().strategy().transport() == Transport::Cookie;
    let is_foreign = req
        .headers()
        .get("sec-fetch-site")
        .is_some_and(|site| site.as_bytes() == b"cross-site");
    match printable_origin(req.headers()) {
        Some(origin) if by_cookie && is_foreign && api.config().trusts(origin.as_bytes()) => {
            let own = api.config().origin();
            let detail = format!(
                "No cookie came along: {origin} is another site than {own}, and browsers keep \
                 its cookies from other sites' pages. Serve the page from the same site, or use \
                 a server with bearer tokens."
            );
            Problem::new(Code::Unauthenticated, detail)
        }
        _ => AuthError::Unauthenticated.into(),
    }
}

/// Tells the log what keeps a page of one's own from calling: browsers tell their users
/// nothing but "CORS error".
pub(crate) async fn diagnose(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(api) = Api::of(req.request())
        && !api.config().own_pages_only
        && let Some(origin) = printable_origin(req.headers())
        && origin != api.config().origin()
    {
        let asked = req.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS);
        let asked = asked.and_then(|names| names.to_str().ok());
        let is_trusted = api.config().trusts(origin.as_bytes());
        if !is_trusted && origin.parse::<TrustedOrigin>().is_ok() && api.strangers().is_news(origin)
        {
            tracing::warn!(
                event = "origin_not_trusted",
                origin,
                "browsers keep the answers from pages of {origin}: if they are yours, start with --trusted-origin {origin}"
            );
        }
        let refused = asked.filter(|names| is_trusted && !allows(api.config(), names));
        if let Some(names) = refused.filter(|names| api.strangers().is_news(names)) {
            tracing::warn!(
                event = "header_not_allowed",
                origin,
                ?names,
                "a page wants to send headers that are not let through: name them by --cors-allow-header"
            );
        }
    }
    next.call(req).await
}

fn allows(config: &HttpConfig, names: &str) -> bool {
    let any = config.cors_headers.iter().any(|name| name == ANY);
    let known = |name: &str| {
        let mut more = config.cors_headers.iter().map(HeaderName::as_str);
        USUAL_HEADERS.contains(&name) || more.any(|known| known == name)
    };
    any || names
        .split(',')
        .all(|name| known(&name.trim().to_ascii_lowercase()))
}

/// Stands for every request header.
const ANY: &str = "*";

/// The request headers that pages of trusted origins may send: those of the contract, what
/// tracing adds to every call (W3C Trace Context and Baggage, Sentry, Datadog, B3, Jaeger, New
/// Relic, Elastic, clouds), and what common libraries and tunnels add.
const USUAL_HEADERS: [&str; 45] = [
    "accept",
    "accept-language",
    "authorization",
    "content-language",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    IF_USER,
    "cache-control",
    "pragma",
    "expires",
    "range",
    "x-requested-with",
    "x-csrf-token",
    "x-xsrf-token",
    "x-request-id",
    "x-correlation-id",
    "request-id",
    "request-context",
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "x-datadog-origin",
    "x-datadog-parent-id",
    "x-datadog-sampled",
    "x-datadog-sampling-priority",
    "x-datadog-tags",
    "x-datadog-trace-id",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-flags",
    "uber-trace-id",
    "newrelic",
    "elastic-apm-traceparent",
    "x-amzn-trace-id",
    "x-cloud-trace-context",
    "x-client-version",
    "ngrok-skip-browser-warning",
    "bypass-tunnel-reminder",
];

/// Says that the answer depends on the origin, as [`cors`] does, for an answer that goes out past
/// it.
pub(crate) fn vary(headers: &mut HeaderMap) {
    const REQUEST: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    headers.insert(header::VARY, HeaderValue::from_static(REQUEST));
}

/// Takes out what [`cors`] says to those who name no origin too, and to whom it means nothing.
pub(crate) fn forget_permissions(headers: &mut HeaderMap) {
    headers.remove(header::ACCESS_CONTROL_ALLOW_CREDENTIALS);
    headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
}

/// CORS for the trusted origins, with credentials.
pub(crate) fn cors(config: &HttpConfig) -> Cors {
    let trusted = config.clone();
    let cors = Cors::default()
        .allowed_origin_fn(move |origin, _| trusted.trusts(origin.as_bytes()))
        .allowed_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .expose_headers(["x-request-id", "retry-after", AUTH_BRIDGE])
        .supports_credentials()
        .max_age(600);
    if config.cors_headers.iter().any(|name| name == ANY) {
        return cors.allow_any_header();
    }
    cors.allowed_headers(USUAL_HEADERS)
        .allowed_headers(&config.cors_headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn welcome(pairs: &[(&'static str, &'static str)]) -> bool {
        let config = HttpConfig {
            title: "test".into(),
            public_url: "https://auth.example.org".parse().unwrap(),
            base_path: "/api/auth".into(),
            placement: crate::Placement::OwnServer,
            trusted_origins: vec!["https://app.example.org".parse().unwrap()].into(),
            own_pages_only: false,
            cors_headers: vec![],
            trusted_proxies: vec![].into(),
            forwarded_header: crate::ForwardedHeader::Any,
            request_timeout: std::time::Duration::from_secs(10),
            docs: true,
            log_reads: false,
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
