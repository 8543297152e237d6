//! Sign-ins, counted whether or not there are metrics.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use auth_core::{Event, EventSink};
use auth_http::SignInCounts;

use crate::metrics::sign_in;

/// How many seconds back the recent ones are.
const SECONDS: usize = 60;

/// Counts sign-ins since the start and within the last minute. A sign-in hashes a password, beside
/// which a lock is nothing.
pub(crate) struct SignIns {
    began: Instant,
    counts: Mutex<Counts>,
}

struct Counts {
    total: SignInCounts,
    /// A slot for each second of the last minute, and which second it is about.
    recent: [(u64, SignInCounts); SECONDS],
}

impl SignIns {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            counts: Mutex::new(Counts {
                total: SignInCounts::default(),
                recent: [(0, SignInCounts::default()); SECONDS],
            }),
        }
    }

    /// Those since the start, and those within the last minute.
    pub(crate) fn counts(&self) -> (SignInCounts, SignInCounts) {
        let counts = self.lock();
        (counts.total, counts.recent(self.began.elapsed().as_secs()))
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(&mut self, second: u64, outcome: &str) {
        let slot = usize::try_from(second).unwrap_or_default() % SECONDS;
        if self.recent[slot].0 != second {
            self.recent[slot] = (second, SignInCounts::default());
        }
        for counts in [&mut self.total, &mut self.recent[slot].1] {
            let count = match outcome {
                "success" => &mut counts.succeeded,
                "failed" => &mut counts.failed,
                "pending" => &mut counts.pending,
                _ => &mut counts.throttled,
            };
            *count += 1;
        }
    }

    fn recent(&self, second: u64) -> SignInCounts {
        let is_recent = |then: u64| second.saturating_sub(then) < SECONDS as u64;
        let recent = self.recent.iter().filter(|(then, _)| is_recent(*then));
        recent.fold(SignInCounts::default(), |sum, (_, one)| SignInCounts {
            succeeded: sum.succeeded + one.succeeded,
            failed: sum.failed + one.failed,
            pending: sum.pending + one.pending,
            throttled: sum.throttled + one.throttled,
        })
    }
}

impl EventSink for SignIns {
    fn hear(&self, event: &Event) {
        if let Some((outcome, _)) = sign_in(&event.kind) {
            let second = self.began.elapsed().as_secs();
            self.lock().add(second, outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use auth_core::EventKind;
    use auth_core::events::SignInMethod;

    use super::*;

    #[test]
    fn what_is_older_than_a_minute_counts_since_the_start_only() {
        let sign_ins = SignIns::new();
        let by = SignInMethod::Password;
        sign_ins.hear(&EventKind::SignedIn { by }.into());
        sign_ins.hear(&EventKind::SignedOut.into());
        let mut counts = sign_ins.lock();
        for second in [1, 30, 59, 60, 61] {
            counts.add(second, "failed");
        }
        assert_eq!((counts.total.succeeded, counts.total.failed), (1, 5));
        assert_eq!(counts.recent(61).failed, 4);
        assert_eq!(counts.recent(119).failed, 2);
        assert_eq!(counts.recent(500), SignInCounts::default());
    }
}
