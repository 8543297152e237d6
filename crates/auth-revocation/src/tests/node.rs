//! A node: the real types, and a driver that carries out what they say.

use std::collections::BTreeSet;
use std::time::Duration;

use super::config::{Config, Fault};
use super::store::{name, session};
use crate::{
    Answer, Call, Denials, Effect, Entry, History, Incarnation, Instants, Load, Membership, Next,
    RequestId, Revocation, ServerId, Verdict,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub now: Instants,
    pub suspended: bool,
    pub links: Vec<Link>,
    pub cache: BTreeSet<usize>,
    pub denials: Denials,
    /// The right to load, and what was read.
    pub load: Option<(Load, Option<Vec<usize>>)>,
    pub net: Vec<Message>,
    pub fill: Option<Fill>,
    pub read: Option<Read>,
    /// What an earlier check of the leases found (only by mistake).
    pub checked: bool,
    pub revoking: Option<Revoking>,
    pub joins: u64,
}

/// What a node has to do with one store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link {
    pub membership: Membership,
    pub history: History,
    pub applied: u64,
    pub server: Option<ServerId>,
    pub effect: Option<Effect>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Message {
    pub store: usize,
    pub id: RequestId,
    pub stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    Sent(Call),
    Answered(Answer),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fill {
    pub key: usize,
    pub incarnations: Vec<Incarnation>,
    /// The head of each log as it was read; by mistake, where the node stood.
    pub read_at: Vec<(ServerId, u64)>,
    pub positions: Vec<u64>,
    pub found: bool,
}

/// A read that began after its key's revocation was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Read {
    pub key: usize,
    pub passed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Revoking {
    pub key: usize,
    pub asked_at: Instants,
    pub listed: Option<Vec<Incarnation>>,
    pub drawn: Option<u64>,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Part {
    pub revocation: Revocation,
    pub close: Option<(Vec<Incarnation>, bool)>,
}

impl Node {
    pub fn new(config: &Config, index: usize, now: Instants, joins: u64) -> Self {
        let link = || Link {
            membership: Membership::new(config.leases[index], Duration::ZERO)
                .with_rules(config.rules),
            history: History::new(config.history).with_rules(config.rules),
            applied: 0,
            server: None,
            effect: None,
        };
        Self {
            now,
            suspended: false,
            links: (0..config.stores).map(|_| link()).collect(),
            cache: BTreeSet::new(),
            denials: Denials::new(config.denials).with_rules(config.rules),
            load: None,
            net: vec![],
            fill: None,
            read: None,
            checked: false,
            revoking: None,
            joins,
        }
    }

    /// What the node would ask of a store now.
    pub fn next(&self, config: &Config, index: usize, store: usize) -> Option<Membership> {
        let link = &self.links[store];
        let under_way = self.net.iter().filter(|message| message.store == store);
        if under_way.count() >= config.overlap {
            return None;
        }
        let asks = |membership: &mut Membership| {
            let next = membership.poll(self.now, Incarnation(uuid::Uuid::nil()));
            matches!(next, Next::Send(request) if self.joins < config.joins
                || !matches!(request.call, Call::Join { .. }))
        };
        if asks(&mut link.membership.clone()) {
            return Some(link.membership.clone());
        }
        // A lease that is as long as can be needs no news.
        let longest = self.now.plus(config.leases[index].held_by(config.rules));
        let mut woken = link.membership.clone();
        woken.wake();
        let is_useful = config.eager && woken.deadline() != longest;
        (is_useful && asks(&mut woken.clone())).then_some(woken)
    }

    pub fn send(&mut self, index: usize, store: usize, mut membership: Membership) {
        let fresh = uuid::Uuid::from_u64_pair(index as u64 + 1, self.joins + 1);
        if let Next::Send(request) = membership.poll(self.now, Incarnation(fresh)) {
            self.joins += u64::from(matches!(request.call, Call::Join { .. }));
            self.net.push(Message {
                store,
                id: request.id,
                stage: Stage::Sent(request.call),
            });
        }
        self.links[store].membership = membership;
    }

    pub fn deliver(&mut self, store: usize, id: RequestId, answer: Answer) {
        let link = &mut self.links[store];
        let effect = link.membership.answered(self.now, id, answer);
        if effect != Effect::Nothing {
            link.effect = Some(effect);
        }
    }

    /// Carries out what an answer said.
    pub fn apply(&mut self, store: usize) {
        let link = &mut self.links[store];
        let Some(effect) = link.effect.take() else {
            return;
        };
        match &effect {
            Effect::Nothing => {}
            Effect::Start {
                server, position, ..
            } => {
                link.applied = position.number;
                link.server = Some(server.clone());
            }
            Effect::Apply(entries) => {
                link.applied = entries
                    .last()
                    .map_or(link.applied, |entry: &Entry| entry.number);
            }
            Effect::Flush => self.cache.clear(),
        }
        for dropped in effect.names() {
            self.cache.retain(|key| name(*key) != dropped);
        }
        link.history.follow(&effect);
        if store == 0 {
            self.denials.follow(&effect, Duration::MAX);
        }
        link.membership.applied(effect);
    }

    pub fn incarnations(&self) -> Option<Vec<Incarnation>> {
        self.links
            .iter()
            .map(|link| link.history.incarnation())
            .collect()
    }

    pub fn is_valid(&self, config: &Config) -> bool {
        let needed = match config.fault {
            Some(Fault::OneLease) => 1,
            _ => config.stores,
        };
        let mut needed = self.links[..needed].iter();
        needed.all(|link| link.membership.is_valid(self.now))
    }

    pub fn has(&self, config: &Config, key: usize) -> bool {
        match config.tokens {
            true => self.denials.verdict(session(key), Duration::ZERO) == Verdict::Clear,
            false => self.cache.contains(&key),
        }
    }

    pub fn end_fill(&mut self, fault: Option<Fault>) {
        let Some(fill) = self.fill.take() else { return };
        let by_position = fault == Some(Fault::FenceByPosition);
        let read = fill.read_at.iter().zip(fill.positions);
        let read =
            read.map(|((server, head), stood)| (server, if by_position { stood } else { *head }));
        let mut links = self.links.iter().zip(fill.incarnations).zip(read);
        let may = links.all(|((link, incarnation), (server, read_at))| {
            link.history
                .may_insert(incarnation, server, read_at, &[name(fill.key)])
        });
        if fill.found && may {
            self.cache.insert(fill.key);
        }
    }
}
