//! What the log leaves out of a listener that was closed on purpose.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing_subscriber::layer::{Context, Filter};

/// Whether the server has closed what it listens on.
static LISTENER_IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// To be called before the server closes what it listens on.
pub(crate) fn listener_closes() {
    LISTENER_IS_CLOSED.store(true, Ordering::Relaxed);
}

/// The thread that accepts connections may look once more at a listener that was closed on
/// purpose. What it says of it is no fault.
pub(crate) struct OfOpenListeners;

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
