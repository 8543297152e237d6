//! Uses of sessions that are written down later, many at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::state::touch_after;
use super::{Found, Session};
use crate::id::SessionId;

/// What waits to be written. A process that dies loses the uses of the last seconds: their
/// sessions look idle for that much longer.
#[derive(Debug, Default)]
pub(super) struct Uses {
    waiting: Mutex<HashMap<SessionId, (Found, Session)>>,
}

impl Uses {
    /// The most sessions whose use waits.
    const MOST: usize = 8_192;

    /// Where a use is to be noted sooner than after this time, a few seconds count.
    const SOON: Duration = Duration::from_secs(10);

    /// Keeps a use of a session that was read, and says whether it did. A short idle time leaves
    /// no time to wait, and so does a first use of a secret, which ends the reuse of the one
    /// before.
    pub(super) fn keep(&self, read: &Found, next: &Session) -> bool {
        let is_first = read.session.unused != next.unused;
        if is_first || touch_after(next.idle) < Self::SOON {
            return false;
        }
        let mut waiting = self.waiting();
        let has_room = waiting.len() < Self::MOST || waiting.contains_key(&next.id);
        if has_room {
            waiting.insert(next.id, (read.clone(), next.clone()));
        }
        has_room
    }

    /// What waits; nothing does afterwards.
    pub(super) fn take(&self) -> Vec<(Found, Session)> {
        let waiting = std::mem::take(&mut *self.waiting());
        waiting.into_values().collect()
    }

    /// Keeps what could not be written, unless there is a later use.
    pub(super) fn put_back(&self, read: Found, next: Session) {
        self.waiting().entry(next.id).or_insert((read, next));
    }

    // No step under the lock can panic half-way, so a poisoned lock guards sound data.
    fn waiting(&self) -> MutexGuard<'_, HashMap<SessionId, (Found, Session)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
