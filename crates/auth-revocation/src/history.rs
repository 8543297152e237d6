//! The fence before the cache: what was read from the store may be out of date by the time it is to
//! be cached.

use std::collections::VecDeque;

use crate::rules::{Rule, Rules};
use crate::{Effect, Incarnation, Name, ServerId};

/// What a node has applied lately. It stands beside the cache, under the same lock.
///
/// A row and the number of the log's head are read in one snapshot. Whatever was changed up to that
/// number is in the row; whatever was changed later is either in here, or will be applied later and
/// then drop the row from the cache.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct History {
    joined: Option<(Incarnation, ServerId)>,
    /// Everything after this number is here.
    complete_after: u64,
    applied: VecDeque<(u64, Name)>,
    capacity: usize,
    rules: Rules,
}

impl History {
    /// An empty one of a node that has not joined, for at most so many names.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            joined: None,
            complete_after: 0,
            applied: VecDeque::new(),
            capacity,
            rules: Rules::default(),
        }
    }

    /// The incarnation in which something that is read now may be cached.
    #[must_use]
    pub fn incarnation(&self) -> Option<Incarnation> {
        self.joined.as_ref().map(|(incarnation, _)| *incarnation)
    }

    /// Notes what becomes of the cache. Call it under the lock under which that is carried out.
    pub fn follow(&mut self, effect: &Effect) {
        match effect {
            Effect::Nothing => {}
            Effect::Start {
                incarnation,
                server,
                position,
            } => {
                self.joined = Some((*incarnation, server.clone()));
                self.complete_after = position.number;
                self.applied.clear();
            }
            Effect::Apply(entries) => {
                for entry in entries {
                    let names = entry.names.iter();
                    self.applied.extend(names.map(|name| (entry.number, *name)));
                }
                self.trim();
            }
            Effect::Flush => {
                self.joined = None;
                self.applied.clear();
            }
        }
    }

    fn trim(&mut self) {
        while self.applied.len() > self.capacity {
            if let Some((number, _)) = self.applied.pop_front() {
                self.complete_after = number;
            }
        }
    }

    /// Whether something may be cached that belongs to these names. It was read in this incarnation,
    /// in a snapshot in which the log's head was number `read_at`. `server` is whose log that is:
    /// who answered, or, where replicas are read, whom the data name as the server that was joined
    /// last. A connection from before a failover, and a replica that lags, may tell of another log.
    #[must_use]
    pub fn may_insert(
        &self,
        incarnation: Incarnation,
        server: &ServerId,
        read_at: u64,
        names: &[Name],
    ) -> bool {
        let Some((current, joined)) = &self.joined else {
            return false;
        };
        let is_same = *current == incarnation;
        let is_its_log = joined == server;
        let reaches_back = read_at >= self.complete_after;
        let is_stale = self
            .applied
            .iter()
            .rev()
            .take_while(|(number, _)| *number > read_at)
            .any(|(_, name)| names.contains(name));
        (is_same || !self.rules.hold(Rule::FenceIncarnation))
            && (is_its_log || !self.rules.hold(Rule::FenceServer))
            && (reaches_back || !self.rules.hold(Rule::FenceGap))
            && (!is_stale || !self.rules.hold(Rule::Fence))
    }

    #[cfg(test)]
    pub(crate) fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }
}

#[cfg(test)]
mod tests;
