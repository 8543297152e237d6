//! The id that ties an answer, its log lines and a person's complaint together.

use std::fmt;

use uuid::Uuid;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// Names one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A fresh id.
    pub(crate) fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id of the request being served; a fresh one outside of any.
    pub fn current() -> Self {
        CURRENT
            .try_with(|id| *id)
            .unwrap_or_else(|_| Self::generate())
    }

    /// Runs a future as part of this request.
    pub(crate) async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}
