//! The log: one line an event, in UTC. And what leaves by OTLP, in a module of its own.

pub(crate) mod otlp;

use std::io::{IsTerminal as _, stderr, stdout};
use std::sync::OnceLock;

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, reload};

use crate::closed_listener::OfOpenListeners;
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

/// Logs to standard output, written by a thread of its own, what the settings say, or else
/// `RUST_LOG`. At the level `debug` each hashing, call of a store, delivery of a mail and request
/// tells at its end how long it took, and all lines which request they belong to. Traces what the
/// settings say. A second start changes nothing.
///
/// # Errors
/// When nothing can be sent as the settings say.
pub(crate) fn start(settings: &Settings, name: &str) -> anyhow::Result<Telemetry> {
    let otlp = Otlp::start(settings, name)?;
    // Requests wait for a reader that is slow, rather than lose lines.
    let lines = NonBlockingBuilder::default().lossy(false);
    let (writer, guard) = lines.finish(stdout());
    let log = Log {
        is_terminal: stdout().is_terminal(),
        format: settings.log,
        level: settings.log_level.as_deref(),
    };
    log.write_to(writer, otlp);
    Ok(Telemetry { _log: guard, otlp })
}

/// The same to standard error and at once, for tools whose standard output is their answer.
pub fn log_to_stderr(format: LogFormat, level: Option<&str>) {
    let log = Log {
        is_terminal: stderr().is_terminal(),
        format,
        level,
    };
    log.write_to(stderr, None);
}

/// Logs what `level` says from now on, or else `RUST_LOG`. How long things took is told only where
/// the start asked for it.
///
/// # Errors
/// When the level is none.
pub(crate) fn set_level(level: Option<&str>) -> anyhow::Result<()> {
    match FILTER.get() {
        Some(handle) => Ok(handle.reload(filter(level))?),
        None => Ok(()),
    }
}

/// Replaces what is logged, once the log is there.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// What is logged at this level, the usual silence on what is of no use included.
fn filter(level: Option<&str>) -> EnvFilter {
    let said = level.map(|level| EnvFilter::new(format!("{QUIET},{level}")));
    said.or_else(|| EnvFilter::try_from_default_env().ok())
        .unwrap_or_else(|| EnvFilter::new(QUIET))
}

/// How lines are written.
struct Log<'a> {
    is_terminal: bool,
    format: LogFormat,
    level: Option<&'a str>,
}

impl Log<'_> {
    fn write_to<W>(&self, place: W, otlp: Option<&Otlp>)
    where
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        let filter = filter(self.level);
        let debugs = filter
            .max_level_hint()
            .is_none_or(|most| most >= LevelFilter::DEBUG);
        let spans = match debugs {
            true => FmtSpan::CLOSE,
            false => FmtSpan::NONE,
        };
        let log = fmt::layer()
            .with_span_events(spans)
            .with_ansi(self.is_terminal)
            .with_writer(place)
            .with_target(false)
            // It would print to standard error, which panics where that is gone too.
            .log_internal_errors(false);
        let log = match self.format {
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
        let (filter, handle) = reload::Layer::new(filter);
        let log = log.with_filter(filter.and(OfOpenListeners));
        if Registry::default()
            .with(log)
            .with(traces)
            .try_init()
            .is_ok()
        {
            let _ = FILTER.set(handle);
        }
    }
}
