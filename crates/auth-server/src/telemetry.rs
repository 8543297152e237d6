//! The log: one line an event, in UTC.

use std::io::{IsTerminal, Write, stderr, stdout};

use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;

/// What is logged when nothing is said. Bad cookies are everyday business, so are peers that
/// speak no HTTP, and the listener's chatter is of no use.
const QUIET: &str = "info,actix_server=warn,actix_session=error,\
    actix_http::h1::decoder=off,actix_http::h1::dispatcher=off";

/// Logs to standard output; `RUST_LOG` overrides what is logged. A second start changes
/// nothing.
pub(crate) fn start(format: LogFormat) {
    log_to(stdout, format);
}

/// The same to standard error, for tools whose standard output is their answer.
pub fn log_to_stderr(format: LogFormat) {
    log_to(stderr, format);
}

fn log_to<W>(place: fn() -> W, format: LogFormat)
where
    W: Write + IsTerminal + 'static,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(place().is_terminal())
        .with_writer(place)
        .with_target(false)
        // It would print to standard error, which panics where that is gone too.
        .log_internal_errors(false);
    let _ = match format {
        LogFormat::Pretty => log.compact().try_init(),
        LogFormat::Json => log
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .try_init(),
    };
}
