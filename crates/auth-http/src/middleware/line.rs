//! The line that a request leaves in the log.

use std::time::Duration;

use auth_core::UserId;
use tracing::field::display;

use crate::request_id::RequestId;

/// What is told of an answered request: never a path with its values, a query or a header.
pub(super) struct Line<'a> {
    pub(super) id: RequestId,
    /// `other` when it is none of HTTP's own.
    pub(super) method: &'a str,
    /// The route's pattern.
    pub(super) route: &'a str,
    pub(super) status: u16,
    pub(super) took: Duration,
    /// Who asked, where that is known.
    pub(super) user: Option<UserId>,
    /// The id of its trace, if it is recorded.
    pub(super) trace: Option<&'a str>,
}

impl Line<'_> {
    /// Writes it, for everybody or only for who debugs.
    pub(super) fn write(&self, for_everybody: bool) {
        let Self {
            id, method, route, ..
        } = *self;
        let (status, user_id, trace_id) = (self.status, self.user.map(display), self.trace);
        let ms = (self.took.as_secs_f64() * 100_000.0).round() / 100.0;
        macro_rules! write {
            ($level:ident) => {
                tracing::$level!(
                    request_id = %id, method, route, status, ms, user_id, trace_id, "answered"
                )
            };
        }
        match for_everybody {
            true => write!(info),
            false => write!(debug),
        }
    }
}
