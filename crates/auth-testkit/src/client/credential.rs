//! What a client holds to stay signed in.

use super::{Reply, SetCookie};

/// What the flow cookie is called, on https and on plain http.
const FLOW_COOKIES: [&str; 2] = ["__Host-flow", "flow"];

/// Everything a server handed out for staying signed in. Taken as a copy, it stands for a
/// thief's copy or another tab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credential {
    /// The cookies.
    pub cookies: Vec<SetCookie>,
    /// The cookie that binds flows at providers to this browser. It signs nobody in.
    pub flow: Option<SetCookie>,
    /// The cookie by which the device is known again. It signs nobody in.
    pub device: Option<SetCookie>,
    /// The access token of bearer strategies.
    pub access: Option<String>,
    /// The refresh token of bearer strategies, when it travels in bodies.
    pub refresh: Option<String>,
}

impl Credential {
    /// Takes over what an answer brings, as a browser and its page would.
    pub(super) fn absorb(&mut self, reply: &Reply) {
        for cookie in reply.set_cookies() {
            if FLOW_COOKIES.contains(&cookie.name.as_str()) {
                self.flow = (!cookie.is_removal()).then_some(cookie);
                continue;
            }
            if cookie.knows_the_device() {
                self.device = (!cookie.is_removal()).then_some(cookie);
                continue;
            }
            self.cookies.retain(|kept| kept.name != cookie.name);
            if !cookie.is_removal() {
                self.cookies.push(cookie);
            }
        }
        let token = |name: &str| reply.json()[name].as_str().map(str::to_owned);
        if let Some(access) = token("access_token") {
            self.access = Some(access);
            self.refresh = token("refresh_token");
        }
    }

    /// The `Cookie` header for a request to this path.
    pub(super) fn cookie_header(&self, path: &str) -> Option<String> {
        let kept = self.cookies.iter().chain(&self.flow).chain(&self.device);
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
