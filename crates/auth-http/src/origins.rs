//! Origins that browsers may call from beside the own one.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// An origin that is trusted (RFC 6454), such as `https://app.example.org`; or every
/// sub-domain of a host, `https://*.example.org`; or an app's or extension's own scheme, such as
/// `capacitor://localhost`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedOrigin {
    text: String,
    /// What stands before and after the sub-domain.
    below: Option<(String, String)>,
}

impl TrustedOrigin {
    /// Whether it covers this origin, byte by byte as browsers write it.
    pub fn covers(&self, origin: &str) -> bool {
        let Some((before, after)) = &self.below else {
            return self.text == origin;
        };
        let labels = origin.strip_prefix(before.as_str());
        let labels = labels.and_then(|rest| rest.strip_suffix(after.as_str()));
        labels.is_some_and(|labels| labels.split('.').all(is_label))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The one origin that it is, unless it is a pattern.
    pub fn exact(&self) -> Option<&str> {
        self.below.is_none().then_some(self.text.as_str())
    }

    /// Whether nobody on the network can pretend to be it.
    pub fn is_secure(&self) -> bool {
        !self.text.starts_with("http://")
    }

    /// Whether browsers send the cookies of a server at `url` that are `SameSite=Lax` with
    /// what pages of this origin request: both must be of one site (RFC 6265bis, 5.2). An
    /// extension counts as the site that it has been given permission for.
    pub fn shares_cookies_with(&self, url: &Url) -> bool {
        let own = self.text.replace("*.", "");
        let is_extension = self.text.contains("-extension://");
        let site_of_page = Url::parse(&own).ok().and_then(|own| site(&own));
        is_extension || (site_of_page.is_some() && site_of_page == site(url))
    }
}

/// The scheme and the registrable domain, or the host where there is none.
fn site(url: &Url) -> Option<(String, String)> {
    let host = match url.host()? {
        Host::Domain(name) => psl::domain_str(name).unwrap_or(name).to_owned(),
        ip => ip.to_string(),
    };
    Some((url.scheme().to_owned(), host))
}

fn is_label(label: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    !label.is_empty() && label.bytes().all(allowed)
}

impl fmt::Display for TrustedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for TrustedOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let below = match text.contains('*') {
            true => Some(pattern(text)?),
            false => None,
        };
        if below.is_none() && !is_web(text) && !is_app(text) {
            return Err("it must be a bare origin, such as https://app.example.org".into());
        }
        Ok(Self {
            text: text.to_owned(),
            below,
        })
    }
}

/// Whether it is exactly what a browser writes for a page of the web.
fn is_web(text: &str) -> bool {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    url.is_some_and(|url| url.origin().ascii_serialization() == text)
}

/// Whether it is what a browser writes for an app or an extension: a scheme of its own and
/// a host. The URL standard gives such URLs no origin that could be compared.
fn is_app(text: &str) -> bool {
    const WEB: [&str; 10] = [
        "http",
        "https",
        "ws",
        "wss",
        "ftp",
        "file",
        "data",
        "blob",
        "about",
        "javascript",
    ];
    let Some((scheme, authority)) = text.split_once("://") else {
        return false;
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let in_scheme = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
    let in_host = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.bytes().all(in_scheme)
        && !WEB.contains(&scheme)
        && !host.is_empty()
        && host.bytes().all(in_host)
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// What stands before and after the sub-domain of a pattern.
fn pattern(text: &str) -> Result<(String, String), String> {
    let malformed = "a pattern must read https://*.example.org, with the star for its sub-domains";
    let (scheme, parent) = text.split_once("://*.").ok_or(malformed)?;
    let example = format!("{scheme}://x.{parent}");
    if parent.contains('*') || !is_web(&example) {
        return Err(malformed.into());
    }
    let parent_url = Url::parse(&format!("{scheme}://{parent}")).map_err(|_| malformed)?;
    let Some(Host::Domain(host)) = parent_url.host() else {
        return Err(malformed.into());
    };
    let on_this_machine = host == "localhost" || host.ends_with(".localhost");
    if !on_this_machine && psl::domain_str(host).is_none() {
        return Err(format!(
            "anybody can have a site below {host}: give a domain of your own"
        ));
    }
    Ok((format!("{scheme}://"), format!(".{parent}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(text: &str) -> TrustedOrigin {
        text.parse().unwrap()
    }

    #[test]
    fn an_origin_covers_itself_alone() {
        let origin = trusted("https://app.example.org");
        assert!(origin.covers("https://app.example.org"));
        for other in [
            "https://APP.example.org",
            "http://app.example.org",
            "https://app.example.org:444",
            "https://x.app.example.org",
            "https://app.example.org/",
            "",
        ] {
            assert!(!origin.covers(other), "{other}");
        }
    }

    #[test]
    fn a_pattern_covers_sub_domains_and_nothing_else() {
        let origin = trusted("https://*.example.org");
        assert!(origin.covers("https://app.example.org"));
        assert!(origin.covers("https://a-1.b_2.example.org"));
        for other in [
            "https://example.org",
            "https://.example.org",
            "https://a..example.org",
            "https://evilexample.org",
            "https://evil.test/.example.org",
            "https://evil.test#.example.org",
            "https://user@x.example.org",
            "https://A.example.org",
            "https://app.example.org:8443",
            "https://app.example.org.evil.test",
            "http://app.example.org",
            "https://*.example.org",
            "null",
        ] {
            assert!(!origin.covers(other), "{other}");
        }
        assert!(trusted("http://*.localhost:3000").covers("http://a.localhost:3000"));
    }

    #[test]
    fn apps_and_extensions_can_be_trusted() {
        for origin in [
            "capacitor://localhost",
            "ionic://localhost",
            "tauri://localhost",
            "app://obsidian.md",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
        ] {
            assert!(trusted(origin).covers(origin));
            assert!(!trusted(origin).covers(&format!("{origin}x")));
            assert!(!trusted(origin).covers("null"));
        }
    }

    #[test]
    fn what_is_no_origin_or_everybodys_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "https://*",
            "https://*.com",
            "https://*.co.uk",
            "https://*.vercel.app",
            "https://*.github.io",
            "https://*.*.example.org",
            "https://a*.example.org",
            "https://app.*.org",
            "https://*.example.org/",
            "https://*.192.0.2.1",
            "*.example.org",
            "https://a.org/",
            "https://a.org:443",
            "https://A.org",
            "https://user@a.org",
            "file://",
            "file://x",
            "data://x",
            "javascript://x",
            "capacitor://",
            "capacitor://localhost/",
            "capacitor:localhost",
            "chrome-extension://*",
        ] {
            assert!(text.parse::<TrustedOrigin>().is_err(), "{text}");
        }
    }

    #[test]
    fn cookies_travel_within_a_site() {
        let shares = |origin, url: &str| trusted(origin).shares_cookies_with(&url.parse().unwrap());
        for (origin, url) in [
            ("https://app.example.org", "https://auth.example.org"),
            ("https://*.example.org", "https://auth.example.org"),
            ("http://localhost:5173", "http://localhost:4001"),
            (
                "chrome-extension://abcdefghijklmnop",
                "https://auth.example.org",
            ),
        ] {
            assert!(shares(origin, url), "{origin} {url}");
        }
        for (origin, url) in [
            ("https://app.example.com", "https://auth.example.org"),
            ("http://app.example.org", "https://auth.example.org"),
            ("https://a.vercel.app", "https://b.vercel.app"),
            ("https://a.co.uk", "https://b.co.uk"),
            ("http://127.0.0.1:5173", "http://localhost:4001"),
            ("capacitor://localhost", "https://auth.example.org"),
        ] {
            assert!(!shares(origin, url), "{origin} {url}");
        }
    }
}
