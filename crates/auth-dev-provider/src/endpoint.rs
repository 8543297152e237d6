//! What is counted.

/// A part of the provider whose requests are counted, those during an outage too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/.well-known/openid-configuration`
    Discovery,
    /// `/jwks`
    Jwks,
    /// `/authorize` and `/login/oauth/authorize`: the page and the decision
    Authorize,
    /// `/token` and `/login/oauth/access_token`
    Token,
    /// `/userinfo`, `/user` and `/user/emails`
    Userinfo,
    /// Where [`Misbehaviour::RedirectingToken`](crate::Misbehaviour::RedirectingToken) leads
    Elsewhere,
}

impl Endpoint {
    pub(crate) const COUNT: usize = 6;

    /// The endpoint at this path below the issuer's.
    pub(crate) fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/.well-known/openid-configuration" => Self::Discovery,
            "/jwks" => Self::Jwks,
            "/authorize" | "/login/oauth/authorize" => Self::Authorize,
            "/token" | "/login/oauth/access_token" => Self::Token,
            "/userinfo" | "/user" | "/user/emails" => Self::Userinfo,
            "/elsewhere" => Self::Elsewhere,
            _ => return None,
        })
    }
}
