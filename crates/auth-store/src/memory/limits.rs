//! Limits in memory: the core's own rule under a lock.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use auth_core::limit::{Blocked, Count, Outcome, Rule};
use auth_core::{LimitStore, StoreError, Timestamp};

use super::MemoryStore;
use super::ends::Ends;
use crate::purge::{Step, in_steps};

/// Counts by key, and when each is over.
#[derive(Default)]
pub(super) struct Limits {
    by_key: HashMap<Arc<str>, Count>,
    ends: Ends<Arc<str>>,
}

impl Limits {
    fn put(&mut self, key: &str, count: Count) {
        let key = self.remove(key).unwrap_or_else(|| key.into());
        self.ends.add(count.ends_at, key.clone());
        self.by_key.insert(key, count);
    }

    /// Forgets a count; gives its key back.
    fn remove(&mut self, key: &str) -> Option<Arc<str>> {
        let (key, count) = self.by_key.remove_entry(key)?;
        self.ends.remove(count.ends_at, key.clone());
        Some(key)
    }

    fn purge(&mut self, now: Timestamp, most: usize) -> Step {
        let began = Instant::now();
        let over = self.ends.first_over(now, most);
        let found = over.len();
        let deleted = over.iter().filter_map(|key| self.remove(key)).count();
        Step::since(began, found, deleted)
    }
}

impl MemoryStore {
    fn counts(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl LimitStore for MemoryStore {
    async fn count(
        &self,
        key: &str,
        rule: &Rule,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Option<Blocked>, StoreError> {
        let mut counts = self.counts();
        let before = counts.by_key.get(key).copied();
        let blocked = before.and_then(|count| count.block(now));
        if blocked.is_none() {
            counts.put(key, rule.after_hit(before, outcome, now));
        }
        Ok(blocked)
    }

    async fn settle(&self, key: &str) -> Result<(), StoreError> {
        if let Some(count) = self.counts().by_key.get_mut(key) {
            *count = count.settled();
        }
        Ok(())
    }

    async fn refund(&self, key: &str) -> Result<(), StoreError> {
        if let Some(count) = self.counts().by_key.get_mut(key) {
            *count = count.refunded();
        }
        Ok(())
    }

    async fn clear(&self, key: &str) -> Result<(), StoreError> {
        self.counts().remove(key);
        Ok(())
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        in_steps(async |most| Ok(self.counts().purge(now, most))).await
    }
}
