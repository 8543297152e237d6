//! How a browser comes to an address (Fetch Metadata Request Headers, W3C).

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, REFERER};
use url::Url;

use crate::config::HttpConfig;
use crate::problem::{Code, Problem};

/// Headers by which browsers say that nobody has opened the page yet.
const AHEAD: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Refuses what is no page that a person opens: an image, a frame, a script's request, a
/// prefetch. Browsers that say nothing, and programs, pass.
pub(crate) fn required(req: &HttpRequest) -> Result<(), Problem> {
    let headers = req.headers();
    let is_opened = says_only(headers, "sec-fetch-mode", "navigate")
        && says_only(headers, "sec-fetch-dest", "document");
    let is_ahead = AHEAD.iter().any(|name| {
        let values = headers.get_all(*name).map(|value| value.as_bytes());
        let mut values = values.map(<[u8]>::to_ascii_lowercase);
        values.any(|value| {
            ["prefetch", "prerender", "preview"]
                .iter()
                .any(|word| has(&value, word))
        })
    });
    if is_opened && !is_ahead {
        return Ok(());
    }
    let detail = "Open this address as a page of its own: it leads to a sign-in.";
    Err(Problem::new(Code::NavigationRequired, detail))
}

fn says_only(headers: &HeaderMap, name: &str, expected: &str) -> bool {
    let mut values = headers.get_all(name);
    values.all(|value| value.as_bytes() == expected.as_bytes())
}

fn has(value: &[u8], word: &str) -> bool {
    value
        .windows(word.len())
        .any(|part| part == word.as_bytes())
}

/// Whether the page of another site leads here that is not trusted. A browser without Fetch
/// Metadata tells by its referrer.
pub(crate) fn is_led_from_elsewhere(req: &HttpRequest, config: &HttpConfig) -> bool {
    let referrer = req
        .headers()
        .get(REFERER)
        .and_then(|value| value.to_str().ok());
    let referrer = referrer.and_then(|text| Url::parse(text).ok());
    let referrer = referrer.map(|url| url.origin().ascii_serialization());
    let is_trusted =
        |origin: &String| *origin == config.origin() || config.trusts(origin.as_bytes());
    match req
        .headers()
        .get("sec-fetch-site")
        .map(|value| value.as_bytes())
    {
        Some(b"cross-site") => !referrer.as_ref().is_some_and(is_trusted),
        Some(_) => false,
        None => referrer.is_some_and(|origin| !is_trusted(&origin)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn request(headers: &[(&'static str, &'static str)]) -> HttpRequest {
        let mut req = TestRequest::default();
        for header in headers {
            req = req.append_header(*header);
        }
        req.to_http_request()
    }

    #[test]
    fn only_pages_are_opened() {
        for headers in [
            &[][..],
            &[
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
        ] {
            assert!(required(&request(headers)).is_ok(), "{headers:?}");
        }
        for headers in [
            &[("sec-fetch-dest", "image")][..],
            &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
            &[
                ("sec-fetch-mode", "no-cors"),
                ("sec-fetch-dest", "document"),
            ],
            &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
            &[("sec-purpose", "prefetch;prerender")],
            &[("purpose", "prefetch")],
            &[("x-moz", "Prefetch")],
            &[("sec-fetch-dest", "document"), ("sec-fetch-dest", "image")],
        ] {
            let refused = required(&request(headers)).unwrap_err();
            assert_eq!(refused.code(), Code::NavigationRequired, "{headers:?}");
        }
    }

    #[test]
    fn elsewhere_is_another_site_that_is_not_trusted() {
        let config = HttpConfig {
            title: "test".into(),
            public_url: "https://auth.example.org".parse().unwrap(),
            base_path: "/api/auth".into(),
            placement: crate::Placement::OwnServer,
            trusted_origins: vec!["https://app.example.net".parse().unwrap()].into(),
            own_pages_only: false,
            cors_headers: vec![],
            trusted_proxies: vec![].into(),
            forwarded_header: crate::ForwardedHeader::Any,
            request_timeout: std::time::Duration::from_secs(10),
            docs: true,
            log_reads: false,
        };
        let elsewhere = |headers: &[_]| is_led_from_elsewhere(&request(headers), &config);
        let (evil, app) = ("https://evil.example/", "https://app.example.net/");
        assert!(elsewhere(&[("sec-fetch-site", "cross-site")]));
        assert!(elsewhere(&[
            ("sec-fetch-site", "cross-site"),
            ("referer", evil)
        ]));
        assert!(elsewhere(&[("referer", evil)]));
        assert!(!elsewhere(&[
            ("sec-fetch-site", "cross-site"),
            ("referer", app)
        ]));
        assert!(!elsewhere(&[("sec-fetch-site", "same-origin")]));
        assert!(!elsewhere(&[("sec-fetch-site", "none")]));
        assert!(!elsewhere(&[(
            "referer",
            "https://auth.example.org/sign-in"
        )]));
        assert!(!elsewhere(&[]));
    }
}
