//! The log: one line an event, in UTC.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, reload};

use crate::settings::LogFormat;

/// What is logged when nothing is said. Bad cookies are everyday business, so are peers that
/// speak no HTTP, and the listener's chatter is of no use.
const QUIET: &str = "info,actix_server=warn,actix_session=error,\
    actix_http::h1::decoder=off,actix_http::h1::dispatcher=off";

/// Logs to standard output what `level` says, or else `RUST_LOG`. At the level `debug` each
/// hashing, call of a store, delivery of a mail and request tells at its end how long it took, and
/// all lines which request they belong to. A second start changes nothing.
pub(crate) fn start(format: LogFormat, level: Option<&str>) {
    log_to(stdout, format, level);
}

/// Logs what `level` says from now on, or else `RUST_LOG`. How long things took is told only where
/// the start asked for it.
///
/// # Errors
/// When the log is not ours, or the level none.
pub(crate) fn set_level(level: Option<&str>) -> anyhow::Result<()> {
    match FILTER.get() {
        Some(replace) => replace(filter(level)),
        None => Ok(()),
    }
}

/// Replaces what is logged.
type Replace = Box<dyn Fn(EnvFilter) -> anyhow::Result<()> + Send + Sync>;

/// That of the log, once it is there.
static FILTER: OnceLock<Replace> = OnceLock::new();

/// What is logged at this level, the usual silence on what is of no use included.
fn filter(level: Option<&str>) -> EnvFilter {
    let said = level.map(|level| EnvFilter::new(format!("{QUIET},{level}")));
    said.or_else(|| EnvFilter::try_from_default_env().ok())
        .unwrap_or_else(|| EnvFilter::new(QUIET))
}

/// The same to standard error, for tools whose standard output is their answer.
pub fn log_to_stderr(format: LogFormat, level: Option<&str>) {
    log_to(stderr, format, level);
}

fn log_to<W>(place: fn() -> W, format: LogFormat, level: Option<&str>)
where
    W: Write + IsTerminal + 'static,
{
    let filter = filter(level);
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
    let started = match format {
        LogFormat::Pretty => {
            let log = log.compact().with_filter_reloading();
            let replace = replacing(log.reload_handle());
            let log = log.finish().with(OfOpenListeners);
            log.try_init().map(|()| replace)
        }
        LogFormat::Json => {
            let log = log.json().flatten_event(true).with_span_list(debugs);
            let log = log.with_filter_reloading();
            let replace = replacing(log.reload_handle());
            let log = log.finish().with(OfOpenListeners);
            log.try_init().map(|()| replace)
        }
    };
    if let Ok(replace) = started {
        let _ = FILTER.set(replace);
    }
}

fn replacing<S: 'static>(handle: reload::Handle<EnvFilter, S>) -> Replace {
    Box::new(move |filter| Ok(handle.reload(filter)?))
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
