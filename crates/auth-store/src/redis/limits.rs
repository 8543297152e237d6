//! Limits on Redis: a hash for each key, changed by scripts.

use async_trait::async_trait;
use auth_core::limit::{Blocked, Outcome, Penalty, Rule};
use auth_core::{LimitStore, StoreError, Timestamp};
use deadpool_redis::redis::Cmd;

use super::RedisStore;
use super::record::millis;

impl RedisStore {
    /// A step on a count touches no other key, so in a cluster it may be in any slot.
    fn limit_key(&self, key: &str) -> String {
        format!("{}limit:{key}", self.prefix)
    }
}

#[async_trait]
impl LimitStore for RedisStore {
    async fn count(
        &self,
        key: &str,
        rule: &Rule,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Option<Blocked>, StoreError> {
        let mut script = self.scripts.hit.key(self.limit_key(key));
        script
            .arg(now.as_millis())
            .arg(rule.free)
            .arg(millis(rule.window))
            .arg(outcome.pending())
            .arg(outcome.pending_until(now).as_millis());
        if let Penalty::Doubling { first, max } = rule.penalty {
            script.arg(millis(first)).arg(millis(max));
        }
        let blocked: Option<(i64, bool)> = self.connections.invoke(&script).await?;
        Ok(blocked.map(|(until, may_open)| Blocked {
            until: Timestamp::from_millis(until),
            may_open,
        }))
    }

    async fn settle(&self, key: &str) -> Result<(), StoreError> {
        let mut script = self.scripts.settle.key(self.limit_key(key));
        self.connections.invoke(script.arg(0)).await
    }

    async fn refund(&self, key: &str) -> Result<(), StoreError> {
        let mut script = self.scripts.settle.key(self.limit_key(key));
        self.connections.invoke(script.arg(1)).await
    }

    async fn clear(&self, key: &str) -> Result<(), StoreError> {
        let mut delete = Cmd::new();
        delete.arg("DEL").arg(self.limit_key(key));
        self.connections.query(&delete).await
    }

    /// Nothing to do: counts expire by themselves.
    async fn purge(&self, _now: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }
}
