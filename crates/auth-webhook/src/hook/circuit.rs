//! Not asking somebody who does not answer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use auth_core::Timestamp;

/// After so many calls in a row that were not answered in time nobody is kept waiting.
const MOST_LATE: u32 = 5;

/// How long it is not asked then; after that one call tells whether it is back.
const REST: Duration = Duration::from_secs(10);

/// Whether a receiver is asked at all.
#[derive(Debug, Default)]
pub(super) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How many calls in a row were too late.
    late: u32,
    /// Until when nobody asks.
    closed_until: Option<Timestamp>,
}

impl Circuit {
    /// Whether somebody may ask now. Once the rest is over, one may, and the others when that one
    /// was answered.
    pub(super) fn lets_through(&self, now: Timestamp) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.closed_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.closed_until = Some(now + REST);
                true
            }
            None => true,
        }
    }

    /// Takes note of a call that is over.
    pub(super) fn note(&self, now: Timestamp, in_time: bool) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if in_time {
            *state = State::default();
            return;
        }
        state.late = state.late.saturating_add(1);
        if state.late >= MOST_LATE {
            state.closed_until = Some(now + REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn who_is_late_again_and_again_gets_a_rest() {
        let circuit = Circuit::default();
        for _ in 0..4 {
            circuit.note(at(0), false);
        }
        circuit.note(at(0), true);
        for _ in 0..4 {
            circuit.note(at(0), false);
            assert!(circuit.lets_through(at(0)));
        }
        circuit.note(at(0), false);
        assert!(!circuit.lets_through(at(0)) && !circuit.lets_through(at(9)));
        // One finds out whether it is back.
        assert!(circuit.lets_through(at(10)));
        assert!(!circuit.lets_through(at(10)));
        circuit.note(at(11), false);
        assert!(!circuit.lets_through(at(20)));
        assert!(circuit.lets_through(at(21)));
        circuit.note(at(22), true);
        assert!(circuit.lets_through(at(22)) && circuit.lets_through(at(22)));
    }
}
