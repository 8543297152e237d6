//! Whom everything is sent to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use prost::Message;
use reqwest::blocking::Client;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect;
use tracing::{info, warn};
use url::Url;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// A collector, called from threads of its own. What it does not take is dropped.
#[derive(Debug)]
pub(super) struct Collector {
    client: Client,
    endpoint: String,
    is_away: AtomicBool,
}

impl Collector {
    /// One that is reached under this URL, to which the signals add their paths (OTLP 1.5,
    /// "OTLP/HTTP Request").
    pub(super) fn new(endpoint: &Url) -> anyhow::Result<Self> {
        let tls = match endpoint.scheme() {
            "https" => auth_tls::client()?,
            _ => auth_tls::client_of(rustls::RootCertStore::empty())?,
        };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .user_agent(concat!("comprehensive-auth/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            endpoint: endpoint.as_str().trim_end_matches('/').to_owned(),
            is_away: AtomicBool::new(false),
        })
    }

    /// Sends a message to one of its paths. Blocks, for so long as the patience lasts at most.
    ///
    /// # Errors
    /// Why it was not taken. The log hears of it once, and once that it is over.
    pub(super) fn send(&self, path: &str, message: &impl Message) -> Result<(), String> {
        let call = self
            .client
            .post(format!("{}{path}", self.endpoint))
            .header(CONTENT_TYPE, "application/x-protobuf")
            .body(message.encode_to_vec());
        let sent = match call.send() {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("status {}", answer.status().as_u16())),
            // The outer error names the address.
            Err(error) if error.is_timeout() => Err("it does not answer in time".to_owned()),
            Err(_) => Err("it can't be reached".to_owned()),
        };
        match (&sent, self.is_away.swap(sent.is_err(), Ordering::Relaxed)) {
            (Err(cause), false) => warn!(
                event = "otlp_away",
                cause,
                "the collector of --otlp-endpoint takes nothing: traces and metrics are dropped"
            ),
            (Ok(()), true) => info!(event = "otlp_back"),
            _ => {}
        }
        sent
    }
}
