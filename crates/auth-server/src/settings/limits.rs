//! How often things may happen.

use std::time::Duration;

use clap::Args;

use super::values::{DAY, Limiting, MILLISECOND, Rate, between};

/// How often things may happen.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// Whether limits apply; off is for load tests.
    #[arg(long, env = "AUTH_LIMITS", value_enum, default_value_t = Limiting::On)]
    pub limits: Limiting,

    /// Failed sign-ins of one account that are free.
    #[arg(long, env = "AUTH_LIMIT_SIGN_IN_FREE", value_parser = clap::value_parser!(u32).range(1..=1_000_000), default_value_t = 5)]
    pub limit_sign_in_free: u32,

    /// The delay after the free ones; it doubles.
    #[arg(long, env = "AUTH_LIMIT_SIGN_IN_DELAY", value_parser = between(MILLISECOND, DAY), default_value = "1s")]
    pub limit_sign_in_delay: Duration,

    /// The longest delay.
    #[arg(long, env = "AUTH_LIMIT_SIGN_IN_DELAY_MAX", value_parser = between(MILLISECOND, DAY), default_value = "15m")]
    pub limit_sign_in_delay_max: Duration,

    /// Failed sign-ins from one address.
    #[arg(long, env = "AUTH_LIMIT_SIGN_IN_IP", default_value = "20/10m")]
    pub limit_sign_in_ip: Rate,

    /// Registrations from one address.
    #[arg(long, env = "AUTH_LIMIT_REGISTER_IP", default_value = "5/1h")]
    pub limit_register_ip: Rate,

    /// Requests for mail from one address.
    #[arg(long, env = "AUTH_LIMIT_MAIL_REQUEST_IP", default_value = "20/1h")]
    pub limit_mail_request_ip: Rate,

    /// Wrong mailed tokens from one address.
    #[arg(long, env = "AUTH_LIMIT_TOKEN_IP", default_value = "20/10m")]
    pub limit_token_ip: Rate,

    /// Sign-ins through providers begun from one address; as many by passkeys.
    #[arg(long, env = "AUTH_LIMIT_PROVIDER_FLOW_IP", default_value = "1000/10m")]
    pub limit_provider_flow_ip: Rate,

    /// Refreshes of one session.
    #[arg(long, env = "AUTH_LIMIT_REFRESH_SESSION", default_value = "60/1m")]
    pub limit_refresh_session: Rate,

    /// Changes of one profile.
    #[arg(long, env = "AUTH_LIMIT_PROFILE", default_value = "60/1h")]
    pub limit_profile: Rate,

    /// Changes of the username or the address of one profile.
    #[arg(long, env = "AUTH_LIMIT_PROFILE_NAMES", default_value = "10/1h")]
    pub limit_profile_names: Rate,

    /// Requested mails to one mailbox in the short run.
    #[arg(long, env = "AUTH_LIMIT_MAILBOX_HOUR", default_value = "3/1h")]
    pub limit_mailbox_hour: Rate,

    /// Requested mails to one mailbox in the long run.
    #[arg(long, env = "AUTH_LIMIT_MAILBOX_DAY", default_value = "10/24h")]
    pub limit_mailbox_day: Rate,
}
