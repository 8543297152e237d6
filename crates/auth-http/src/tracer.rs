//! Taking part in traces that reach beyond this server.

use tracing::Span;

/// The target of the spans of requests that are recorded, by which a subscriber knows them.
pub const TRACED: &str = "auth_http::traced";

/// Decides which requests are recorded, and to which trace they belong.
pub trait Tracer: Send + Sync {
    /// Whether the next request is recorded. No request can have itself recorded.
    fn samples(&self) -> bool;

    /// Makes the span of a request part of the trace that its `traceparent` names (W3C Trace
    /// Context), if there is one, and gives the id of its trace.
    fn join(&self, span: &Span, traceparent: Option<&str>) -> Option<String>;

    /// Names the span of a request that was answered, and says whether by a fault of the server.
    fn end(&self, span: &Span, name: String, is_fault: bool);
}
