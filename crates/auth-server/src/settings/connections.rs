//! The settings for connections: how long each step may take, and how many there may be.

use std::time::Duration;

use anyhow::ensure;
use clap::Args;

use super::values::duration;

/// How long peers may take.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Connections")]
pub struct ConnectionSettings {
    /// How long a request may take to arrive, its body included.
    #[arg(long, env = "AUTH_REQUEST_TIMEOUT", value_parser = duration, default_value = "10s")]
    pub request_timeout: Duration,
}

impl ConnectionSettings {
    /// Checks that every time is one that peers can keep to.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let times = [("--request-timeout", self.request_timeout)];
        for (name, time) in times {
            ensure!(
                (Duration::from_millis(100)..=Duration::from_secs(3600)).contains(&time),
                "{name} must lie between 100ms and 1h"
            );
        }
        Ok(())
    }
}
