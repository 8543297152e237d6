//! Asking over HTTP.

use std::error::Error as _;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::redirect::Policy;
use url::Url;

/// A client that asks exactly the address it is given: it follows no redirect, and no proxy that
/// the environment names.
///
/// # Errors
/// When the address is https, and this machine trusts no authority.
pub fn client(url: &Url, patience: Duration) -> anyhow::Result<reqwest::Client> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(patience)
        .user_agent(concat!("authctl/", env!("CARGO_PKG_VERSION")));
    let client = match url.scheme() {
        "https" => client.tls_backend_preconfigured(auth_tls::client()?),
        // Plain http needs no certificates, which a small image may lack.
        _ => client.tls_certs_only([]),
    };
    client.build().context("the HTTP client can't be set up")
}

/// Why there is no answer, in the words of whoever knows best.
pub fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "there was no answer in time".to_owned();
    }
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|error| error.source()) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}
