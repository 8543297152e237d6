//! A client that says exactly what a case wants said, however malformed, and keeps what it is
//! given. What a server says it is and what signs in are [`auth_client`]'s to know.

mod call;
mod federation;
mod held;
mod routes;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::Method;
use url::Url;

pub use auth_client::{Credential, Format, SetCookie, Strategy, Transport};
pub use call::Call;
pub use held::Held;

pub use crate::reply::Reply;

/// One device of one person: it keeps the credential it is given and presents it with
/// every call. Calls may run in parallel.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    strategy: Arc<Strategy>,
    source: Option<IpAddr>,
    user_agent: String,
    credential: Mutex<Credential>,
}

/// Long enough for a busy machine, short enough to tell a server that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

impl Client {
    /// Connects to a server and asks it what it is.
    ///
    /// # Errors
    /// When it can't be reached or does not say.
    pub async fn connect(base: &Url, source: Option<IpAddr>) -> Result<Self> {
        let http = http_client(base, source)?;
        let typed = auth_client::Client::connect_with(http.clone(), base.as_str()).await;
        let typed = typed.with_context(|| format!("{base} does not say what it is"))?;
        Ok(Self::over(http, base, source, typed.strategy().clone()))
    }

    /// A client of a server of which it is known what it is. Servers of earlier versions say
    /// less than [`connect`](Self::connect) wants to hear.
    ///
    /// # Errors
    /// When no client can be made for it.
    pub fn of_known(base: &Url, strategy: Strategy) -> Result<Self> {
        Ok(Self::over(http_client(base, None)?, base, None, strategy))
    }

    fn over(http: reqwest::Client, base: &Url, source: Option<IpAddr>, strategy: Strategy) -> Self {
        Self {
            http,
            base: base.clone(),
            strategy: Arc::new(strategy),
            source,
            user_agent: "contract-suite".into(),
            credential: Mutex::default(),
        }
    }

    /// Another device, calling from `source`, with nothing to present.
    ///
    /// # Errors
    /// When no client can be made for that address.
    pub fn elsewhere(&self, source: Option<IpAddr>) -> Result<Self> {
        Ok(Self {
            http: http_client(&self.base, source)?,
            source,
            ..self.holding(Credential::default())
        })
    }

    /// Whoever presents `credential` from this device.
    pub fn holding(&self, credential: Credential) -> Self {
        Self {
            http: self.http.clone(),
            base: self.base.clone(),
            strategy: Arc::clone(&self.strategy),
            source: self.source,
            user_agent: self.user_agent.clone(),
            credential: Mutex::new(credential),
        }
    }

    /// A copy of this device, credential and all: a second tab, or a thief.
    pub fn copy(&self) -> Self {
        self.holding(self.credential())
    }

    /// This device, calling another node.
    pub fn at(&self, node: &Url) -> Self {
        Self {
            base: node.clone(),
            ..self.copy()
        }
    }

    /// This device, which presents a token beside its cookies, whatever the server said it is.
    #[must_use]
    pub fn presenting_all(mut self) -> Self {
        let mut strategy = (*self.strategy).clone();
        strategy.transport = Transport::Bearer;
        self.strategy = Arc::new(strategy);
        self
    }

    /// This device, which says it is `user_agent`.
    #[must_use]
    pub fn named(mut self, user_agent: &str) -> Self {
        self.user_agent = user_agent.to_owned();
        self
    }

    /// The client that users' programs have, calling from this device with nothing to present.
    ///
    /// # Errors
    /// When the server can't be reached or does not say what it is.
    pub async fn typed(&self) -> Result<auth_client::Client> {
        let typed = auth_client::Client::connect_with(self.http.clone(), self.base.as_str());
        Ok(typed.await?)
    }

    /// What it says it is.
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// What the server said it is.
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// The address it calls from, when that was chosen.
    pub fn source(&self) -> Option<IpAddr> {
        self.source
    }

    /// What it holds now.
    pub fn credential(&self) -> Credential {
        self.held().clone()
    }

    /// Any call at all. Paths are those of the contract: `/login` hangs under the base
    /// URL, `^/health` under the host.
    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        Call::new(self, method, path)
    }

    fn held(&self) -> MutexGuard<'_, Credential> {
        self.credential
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn url(&self, path: &str) -> Result<Url> {
        let url = match path.strip_prefix('^') {
            Some(path) => format!("{}{path}", self.base.origin().ascii_serialization()),
            None => format!("{}{path}", trimmed(&self.base)),
        };
        url.parse().with_context(|| format!("{url} is no URL"))
    }
}

fn trimmed(base: &Url) -> &str {
    base.as_str().trim_end_matches('/')
}

fn http_client(base: &Url, source: Option<IpAddr>) -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        .local_address(source);
    // Reading the system's certificates takes its time; plain HTTP needs none.
    let builder = match base.scheme() {
        "https" => builder,
        _ => builder.tls_certs_only([]),
    };
    builder
        .build()
        .context("the HTTP client could not be built")
}
