//! OpenTelemetry: traces and metrics, sent to a collector by OTLP (HTTP, protobuf).
//!
//! Whether a request is recorded is drawn here, and nothing that a client sends takes part in
//! it: neither the flag of a `traceparent`, nor its id, by which samplers go otherwise. A
//! collector that is slow or away costs records and nothing else.

mod collector;
mod metrics;
mod numbers;
mod spans;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use auth_http::{TRACED, Tracer};
use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider,
};
use tracing::subscriber::Interest;
use tracing::{Metadata, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::{self, Filter};
use tracing_subscriber::registry::LookupSpan;

use crate::settings::Settings;
use collector::Collector;
pub(crate) use metrics::Pushing;
use spans::Exporter;

/// How long what was recorded last may take to get away when the process ends.
const FAREWELL: Duration = Duration::from_secs(3);

/// How long spans wait for others to travel with.
const BATCH_EVERY: Duration = Duration::from_secs(2);

/// The exporter of the process: what is traced goes through one subscriber.
static OTLP: OnceLock<Otlp> = OnceLock::new();

/// What leaves by OTLP.
pub(crate) struct Otlp {
    collector: Arc<Collector>,
    provider: SdkTracerProvider,
    sample: f64,
}

impl Otlp {
    /// Sets the exporter of the process up, if the settings name a collector.
    ///
    /// # Errors
    /// When TLS or a thread can't be had.
    pub(super) fn start(settings: &Settings, name: &str) -> anyhow::Result<Option<&'static Self>> {
        let telemetry = &settings.telemetry;
        let Some(endpoint) = &telemetry.otlp_endpoint else {
            return Ok(None);
        };
        let collector = Collector::new(endpoint).context("--otlp-endpoint can't be used")?;
        let collector = Arc::new(collector);
        let resource = resource(name);
        let config = BatchConfigBuilder::default().with_scheduled_delay(BATCH_EVERY);
        let exporter = Exporter::new(collector.clone(), &resource);
        let batches = BatchSpanProcessor::builder(exporter)
            .with_batch_config(config.build())
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            // What gets here was drawn before.
            .with_sampler(Sampler::AlwaysOn)
            .with_span_processor(batches)
            .build();
        let otlp = Self {
            collector,
            provider,
            sample: telemetry.otlp_sample,
        };
        Ok(Some(OTLP.get_or_init(|| otlp)))
    }

    /// That of the process, if anything leaves it so.
    pub(crate) fn of_process() -> Option<&'static Self> {
        OTLP.get()
    }

    /// What makes spans for the layer.
    pub(super) fn sdk_tracer(&self) -> SdkTracer {
        self.provider.tracer("comprehensive-auth")
    }

    /// What draws the requests that are recorded.
    pub(crate) fn tracer(&self) -> Arc<dyn Tracer> {
        Arc::new(Draw(self.sample))
    }

    /// Sends what is left, within a bound.
    pub(super) fn finish(&self) {
        let _ = self.provider.shutdown_with_timeout(FAREWELL);
    }
}

/// Who sends this: as `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say, or by the name.
fn resource(name: &str) -> Resource {
    let own = [
        KeyValue::new("service.name", name.to_owned()),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance()),
    ];
    // What the environment says comes later, and so before.
    let environment = Resource::builder_empty().with_detector(Box::new(
        opentelemetry_sdk::resource::EnvResourceDetector::new(),
    ));
    let environment = environment.build();
    let said = environment
        .iter()
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let named = std::env::var("OTEL_SERVICE_NAME").ok();
    let named = named.filter(|name| !name.is_empty());
    let named = named.map(|name| KeyValue::new("service.name", name));
    Resource::builder_empty()
        .with_attributes(own.into_iter().chain(said).chain(named))
        .build()
}

/// Tells this process from others of its name.
fn instance() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}-{}", host.trim(), std::process::id())
}

/// Draws a share of the requests.
struct Draw(f64);

impl Draw {
    fn draws(&self) -> bool {
        fastrand::f64() < self.0
    }
}

impl Tracer for Draw {
    fn samples(&self) -> bool {
        self.draws()
    }

    fn join(&self, span: &Span, traceparent: Option<&str>) -> Option<String> {
        if let Some(parent) = traceparent.and_then(parent_of) {
            // One that is closed already takes no parent, and has a trace of its own.
            let _ = span.set_parent(parent);
        }
        let context = span.context();
        let trace = context.span().span_context().trace_id();
        (trace != TraceId::INVALID).then(|| trace.to_string())
    }

    fn end(&self, span: &Span, name: String, is_fault: bool) {
        let context = span.context();
        context.span().update_name(name);
        if is_fault {
            context.span().set_status(Status::error(""));
        }
    }
}

/// The caller's span, by version 00 of W3C's Trace Context, 3.2, or what a later version has in
/// common with it.
fn parent_of(traceparent: &str) -> Option<Context> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length| {
        text.len() == length
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_whole = version != "00" || parts.next().is_none();
    let fits = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    if !fits || !is_whole || version == "ff" {
        return None;
    }
    let trace = TraceId::from_hex(trace).ok()?;
    let span = SpanId::from_hex(span).ok()?;
    let parent = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
    parent
        .is_valid()
        .then(|| Context::new().with_remote_span_context(parent))
}

/// Which spans leave: requests that were drawn, deliveries of mail of which as many are drawn,
/// and what happens within either. No events: what lines of the log say is said to the log.
pub(super) struct Drawn(Draw);

impl Drawn {
    pub(super) fn of(otlp: &Otlp) -> Self {
        Self(Draw(otlp.sample))
    }

    /// Spans of ours, and no library's.
    fn is_ours(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("auth_")
    }
}

impl<S> Filter<S> for Drawn
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, context: &layer::Context<'_, S>) -> bool {
        if !Self::is_ours(metadata) {
            return false;
        }
        let begins =
            metadata.target() == TRACED || metadata.name() == "mail.delivery" && self.0.draws();
        begins || context.lookup_current().is_some()
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match Self::is_ours(metadata) {
            true => Interest::sometimes(),
            false => Interest::never(),
        }
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(tracing::level_filters::LevelFilter::DEBUG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn only_a_whole_traceparent_is_followed() {
        let trace = |text: &str| {
            let context = parent_of(text)?;
            Some(context.span().span_context().trace_id().to_string())
        };
        for flags in ["00", "01"] {
            let text = format!("00-{TRACE}-b7ad6b7169203331-{flags}");
            assert_eq!(trace(&text).as_deref(), Some(TRACE));
        }
        let later = format!("01-{TRACE}-b7ad6b7169203331-01-more");
        assert_eq!(trace(&later).as_deref(), Some(TRACE));
        for text in [
            "",
            "00",
            &format!("00-{TRACE}-b7ad6b7169203331"),
            &format!("ff-{TRACE}-b7ad6b7169203331-01"),
            &format!("00-{TRACE}-b7ad6b7169203331-01-more"),
            &format!("00-{TRACE}-0000000000000000-01"),
            &format!("00-{}-b7ad6b7169203331-01", TRACE.to_uppercase()),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        ] {
            assert_eq!(trace(text), None, "{text}");
        }
    }

    #[test]
    fn a_share_of_none_and_of_all_are_exact() {
        assert!((0..1000).all(|_| Draw(1.0).draws() && !Draw(0.0).draws()));
    }
}
