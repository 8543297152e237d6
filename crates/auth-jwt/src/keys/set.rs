//! The keys of a ring at one moment.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use auth_core::Timestamp;

use super::{Key, KeyInfo, KeyState};
use crate::Algorithm;

/// Every so often, and not more often, a ring looks for changes made by others.
pub(super) const FOLLOW_EVERY: Duration = Duration::from_secs(5);

/// A key has to be this old to sign when there is an older one that can. By then every
/// server that shares the ring knows it, so none is shown a token that it can't verify.
const SETTLED_AFTER: Duration = FOLLOW_EVERY;

/// Keys, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    keys: Vec<Arc<Key>>,
    edition: u64,
}

/// Counts the sets of keys of this process.
static EDITIONS: AtomicU64 = AtomicU64::new(1);

impl Keys {
    /// Puts them in order.
    pub(super) fn new(mut keys: Vec<Arc<Key>>) -> Self {
        keys.sort_by(|a, b| (a.created_at(), a.kid()).cmp(&(b.created_at(), b.kid())));
        let edition = EDITIONS.fetch_add(1, Ordering::Relaxed);
        Self { keys, edition }
    }

    /// Names these keys: no other set is called alike.
    pub(crate) fn edition(&self) -> u64 {
        self.edition
    }

    /// Whether the other set has the very same keys.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same = |(one, other)| Arc::ptr_eq(one, other);
        self.keys.len() == other.keys.len() && self.keys.iter().zip(&other.keys).all(same)
    }

    /// These keys and one more.
    pub(super) fn with(&self, key: Key) -> Self {
        let added = std::iter::once(Arc::new(key));
        Self::new(self.keys.iter().cloned().chain(added).collect())
    }

    /// These keys but for one.
    pub(super) fn without(&self, kid: &str) -> Self {
        let others = self.keys.iter().filter(|key| key.kid() != kid);
        Self::new(others.cloned().collect())
    }

    /// The key with this id.
    pub(crate) fn find(&self, kid: &str) -> Option<&Arc<Key>> {
        self.keys.iter().find(|key| key.kid() == kid)
    }

    /// Whether it still has this very key, not merely one of the same id.
    pub(crate) fn holds(&self, key: &Weak<Key>) -> bool {
        self.keys
            .iter()
            .any(|ours| Weak::as_ptr(key) == Arc::as_ptr(ours))
    }

    /// The newest key of an algorithm: it signs, or will as soon as it has settled.
    pub(super) fn active(&self, algorithm: Algorithm) -> Option<&Arc<Key>> {
        self.of(algorithm).next_back()
    }

    /// The key that signs now: the newest that has settled, else the first there is.
    pub(super) fn signing(&self, algorithm: Algorithm, now: Timestamp) -> Option<&Arc<Key>> {
        let settled = |key: &&Arc<Key>| apart(key.created_at(), now) >= SETTLED_AFTER;
        let newest_settled = self.of(algorithm).rfind(settled);
        newest_settled.or_else(|| self.of(algorithm).next())
    }

    /// When the newest key was made.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.keys.last().map(|key| key.created_at())
    }

    /// The keys as others may know them.
    pub(super) fn infos(&self, algorithm: Algorithm) -> Vec<KeyInfo> {
        let active = self.active(algorithm).map(|key| key.kid());
        let state = |key: &Key| match active {
            Some(kid) if kid == key.kid() => KeyState::Active,
            _ => KeyState::Retiring,
        };
        let info = |key: &Arc<Key>| KeyInfo {
            kid: key.kid().to_owned(),
            algorithm: key.algorithm(),
            state: state(key),
            created_at: key.created_at(),
        };
        self.keys.iter().map(info).collect()
    }

    /// The keys in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Key>> {
        self.keys.iter()
    }

    fn of(&self, algorithm: Algorithm) -> impl DoubleEndedIterator<Item = &Arc<Key>> {
        self.iter().filter(move |key| key.algorithm() == algorithm)
    }
}

/// The time between two instants, whichever is first: clocks are set back at times.
pub(super) fn apart(a: Timestamp, b: Timestamp) -> Duration {
    a.since(b).max(b.since(a))
}
