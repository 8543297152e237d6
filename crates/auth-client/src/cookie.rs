//! Cookies as servers set them, kept by hand: the contract compares names byte by byte, and
//! whoever keeps a credential wants to store and replay it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One `Set-Cookie` header (RFC 6265, 4.1), with nothing assumed about what it leaves out.
/// `Debug` does not show the value.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetCookie {
    /// The cookie's name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The `Path` attribute.
    pub path: Option<String>,
    /// The `Domain` attribute.
    pub domain: Option<String>,
    /// The `Max-Age` attribute in seconds.
    pub max_age: Option<i64>,
    /// The `Expires` attribute.
    pub expires: Option<String>,
    /// The `SameSite` attribute.
    pub same_site: Option<String>,
    /// Whether `HttpOnly` is there.
    pub http_only: bool,
    /// Whether `Secure` is there.
    pub secure: bool,
}

/// Why a header sets no cookie.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a Set-Cookie header has {0}")]
pub struct NoCookie(&'static str);

impl SetCookie {
    /// Reads a header value.
    ///
    /// # Errors
    /// When there is no `name=value`, or `Max-Age` is no number.
    pub fn parse(header: &str) -> Result<Self, NoCookie> {
        let mut parts = header.split(';').map(str::trim);
        let pair = parts.next().unwrap_or_default();
        let (name, value) = pair.split_once('=').ok_or(NoCookie("no name and value"))?;
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.to_owned(),
            ..Self::default()
        };
        for part in parts {
            let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
            cookie.set(&attribute.to_ascii_lowercase(), value)?;
        }
        Ok(cookie)
    }

    fn set(&mut self, attribute: &str, value: &str) -> Result<(), NoCookie> {
        let text = Some(value.to_owned());
        match attribute {
            "path" => self.path = text,
            "domain" => self.domain = text,
            "expires" => self.expires = text,
            "samesite" => self.same_site = text,
            "httponly" => self.http_only = true,
            "secure" => self.secure = true,
            "max-age" => {
                let seconds = value.parse();
                self.max_age = Some(seconds.map_err(|_| NoCookie("a Max-Age that is no number"))?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the header takes the cookie away.
    pub fn is_removal(&self) -> bool {
        self.value.is_empty() || self.max_age.is_some_and(|seconds| seconds <= 0)
    }

    /// Whether it is the cookie by which a device that signed in before is known again.
    pub fn knows_the_device(&self) -> bool {
        self.name == "__Host-device" || self.name.starts_with("device-")
    }

    /// Whether it is the cookie by which a device is not asked for a second factor.
    pub fn trusts_the_device(&self) -> bool {
        self.name == "__Host-trusted" || self.name.starts_with("trusted-")
    }

    /// Whether it binds flows at providers to the browser that began them; one that belongs to
    /// a single flow has a mark of that flow in its name.
    pub(crate) fn binds_flows(&self) -> bool {
        self.name.starts_with("__Host-flow") || self.name.starts_with("flow-")
    }

    /// Whether it belongs to a single flow.
    pub(crate) fn binds_one_flow(&self) -> bool {
        self.binds_flows() && self.name.matches('-').count() > 1
    }

    /// Whether a browser sends the cookie with a request for this path (RFC 6265, 5.1.4).
    pub fn matches(&self, path: &str) -> bool {
        let scope = self.path.as_deref().unwrap_or("/");
        let rest = path.strip_prefix(scope);
        rest.is_some_and(|rest| rest.is_empty() || scope.ends_with('/') || rest.starts_with('/'))
    }
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SetCookie");
        shown.field("name", &self.name).field("path", &self.path);
        shown.field("domain", &self.domain);
        shown.field("max_age", &self.max_age);
        shown.field("expires", &self.expires);
        shown.field("same_site", &self.same_site);
        shown.field("http_only", &self.http_only);
        shown.field("secure", &self.secure).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_attribute_in_any_case() {
        let text = "session=abc=; path=/; HTTPONLY; Secure; samesite=Lax; Max-Age=60; Domain=x.org";
        let cookie = SetCookie::parse(text).unwrap();
        assert_eq!(
            (cookie.name.as_str(), cookie.value.as_str()),
            ("session", "abc=")
        );
        assert_eq!(cookie.path.as_deref(), Some("/"));
        assert_eq!(cookie.same_site.as_deref(), Some("Lax"));
        assert_eq!(cookie.domain.as_deref(), Some("x.org"));
        assert_eq!(cookie.max_age, Some(60));
        assert!(cookie.http_only && cookie.secure && !cookie.is_removal());
    }

    #[test]
    fn a_missing_attribute_is_missing() {
        let cookie = SetCookie::parse("session=abc").unwrap();
        assert!(!cookie.http_only && !cookie.secure);
        assert_eq!(cookie.path, None);
        assert!(SetCookie::parse("nonsense").is_err());
    }

    #[test]
    fn an_empty_value_or_age_is_a_removal() {
        for text in ["session=; Path=/", "session=abc; Max-Age=0"] {
            assert!(SetCookie::parse(text).unwrap().is_removal(), "{text}");
        }
    }

    #[test]
    fn a_cookie_goes_to_its_path_and_below() {
        let refresh = SetCookie::parse("refresh=x; Path=/api/auth/refresh").unwrap();
        assert!(refresh.matches("/api/auth/refresh"));
        assert!(refresh.matches("/api/auth/refresh/more"));
        assert!(!refresh.matches("/api/auth/refreshing"));
        assert!(!refresh.matches("/api/auth/profile"));
        let session = SetCookie::parse("session=x; Path=/").unwrap();
        assert!(session.matches("/api/auth/profile"));
    }
}
