//! The settings for connections: how long each step may take, and how many there may be.

use std::time::Duration;

use anyhow::ensure;
use clap::Args;

use super::values::{HOUR, MILLISECOND, between};

/// How long peers may take, and how many connections they may have.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Listening")]
pub struct ConnectionSettings {
    /// How long the head of a request may take to arrive.
    #[arg(long, env = "AUTH_HEAD_TIMEOUT", value_parser = between(MILLISECOND, HOUR), default_value = "5s")]
    pub head_timeout: Duration,

    /// How long a request may take to arrive, its body included.
    #[arg(long, env = "AUTH_REQUEST_TIMEOUT", value_parser = between(MILLISECOND, HOUR), default_value = "10s")]
    pub request_timeout: Duration,

    /// How long a peer may take to read the next piece of an answer.
    #[arg(long, env = "AUTH_WRITE_TIMEOUT", value_parser = between(MILLISECOND, HOUR), default_value = "30s")]
    pub write_timeout: Duration,

    /// How long a connection stays open without a request; longer than a load balancer
    /// in front keeps it.
    #[arg(long, env = "AUTH_KEEP_ALIVE", value_parser = between(MILLISECOND, HOUR), default_value = "75s")]
    pub keep_alive: Duration,

    /// The most connections at once; beyond them the longest idle makes way.
    #[arg(long, env = "AUTH_MAX_CONNECTIONS", default_value_t = 8192)]
    pub max_connections: usize,

    /// The most connections of one address at once, trusted proxies aside.
    #[arg(long, env = "AUTH_MAX_CONNECTIONS_PER_PEER", default_value_t = 512)]
    pub max_connections_per_peer: usize,
}

impl ConnectionSettings {
    /// Checks that every time is one that peers can keep to.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let times = [
            ("--head-timeout", self.head_timeout),
            ("--request-timeout", self.request_timeout),
            ("--write-timeout", self.write_timeout),
            ("--keep-alive", self.keep_alive),
        ];
        for (name, time) in times {
            ensure!(
                (Duration::from_millis(100)..=Duration::from_secs(3600)).contains(&time),
                "{name} must lie between 100ms and 1h"
            );
        }
        ensure!(
            self.head_timeout <= self.request_timeout,
            "--head-timeout must not exceed --request-timeout"
        );
        let counts = [
            ("--max-connections", self.max_connections),
            ("--max-connections-per-peer", self.max_connections_per_peer),
        ];
        for (name, count) in counts {
            ensure!(
                (1..=1_000_000).contains(&count),
                "{name} must lie between 1 and 1000000"
            );
        }
        Ok(())
    }
}
