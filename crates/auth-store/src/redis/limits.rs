//! Limits on Redis: a hash for each key, changed by scripts.

use async_trait::async_trait;
use auth_core::limit::{Penalty, Rule};
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
    async fn hit(
        &self,
        key: &str,
        rule: &Rule,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut script = self.scripts.hit.key(self.limit_key(key));
        script
            .arg(now.as_millis())
            .arg(rule.free)
            .arg(millis(rule.window));
        if let Penalty::Doubling { first, max } = rule.penalty {
            script.arg(millis(first)).arg(millis(max));
        }
        let blocked_until: Option<i64> = self.lanes.invoke(&script).await?;
        Ok(blocked_until.map(Timestamp::from_millis))
    }

    async fn refund(&self, key: &str) -> Result<(), StoreError> {
        let script = self.scripts.refund.key(self.limit_key(key));
        self.lanes.invoke(&script).await
    }

    async fn clear(&self, key: &str) -> Result<(), StoreError> {
        let mut delete = Cmd::new();
        delete.arg("DEL").arg(self.limit_key(key));
        self.lanes.query(&delete).await
    }

    /// Nothing to do: counts expire by themselves.
    async fn purge(&self, _now: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }
}
