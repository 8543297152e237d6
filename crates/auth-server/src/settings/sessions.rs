//! How long sessions last.

use std::time::Duration;

use clap::Args;

use super::values::{HOUR, SECOND, TEN_YEARS, between};

/// How long sessions last.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Lifetimes")]
pub struct SessionSettings {
    /// A session ends when unused for this long.
    #[arg(long, env = "AUTH_SESSION_IDLE", value_parser = between(SECOND, TEN_YEARS), default_value = "30m")]
    pub session_idle: Duration,

    /// A session ends then, however much it is used.
    #[arg(long, env = "AUTH_SESSION_ABSOLUTE", value_parser = between(SECOND, TEN_YEARS), default_value = "12h")]
    pub session_absolute: Duration,

    /// The idle time of a person who asked to stay signed in.
    #[arg(long, env = "AUTH_REMEMBER_IDLE", value_parser = between(SECOND, TEN_YEARS), default_value = "7d")]
    pub remember_idle: Duration,

    /// The absolute time of a person who asked to stay signed in.
    #[arg(long, env = "AUTH_REMEMBER_ABSOLUTE", value_parser = between(SECOND, TEN_YEARS), default_value = "30d")]
    pub remember_absolute: Duration,

    /// How long a spent secret still gives its successor; one whose successor was never used
    /// gives it as long as the session lives. With 0s each secret works exactly once.
    #[arg(long, env = "AUTH_REFRESH_REUSE_WINDOW", value_parser = between(Duration::ZERO, HOUR), default_value = "10s")]
    pub refresh_reuse_window: Duration,

    /// How far the clocks of the servers may be apart: what they issue is believed although
    /// it seems to come from the future.
    #[arg(long, env = "AUTH_CLOCK_LEEWAY", value_parser = between(Duration::ZERO, HOUR), default_value = "60s")]
    pub clock_leeway: Duration,

    /// The most sessions of one user; the oldest give way.
    #[arg(long, env = "AUTH_MAX_SESSIONS", value_parser = clap::value_parser!(u32).range(1..=10_000_000), default_value_t = 20)]
    pub max_sessions: u32,
}
