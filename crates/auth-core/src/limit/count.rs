//! Counting hits: what a rule says, and what a store keeps.

use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;

/// How often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// This many are free.
    pub free: u32,
    /// A count is forgotten this long after its first hit (fixed) or its last (doubling).
    pub window: Duration,
    /// What follows the free ones.
    pub penalty: Penalty,
}

/// What follows when the free hits are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// Nothing more until the window ends.
    RestOfWindow,
    /// A delay before the next hit that starts at `first` and doubles up to `max`.
    Doubling {
        /// The first delay.
        first: Duration,
        /// The longest delay.
        max: Duration,
    },
}

impl Rule {
    /// `free` hits in each `window`.
    pub const fn fixed(free: u32, window: Duration) -> Self {
        Self {
            free,
            window,
            penalty: Penalty::RestOfWindow,
        }
    }

    /// The state after one more hit on a live state. Stores that can run code do it
    /// by this; those that speak SQL or Lua say the same in their language, and the
    /// store suite holds them to it.
    pub fn after_hit(&self, before: Option<Count>, outcome: Outcome, now: Timestamp) -> Count {
        let live = before.filter(|count| count.ends_at > now);
        let (hits, ends_at) = match live {
            Some(count) => (count.hits + 1, count.ends_at),
            None => (1, now + self.window),
        };
        let (ends_at, blocked_until) = match self.penalty {
            Penalty::RestOfWindow if hits >= self.free => (ends_at, ends_at),
            Penalty::RestOfWindow => (ends_at, Timestamp::default()),
            Penalty::Doubling { first, max } => {
                let over = hits.checked_sub(self.free);
                let delay = over.map(|n| first.saturating_mul(1 << n.min(20)).min(max));
                let blocked_until = delay.map_or(Timestamp::default(), |d| now + d);
                (now + self.window, blocked_until)
            }
        };
        let pending = live.filter(|count| count.pending_until > now);
        let (pending, pending_until) = pending.map_or_else(Default::default, |count| {
            (count.pending, count.pending_until)
        });
        Count {
            hits,
            ends_at,
            blocked_until,
            pending: pending + outcome.pending(),
            pending_until: pending_until.max(outcome.pending_until(now)),
        }
    }
}

/// Whether it is known what a hit led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It counts.
    Known,
    /// It counts until [`LimitStore::refund`] takes it back. Once it is known that it
    /// does count, [`LimitStore::settle`] says so. An outcome that nobody tells, because the
    /// client went away or the server died, counts as known after [`Outcome::PATIENCE`].
    Pending,
}

impl Outcome {
    /// How long a pending hit may stay so: longer than a password waits to be hashed.
    pub const PATIENCE: Duration = Duration::from_secs(10);

    /// How many pending hits one hit with this outcome is.
    pub const fn pending(self) -> u32 {
        match self {
            Self::Known => 0,
            Self::Pending => 1,
        }
    }

    /// When a hit of now is no longer pending, whatever happens.
    pub fn pending_until(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Known => Timestamp::default(),
            Self::Pending => now + Self::PATIENCE,
        }
    }
}

/// What a store keeps for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Hits so far, with the pending ones.
    pub hits: u32,
    /// When the count is forgotten.
    pub ends_at: Timestamp,
    /// Until when further hits are refused; the epoch when they are not.
    pub blocked_until: Timestamp,
    /// How many of the hits may still be taken back.
    pub pending: u32,
    /// When none of them is pending any more, whatever happens.
    pub pending_until: Timestamp,
}

impl Count {
    /// What is told to whoever comes while the key is blocked.
    pub fn block(&self, now: Timestamp) -> Option<Blocked> {
        (self.blocked_until > now).then_some(Blocked {
            until: self.blocked_until,
            may_open: self.pending > 0 && self.pending_until > now,
        })
    }

    /// The count after a pending hit turned out to count.
    #[must_use]
    pub fn settled(self) -> Self {
        Self {
            pending: self.pending.saturating_sub(1),
            ..self
        }
    }

    /// The count after a hit was taken back.
    #[must_use]
    pub fn refunded(self) -> Self {
        Self {
            hits: self.hits.saturating_sub(1),
            blocked_until: Timestamp::default(),
            ..self.settled()
        }
    }
}

/// A hit was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The end of the block.
    pub until: Timestamp,
    /// Whether hits are pending: when one of them is taken back, the block ends at once.
    pub may_open: bool,
}

/// Counts hits, atomically and for all nodes that share the store.
#[async_trait]
pub trait LimitStore: Send + Sync {
    /// Counts one hit, unless the key is blocked: then nothing is counted and the block
    /// is returned. Parallel calls never let more than the rule allows pass.
    async fn count(
        &self,
        key: &str,
        rule: &Rule,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Option<Blocked>, StoreError>;

    /// A pending hit turned out to count.
    async fn settle(&self, key: &str) -> Result<(), StoreError>;

    /// Takes one hit back, and with it the block that it may have caused.
    async fn refund(&self, key: &str) -> Result<(), StoreError>;

    /// Forgets the key.
    async fn clear(&self, key: &str) -> Result<(), StoreError>;

    /// Deletes counts whose time is over; gives their number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;

    /// Counts one hit whose outcome is known; the end of the block when there is one.
    async fn hit(
        &self,
        key: &str,
        rule: &Rule,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let blocked = self.count(key, rule, Outcome::Known, now).await?;
        Ok(blocked.map(|blocked| blocked.until))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::*;

    #[test]
    fn the_delay_doubles_up_to_its_maximum() {
        let rule = Rules::default().sign_in_account;
        let now = Timestamp::from_millis(1_000_000);
        let mut count = None;
        let mut delays = vec![];
        for _ in 0..18 {
            let next = rule.after_hit(count, Outcome::Known, now);
            delays.push(next.blocked_until.since(now).as_secs());
            count = Some(next);
        }
        assert_eq!(&delays[..8], &[0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!(&delays[15..], &[900, 900, 900]);
    }
}
