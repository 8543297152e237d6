//! `authctl health`: whether a server works, for containers and load balancers.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use auth_server::Settings;
use auth_server::settings::between;
use clap::Args;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Context;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::http;

const LEAST: Duration = Duration::from_millis(10);
const MOST: Duration = Duration::from_secs(60);

/// Ask a running server whether it can work, and exit with 0 if it can and with 1 otherwise.
#[derive(Args)]
pub struct Command {
    /// Where the server is, such as http://127.0.0.1:4001 [default: where --bind says].
    #[arg(value_parser = address)]
    url: Option<Url>,

    /// Ask only whether the process answers, whatever has become of its stores.
    #[arg(long)]
    live: bool,

    /// How long to wait for the answer.
    #[arg(long, value_parser = between(LEAST, MOST), default_value = "3s")]
    timeout: Duration,
}

#[derive(Serialize)]
struct Healthy<'a> {
    url: &'a str,
    status: &'static str,
}

/// What a server answers.
#[derive(Deserialize)]
struct Health {
    #[serde(default)]
    checks: BTreeMap<String, String>,
}

impl Command {
    /// Asks.
    ///
    /// # Errors
    /// When the server does not answer, or says that it can't work; with what is away.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let url = self.address(&context.settings)?;
        let client = http::client(&url, self.timeout)?;
        let unhealthy = |why: String| Failure::failed("unhealthy", format!("{url}: {why}"));
        let answer = client.get(url.clone()).send().await;
        let answer = answer.map_err(|error| unhealthy(http::reason(&error)))?;
        let status = answer.status();
        if status != reqwest::StatusCode::OK {
            let health = answer.json::<Health>().await.ok();
            let away = health.map(Health::away).unwrap_or_default();
            return Err(unhealthy(format!("status {}{away}", status.as_u16())).into());
        }
        let healthy = Healthy {
            url: url.as_str(),
            status: "ok",
        };
        Answer::new(&healthy, format!("{url}: ok"))
    }

    /// What to ask.
    fn address(&self, settings: &Settings) -> anyhow::Result<Url> {
        let mut url = match &self.url {
            Some(url) => url.clone(),
            None => local(settings.bind)?,
        };
        let asked = if self.live { "live" } else { "ready" };
        let path = format!("{}/health/{asked}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url.set_query(None);
        url.set_fragment(None);
        Ok(url)
    }
}

impl Health {
    /// Which stores are away, if any.
    fn away(self) -> String {
        let checks = self.checks.into_iter();
        let away = checks.filter(|(_, state)| state != "ok");
        let away: Vec<_> = away.map(|(name, _)| name).collect();
        match away.is_empty() {
            true => String::new(),
            false => format!(", {} unavailable", away.join(" and ")),
        }
    }
}

/// Reads the URL of a server.
fn address(text: &str) -> Result<Url, &'static str> {
    let url: Option<Url> = text.parse().ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or("use a URL that begins with http:// or https://, such as http://127.0.0.1:4001")
}

/// The address on this machine of a server that listens there.
fn local(bind: Option<SocketAddr>) -> anyhow::Result<Url> {
    let needed = "give the URL of the server, or the --bind that it is started with";
    let mut at = bind.ok_or_else(|| Failure::usage(needed))?;
    if at.ip().is_unspecified() {
        at.set_ip(match at.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Url::parse(&format!("http://{at}")).context("--bind is no address")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(bind: &str) -> String {
        local(Some(bind.parse().unwrap())).unwrap().to_string()
    }

    #[test]
    fn a_server_on_every_address_is_asked_on_loopback() {
        assert_eq!(asked("0.0.0.0:4001"), "http://127.0.0.1:4001/");
        assert_eq!(asked("[::]:4001"), "http://[::1]:4001/");
        assert_eq!(asked("192.0.2.7:80"), "http://192.0.2.7/");
    }

    #[test]
    fn a_server_is_named_by_a_url() {
        assert!(address("http://127.0.0.1:4001").is_ok());
        for text in [
            "127.0.0.1:4001",
            "localhost:4001",
            "auth.example.org",
            "file:///x",
        ] {
            assert!(
                address(text).unwrap_err().contains("begins with http://"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_away_is_named() {
        let health = |text| serde_json::from_str::<Health>(text).unwrap().away();
        assert_eq!(health(r#"{"status":"ok"}"#), "");
        let text = r#"{"checks":{"database":"unavailable","session_store":"ok"}}"#;
        assert_eq!(health(text), ", database unavailable");
    }
}
