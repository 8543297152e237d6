//! Sessions whose access tokens are refused although they have not expired.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use crate::rules::{Rule, Rules};
use crate::{Effect, Name, ServerId};

/// The denials of a node, in memory: those of the store that holds the sessions.
///
/// They are all there once the live ones were read from the store in a statement begun after the
/// node had joined, since the log tells of later ones. They are dropped when they end, or when
/// another server holds the data; never to make room. When there are too many, the store is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Denials {
    ends: BTreeMap<Uuid, Duration>,
    capacity: usize,
    has_joined: bool,
    server: Option<ServerId>,
    state: State,
    /// The number of the last load. An earlier one does not count any more.
    loads: u64,
    rules: Rules,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    /// Some may be missing; they can be read.
    Partial,
    /// Some may be missing; there have to be fewer before they can be read.
    Overflown,
    Loading,
    Complete,
}

/// A right to read the live denials from the store, in statements begun after it was given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Load {
    number: u64,
}

/// What a node knows about a session's tokens. It counts while the lease is valid, which is checked
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are refused.
    Denied,
    /// They are not.
    Clear,
    /// It is not known here.
    AskStore,
}

impl Denials {
    /// None yet of a node that has not joined, and at most so many.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            ends: BTreeMap::new(),
            capacity,
            has_joined: false,
            server: None,
            state: State::Partial,
            loads: 0,
            rules: Rules::default(),
        }
    }

    /// Notes what became of the membership, before
    /// [`Membership::applied`](crate::Membership::applied) is called. The sessions that entries name
    /// are denied until then, since the Unix epoch: when the last token that is out now expires.
    pub fn follow(&mut self, effect: &Effect, until: Duration) {
        match effect {
            Effect::Nothing => {}
            Effect::Apply(_) => {
                for name in effect.names() {
                    if let Name::Session(session) = name {
                        self.deny(session, until);
                    }
                }
            }
            Effect::Flush => {
                self.has_joined = false;
                self.reopen();
            }
            Effect::Start { server, .. } => {
                if self.server.as_ref() != Some(server) {
                    self.ends.clear();
                    self.state = State::Partial;
                }
                self.server = Some(server.clone());
                self.has_joined = true;
                self.reopen();
            }
        }
    }

    fn reopen(&mut self) {
        if self.state != State::Overflown && self.rules.hold(Rule::LoadAfterJoin) {
            self.state = State::Partial;
        }
    }

    fn deny(&mut self, session: Uuid, until: Duration) {
        let is_full = self.ends.len() >= self.capacity;
        match self.ends.get_mut(&session) {
            Some(end) => *end = until.max(*end),
            None if !is_full => {
                self.ends.insert(session, until);
            }
            None if self.rules.hold(Rule::Overflow) => self.state = State::Overflown,
            None => {}
        }
    }

    /// Drops those that have ended by now, since the Unix epoch.
    pub fn expire(&mut self, now: Duration) {
        self.ends.retain(|_, until| *until > now);
        if self.state == State::Overflown && self.ends.len() <= self.capacity / 2 {
            self.state = State::Partial;
        }
    }

    /// Whether the live denials are to be read now. Who is given this reads them, page by page.
    pub fn load(&mut self) -> Option<Load> {
        let may = self.has_joined || !self.rules.hold(Rule::LoadAfterJoin);
        if !may || self.state != State::Partial {
            return None;
        }
        self.state = State::Loading;
        self.loads += 1;
        let number = self.loads;
        Some(Load { number })
    }

    /// These sessions are denied, each until then, since the Unix epoch. A load does not count any
    /// more once the node has joined anew, or there were too many.
    pub fn loaded(&mut self, load: &Load, page: impl IntoIterator<Item = (Uuid, Duration)>) {
        if self.is_current(load) {
            for (session, until) in page {
                self.deny(session, until);
            }
        }
    }

    /// All live denials have been read, or not: a store that failed is asked again.
    pub fn finish(&mut self, load: Load, all: bool) {
        if self.is_current(&load) {
            self.state = if all { State::Complete } else { State::Partial };
        }
    }

    fn is_current(&self, load: &Load) -> bool {
        load.number == self.loads && self.state == State::Loading
    }

    /// What is known about this session now, since the Unix epoch.
    #[must_use]
    pub fn verdict(&self, session: Uuid, now: Duration) -> Verdict {
        let is_denied = self.ends.get(&session).is_some_and(|until| *until > now);
        match self.state {
            _ if is_denied => Verdict::Denied,
            State::Complete => Verdict::Clear,
            State::Partial | State::Overflown | State::Loading => Verdict::AskStore,
        }
    }

    #[cfg(test)]
    pub(crate) fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }
}

#[cfg(test)]
mod tests;
