//! Presenting the credential, and renewing it: by one task at a time, since a refresh token is
//! good for one renewal.

use std::time::Instant;

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderValue};
use serde_json::json;
use url::{Host, Url};

use super::Client;
use super::exchange::Answer;
use crate::dto::{Format, Grant, Transport};
use crate::error::Error;
use crate::problem::Code;

impl Client {
    /// Renews the credential now. There is seldom a need to: calls do it when its time is up.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] when the session has ended: the client then holds nothing that
    /// signs in any more.
    pub async fn refresh(&self) -> Result<Grant, Error> {
        let _turn = self.shared.turn.lock().await;
        self.renew().await
    }

    /// Renews a credential whose time is up. When that fails the request goes out with the old
    /// one, which may do, and otherwise is told why.
    pub(super) async fn freshen(&self) {
        let (is_stale, seen) = {
            let held = self.held();
            let is_stale = held.stale_at.is_some_and(|at| at <= Instant::now());
            (is_stale, held.version)
        };
        if is_stale && self.can_renew() {
            let _ = self.renew_unless_changed(seen).await;
        }
    }

    /// Renews what was held under `seen`, unless another task has done so meanwhile.
    pub(super) async fn renew_unless_changed(&self, seen: u64) -> Result<(), Error> {
        let _turn = self.shared.turn.lock().await;
        if self.held().version == seen {
            self.renew().await?;
        }
        Ok(())
    }

    /// Whether there is something to renew the credential with that the server has not just
    /// been shown: an opaque cookie is all there is.
    pub(super) fn can_renew(&self) -> bool {
        let strategy = self.strategy();
        let held = self.held();
        match (strategy.transport, strategy.format) {
            (Transport::Bearer, _) => {
                held.credential.refresh.is_some() || !held.credential.cookies.is_empty()
            }
            (Transport::Cookie, Format::Jwt) => !held.credential.cookies.is_empty(),
            (Transport::Cookie, Format::Opaque) => false,
        }
    }

    /// To be called by whose turn it is.
    async fn renew(&self) -> Result<Grant, Error> {
        self.with_refresh_token("refresh").await.0?.json()
    }

    /// Calls a route for which the refresh token is enough, and gives the version of what was
    /// held for it. What the server does not know any more is not held on to.
    pub(super) async fn with_refresh_token(&self, route: &str) -> (Result<Answer, Error>, u64) {
        let (token, seen) = {
            let held = self.held();
            (held.credential.refresh.clone(), held.version)
        };
        let call = self.post(&[route]);
        let call = match token {
            Some(token) => call.json(&json!({ "refresh_token": token })),
            None => call,
        };
        let outcome = call.once().await;
        if let Err(Error::Problem(problem)) = &outcome
            && problem.code == Code::Unauthenticated
        {
            self.forget(seen);
        }
        (outcome, seen)
    }

    /// Signs a request, and says under which version.
    pub(super) fn present(&self, request: &mut reqwest::Request) -> Result<u64, Error> {
        let held = self.held();
        let url = request.url().clone();
        if let (Transport::Bearer, Some(access)) =
            (self.strategy().transport, &held.credential.access)
        {
            self.may_carry_token(&url)?;
            let value = HeaderValue::from_str(&format!("Bearer {access}"));
            insert(request, AUTHORIZATION, value.ok());
        }
        if self.may_carry_cookies(&url) {
            let cookies = held.credential.cookie_header(url.path());
            let value = cookies.and_then(|text| HeaderValue::from_str(&text).ok());
            insert(request, COOKIE, value);
        } else if self.strategy().transport == Transport::Cookie {
            return Err(misplaced(&url));
        }
        Ok(held.version)
    }

    /// Cookies go to the host that set them, and never from https to http (RFC 6265, 5.4).
    fn may_carry_cookies(&self, url: &Url) -> bool {
        let base = &self.shared.base;
        url.host() == base.host() && (url.scheme() == "https" || base.scheme() == "http")
    }

    /// A token travels over TLS (RFC 6750, 5.3), on this machine, or the way it came.
    fn may_carry_token(&self, url: &Url) -> Result<(), Error> {
        let is_private = url.scheme() == "https" || is_loopback(url);
        if is_private || url.origin() == self.shared.base.origin() {
            return Ok(());
        }
        Err(misplaced(url))
    }
}

fn insert(
    request: &mut reqwest::Request,
    name: reqwest::header::HeaderName,
    value: Option<HeaderValue>,
) {
    if let Some(mut value) = value {
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
}

fn misplaced(url: &Url) -> Error {
    let mut shown = url.clone();
    shown.set_query(None);
    Error::Misplaced(shown)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
