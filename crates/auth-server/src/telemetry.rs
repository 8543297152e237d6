//! The log: one line an event on standard output, in UTC.

use std::io::{IsTerminal as _, stdout};

use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;

/// What is logged when nothing is said. Bad cookies are everyday business, so are peers that
/// speak no HTTP, and the listener's chatter is of no use.
const QUIET: &str = "info,actix_server=warn,actix_session=error,\
    actix_http::h1::decoder=off,actix_http::h1::dispatcher=off";

/// Starts logging; `RUST_LOG` overrides what is logged. A second start changes nothing.
pub(crate) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stdout().is_terminal())
        .with_target(false)
        // It would print to standard error, which panics where that is gone too.
        .log_internal_errors(false);
    let _ = match format {
        LogFormat::Pretty => log.compact().try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}
