//! What tests need beside Rust: throwaway PostgreSQL, Redis and SMTP servers, a Redis cluster,
//! Sentinels and a pgbouncer, an OpenID provider, browsers, and tools from npm, PyPI and
//! crates.io.
//!
//! Each server listens on a free port of 127.0.0.1, keeps its data in a folder of its own, and
//! ends, folder and all, with the value that stands for it or with the process that holds
//! that value, however the process ends.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! let redis = test_services::Redis::start()?;
//! println!("{}", redis.url());
//! redis.stop()?; // Clients are refused ...
//! redis.restart()?; // ... and find everything as it was.
//! # Ok(())
//! # }
//! ```

mod absence;
mod account;
mod chromium;
mod http;
mod oidc_provider;
mod packages;
mod pgbouncer;
mod place;
mod port;
mod postgres;
mod process;
mod reaper;
mod redis;
mod redis_group;
mod server;
mod service;
mod smtp;
mod software;
mod tool;

#[cfg(test)]
mod tests;

pub use absence::{can_run, cannot_run, given, not_run};
pub use chromium::{CHROMIUM, Chromium};
pub use oidc_provider::{OIDC_PROVIDER, OidcProvider};
pub use packages::{Packages, Registry};
pub use pgbouncer::{PGBOUNCER, PgBouncer};
pub use place::Place;
pub use port::free as free_port;
pub use postgres::{POSTGRES, Postgres};
pub use redis::{REDIS, Redis};
pub use redis_group::{RedisCluster, RedisSentinel};
pub use server::Server;
pub use service::{Service, Variable};
pub use smtp::{SMTP, Smtp};
pub use software::{Need, Software};
pub use tool::{
    AXE, GECKODRIVER, HADOLINT, KUBERNETES_VALIDATE, LOCUST, OPENAPI_VALIDATOR, PASSWORDS_IN_NODE,
    PASSWORDS_IN_PYTHON, PROMTOOL, REACT, REDOCLY, SPECTRAL, SYSTEMD_ANALYZE, TSC, Tool,
};

/// Every service the tests can use.
pub static ALL: [&Service; 5] = [&POSTGRES, &REDIS, &SMTP, &OIDC_PROVIDER, &CHROMIUM];

/// What tests start by themselves, beside others of these.
pub static ON_DEMAND: [&Service; 1] = [&PGBOUNCER];

/// Every tool the tests can use.
pub static TOOLS: [&Tool; 14] = [
    &AXE,
    &TSC,
    &REACT,
    &GECKODRIVER,
    &LOCUST,
    &PROMTOOL,
    &REDOCLY,
    &SPECTRAL,
    &OPENAPI_VALIDATOR,
    &PASSWORDS_IN_PYTHON,
    &PASSWORDS_IN_NODE,
    &HADOLINT,
    &KUBERNETES_VALIDATE,
    &SYSTEMD_ANALYZE,
];
