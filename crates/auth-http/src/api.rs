//! What the handlers work with.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web::{Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, Scope};
use async_trait::async_trait;
use auth_core::{Accounts, Device};
use ipnet::IpNet;
use url::Url;

use crate::client_addr;
use crate::openapi;
use crate::transport::CookieSettings;

/// How the contract is served.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The name of the service, for the description.
    pub title: String,
    /// Under which URL clients reach the server; links and the own origin come from it.
    pub public_url: Url,
    /// The path under which the contract's routes hang.
    pub base_path: String,
    /// Origins beside the own one that browsers may call from.
    pub trusted_origins: Vec<String>,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a request may take to arrive, its body included.
    pub request_timeout: Duration,
    /// Whether the description of the API is shown at `/docs`.
    pub docs: bool,
}

impl HttpConfig {
    /// The origin of the public URL (RFC 6454).
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Whether browsers reach the server over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The cookies a server sets under this URL.
    pub fn cookies(&self) -> CookieSettings {
        CookieSettings::of(self)
    }
}

/// One dependency's state.
#[derive(Clone, Debug)]
pub struct Check {
    /// The dependency.
    pub name: &'static str,
    /// Whether it answers.
    pub ok: bool,
}

/// Tells whether the server can do its work.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Asks every dependency, within a bounded time.
    async fn check(&self) -> Vec<Check>;
}

/// An answered request, for metrics.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The route's pattern, never the path with its values.
    pub route: &'a str,
    /// The method, `other` when it is none of HTTP's own.
    pub method: &'a str,
    /// The status.
    pub status: u16,
    /// The time it took.
    pub took: Duration,
}

/// Adds the contract's scope to an app, after wrapping what a strategy needs around it.
pub type Mount = Arc<dyn Fn(&mut ServiceConfig, Scope) + Send + Sync>;

/// Called for every answered request.
pub type Observer = Arc<dyn Fn(Answer<'_>) + Send + Sync>;

/// Gives the current public keys as a JWK set (RFC 7517).
pub type KeySet = Arc<dyn Fn() -> serde_json::Value + Send + Sync>;

/// Everything the handlers work with; cheap to clone.
#[derive(Clone)]
pub struct Api {
    inner: Arc<Inner>,
}

struct Inner {
    accounts: Accounts,
    config: HttpConfig,
    cookies: CookieSettings,
    mount: Mount,
    readiness: Arc<dyn Readiness>,
    key_set: Option<KeySet>,
    observer: Option<Observer>,
    description: Bytes,
    draining: AtomicBool,
}

impl Api {
    /// Serves `accounts`; `mount` is how the strategy wraps the contract's scope.
    pub fn new(
        accounts: Accounts,
        config: HttpConfig,
        mount: Mount,
        readiness: Arc<dyn Readiness>,
        key_set: Option<KeySet>,
        observer: Option<Observer>,
    ) -> Self {
        let strategy = accounts.strategy().description();
        let parts = openapi::Parts {
            keys: key_set.is_some(),
            providers: !accounts.providers().is_empty(),
        };
        let description = openapi::describe(&config, &strategy, parts).into();
        let cookies = config.cookies();
        Self {
            inner: Arc::new(Inner {
                accounts,
                config,
                cookies,
                mount,
                readiness,
                key_set,
                observer,
                description,
                draining: AtomicBool::new(false),
            }),
        }
    }

    /// Registers the routes on an actix app.
    pub fn routes(&self) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
        let api = self.clone();
        move |app| crate::routes::register(app, &api)
    }

    /// Asks clients to close their connections from now on, so that a server that stops
    /// cuts none of them.
    pub fn drain(&self) {
        self.inner.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.inner.draining.load(Ordering::Relaxed)
    }

    /// The account flows.
    pub fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    /// How the contract is served.
    pub fn config(&self) -> &HttpConfig {
        &self.inner.config
    }

    pub(crate) fn cookies(&self) -> &CookieSettings {
        &self.inner.cookies
    }

    pub(crate) fn mount(&self) -> &Mount {
        &self.inner.mount
    }

    pub(crate) fn readiness(&self) -> &dyn Readiness {
        &*self.inner.readiness
    }

    pub(crate) fn key_set(&self) -> Option<serde_json::Value> {
        self.inner.key_set.as_ref().map(|keys| keys())
    }

    pub(crate) fn has_key_set(&self) -> bool {
        self.inner.key_set.is_some()
    }

    pub(crate) fn description(&self) -> Bytes {
        self.inner.description.clone()
    }

    pub(crate) fn is_observed(&self) -> bool {
        self.inner.observer.is_some()
    }

    pub(crate) fn observe(&self, answer: Answer<'_>) {
        if let Some(observer) = &self.inner.observer {
            observer(answer);
        }
    }

    /// The API that serves this request, if the app was configured with one.
    pub(crate) fn of(req: &HttpRequest) -> Option<&Self> {
        req.app_data::<Data<Self>>().map(Data::get_ref)
    }

    /// The client's address.
    pub(crate) fn client_ip(&self, req: &HttpRequest) -> IpAddr {
        client_addr::client_ip(req, &self.config().trusted_proxies)
    }

    /// The client, as it describes itself.
    pub(crate) fn device(&self, req: &HttpRequest) -> Device {
        let agent = req.headers().get(actix_web::http::header::USER_AGENT);
        let agent = agent.map(|value| String::from_utf8_lossy(value.as_bytes()));
        Device::new(&agent.unwrap_or_default(), self.client_ip(req))
    }
}
