//! The metrics, pushed to the collector now and then.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource as ResourceMessage;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_sdk::Resource;

use super::collector::Collector;
use super::numbers::Times;
use super::{Otlp, numbers, resource};
use crate::metrics::Measured;

/// The thread that pushes the metrics of one server, until it is told to stop.
pub(crate) struct Pushing {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

/// What is pushed, and whereto.
struct Push {
    collector: Arc<Collector>,
    measured: Measured,
    resource: ResourceMessage,
    started: u64,
}

impl Otlp {
    /// Pushes the metrics of a server, so often and when it stops.
    ///
    /// # Errors
    /// When there is no thread.
    pub(crate) fn push(
        &self,
        measured: Measured,
        server: &str,
        every: Duration,
    ) -> std::io::Result<Pushing> {
        let push = Push {
            collector: self.collector.clone(),
            measured,
            resource: message(&resource(server)),
            started: nanos_now(),
        };
        let (stop, stopped) = channel();
        let thread = thread::Builder::new().name("otlp-metrics".to_owned());
        let thread = thread.spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                push.push();
            }
            push.push();
        })?;
        Ok(Pushing { stop, thread })
    }
}

impl Pushing {
    /// Pushes for the last time, and waits for that: for so long as a call may take.
    pub(crate) fn stop(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

impl Push {
    fn push(&self) {
        let times = Times {
            start: self.started,
            now: nanos_now(),
        };
        let families = self.measured.gather();
        let metrics = families
            .iter()
            .filter_map(|family| numbers::metric(family, times));
        let request = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(self.resource.clone()),
                scope_metrics: vec![ScopeMetrics {
                    metrics: metrics.collect(),
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        };
        // The log hears of failures; the next push says everything anew.
        let _ = self.collector.send("/v1/metrics", &request);
    }
}

fn message(resource: &Resource) -> ResourceMessage {
    ResourceMessage {
        attributes: ResourceAttributesWithSchema::from(resource).attributes.0,
        ..ResourceMessage::default()
    }
}

fn nanos_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX)
}
