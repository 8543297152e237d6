//! Spans on their way to the collector.

use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::collector::Collector;

/// Sends batches of spans, on the thread that collects them.
#[derive(Debug)]
pub(super) struct Exporter {
    collector: Arc<Collector>,
    resource: ResourceAttributesWithSchema,
}

impl Exporter {
    pub(super) fn new(collector: Arc<Collector>, resource: &Resource) -> Self {
        Self {
            collector,
            resource: resource.into(),
        }
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(batch, &self.resource),
        };
        let sent = self.collector.send("/v1/traces", &request);
        sent.map_err(OTelSdkError::InternalFailure)
    }
}
