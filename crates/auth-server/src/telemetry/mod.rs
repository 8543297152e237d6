//! The log: one line an event, in UTC. And what leaves by OTLP, in a module of its own.

pub(crate) mod otlp;

use std::io::{IsTerminal as _, stderr, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{Context, Filter, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use crate::settings::{LogFormat, Settings};
use otlp::{Drawn, Otlp};

/// What is logged when nothing is said. Bad cookies are everyday business, so are peers that
/// speak no HTTP, and the listener's chatter is of no use.
const QUIET: &str = "info,actix_server=warn,actix_session=error,\
    actix_http::h1::decoder=off,actix_http::h1::dispatcher=off";

/// What is told until the process ends. What waits to be written or sent then is, within a bound,
/// when this is dropped.
#[must_use]
pub(crate) struct Telemetry {
    _log: WorkerGuard,
    otlp: Option<&'static Otlp>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(otlp) = self.otlp {
            otlp.finish();
        }
    }
}

/// Logs to standard output, written by a thread of its own; `RUST_LOG` overrides what is logged.
/// At its level `debug` each
/// hashing, call of a store, delivery of a mail and request tells at its end how long it took, and
/// all lines which request they belong to. Traces what the settings say. A second start changes
/// nothing.
///
/// # Errors
/// When nothing can be sent as the settings say.
pub(crate) fn start(settings: &Settings, name: &str) -> anyhow::Result<Telemetry> {
    let otlp = Otlp::start(settings, name)?;
    // Requests wait for a reader that is slow, rather than lose lines.
    let lines = NonBlockingBuilder::default().lossy(false);
    let (writer, guard) = lines.finish(stdout());
    log_to(writer, stdout().is_terminal(), settings.log, otlp);
    Ok(Telemetry { _log: guard, otlp })
}

/// The same to standard error and at once, for tools whose standard output is their answer.
pub fn log_to_stderr(format: LogFormat) {
    log_to(stderr, stderr().is_terminal(), format, None);
}

fn log_to<W>(place: W, is_terminal: bool, format: LogFormat, otlp: Option<&Otlp>)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET));
    let debugs = filter
        .max_level_hint()
        .is_none_or(|most| most >= LevelFilter::DEBUG);
    let spans = match debugs {
        true => FmtSpan::CLOSE,
        false => FmtSpan::NONE,
    };
    let log = fmt::layer()
        .with_span_events(spans)
        .with_ansi(is_terminal)
        .with_writer(place)
        .with_target(false)
        // It would print to standard error, which panics where that is gone too.
        .log_internal_errors(false);
    let log = match format {
        LogFormat::Pretty => log.compact().boxed(),
        LogFormat::Json => log
            .json()
            .flatten_event(true)
            .with_span_list(debugs)
            .boxed(),
    };
    let traces = otlp.map(|otlp| {
        tracing_opentelemetry::layer()
            .with_tracer(otlp.sdk_tracer())
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_level(false)
            .with_filter(Drawn::of(otlp))
    });
    let _ = Registry::default()
        .with(log.with_filter(filter.and(OfOpenListeners)))
        .with(traces)
        .try_init();
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

const ACCEPTS: &str = "actix_server::accept";

impl<S> Filter<S> for OfOpenListeners {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.target() != ACCEPTS || !LISTENER_IS_CLOSED.load(Ordering::Relaxed)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match metadata.target() {
            ACCEPTS => Interest::sometimes(),
            _ => Interest::always(),
        }
    }

    /// Without one, everything would be asked about each time.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }
}
