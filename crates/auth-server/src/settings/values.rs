//! The forms that settings take.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use auth_core::Rule;
use auth_core::accounts::Verification;
use auth_store::StatementCache;
use clap::ValueEnum;

/// Which mistakes are forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// For one's own machine.
    Development,
    /// For everybody else's.
    Production,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Whether the web pages are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pages {
    /// They are.
    On,
    /// They are not: for a front end of one's own.
    Off,
}

/// Whether limits apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Limiting {
    /// They do.
    On,
    /// They don't: for load tests.
    Off,
}

/// Whether an address must be confirmed before its account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerificationMode {
    /// It must.
    Required,
    /// It may.
    Optional,
}

impl From<VerificationMode> for Verification {
    fn from(mode: VerificationMode) -> Self {
        match mode {
            VerificationMode::Required => Self::Required,
            VerificationMode::Optional => Self::Optional,
        }
    }
}

/// Whether PostgreSQL keeps statements prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatementCaching {
    /// Unless a pooler is in between that gives connections away after each transaction.
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl From<StatementCaching> for StatementCache {
    fn from(caching: StatementCaching) -> Self {
        match caching {
            StatementCaching::Auto => Self::Auto,
            StatementCaching::On => Self::On,
            StatementCaching::Off => Self::Off,
        }
    }
}

/// How soon a revoked access token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RevocationMode {
    /// When it expires; authentication reads no store.
    Stateless,
    /// At once, after a look at the list of the revoked.
    Denylist,
    /// At once, after a look at the session.
    Checked,
}

/// The algorithm of signing keys (RFC 7518, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SigningAlgorithm {
    /// Ed25519.
    #[value(name = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256.
    #[value(name = "ES256")]
    Es256,
    /// HMAC-SHA-256.
    #[value(name = "HS256")]
    Hs256,
}

/// Where sessions, revoked tokens and limits are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum SessionStoreUrl {
    /// Beside the users.
    Database,
    /// In this process: for one server.
    Memory,
    /// On Redis.
    Redis(String),
}

/// How URLs of Redis begin, those with TLS and those of Sentinels included.
const REDIS: [&str; 6] = [
    "redis://",
    "rediss://",
    "redis-sentinel://",
    "redis+sentinel://",
    "rediss-sentinel://",
    "rediss+sentinel://",
];

impl FromStr for SessionStoreUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "database" => Ok(Self::Database),
            "memory" => Ok(Self::Memory),
            url if REDIS.iter().any(|scheme| url.starts_with(scheme)) => {
                Ok(Self::Redis(url.to_owned()))
            }
            _ => Err("use database, memory, a redis:// or a redis-sentinel:// URL".into()),
        }
    }
}

/// Never shows the URL, which may hold a password.
impl fmt::Debug for SessionStoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Database => "database",
            Self::Memory => "memory",
            Self::Redis(_) => "redis",
        })
    }
}

/// So many in such a time: `20/10m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In which time.
    pub window: Duration,
}

impl From<Rate> for Rule {
    fn from(rate: Rate) -> Self {
        Self::fixed(rate.count, rate.window)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let rate = parts.and_then(|(count, window)| {
            Some(Self {
                count: count.parse().ok().filter(|n| *n > 0)?,
                window: duration(window).ok().filter(|d| !d.is_zero())?,
            })
        });
        rate.ok_or_else(|| "use a count and a time, such as 20/10m".into())
    }
}

/// Reads `30m`, `12h`, `500ms`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "use a number with its unit, such as 30m, 12h or 500ms".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_a_count_and_a_time() {
        let rate: Rate = "20/10m".parse().unwrap();
        assert_eq!((rate.count, rate.window.as_secs()), (20, 600));
        for bad in ["", "20", "0/1h", "20/0s", "x/1h", "20/1 fortnight"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_store_url_is_never_shown() {
        let store: SessionStoreUrl = "redis://:hunter2@localhost".parse().unwrap();
        assert_eq!(format!("{store:?}"), "redis");
        assert!("memcached://x".parse::<SessionStoreUrl>().is_err());
    }
}
