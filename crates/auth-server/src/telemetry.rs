//! The log: one line an event, in UTC.

use std::io::{IsTerminal, Write, stderr, stdout};

use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;

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
    // Bad cookies are everyday business, and the listener's chatter is of no use.
    let quiet = "info,actix_server=warn,actix_session=error";
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(quiet));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(place().is_terminal())
        .with_writer(place)
        .with_target(false);
    let _ = match format {
        LogFormat::Pretty => log.compact().try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}
