//! What a client holds to stay signed in.

use std::fmt;

use reqwest::header::{HeaderMap, SET_COOKIE};
use serde::{Deserialize, Serialize};

use crate::cookie::SetCookie;

/// Everything a server handed out for staying signed in. Whoever stores it can go on later;
/// whoever has a copy is signed in too. `Debug` does not show the secrets.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The cookies.
    pub cookies: Vec<SetCookie>,
    /// The cookie that binds flows at providers to this browser. It signs nobody in.
    pub flow: Option<SetCookie>,
    /// The cookie by which the device is known again. It signs nobody in.
    pub device: Option<SetCookie>,
    /// The cookie by which the device is not asked for a second factor. It signs nobody in.
    #[serde(default)]
    pub trust: Option<SetCookie>,
    /// The cookies that flows have which began before there was that one.
    pub tabs: Vec<SetCookie>,
    /// The access token of bearer strategies.
    pub access: Option<String>,
    /// The refresh token of bearer strategies, when it travels in bodies.
    pub refresh: Option<String>,
}

impl Credential {
    /// Takes over what an answer brings, as a browser and its page would.
    pub fn absorb(&mut self, headers: &HeaderMap, body: &[u8]) {
        for cookie in set_cookies(headers) {
            self.take(cookie);
        }
        if let Ok(Tokens {
            access_token,
            refresh_token,
        }) = serde_json::from_slice(body)
        {
            self.access = Some(access_token);
            self.refresh = refresh_token;
        }
    }

    /// The cookies that sign nobody in, of any answer.
    pub(crate) fn absorb_bindings(&mut self, headers: &HeaderMap) {
        let bindings = set_cookies(headers).filter(|c| c.binds_flows() || is_of_device(c));
        bindings.for_each(|cookie| self.take(cookie));
    }

    fn take(&mut self, cookie: SetCookie) {
        if cookie.binds_one_flow() {
            self.tabs.retain(|kept| kept.name != cookie.name);
            self.tabs.push(cookie);
        } else if cookie.binds_flows() {
            self.flow = (!cookie.is_removal()).then_some(cookie);
        } else if cookie.knows_the_device() {
            self.device = (!cookie.is_removal()).then_some(cookie);
        } else if cookie.trusts_the_device() {
            self.trust = (!cookie.is_removal()).then_some(cookie);
        } else {
            self.cookies.retain(|kept| kept.name != cookie.name);
            if !cookie.is_removal() {
                self.cookies.push(cookie);
            }
        }
    }

    /// Whether there is anything in it that signs somebody in.
    pub fn is_signed_in(&self) -> bool {
        self.secrets().next().is_some()
    }

    /// Forgets what signs somebody in; the device stays known.
    pub fn forget(&mut self) {
        self.cookies.clear();
        (self.access, self.refresh) = (None, None);
    }

    /// The `Cookie` header for a request to this path.
    pub fn cookie_header(&self, path: &str) -> Option<String> {
        let kept = self.cookies.iter().chain(&self.flow).chain(&self.device);
        let kept = kept.chain(&self.trust);
        let kept = kept.chain(&self.tabs);
        let sent = kept.filter(|cookie| cookie.matches(path));
        let pairs: Vec<_> = sent.map(|c| format!("{}={}", c.name, c.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Every secret in it that signs somebody in.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let tokens = self.access.iter().chain(&self.refresh);
        let cookies = self.cookies.iter().map(|cookie| &cookie.value);
        tokens.chain(cookies).map(String::as_str)
    }
}

fn is_of_device(cookie: &SetCookie) -> bool {
    cookie.knows_the_device() || cookie.trusts_the_device()
}

/// The tokens of a bearer grant.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
}

/// The cookies that an answer sets; what is no cookie is passed over.
fn set_cookies(headers: &HeaderMap) -> impl Iterator<Item = SetCookie> {
    let texts = headers.get_all(SET_COOKIE).iter();
    let texts = texts.filter_map(|value| value.to_str().ok());
    texts.filter_map(|text| SetCookie::parse(text).ok())
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Credential");
        shown.field("cookies", &self.cookies);
        shown
            .field("flow", &self.flow)
            .field("device", &self.device);
        shown.field("access", &self.access.as_ref().map(|_| "…"));
        shown.field("refresh", &self.refresh.as_ref().map(|_| "…"));
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(cookies: &[&'static str]) -> HeaderMap {
        let headers = cookies
            .iter()
            .map(|text| (SET_COOKIE, text.parse().unwrap()));
        headers.collect()
    }

    #[test]
    fn each_cookie_has_its_place() {
        let mut held = Credential::default();
        held.absorb(
            &answer(&[
                "session-4001=s3cret-s; Path=/",
                "device-4001=s3cret-d; Path=/",
                "flow-4001=s3cret-f; Path=/",
                "flow-4001-abc=s3cret-t; Path=/",
            ]),
            b"",
        );
        assert_eq!(held.secrets().collect::<Vec<_>>(), ["s3cret-s"]);
        assert!(held.device.is_some() && held.flow.is_some() && held.tabs.len() == 1);
        held.absorb(&answer(&["session-4001=; Path=/; Max-Age=0"]), b"");
        assert!(!held.is_signed_in() && held.device.is_some());
    }

    #[test]
    fn debug_shows_no_secret() {
        let mut held = Credential::default();
        let tokens = br#"{"access_token": "s3cret-a", "refresh_token": "s3cret-r"}"#;
        held.absorb(&answer(&["session-4001=s3cret-s; Path=/"]), tokens);
        assert_eq!(held.secrets().count(), 3);
        assert!(!format!("{held:?}").contains("s3cret"), "{held:?}");
    }
}
