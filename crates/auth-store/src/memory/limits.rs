//! Limits in memory: the core's own rule under a lock.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use async_trait::async_trait;
use auth_core::limit::{Blocked, Count, Outcome, Rule};
use auth_core::{LimitStore, StoreError, Timestamp};

use super::MemoryStore;

impl MemoryStore {
    fn counts(&self) -> MutexGuard<'_, HashMap<String, Count>> {
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
        let before = counts.get(key).copied();
        let blocked = before.and_then(|count| count.block(now));
        if blocked.is_none() {
            counts.insert(key.to_owned(), rule.after_hit(before, outcome, now));
        }
        Ok(blocked)
    }

    async fn settle(&self, key: &str) -> Result<(), StoreError> {
        if let Some(count) = self.counts().get_mut(key) {
            *count = count.settled();
        }
        Ok(())
    }

    async fn refund(&self, key: &str) -> Result<(), StoreError> {
        if let Some(count) = self.counts().get_mut(key) {
            *count = count.refunded();
        }
        Ok(())
    }

    async fn clear(&self, key: &str) -> Result<(), StoreError> {
        self.counts().remove(key);
        Ok(())
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut counts = self.counts();
        let before = counts.len();
        counts.retain(|_, count| count.ends_at > now);
        Ok(before.abs_diff(counts.len()) as u64)
    }
}
