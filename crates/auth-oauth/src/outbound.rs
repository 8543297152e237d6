//! Everything that leaves for a provider leaves here.

use std::error::Error as _;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use auth_core::strategy::SecretText;
use auth_tls::NoAuthorities;
use openidconnect::http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use openidconnect::http::{self, StatusCode};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect;
use rustls::RootCertStore;
use url::{Host, Url};

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
    allow_loopback_http: bool,
}

/// The HTTP client can't be set up.
#[derive(Debug, thiserror::Error)]
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
pub enum OutboundError {
    /// The request is malformed.
    #[error("the request can't be made")]
    Request,
    /// The address is neither https nor a permitted loopback address.
    #[error("the provider's address is not https")]
    Insecure,
    /// There was no whole answer in time.
    #[error("the provider did not answer in time")]
    TimedOut,
    /// The connection failed; the text is the transport's.
    #[error("the provider can't be reached: {0}")]
    Unreachable(String),
    /// A server error, or too many requests.
    #[error("the provider answered {0}")]
    Status(u16),
    /// The answer is too large.
    #[error("the provider's answer is larger than {MAX_ANSWER} bytes")]
    TooLarge,
}

impl OutboundError {
    /// Whether a later try may succeed.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::TimedOut | Self::Unreachable(_) | Self::Status(_)
        )
    }

    fn transport(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
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
        Ok(Self {
            client,
            allow_loopback_http: config.allow_loopback_http,
        })
    }

    /// Whether this address may be called.
    pub fn permits(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => self.allow_loopback_http && is_loopback(url),
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
        let sent = self.client.execute(request).await;
        let mut response = sent.map_err(|error| OutboundError::transport(&error))?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(OutboundError::Status(status.as_u16()));
        }
        let mut answer = HttpResponse::new(body(&mut response).await?);
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }

    /// Gets a resource on behalf of whom the access token stands for (RFC 6750, 2.1).
    pub(crate) async fn get_as(
        &self,
        access_token: &SecretText,
        accept: &'static str,
        url: &str,
        extra: &[(&'static str, &'static str)],
    ) -> Result<HttpResponse, OutboundError> {
        let bearer = format!("Bearer {}", access_token.reveal());
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| OutboundError::Request)?;
        bearer.set_sensitive(true);
        let mut request = http::Request::get(url)
            .header(ACCEPT, accept)
            .header(AUTHORIZATION, bearer);
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        let request = request.body(vec![]);
        self.send(request.map_err(|_| OutboundError::Request)?)
            .await
    }
}

impl<'c> AsyncHttpClient<'c> for Outbound {
    type Error = OutboundError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, OutboundError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// The body, counted while it arrives: what a header says about its length is no promise.
async fn body(response: &mut reqwest::Response) -> Result<Vec<u8>, OutboundError> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let Some(chunk) = chunk.map_err(|error| OutboundError::transport(&error))? else {
            return Ok(body);
        };
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(OutboundError::TooLarge);
        }
        body.extend_from_slice(&chunk);
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
