//! Everything that leaves for a provider leaves here.

use std::error::Error as _;
use std::time::Duration;

use auth_core::SecretText;
use auth_tls::NoAuthorities;
use openidconnect::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use openidconnect::http::{self, StatusCode};
use openidconnect::{HttpRequest, HttpResponse};
use reqwest::redirect;
use rustls::RootCertStore;
use serde_json::Value;
use url::{Host, Url};

use crate::fault::{Fault, shown};
use crate::json::Object;

/// The most bytes that an answer may have.
const MAX_ANSWER: usize = 1 << 20;

/// How providers are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboundConfig {
    /// How long connecting may take, and how long a whole call may.
    pub timeout: Duration,
    /// Whether a provider on this machine (`localhost`, `127.0.0.0/8`, `::1`) may be
    /// called without TLS. For development and tests.
    pub allow_loopback_http: bool,
}

impl Default for OutboundConfig {
    /// 5 s, and TLS always.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            allow_loopback_http: false,
        }
    }
}

/// The HTTP client for calls to providers: https only, no redirects, no answer of more
/// than 1 MiB, no waiting beyond the time-out. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: reqwest::Client,
    config: OutboundConfig,
}

/// The HTTP client can't be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// No provider could prove itself.
    #[error("TLS can't be set up")]
    Tls(#[source] NoAuthorities),
    /// The client refuses its settings.
    #[error("the HTTP client can't be set up")]
    Client(#[source] reqwest::Error),
}

/// Why a call came to nothing. Holds nothing of the request and nothing of the answer but
/// its status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundError {
    /// The request is malformed.
    #[error("the request can't be made")]
    Request,
    /// The address is neither https nor a permitted loopback address.
    #[error("its address is not https")]
    Insecure,
    /// There was no whole answer in time.
    #[error("no answer within {0:?} (--oauth-timeout)")]
    TimedOut(Duration),
    /// The connection failed; the text is the transport's.
    #[error("it can't be reached: {0}")]
    Unreachable(String),
    /// A server error, or too many requests.
    #[error("status {0}")]
    Status(u16),
    /// The answer is too large.
    #[error("its answer is larger than {MAX_ANSWER} bytes")]
    TooLarge,
}

impl OutboundError {
    /// Whether a later try may succeed.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::TimedOut(_) | Self::Unreachable(_) | Self::Status(_)
        )
    }

    fn transport(error: &reqwest::Error, timeout: Duration) -> Self {
        if error.is_timeout() {
            return Self::TimedOut(timeout);
        }
        // The outer errors name the address; the innermost one says what happened.
        let mut cause = error.source();
        while let Some(deeper) = cause.and_then(|error| error.source()) {
            cause = Some(deeper);
        }
        let text = cause.map_or_else(|| "no connection".to_owned(), ToString::to_string);
        Self::Unreachable(text)
    }
}

impl Outbound {
    /// A client with these settings. It trusts the authorities that the system trusts.
    ///
    /// # Errors
    /// When TLS or the client can't be set up.
    pub fn new(config: OutboundConfig) -> Result<Self, SetupError> {
        let tls = match auth_tls::client() {
            // A provider on this machine may do without.
            Err(error) if config.allow_loopback_http => {
                tracing::warn!(%error, "no provider elsewhere can prove itself");
                auth_tls::client_of(RootCertStore::empty())
            }
            tls => tls,
        };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.map_err(SetupError::Tls)?)
            .redirect(redirect::Policy::none())
            .connect_timeout(config.timeout)
            .timeout(config.timeout)
            // GitHub refuses calls without one.
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            .build()
            .map_err(SetupError::Client)?;
        Ok(Self { client, config })
    }

    /// Whether this address may be called.
    pub fn permits(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => self.config.allow_loopback_http && is_loopback(url),
            _ => false,
        }
    }

    /// Sends a request and reads the whole answer. A redirect is an answer like any other.
    ///
    /// # Errors
    /// See [`OutboundError`]; the statuses 5xx and 429 are errors, others are answers.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, OutboundError> {
        let request = reqwest::Request::try_from(request).map_err(|_| OutboundError::Request)?;
        if !self.permits(request.url()) {
            return Err(OutboundError::Insecure);
        }
        let failed = |error| OutboundError::transport(&error, self.config.timeout);
        let mut response = self.client.execute(request).await.map_err(failed)?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(OutboundError::Status(status.as_u16()));
        }
        let mut answer = HttpResponse::new(self.body(&mut response).await?);
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }

    /// The body, counted while it arrives: what a header says about its length is no promise.
    async fn body(&self, response: &mut reqwest::Response) -> Result<Vec<u8>, OutboundError> {
        let failed = |error| OutboundError::transport(&error, self.config.timeout);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(OutboundError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Sends a request to an endpoint, which is called `what` in faults.
    pub(crate) async fn ask(
        &self,
        what: &str,
        request: Result<HttpRequest, http::Error>,
    ) -> Result<Reply, Fault> {
        let request = request.map_err(|_| Fault::call(what, &OutboundError::Request))?;
        let host = request.uri().authority().map(|host| host.as_str());
        // A person and a password in it would have been refused with the settings.
        let whose = format!("{what} at {}", host.unwrap_or("nowhere"));
        match self.send(request).await {
            Ok(response) => Ok(Reply { whose, response }),
            Err(error) => Err(Fault::call(&whose, &error)),
        }
    }

    /// Gets what somebody publishes.
    pub(crate) async fn get(&self, what: &str, url: &str) -> Result<Reply, Fault> {
        let request = http::Request::get(url).header(ACCEPT, "application/json");
        self.ask(what, request.body(vec![])).await
    }

    /// Gets a resource on behalf of whom the access token stands for (RFC 6750, 2.1).
    pub(crate) async fn get_as(
        &self,
        access_token: &SecretText,
        what: &str,
        url: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Result<Reply, Fault> {
        let bearer = format!("Bearer {}", access_token.reveal());
        let mut request = http::Request::get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bearer = HeaderValue::from_str(&bearer).map(|mut bearer| {
            bearer.set_sensitive(true);
            bearer
        });
        let request = match bearer {
            Ok(bearer) => request.header(AUTHORIZATION, bearer).body(vec![]),
            Err(error) => Err(error.into()),
        };
        self.ask(what, request).await
    }
}

/// What an endpoint answered.
pub(crate) struct Reply {
    whose: String,
    response: HttpResponse,
}

impl Reply {
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &http::HeaderMap {
        self.response.headers()
    }

    /// The JSON object that it answered, whatever the status and the content type.
    pub(crate) fn any_object(&self) -> Option<Object> {
        Object::parse(&self.whose, self.response.body())
    }

    /// The JSON object that it answered with the status 200.
    pub(crate) fn object(&self) -> Result<Object, Fault> {
        let object = self
            .any_object()
            .filter(|_| self.status() == StatusCode::OK);
        object.ok_or_else(|| self.unexpected("an object"))
    }

    /// The JSON that it answered with the status 200.
    pub(crate) fn list(&self) -> Result<Vec<Value>, Fault> {
        let list = serde_json::from_slice(self.response.body()).ok();
        let list = list.filter(|_| self.status() == StatusCode::OK);
        list.ok_or_else(|| self.unexpected("a list"))
    }

    /// The fault of an answer that is something else.
    pub(crate) fn unexpected(&self, expected: &str) -> Fault {
        let (whose, status) = (&self.whose, self.status());
        let content_type = self.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let found = match content_type {
            _ if status.is_redirection() => "a redirect, which is not followed".to_owned(),
            Some(kind) => format!("{}, expected {expected} of JSON", shown(kind)),
            None => format!("no content type, expected {expected} of JSON"),
        };
        Fault::rejected(format!("{whose}: status {} with {found}", status.as_u16()))
    }

    /// The fault of an answer with this reason.
    pub(crate) fn refused(&self, why: &str) -> Fault {
        Fault::rejected(format!("{}: {why}", self.whose))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
