//! One call to somebody who may hang, fail or lie.

use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use auth_core::Timestamp;
use auth_core::webhook::WebhookSecret;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use url::Url;

use crate::reach::Reach;
use crate::sign::signature;

/// Posts signed messages. Redirects are answers like any other, addresses are looked at once they
/// are resolved, and no proxy of the environment is asked, which would look them up by itself.
/// Clones share their connections.
#[derive(Clone)]
pub struct Caller {
    reach: Reach,
    timeout: Duration,
    max_answer: usize,
    client: Arc<OnceLock<reqwest::Client>>,
}

/// What somebody answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    /// The status.
    pub(crate) status: u16,
    /// How long to wait before the next try, where the answer says so.
    pub(crate) retry_after: Option<Duration>,
    /// The body; nothing when it is too large or was not there in time.
    pub(crate) body: Option<Vec<u8>>,
}

/// Why there is no answer. It holds nothing that was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// It may not be called; the text says why.
    #[error("{0}")]
    Forbidden(String),
    /// No answer in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The connection failed; the text is the transport's.
    #[error("it can't be reached: {0}")]
    Unreachable(String),
    /// This machine can call nobody; the text says why, and what helps.
    #[error("nobody can be called from here: {0}")]
    NoClient(String),
}

/// A signed message.
pub(crate) struct Message<'a> {
    pub(crate) url: &'a str,
    pub(crate) id: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) body: &'a str,
    pub(crate) secrets: &'a [WebhookSecret],
}

impl Caller {
    /// One that calls what `reach` permits, waits so long in all and reads so many bytes.
    pub fn new(reach: Reach, timeout: Duration, max_answer: usize) -> Self {
        Self {
            reach,
            timeout,
            max_answer,
            client: Arc::default(),
        }
    }

    /// Whether this machine can call anybody at all.
    ///
    /// # Errors
    /// [`CallError::NoClient`].
    pub(crate) fn ready(&self) -> Result<(), CallError> {
        self.client().map(drop)
    }

    /// Posts a message, and reads the answer.
    pub(crate) async fn post(&self, message: &Message<'_>) -> Result<Answered, CallError> {
        let url = self
            .reach
            .parse(message.url)
            .map_err(CallError::Forbidden)?;
        let client = self.client()?;
        let seconds = message.at.as_secs();
        let signed = signature(message.secrets, message.id, seconds, message.body);
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signed)
            .body(message.body.to_owned());
        let response = request.send().await;
        let response = response.map_err(|error| self.explained(&error))?;
        Ok(Answered {
            status: response.status().as_u16(),
            retry_after: retry_after(&response, message.at),
            body: self.body(response).await,
        })
    }

    /// The body, counted while it arrives: what a header says about its length is no promise.
    async fn body(&self, mut response: reqwest::Response) -> Option<Vec<u8>> {
        let mut body = vec![];
        while let Some(chunk) = response.chunk().await.ok()? {
            if body.len() + chunk.len() > self.max_answer {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        Some(body)
    }

    fn explained(&self, error: &reqwest::Error) -> CallError {
        if error.is_timeout() {
            return CallError::TimedOut(self.timeout);
        }
        // The outer errors name the URL; the innermost one says what happened.
        let mut cause = error.source();
        while let Some(deeper) = cause.and_then(|error| error.source()) {
            cause = Some(deeper);
        }
        let text = cause.map_or_else(|| "no connection".to_owned(), ToString::to_string);
        CallError::Unreachable(text)
    }

    /// Made when it is needed first: most servers call nobody.
    fn client(&self) -> Result<&reqwest::Client, CallError> {
        self.client_or(|| self.open())
    }

    /// The client, or what `open` gives where there is none yet. A failure is not kept: what is
    /// missing may be there at the next call.
    fn client_or(
        &self,
        open: impl FnOnce() -> Result<reqwest::Client, CallError>,
    ) -> Result<&reqwest::Client, CallError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = open()?;
        Ok(self.client.get_or_init(|| client))
    }

    fn open(&self) -> Result<reqwest::Client, CallError> {
        let tls = auth_tls::client().map_err(|error| CallError::NoClient(error.to_string()))?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Permitted(self.reach)))
            .connect_timeout(self.timeout)
            .timeout(self.timeout)
            .pool_max_idle_per_host(2)
            .user_agent(concat!("comprehensive-auth/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map_err(|error| CallError::NoClient(error.to_string()))
    }
}

/// Resolves names to addresses that may be called. It is asked for each connection, so that a name
/// which resolves to something else later gains nothing.
struct Permitted(Reach);

impl Resolve for Permitted {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<SocketAddr> =
                found.filter(|found| reach.permits(found.ip())).collect();
            match permitted.is_empty() {
                true => Err("the name resolves to no address that may be called".into()),
                false => Ok(Box::new(permitted.into_iter()) as Addrs),
            }
        })
    }
}

/// What `Retry-After` says (RFC 9110, 10.2.3): seconds, or a time.
fn retry_after(response: &reqwest::Response, now: Timestamp) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    wait_of(text, now)
}

fn wait_of(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    let then = Timestamp::from_millis(then.unix_timestamp().saturating_mul(1000));
    Some(then.since(now))
}

/// Whether a text may be the URL of a receiver that the settings name.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn named(text: &str) -> Result<Url, String> {
    Reach::ANYWHERE.parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_kept_and_a_failure_is_not() {
        let caller = Caller::new(Reach::default(), Duration::from_secs(1), 0);
        let missing = || Err(CallError::NoClient("no certificates".to_owned()));
        assert!(caller.client_or(missing).is_err());
        // A later call succeeds, and every call after it.
        let tls = auth_tls::client_of(rustls::RootCertStore::empty()).unwrap();
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
        assert!(caller.client_or(|| Ok(client.build().unwrap())).is_ok());
        assert!(caller.clone().client_or(missing).is_ok());
    }

    #[test]
    fn a_wait_is_seconds_or_a_time() {
        let now = Timestamp::from_millis(784_111_777_000);
        assert_eq!(wait_of("120", now), Some(Duration::from_secs(120)));
        let then = wait_of("Sun, 06 Nov 1994 08:50:37 GMT", now);
        assert_eq!(then, Some(Duration::from_secs(60)));
        let past = wait_of("Sun, 06 Nov 1994 08:00:00 GMT", now);
        assert_eq!(past, Some(Duration::ZERO));
        for odd in ["", "-1", "soon", "1.5"] {
            assert_eq!(wait_of(odd, now), None, "{odd}");
        }
    }
}
