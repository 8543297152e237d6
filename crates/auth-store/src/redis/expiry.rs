//! How long Redis keeps what is known of a session.

use auth_core::{Session, Timestamp};

/// Redis forgets a key this many milliseconds after its time is over, so that a clock that
/// differs from the callers' decides nothing.
pub(super) const GRACE: i64 = 5 * 60 * 1000;

/// Redis refuses spans that reach beyond its calendar; this is some thirty years, in
/// milliseconds.
pub(super) const LONGEST: i64 = 1_000_000_000_000;

/// For how many milliseconds the keys of a session are kept.
pub(super) struct Spans {
    /// The record, and what leads to it by the session's id.
    pub(super) record: i64,
    /// Which sessions the user has.
    pub(super) user: i64,
    /// Which secrets the session had.
    pub(super) secrets: i64,
}

impl Spans {
    /// Those of a session as it is now.
    pub(super) fn of(session: &Session, now: Timestamp) -> Self {
        let until = |end: Timestamp| {
            let left = end.as_millis().saturating_sub(now.as_millis());
            left.saturating_add(GRACE).clamp(1, LONGEST)
        };
        Self {
            record: until(session.expires_at().max(session.tokens_until)),
            user: until(session.ends_at.max(session.tokens_until)),
            secrets: until(session.ends_at),
        }
    }
}
