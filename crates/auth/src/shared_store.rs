//! What all nodes share.

use std::sync::Arc;

use auth_core::{LimitStore, SessionStore};

/// The place that all nodes share for sessions, revoked tokens and limits.
#[derive(Clone)]
pub struct SharedStore {
    /// Sessions and revoked tokens.
    pub sessions: Arc<dyn SessionStore>,
    /// Limits.
    pub limits: Arc<dyn LimitStore>,
}

impl SharedStore {
    /// One place that keeps both.
    pub(crate) fn of<S: SessionStore + LimitStore + 'static>(store: &Arc<S>) -> Self {
        Self {
            sessions: store.clone(),
            limits: store.clone(),
        }
    }
}
