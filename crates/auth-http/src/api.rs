//! What the handlers work with.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use async_trait::async_trait;
use auth_core::events::Origin;
use auth_core::session::Presents;
use auth_core::{Accounts, AuthError, Device, SecretText, Timestamp, Transport, User};

use crate::client_addr::{ClientAddress, Proxy};
use crate::config::HttpConfig;
use crate::device_cookie::DeviceCookieSettings;
use crate::dto::UserDto;
use crate::problem::Problem;
use crate::request_id::RequestId;
use crate::strangers::Strangers;
use crate::tracer::Tracer;
use crate::transport::CookieSettings;

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

/// Called for every answered request.
pub type Observer = Arc<dyn Fn(Answer<'_>) + Send + Sync>;

/// Gives the current public keys as a JWK set (RFC 7517).
pub type KeySet = Arc<dyn Fn() -> serde_json::Value + Send + Sync>;

/// A key that signs or verifies tokens, without anything of the key itself.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// Its id (RFC 7515, 4.1.4).
    pub kid: String,
    /// The one algorithm it is used with (RFC 7518, 3.1).
    pub algorithm: &'static str,
    /// Whether it signs, in a word.
    pub state: &'static str,
    /// When it was made.
    pub created_at: Timestamp,
    /// How long ago that is.
    pub age: Duration,
}

/// Tells of the keys that sign and verify tokens.
pub type SigningKeys = Arc<dyn Fn() -> Result<Vec<SigningKey>, AuthError> + Send + Sync>;

/// What others need to verify the tokens that a server issues.
#[derive(Clone)]
pub struct TokenIssuer {
    /// `iss` of the tokens.
    pub name: String,
    /// The keys that verify them.
    pub keys: KeySet,
    /// What operators may know of the keys.
    pub made: SigningKeys,
}

/// Everything the handlers work with; cheap to clone.
#[derive(Clone)]
pub struct Api {
    inner: Arc<Inner>,
}

struct Inner {
    accounts: Accounts,
    config: HttpConfig,
    cookies: CookieSettings,
    device_cookie: DeviceCookieSettings,
    trust_cookie: DeviceCookieSettings,
    client_address: ClientAddress,
    readiness: Arc<dyn Readiness>,
    issuer: Option<TokenIssuer>,
    observer: Option<Observer>,
    tracer: OnceLock<Arc<dyn Tracer>>,
    description: Bytes,
    profile_path: String,
    leaving: AtomicBool,
    draining: AtomicBool,
    strangers: Strangers,
}

impl Api {
    /// Serves `accounts`, by this description.
    pub(crate) fn described(
        accounts: Accounts,
        config: HttpConfig,
        readiness: Arc<dyn Readiness>,
        issuer: Option<TokenIssuer>,
        observer: Option<Observer>,
        description: Bytes,
    ) -> Self {
        let cookies = CookieSettings::of(&config);
        let device_cookie = DeviceCookieSettings::named("device", &config);
        let trust_cookie = DeviceCookieSettings::named("trusted", &config);
        let proxies = config.trusted_proxies.clone();
        let client_address = ClientAddress::new(proxies, config.forwarded_header);
        Self {
            inner: Arc::new(Inner {
                profile_path: format!("{}/profile", config.base_path),
                accounts,
                config,
                cookies,
                device_cookie,
                trust_cookie,
                client_address,
                readiness,
                issuer,
                observer,
                tracer: OnceLock::new(),
                description,
                leaving: AtomicBool::new(false),
                draining: AtomicBool::new(false),
                strangers: Strangers::default(),
            }),
        }
    }

    /// The same contract at another origin, without sign-in through providers, who send people
    /// back to the first one.
    #[must_use]
    pub fn at(&self, config: HttpConfig) -> Self {
        let inner = &self.inner;
        Self::new(
            inner.accounts.clone().without_providers(),
            config,
            inner.readiness.clone(),
            inner.issuer.clone(),
            inner.observer.clone(),
        )
    }

    /// Says from now on that the server is not ready, so that load balancers send requests to
    /// others; those that come all the same are answered as before.
    pub fn leave(&self) {
        self.inner.leaving.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.inner.leaving.load(Ordering::Relaxed)
    }

    /// Asks clients to close their connections from now on, so that a server that stops
    /// cuts none of them.
    pub fn drain(&self) {
        self.inner.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.inner.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn strangers(&self) -> &Strangers {
        &self.inner.strangers
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

    pub(crate) fn readiness(&self) -> &dyn Readiness {
        &*self.inner.readiness
    }

    pub(crate) fn issuer(&self) -> Option<&TokenIssuer> {
        self.inner.issuer.as_ref()
    }

    pub(crate) fn description(&self) -> Bytes {
        self.inner.description.clone()
    }

    /// Where a profile is.
    pub(crate) fn profile_path(&self) -> &str {
        &self.inner.profile_path
    }

    /// Has this one decide which requests are recorded. The first one stays.
    pub fn trace_by(&self, tracer: Arc<dyn Tracer>) {
        let _ = self.inner.tracer.set(tracer);
    }

    /// Who records the next request, if it is recorded.
    pub(crate) fn sampled(&self) -> Option<Arc<dyn Tracer>> {
        let tracer = self.inner.tracer.get()?;
        tracer.samples().then(|| tracer.clone())
    }

    /// Whether a plain read that goes well has a line of the log too.
    pub(crate) fn logs_reads(&self) -> bool {
        self.inner.config.log_reads
    }

    pub(crate) fn is_observed(&self) -> bool {
        self.inner.observer.is_some()
    }

    pub(crate) fn observe(&self, answer: Answer<'_>) {
        if let Some(observer) = &self.inner.observer {
            observer(answer);
        }
    }

    /// What an answer to somebody who is not signed in asks for (RFC 9110, 11.6.1).
    pub(crate) fn challenge(&self) -> &'static str {
        match self.accounts().strategy().transport() {
            Transport::Bearer => "Bearer realm=\"auth\"",
            Transport::Cookie => "Cookie realm=\"auth\"",
        }
    }

    /// The API that serves this request, if the app was configured with one.
    pub(crate) fn of(req: &HttpRequest) -> Option<&Self> {
        req.app_data::<Data<Self>>().map(Data::get_ref)
    }

    /// A user as this server shows one.
    pub(crate) fn user_dto(&self, user: &User) -> UserDto {
        UserDto::of(user, self.accounts().has_profile_fields())
    }

    /// The same as it is written.
    pub(crate) fn shown(&self, user: &User) -> Bytes {
        // Texts, numbers and what was read from JSON always serialise.
        let json = serde_json::to_vec(&self.user_dto(user));
        json.unwrap_or_default().into()
    }

    pub(crate) fn device_cookie(&self) -> &DeviceCookieSettings {
        &self.inner.device_cookie
    }

    pub(crate) fn trust_cookie(&self) -> &DeviceCookieSettings {
        &self.inner.trust_cookie
    }

    /// Hands the device out by what it will be known again: it has just proven to be this
    /// user's.
    pub(crate) fn remember_device(&self, answer: &mut HttpResponse, user: &User) {
        let cookie = self.accounts().device_cookie(user);
        self.device_cookie()
            .set(answer, &cookie.value, cookie.max_age);
    }

    /// The client's address.
    ///
    /// # Errors
    /// When a trusted proxy does not tell it.
    pub(crate) fn client_ip(&self, req: &HttpRequest) -> Result<IpAddr, Problem> {
        self.inner.client_address.of(req)
    }

    /// The request, as the audit trail tells it. Where a proxy does not tell the client's address
    /// it comes from the proxy.
    pub(crate) fn origin(&self, req: &HttpRequest) -> Origin {
        let ip = self.inner.client_address.or_of_proxy(req);
        Origin {
            request_id: RequestId::current().to_string(),
            ip,
            user_agent: Device::new(&user_agent(req), ip).user_agent,
        }
    }

    /// What passes this request on.
    pub(crate) fn proxy(&self, req: &HttpRequest) -> Proxy {
        self.inner.client_address.proxy(req)
    }

    /// The client, as it describes itself.
    ///
    /// # Errors
    /// When a trusted proxy does not tell its address.
    pub(crate) fn device(&self, req: &HttpRequest) -> Result<Device, Problem> {
        let device = Device::new(&user_agent(req), self.client_ip(req)?);
        let flow = self.cookies().flow_secret(req);
        Ok(device.presenting(Presents {
            known_by: self.device_cookie().read(req),
            trust: self.trust_cookie().read(req),
            flow: flow.map(|secret| SecretText::new(secret.reveal())),
        }))
    }
}

fn user_agent(req: &HttpRequest) -> Cow<'_, str> {
    let agent = req.headers().get(actix_web::http::header::USER_AGENT);
    let agent = agent.map(|value| String::from_utf8_lossy(value.as_bytes()));
    agent.unwrap_or_default()
}
