//! Where a browser may go after a provider: never to a foreign site (RFC 9700, 4.11).

use auth_core::{AuthError, FieldCode, FieldError};
use url::Url;

use crate::config::HttpConfig;

/// The most characters of an address to return to.
const MAX_LEN: usize = 2048;

/// The front page.
pub(crate) const HOME: &str = "/";

/// The address that a client wants its browser to return to: a path of ours, or a URL of
/// a trusted origin. Without a fragment, since that carries the outcome.
pub(crate) fn parse(config: &HttpConfig, wish: Option<&str>) -> Result<String, AuthError> {
    let Some(wish) = wish else {
        return Ok(HOME.to_owned());
    };
    if wish.len() > MAX_LEN {
        let detail = format!("An address to return to has at most {MAX_LEN} characters.");
        return Err(FieldError::new("return_to", FieldCode::TooLong, detail).into());
    }
    checked(config, wish).ok_or_else(|| {
        let detail = "Return to a path here or to a URL of a trusted origin, without a fragment.";
        FieldError::new("return_to", FieldCode::InvalidFormat, detail).into()
    })
}

fn checked(config: &HttpConfig, wish: &str) -> Option<String> {
    // Browsers drop some of these characters and turn backslashes: what they then read is
    // not what was checked.
    let misread = |c: char| !c.is_ascii_graphic() || matches!(c, '\\' | '#');
    if wish.chars().any(misread) {
        return None;
    }
    let own = config.origin();
    if wish.starts_with('/') {
        let url = Url::parse(&own).ok()?.join(wish).ok()?;
        let stays = url.origin().ascii_serialization() == own && !wish.starts_with("//");
        return stays.then(|| wish.to_owned());
    }
    let url = Url::parse(wish).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let origin = origin_of(&url);
    let is_known = origin == own || config.trusts(origin.as_bytes());
    (is_plain && is_known).then(|| url.into())
}

/// The origin as browsers write it. The URL standard has none for schemes of apps and
/// extensions, but those that are trusted are known by scheme and host.
fn origin_of(url: &Url) -> String {
    match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization(),
        scheme => {
            let port = url.port().map(|port| format!(":{port}"));
            let host = url.host_str().unwrap_or_default();
            format!("{scheme}://{host}{}", port.unwrap_or_default())
        }
    }
}

/// The same address with an outcome in its fragment, which browsers send to nobody.
pub(crate) fn with_fragment(address: &str, pairs: &[(&str, &str)]) -> String {
    let mut fragment = url::form_urlencoded::Serializer::new(String::new());
    fragment.extend_pairs(pairs);
    format!("{address}#{}", fragment.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(wish: &str) -> Option<String> {
        let config = HttpConfig {
            title: "test".into(),
            public_url: "https://auth.example.org".parse().unwrap(),
            base_path: "/api/auth".into(),
            placement: crate::Placement::OwnServer,
            trusted_origins: [
                "https://app.example.org",
                "https://*.example.net",
                "capacitor://localhost",
            ]
            .map(|origin| origin.parse().unwrap())
            .to_vec()
            .into(),
            own_pages_only: false,
            cors_headers: vec![],
            trusted_proxies: vec![].into(),
            forwarded_header: crate::ForwardedHeader::Any,
            request_timeout: std::time::Duration::from_secs(10),
            docs: true,
            log_reads: false,
        };
        parse(&config, Some(wish)).ok()
    }

    #[test]
    fn paths_of_ours_and_urls_of_trusted_origins_are_accepted() {
        for wish in [
            "/",
            "/profile?tab=1&x=%2F",
            "/@example.org",
            "https://app.example.org/welcome",
            "https://auth.example.org/",
            "https://pr-1.example.net/x",
            "capacitor://localhost/welcome",
        ] {
            assert_eq!(accepted(wish).as_deref(), Some(wish));
        }
    }

    #[test]
    fn whatever_could_lead_elsewhere_is_refused() {
        for wish in [
            "",
            "profile",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /x",
            "https://evil.example",
            "https://app.example.org.evil.example",
            "https://app.example.org@evil.example/",
            "https://user@app.example.org/",
            "https:evil.example",
            "http://app.example.org/",
            "https://app.example.org:444/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://example.net/",
            "https://evil.example/.example.net/",
            "capacitor://evil/",
            "file://localhost/",
            "blob:https://app.example.org/x",
            "/x#token",
            "/\u{2028}",
            &format!("/{}", "x".repeat(MAX_LEN)),
        ] {
            assert_eq!(accepted(wish), None, "{wish:?}");
        }
    }

    #[test]
    fn the_outcome_is_escaped() {
        let address = with_fragment("/a?b", &[("error", "x&y"), ("provider", "z")]);
        assert_eq!(address, "/a?b#error=x%26y&provider=z");
    }
}
