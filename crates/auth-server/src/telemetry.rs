//! The log: one line an event, in UTC.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

use crate::settings::LogFormat;

/// What is logged when nothing is said. Bad cookies are everyday business, so are peers that
/// speak no HTTP, and the listener's chatter is of no use.
const QUIET: &str = "info,actix_server=warn,actix_session=error,\
    actix_http::h1::decoder=off,actix_http::h1::dispatcher=off";

/// Logs to standard output; `RUST_LOG` overrides what is logged. At its level `debug` each
/// hashing, call of a store, delivery of a mail and request tells at its end how long it took, and
/// all lines which request they belong to. A second start changes nothing.
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
    let debugs = filter
        .max_level_hint()
        .is_none_or(|most| most >= LevelFilter::DEBUG);
    let spans = match debugs {
        true => FmtSpan::CLOSE,
        false => FmtSpan::NONE,
    };
    let log = tracing_subscriber::fmt()
        .with_span_events(spans)
        .with_env_filter(filter)
        .with_ansi(place().is_terminal())
        .with_writer(place)
        .with_target(false)
        // It would print to standard error, which panics where that is gone too.
        .log_internal_errors(false);
    let _ = match format {
        LogFormat::Pretty => log.compact().finish().with(OfOpenListeners).try_init(),
        LogFormat::Json => log
            .json()
            .flatten_event(true)
            .with_span_list(debugs)
            .finish()
            .with(OfOpenListeners)
            .try_init(),
    };
}

/// Whether the server has closed what it listens on.
static LISTENER_IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// To be called before the server closes what it listens on.
pub(crate) fn listener_closes() {
    LISTENER_IS_CLOSED.store(true, Ordering::Relaxed);
}

/// The thread that accepts connections may look once more at a listener that was closed on
/// purpose. What it says of it is no fault.
struct OfOpenListeners;

impl<S: Subscriber> Layer<S> for OfOpenListeners {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let accepts = event.metadata().target() == "actix_server::accept";
        !(accepts && LISTENER_IS_CLOSED.load(Ordering::Relaxed))
    }
}
