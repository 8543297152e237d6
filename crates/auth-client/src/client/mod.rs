//! The client: what it holds, and whom it speaks to.

mod account;
mod api;
mod exchange;
mod factors;
mod provider;
mod renewal;
mod session;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Method;
use url::Url;
use uuid::Uuid;

use crate::credential::Credential;
use crate::dto::Strategy;
use crate::error::Error;

/// Longer than a server works on any request.
const PATIENCE: Duration = Duration::from_secs(30);

/// One device of one person, at one server. Clones share the credential, so that any number of
/// tasks can call at once: a credential whose time is up is renewed by one of them, and the
/// others wait.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    meant_for: Option<Uuid>,
}

struct Shared {
    http: reqwest::Client,
    /// Where the routes hang, without a slash at its end.
    base: Url,
    strategy: Strategy,
    held: Mutex<Held>,
    /// Whose turn it is to renew.
    turn: tokio::sync::Mutex<()>,
}

/// What the client holds.
#[derive(Default)]
struct Held {
    credential: Credential,
    /// Grows with every change of what signs in.
    version: u64,
    /// When to renew it, where that was told.
    stale_at: Option<Instant>,
}

impl Client {
    /// Asks the server below `base_url` (`https://HOST/api/auth`) what it is.
    ///
    /// # Errors
    /// When it can't be reached, or does not speak the contract.
    pub async fn connect(base_url: &str) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .user_agent(concat!("auth-client/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Self::connect_with(http, base_url).await
    }

    /// The same with an HTTP client of one's own. It must not follow redirects, which is how
    /// answers on the way through providers come, and must not keep cookies.
    ///
    /// # Errors
    /// See [`connect`](Self::connect).
    pub async fn connect_with(http: reqwest::Client, base_url: &str) -> Result<Self, Error> {
        let base = parsed(base_url).ok_or_else(|| Error::BaseUrl(base_url.to_owned()))?;
        let route = below(&base, &["strategy"]);
        let answer = http.get(route).send().await?;
        let strategy = exchange::Answer::read("GET /strategy".into(), answer).await?;
        let strategy = strategy.json()?;
        let shared = Shared {
            http,
            base,
            strategy,
            held: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            meant_for: None,
        })
    }

    /// Another device at the same server, which holds `credential`: one from
    /// [`credential`](Self::credential) that was kept, or nothing yet.
    #[must_use]
    pub fn holding(&self, credential: Credential) -> Self {
        let held = Held {
            credential,
            ..Held::default()
        };
        let shared = Shared {
            http: self.shared.http.clone(),
            base: self.shared.base.clone(),
            strategy: self.shared.strategy.clone(),
            held: Mutex::new(held),
            turn: tokio::sync::Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
            meant_for: self.meant_for,
        }
    }

    /// The same client, whose writes are meant for this user only (`If-User`): when somebody
    /// else is signed in by then, they are refused with
    /// [`Code::UserChanged`](crate::Code::UserChanged) and change nothing.
    #[must_use]
    pub fn meant_for(&self, user: Uuid) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            meant_for: Some(user),
        }
    }

    /// What the server said it is when the client connected.
    pub fn strategy(&self) -> &Strategy {
        &self.shared.strategy
    }

    /// What the client holds now: keep it to go on later.
    pub fn credential(&self) -> Credential {
        self.held().credential.clone()
    }

    /// Whether it holds anything that signs in. The server may think otherwise by now.
    pub fn is_signed_in(&self) -> bool {
        self.held().credential.is_signed_in()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // What is held is whole at any time.
        let held = self.shared.held.lock();
        held.unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of a route. Parts of it that come from outside are single segments.
    fn url(&self, segments: &[&str]) -> Url {
        below(&self.shared.base, segments)
    }

    fn get(&self, segments: &[&str]) -> exchange::Call<'_> {
        exchange::Call::new(self, Method::GET, self.url(segments))
    }

    fn post(&self, segments: &[&str]) -> exchange::Call<'_> {
        exchange::Call::new(self, Method::POST, self.url(segments))
    }

    fn patch(&self, segments: &[&str]) -> exchange::Call<'_> {
        exchange::Call::new(self, Method::PATCH, self.url(segments))
    }

    fn delete(&self, segments: &[&str]) -> exchange::Call<'_> {
        exchange::Call::new(self, Method::DELETE, self.url(segments))
    }
}

fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// A base URL without a query, a fragment and slashes at its end.
fn parsed(text: &str) -> Option<Url> {
    let mut url: Url = text.parse().ok()?;
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_plain = url.query().is_none() && url.fragment().is_none();
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    (is_http && is_plain).then_some(url)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Client");
        shown.field("base", &self.shared.base.as_str());
        shown.field("signed_in", &self.is_signed_in());
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_may_end_in_a_slash_and_nothing_more() {
        let of = |text| parsed(text).map(String::from);
        let plain = Some("http://localhost:4001/api/auth".to_owned());
        assert_eq!(of("http://localhost:4001/api/auth"), plain);
        assert_eq!(of("http://localhost:4001/api/auth/"), plain);
        for text in [
            "localhost:4001",
            "ftp://x/",
            "https://x/?a=b",
            "https://x/#a",
            "",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
