//! How the contract is served.

use std::time::Duration;

use actix_web::http::header::HeaderName;
use auth_core::Live;
use ipnet::IpNet;
use url::Url;

use crate::forwarded::ForwardedHeader;
use crate::origins::TrustedOrigin;

/// Whose app the contract is served by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// A server of its own: what monitors and other services look for is at the root, and
    /// browsers are told to keep to TLS (RFC 6797).
    #[default]
    OwnServer,
    /// Another app: everything hangs under one path, and what concerns the whole host, TLS
    /// among it, is left to the app.
    Embedded,
}

/// How the contract is served.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The name of the service, for the description.
    pub title: String,
    /// Under which URL clients reach the server; links and the own origin come from it.
    pub public_url: Url,
    /// The path under which the contract's routes hang.
    pub base_path: String,
    /// Whose app they are part of.
    pub placement: Placement,
    /// Origins beside the own one that browsers may call from.
    pub trusted_origins: Live<Vec<TrustedOrigin>>,
    /// Whether pages of other origins may never call, so that there is no setting that helps one.
    pub own_pages_only: bool,
    /// Request headers that pages of trusted origins may send beside the usual ones; `*` is
    /// any.
    pub cors_headers: Vec<HeaderName>,
    /// Peers that are believed when they say whose request they pass on.
    pub trusted_proxies: Live<Vec<IpNet>>,
    /// By which header they say it.
    pub forwarded_header: ForwardedHeader,
    /// How long a request may take to arrive, its body included.
    pub request_timeout: Duration,
    /// Whether the API is described, at `/openapi.json` and `/docs`.
    pub docs: bool,
    /// Whether reads that go well have a line of the log each, as everything else does.
    pub log_reads: bool,
}

impl HttpConfig {
    /// The origin of the public URL (RFC 6454).
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Whether an origin is one of those that browsers may call from.
    pub(crate) fn trusts(&self, origin: &[u8]) -> bool {
        let origin = std::str::from_utf8(origin);
        origin.is_ok_and(|origin| {
            let trusted = self.trusted_origins.get();
            trusted.iter().any(|known| known.covers(origin))
        })
    }

    /// The path under which the server's own state and description are.
    pub(crate) fn operation_path(&self) -> &str {
        match self.placement {
            Placement::OwnServer => "",
            Placement::Embedded => &self.base_path,
        }
    }

    /// Whether browsers reach the server over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}
