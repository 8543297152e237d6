//! Which changes of a store are known, and what they were about.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use uuid::Uuid;

use crate::error::StoreError;
use crate::id::{SessionId, UserId};

/// What a change was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name(Uuid);

/// The id of a user or of a session.
impl From<Uuid> for Name {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<UserId> for Name {
    fn from(id: UserId) -> Self {
        Self(id.as_uuid())
    }
}

impl From<SessionId> for Name {
    fn from(id: SessionId) -> Self {
        Self(id.as_uuid())
    }
}

/// The changes of a store that make an answer worthless which was kept: sessions that ended,
/// and whatever changes about a user beside the hash of an unchanged password.
#[async_trait]
pub trait ChangeLog: Send + Sync {
    /// Whether every change that was answered for before this call is in the history. Cheap:
    /// it is asked at every use of what is kept.
    fn is_caught_up(&self) -> bool;

    /// Learns of every change that was answered for before this call.
    ///
    /// # Errors
    /// When the store can't be asked.
    async fn catch_up(&self) -> Result<(), StoreError>;

    /// The changes that are known.
    fn history(&self) -> &History;
}

/// A moment in a history. Whatever is read from the store after it was taken knows of all
/// changes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u64);

/// The changes of a store that are known, counted in the order in which they were learnt of.
/// Of each name it keeps the last change, and of names the latest, up to a bound: about what
/// is forgotten it answers as if it had changed.
#[derive(Debug)]
pub struct History {
    count: AtomicU64,
    most: usize,
    changes: RwLock<Changes>,
}

#[derive(Debug, Default)]
struct Changes {
    /// The last change of each name.
    last: HashMap<Name, u64>,
    /// Names in the order of their changes, those of which there was a later one included.
    order: VecDeque<(u64, Name)>,
    /// What happened up to here is forgotten.
    forgotten: u64,
}

impl Default for History {
    fn default() -> Self {
        Self::of_at_most(65_536)
    }
}

impl History {
    /// A history that keeps so many changes.
    pub fn of_at_most(most: usize) -> Self {
        Self {
            count: AtomicU64::new(0),
            most,
            changes: RwLock::default(),
        }
    }

    /// Adds changes.
    pub fn add(&self, names: impl IntoIterator<Item = Name>) {
        let mut changes = self.write();
        let mut count = self.count.load(Ordering::Relaxed);
        for name in names {
            count += 1;
            changes.last.insert(name, count);
            changes.order.push_back((count, name));
        }
        changes.forget_beyond(self.most);
        // Last, so that whoever sees the count finds the changes.
        self.count.store(count, Ordering::Release);
    }

    /// Forgets everything: changes may have been missed.
    pub fn forget(&self) {
        let mut changes = self.write();
        let count = self.count.load(Ordering::Relaxed) + 1;
        *changes = Changes {
            forgotten: count,
            ..Changes::default()
        };
        self.count.store(count, Ordering::Release);
    }

    /// The present moment: to be taken before the store is read.
    pub fn mark(&self) -> Mark {
        Mark(self.count.load(Ordering::Acquire))
    }

    /// Whether none of these names has changed since, as far as is known.
    pub fn is_unchanged(&self, since: Mark, names: &[Name]) -> bool {
        if self.mark() == since {
            return true;
        }
        let changes = self.read();
        let changed = |name| changes.last.get(name).is_some_and(|last| *last > since.0);
        since.0 >= changes.forgotten && !names.iter().any(changed)
    }

    // No step under a lock can panic half-way, so a poisoned lock guards sound data.
    fn read(&self) -> RwLockReadGuard<'_, Changes> {
        self.changes.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Changes> {
        self.changes.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    fn forget_beyond(&mut self, most: usize) {
        while self.order.len() > most {
            let Some((count, name)) = self.order.pop_front() else {
                return;
            };
            self.forgotten = count;
            if self.last.get(&name) == Some(&count) {
                self.last.remove(&name);
            }
        }
    }
}

impl Mark {
    pub(super) const fn to_bits(self) -> u64 {
        self.0
    }

    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> Name {
        UserId::generate().into()
    }

    #[test]
    fn what_changed_since_a_mark_has_changed() {
        let (history, ada, bob) = (History::default(), name(), name());
        let before = history.mark();
        assert!(history.is_unchanged(before, &[ada, bob]));
        history.add([ada]);
        assert!(!history.is_unchanged(before, &[ada]));
        assert!(!history.is_unchanged(before, &[bob, ada]));
        assert!(history.is_unchanged(before, &[bob]));
        assert!(history.is_unchanged(history.mark(), &[ada]));
    }

    #[test]
    fn a_later_change_counts_beside_an_earlier_one() {
        let (history, ada) = (History::default(), name());
        history.add([ada]);
        let between = history.mark();
        history.add([ada]);
        assert!(!history.is_unchanged(between, &[ada]));
    }

    #[test]
    fn what_is_forgotten_counts_as_changed() {
        let (history, ada, bob) = (History::of_at_most(2), name(), name());
        let before = history.mark();
        history.add([ada, name()]);
        let between = history.mark();
        assert!(history.is_unchanged(before, &[bob]));
        history.add([name()]);
        assert!(!history.is_unchanged(before, &[bob]), "too long ago");
        assert!(history.is_unchanged(between, &[bob]));
        history.forget();
        assert!(!history.is_unchanged(between, &[bob]));
        assert!(history.is_unchanged(history.mark(), &[bob]));
    }

    #[test]
    fn it_stays_within_its_bound() {
        let history = History::of_at_most(100);
        let names: Vec<_> = (0..10).map(|_| name()).collect();
        for _ in 0..1_000 {
            history.add(names.iter().copied());
        }
        let changes = history.read();
        assert_eq!((changes.order.len(), changes.last.len()), (100, 10));
    }
}
