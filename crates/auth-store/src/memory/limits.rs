//! Limits in memory: the core's own rule under a lock.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use async_trait::async_trait;
use auth_core::limit::{Count, Rule};
use auth_core::{LimitStore, StoreError, Timestamp};

use super::MemoryStore;

impl MemoryStore {
    fn counts(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl LimitStore for MemoryStore {
    async fn hit(
        &self,
        key: &str,
        rule: &Rule,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut counts = self.counts();
        let before = counts.get(key).copied();
        match before.filter(|count| count.blocked_until > now) {
            Some(blocked) => Ok(Some(blocked.blocked_until)),
            None => {
                counts.insert(key.to_owned(), rule.after_hit(before, now));
                Ok(None)
            }
        }
    }

    async fn refund(&self, key: &str) -> Result<(), StoreError> {
        if let Some(count) = self.counts().get_mut(key) {
            count.hits = count.hits.saturating_sub(1);
            count.blocked_until = Timestamp::default();
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
