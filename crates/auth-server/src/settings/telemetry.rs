//! The settings for what is told of requests: lines of the log, traces and metrics.

use std::time::Duration;

use anyhow::ensure;
use clap::{Args, ValueEnum};
use url::Url;

use super::values::{HOUR, SECOND, between};

/// What is told of requests, and to whom.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Telemetry")]
pub struct TelemetrySettings {
    /// Whether reads that go well have a line of the log each, as all other requests do.
    #[arg(long, env = "AUTH_ACCESS_LOG", value_enum, default_value_t = AccessLog::On)]
    pub access_log: AccessLog,

    /// The collector that takes traces and metrics by OTLP (HTTP, protobuf), as in
    /// http://localhost:4318; without it none are sent.
    #[arg(long, env = "AUTH_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<Url>,

    /// The share of the requests that are traced, from 0 to 1.
    #[arg(long, env = "AUTH_OTLP_SAMPLE", value_parser = share, default_value = "0.1")]
    pub otlp_sample: f64,

    /// How often metrics are sent.
    #[arg(long, env = "AUTH_OTLP_METRICS_INTERVAL", value_parser = between(SECOND, HOUR), default_value = "60s")]
    pub otlp_metrics_interval: Duration,
}

/// Whether reads that go well are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccessLog {
    /// They are.
    On,
    /// They are not: it costs the fastest reads the most.
    Off,
}

impl TelemetrySettings {
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let Some(url) = &self.otlp_endpoint else {
            return Ok(());
        };
        let is_plain = url.query().is_none() && url.fragment().is_none() && url.username() == "";
        ensure!(
            matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain,
            "--otlp-endpoint must be the http or https URL of a collector, as in \
             http://localhost:4318, without credentials, query and fragment"
        );
        Ok(())
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok();
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "use a number from 0 to 1".to_owned())
}
