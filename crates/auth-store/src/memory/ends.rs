//! By when things are over.

use std::collections::BTreeSet;

use auth_core::Timestamp;

/// Keys of what is kept, in the order in which it is over: so a purge looks at nothing that
/// is not.
pub(super) struct Ends<K>(BTreeSet<(Timestamp, K)>);

impl<K> Default for Ends<K> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<K: Clone + Ord> Ends<K> {
    /// Notes the end of something that is kept.
    pub(super) fn add(&mut self, end: Timestamp, key: K) {
        self.0.insert((end, key));
    }

    /// Forgets an end as it was noted.
    pub(super) fn remove(&mut self, end: Timestamp, key: K) {
        self.0.remove(&(end, key));
    }

    /// What one step of a purge deletes: the first that are over by now, so many at most.
    pub(super) fn first_over(&self, now: Timestamp, most: usize) -> Vec<K> {
        let over = self.0.iter().take_while(|(end, _)| *end <= now);
        over.take(most).map(|(_, key)| key.clone()).collect()
    }
}
