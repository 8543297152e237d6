//! The fence before the cache: what was read from the store may be out of date by the time it is to
//! be cached.

use std::collections::VecDeque;

use crate::rules::{Rule, Rules};
use crate::{Effect, Incarnation, Name};

/// What a node has applied lately. It stands beside the cache, under the same lock.
///
/// A row and the number of the log's head are read in one snapshot. Whatever was changed up to that
/// number is in the row; whatever was changed later is either in here, or will be applied later and
/// then drop the row from the cache.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct History {
    incarnation: Option<Incarnation>,
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
            incarnation: None,
            complete_after: 0,
            applied: VecDeque::new(),
            capacity,
            rules: Rules::default(),
        }
    }

    /// The incarnation in which something that is read now may be cached.
    #[must_use]
    pub const fn incarnation(&self) -> Option<Incarnation> {
        self.incarnation
    }

    /// Notes what becomes of the cache. Call it under the lock under which that is carried out.
    pub fn follow(&mut self, effect: &Effect) {
        match effect {
            Effect::Nothing => {}
            Effect::Start {
                incarnation,
                position,
                ..
            } => {
                self.incarnation = Some(*incarnation);
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
                self.incarnation = None;
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

    /// Whether something may be cached that was read in this incarnation, in a snapshot in which the
    /// log's head was number `read_at`, and that belongs to these names.
    #[must_use]
    pub fn may_insert(&self, incarnation: Incarnation, read_at: u64, names: &[Name]) -> bool {
        let is_same = self.incarnation == Some(incarnation);
        let reaches_back = read_at >= self.complete_after;
        let is_stale = self
            .applied
            .iter()
            .rev()
            .take_while(|(number, _)| *number > read_at)
            .any(|(_, name)| names.contains(name));
        (is_same || !self.rules.hold(Rule::FenceIncarnation))
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
