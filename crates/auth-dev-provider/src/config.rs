//! What a provider is set up with.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::constant_time;
use thiserror::Error;
use url::{Host, Url};

use crate::{DevProvider, Person};

/// What a provider is set up with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it lives, http or https on a loopback host; its path is where
    /// [`DevProvider::routes`] mounts everything. A slash at the end does not count.
    pub issuer: Url,
    /// Who may ask it; [`DevProvider::add_client`] takes more later.
    pub clients: Vec<Client>,
    /// The people on the page.
    pub people: Vec<Person>,
    /// Whether the ID token carries the claims of the scopes `profile` and `email`, as
    /// Google's does. Userinfo always has them.
    pub claims_in_id_token: bool,
    /// How long an authorization code is good for.
    pub code_lifetime: Duration,
    /// How long access tokens and ID tokens are good for; whole seconds.
    pub token_lifetime: Duration,
    /// How late [`Misbehaviour::SlowToken`](crate::Misbehaviour::SlowToken) answers.
    pub slow_answer: Duration,
}

impl Config {
    /// A provider at this address with the [sample people](DevProvider::sample_people) and
    /// no clients: claims in the ID token, codes for 60 s, tokens for 10 min, slow answers
    /// after 30 s.
    pub fn new(issuer: Url) -> Self {
        Self {
            issuer,
            clients: vec![],
            people: DevProvider::sample_people(),
            claims_in_id_token: true,
            code_lifetime: Duration::from_secs(60),
            token_lifetime: Duration::from_secs(600),
            slow_answer: Duration::from_secs(30),
        }
    }

    /// The issuer identifier: without a slash at the end.
    ///
    /// # Errors
    /// When the address can't be an issuer's (OpenID Connect Discovery 1.0, 3), or is one
    /// that others could reach.
    pub(crate) fn issuer(&self) -> Result<String, ConfigError> {
        let url = &self.issuer;
        let plain = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !plain || !matches!(url.scheme(), "http" | "https") {
            return Err(ConfigError::Issuer(url.to_string()));
        }
        if !is_loopback(url) {
            return Err(ConfigError::NotLoopback(url.to_string()));
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }
}

/// Whether the address is this machine's own (RFC 6761, 6.3 for the names).
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// An application that sends people here.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its `client_id`.
    pub id: String,
    /// Its `client_secret`; a client without one is public (RFC 6749, 2.1).
    pub secret: Option<ClientSecret>,
    /// Where people may be sent back to. The requested one must be among them to the letter.
    pub redirect_uris: Vec<String>,
    /// Origins that the client's callback sends the browser on to, beside those of the
    /// redirect URIs. Browsers hold the page's `form-action` against every hop that follows
    /// its form, so these are allowed there.
    pub return_origins: Vec<String>,
}

impl Client {
    /// A client with a secret.
    pub fn confidential<U: Into<String>>(
        id: impl Into<String>,
        secret: impl Into<ClientSecret>,
        redirect_uris: impl IntoIterator<Item = U>,
    ) -> Self {
        Self {
            secret: Some(secret.into()),
            ..Self::public(id, redirect_uris)
        }
    }

    /// A client without a secret.
    pub fn public<U: Into<String>>(
        id: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = U>,
    ) -> Self {
        Self {
            id: id.into(),
            secret: None,
            redirect_uris: redirect_uris.into_iter().map(Into::into).collect(),
            return_origins: vec![],
        }
    }

    /// # Errors
    /// A redirect URI is not absolute or has a fragment (RFC 6749, 3.1.2).
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let usable = |uri: &String| Url::parse(uri).is_ok_and(|url| url.fragment().is_none());
        match self.redirect_uris.iter().find(|uri| !usable(uri)) {
            Some(uri) => Err(ConfigError::RedirectUri(uri.clone())),
            None => Ok(()),
        }
    }
}

/// A client's secret. It does not show in `Debug`.
#[derive(Clone)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Whether this is the secret; takes the same time for a near miss.
    pub(crate) fn is(&self, presented: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), presented.as_bytes());
        constant_time::verify_slices_are_equal(own, other).is_ok()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl<T: Into<String>> From<T> for ClientSecret {
    fn from(secret: T) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// Why a provider can't be set up like this.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The issuer is no plain http or https address.
    #[error("`{0}` can't be an issuer: it must be http or https, without user, query and fragment")]
    Issuer(String),
    /// The issuer is not on this machine.
    #[error(
        "the development provider lets in anybody as anybody, so it runs on a loopback address only, not on `{0}`"
    )]
    NotLoopback(String),
    /// A redirect URI can't be one.
    #[error("`{0}` can't be a redirect URI: it must be absolute and have no fragment")]
    RedirectUri(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(address: &str) -> Result<String, ConfigError> {
        Config::new(Url::parse(address).unwrap()).issuer()
    }

    #[test]
    fn an_issuer_has_no_slash_at_its_end() {
        let cases = [
            ("http://localhost:4003/", "http://localhost:4003"),
            ("http://[::1]:1/dev/", "http://[::1]:1/dev"),
            ("https://app.localhost/a", "https://app.localhost/a"),
        ];
        for (address, expected) in cases {
            assert_eq!(issuer(address).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn an_issuer_that_others_can_reach_is_refused() {
        for address in [
            "https://id.example.org",
            "http://10.0.0.1",
            "http://localhost.example.org",
            "http://0.0.0.0:4003",
        ] {
            let refused = issuer(address);
            assert!(matches!(refused, Err(ConfigError::NotLoopback(_))));
        }
    }

    #[test]
    fn an_address_that_is_no_issuer_is_refused() {
        for address in [
            "http://localhost/?a=b",
            "http://localhost/#a",
            "http://a@localhost/",
            "ftp://localhost/",
        ] {
            assert!(matches!(issuer(address), Err(ConfigError::Issuer(_))));
        }
    }

    #[test]
    fn a_redirect_uri_is_absolute_and_has_no_fragment() {
        let with = |uri: &str| Client::public("app", [uri]).check();
        assert_eq!(with("http://localhost/callback?a=b"), Ok(()));
        assert_eq!(with("org.example.app:/callback"), Ok(()));
        for bad in ["/callback", "http://localhost/#a"] {
            assert_eq!(with(bad), Err(ConfigError::RedirectUri(bad.into())));
        }
    }

    #[test]
    fn a_secret_does_not_show() {
        let client = Client::confidential("app", "hush-hush", ["http://localhost/"]);
        assert!(!format!("{client:?}").contains("hush"));
    }
}
