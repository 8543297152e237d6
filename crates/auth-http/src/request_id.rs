//! The id that ties an answer, its log lines and a person's complaint together.

use std::fmt;

use actix_web::http::header::HeaderValue;
use auth_core::{Clock as _, SystemClock};
use uuid::fmt::Simple;
use uuid::{Builder, Uuid};

tokio::task_local! {
    static CURRENT: RequestId;
}

/// Names one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A fresh id (UUIDv7, RFC 9562). It names something and guards nothing, so it takes no
    /// random bytes from the operating system.
    pub(crate) fn generate() -> Self {
        let now = SystemClock.now().as_millis();
        let mut random = [0; 10];
        fastrand::fill(&mut random);
        let millis = u64::try_from(now).unwrap_or_default();
        Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// As the value of a header.
    pub(crate) fn header(self) -> HeaderValue {
        let mut text = [0; Simple::LENGTH];
        let text = self.0.simple().encode_lower(&mut text);
        // Hexadecimal digits always fit a header.
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("-"))
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
