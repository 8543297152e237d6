//! A request that is recorded.

use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderName;
use tracing::field::Empty;
use tracing::{Level, Span};

use super::line::Line;
use crate::api::Api;
use crate::method::known;
use crate::request_id::RequestId;
use crate::tracer::{TRACED, Tracer};

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The span of a request that is recorded, named and described by OpenTelemetry's semantic
/// conventions for HTTP servers.
pub(super) struct Trace {
    tracer: Arc<dyn Tracer>,
    span: Span,
    id: String,
}

impl Trace {
    /// Begins to record a request, if it is drawn and somebody listens.
    pub(super) fn begin(req: &ServiceRequest, id: RequestId, api: &Api) -> Option<Self> {
        let tracer = api.sampled()?;
        let method = known(req.method());
        let span = tracing::span!(
            target: TRACED,
            Level::INFO,
            "request",
            request_id = %id,
            http.request.method = method,
            http.route = Empty,
            http.response.status_code = Empty,
            // That of the public URL: what a client or a proxy says of it can be anything.
            url.scheme = api.config().public_url.scheme(),
            user.id = Empty,
            otel.kind = "server",
        );
        let parent = req.headers().get(&TRACEPARENT);
        let parent = parent.and_then(|value| value.to_str().ok());
        let id = tracer.join(&span, parent)?;
        Some(Self { tracer, span, id })
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The id of the trace.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Notes how it was answered.
    pub(super) fn end(&self, line: &Line<'_>) {
        let span = &self.span;
        span.record("http.route", line.route);
        span.record("http.response.status_code", line.status);
        if let Some(user) = line.user {
            span.record("user.id", tracing::field::display(user));
        }
        let name = format!("{} {}", line.method, line.route);
        self.tracer.end(span, name, line.status >= 500);
    }
}
