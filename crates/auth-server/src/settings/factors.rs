//! Second factors, and signing in without a password.

use std::path::PathBuf;
use std::time::Duration;

use auth_core::factor::{FactorPolicy, SecondFactor};
use clap::{Args, ValueEnum};

use super::values::{DAY, HOUR, SECOND, TEN_YEARS};
use super::{between, one_of};

/// What signs in instead of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Passwordless {
    /// Nothing but a passkey.
    Off,
    /// A mailed code too.
    Mail,
}

/// What second factors accounts have.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Second factors")]
pub struct FactorSettings {
    /// Whether accounts have a second factor: with off nobody can add one, and who has one is
    /// asked for it all the same.
    #[arg(long, env = "AUTH_SECOND_FACTOR", value_parser = one_of(SecondFactor::ALL, |one| one.as_str()), default_value = "optional")]
    pub second_factor: SecondFactor,

    /// How long an account that has to have one can be signed in to without, from the first
    /// sign-in that lacks it.
    #[arg(long, env = "AUTH_SECOND_FACTOR_GRACE", value_parser = between(Duration::ZERO, TEN_YEARS), default_value = "7d")]
    pub second_factor_grace: Duration,

    /// How long a device is not asked again whose owner says so; 0s for always.
    #[arg(long, env = "AUTH_TRUSTED_DEVICE", value_parser = between(Duration::ZERO, DAY * 400), default_value = "30d")]
    pub trusted_device: Duration,

    /// How long a sign-in waits for its second step, and a new factor to be confirmed.
    #[arg(long, env = "AUTH_STEP_LIFETIME", value_parser = between(SECOND, HOUR), default_value = "10m")]
    pub step_lifetime: Duration,

    /// What signs in instead of a password, beside passkeys.
    #[arg(long, env = "AUTH_PASSWORDLESS", value_enum, default_value_t = Passwordless::Off)]
    pub passwordless: Passwordless,

    /// The domain that passkeys are for, and work on its sub-domains too [default: the host of the
    /// public URL]. Those of another domain no longer work.
    #[arg(long, env = "AUTH_PASSKEY_DOMAIN", value_name = "DOMAIN")]
    pub passkey_domain: Option<String>,

    /// The file with the keys under which the seeds of authenticator apps are encrypted, one a
    /// line, the current one first; the same for all servers of a database [default:
    /// encryption.key in the data dir, made at the first start].
    #[arg(long, env = "AUTH_ENCRYPTION_KEY_FILE")]
    pub encryption_key_file: Option<PathBuf>,
}

impl FactorSettings {
    /// The rules.
    pub fn policy(&self) -> FactorPolicy {
        FactorPolicy {
            second_factor: self.second_factor,
            grace: self.second_factor_grace,
            trusted_device: self.trusted_device,
            step_lifetime: self.step_lifetime,
            mail_codes: self.passwordless == Passwordless::Mail,
        }
    }
}
