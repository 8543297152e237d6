//! All there is at one moment, and what can happen next.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use super::config::{Config, Fault};
use super::node::{Fill, Node, Stage};
use super::store::{Store, session};
use super::{reader, revoker};
use crate::{Instants, Step, Verdict};

#[derive(Clone, Debug)]
pub(super) struct World {
    pub config: Rc<Config>,
    pub state: State,
    /// What went wrong, if something did.
    pub violation: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub ticks: u32,
    pub nodes: Vec<Node>,
    pub stores: Vec<Store>,
    pub replicas: Option<Vec<Store>>,
    /// The keys whose revocation was answered.
    pub answered: BTreeSet<usize>,
    /// Those whose revocation was begun.
    pub begun: BTreeSet<usize>,
    pub losses: u32,
    pub duplicates: u32,
    crashes: u32,
    suspensions: u32,
    failovers: u32,
    flushes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Tick,
    Replicate,
    FailOver,
    FlushAll,
    Crash(usize),
    /// Stops serving, then leaves, and begins anew.
    Leave(usize),
    Suspend(usize),
    Resume(usize),
    Send(usize, usize),
    Lose(usize, usize),
    Handle(usize, usize),
    Deliver(usize, usize),
    /// The same answer will come once more.
    DeliverTwice(usize, usize),
    Apply(usize, usize),
    Fill(usize, usize),
    FillRead(usize, bool),
    FillEnd(usize),
    Check(usize),
    Arrive(usize, usize),
    ReadOn(usize),
    Load(usize),
    LoadRead(usize),
    LoadEnd(usize),
    Begin(usize, usize),
    Commit(usize),
    Poll(usize, usize),
    Close(usize, usize),
}

impl World {
    pub fn new(config: Config) -> Self {
        let zero = Instants::ZERO.plus(Duration::from_secs(1));
        let nodes = (0..config.plans.len()).map(|index| Node::new(&config, index, zero, 0));
        let stores = vec![Store::new(config.keys); config.stores];
        let with_replicas = config.failovers > 0 || config.replica;
        let mut state = State {
            ticks: 0,
            nodes: nodes.collect(),
            replicas: None,
            stores,
            answered: BTreeSet::new(),
            begun: BTreeSet::new(),
            losses: 0,
            duplicates: 0,
            crashes: 0,
            suspensions: 0,
            failovers: 0,
            flushes: 0,
        };
        if config.joined {
            for index in &config.readers {
                join(&config, &mut state, *index);
            }
        }
        state.replicas = with_replicas.then(|| state.stores.clone());
        Self {
            config: Rc::new(config),
            state,
            violation: None,
        }
    }

    /// Everything that can happen now.
    pub fn actions(&self) -> Vec<Action> {
        let (config, state) = (&*self.config, &self.state);
        let mut all = vec![];
        let mut may = |can: bool, action| {
            if can {
                all.push(action);
            }
        };
        may(state.ticks < config.ticks, Action::Tick);
        let replicas = state.replicas.as_ref();
        let lags = replicas.is_some_and(|replicas| *replicas != state.stores);
        may(lags, Action::Replicate);
        may(state.failovers < config.failovers, Action::FailOver);
        may(state.flushes < config.flushes, Action::FlushAll);
        for (index, node) in state.nodes.iter().enumerate() {
            for (at, message) in node.net.iter().enumerate() {
                let is_sent = matches!(message.stage, Stage::Sent(_));
                may(is_sent, Action::Handle(index, at));
            }
            if node.suspended {
                may(true, Action::Resume(index));
                continue;
            }
            let reads = config.readers.contains(&index);
            let ends = reads && state.crashes < config.crashes;
            may(ends, Action::Crash(index));
            may(ends, Action::Leave(index));
            let suspends = reads && state.suspensions < config.suspensions;
            may(suspends, Action::Suspend(index));
            if reads {
                self.of_link(index, node, &mut may);
                self.of_cache(index, node, &mut may);
            }
            self.of_revoker(index, node, &mut may);
        }
        all
    }

    fn of_link(&self, index: usize, node: &Node, may: &mut impl FnMut(bool, Action)) {
        let (config, state) = (&*self.config, &self.state);
        for (store, link) in node.links.iter().enumerate() {
            may(link.effect.is_some(), Action::Apply(index, store));
            let asks = node.next(config, index, store).is_some();
            may(asks, Action::Send(index, store));
        }
        for (at, message) in node.net.iter().enumerate() {
            let is_sent = matches!(message.stage, Stage::Sent(_));
            may(state.losses < config.losses, Action::Lose(index, at));
            may(!is_sent, Action::Deliver(index, at));
            let again = !is_sent && state.duplicates < config.duplicates;
            may(again, Action::DeliverTwice(index, at));
        }
    }

    fn of_cache(&self, index: usize, node: &Node, may: &mut impl FnMut(bool, Action)) {
        let (config, state) = (&*self.config, &self.state);
        if config.tokens {
            let has_read = node.load.as_ref().map(|load| load.1.is_some());
            let loads = has_read.is_none() && node.denials.clone().load().is_some();
            may(loads, Action::Load(index));
            may(has_read == Some(false), Action::LoadRead(index));
            may(has_read == Some(true), Action::LoadEnd(index));
        } else if let Some(fill) = &node.fill {
            let reads = fill.read_at.len() < config.stores;
            may(reads, Action::FillRead(index, false));
            may(reads && config.replica, Action::FillRead(index, true));
            may(!reads, Action::FillEnd(index));
        } else if node.incarnations().is_some() {
            for key in &config.read {
                may(!node.cache.contains(key), Action::Fill(index, *key));
            }
        }
        let early = config.fault == Some(Fault::CheckEarly);
        let differs = node.checked != node.is_valid(config);
        may(early && differs, Action::Check(index));
        if config.stepwise {
            may(node.read.is_some(), Action::ReadOn(index));
            for key in &config.read {
                let arrives = node.read.is_none() && state.answered.contains(key);
                may(arrives, Action::Arrive(index, *key));
            }
        }
    }

    fn of_revoker(&self, index: usize, node: &Node, may: &mut impl FnMut(bool, Action)) {
        let (config, state) = (&*self.config, &self.state);
        let Some(revoking) = &node.revoking else {
            let alive = |key: usize| config.touched.iter().any(|at| state.stores[*at].alive[key]);
            let due =
                |key: &&usize| !state.answered.contains(key) && (alive(**key) || config.retried);
            if let Some(key) = config.plans[index].iter().find(due) {
                may(true, Action::Begin(index, *key));
            }
            return;
        };
        let commits = revoking.parts.len() < config.touched.len();
        may(commits, Action::Commit(index));
        for (at, part) in revoking.parts.iter().enumerate() {
            may(part.close.is_some(), Action::Close(index, at));
            let waits = part.close.is_none() && part.revocation.outcome().is_none();
            let waits = waits && !matches!(self.step(node, at), Step::Wait(_));
            may(waits, Action::Poll(index, at));
        }
    }

    /// What a revoker would be told after a look at the store.
    fn step(&self, node: &Node, at: usize) -> Step {
        let revoking = node.revoking.as_ref().unwrap();
        let mut revocation = revoking.parts[at].revocation.clone();
        revoker::polled(
            &self.config,
            &self.state.stores,
            node,
            revoking,
            at,
            &mut revocation,
        )
    }

    pub fn act(&mut self, action: Action) {
        let config = Rc::clone(&self.config);
        let state = &mut self.state;
        match action {
            Action::Tick => tick(&config, state),
            Action::Replicate => state.replicas = Some(state.stores.clone()),
            Action::FailOver => fail_over(state),
            Action::FlushAll => {
                state.flushes += 1;
                state.stores.iter_mut().for_each(Store::flush_all);
            }
            Action::Crash(index) => {
                state.crashes += 1;
                let node = &mut state.nodes[index];
                *node = Node::new(&config, index, node.now, node.joins);
            }
            Action::Leave(index) => leave(&config, state, index),
            Action::Suspend(index) => {
                state.suspensions += 1;
                state.nodes[index].suspended = true;
            }
            Action::Resume(index) => state.nodes[index].suspended = false,
            Action::Begin(index, key) => revoker::begin(&config, state, index, key),
            Action::Commit(index) => revoker::commit(&config, state, index),
            Action::Poll(index, at) => revoker::poll(&config, state, index, at),
            Action::Close(index, at) => revoker::close(&config, state, index, at),
            other => reader::act(&config, state, other, &mut self.violation),
        }
        if let Some(index) = touches(action) {
            let node = &mut self.state.nodes[index];
            for (store, link) in node.links.iter_mut().enumerate() {
                if node.net.iter().all(|message| message.store != store) {
                    link.membership.recount();
                }
            }
        }
        self.check();
    }

    fn check(&mut self) {
        let (config, state) = (&*self.config, &self.state);
        let readers = config.readers.iter().map(|index| &state.nodes[*index]);
        for node in readers.filter(|node| !node.suspended) {
            let passes = match config.fault {
                Some(Fault::CheckEarly) => node.checked,
                _ => node.is_valid(config),
            };
            for key in 0..config.keys {
                let is_dead = state.stores.iter().any(|store| !store.alive[key]);
                let is_over = is_dead && state.answered.contains(&key);
                if !config.stepwise && is_over && passes && node.has(config, key) {
                    self.violation = Some("a read begun after the answer was served");
                }
                let has_read = |fill: &Fill| {
                    fill.key == key && fill.found && fill.read_at.len() == config.stores
                };
                let joins = config.fault == Some(Fault::JoinFill);
                if joins && is_over && node.fill.as_ref().is_some_and(has_read) {
                    self.violation = Some("a read begun after the answer joined a fill");
                }
                let verdict = node.denials.verdict(session(key), Duration::ZERO);
                let is_refused = verdict == Verdict::Denied;
                let is_current = node.links[0].server == Some(state.stores[0].server());
                if is_refused && !is_dead && is_current && node.is_valid(config) {
                    self.violation = Some("a live session was refused");
                }
            }
        }
    }
}

/// The node that an action belongs to, if its links may have changed.
fn touches(action: Action) -> Option<usize> {
    match action {
        Action::Lose(index, _) | Action::Deliver(index, _) | Action::DeliverTwice(index, _) => {
            Some(index)
        }
        _ => None,
    }
}

fn join(config: &Config, state: &mut State, index: usize) {
    let node = &mut state.nodes[index];
    for store in 0..config.stores {
        let membership = node.links[store].membership.clone();
        node.send(index, store, membership);
        let message = node.net.pop().unwrap();
        if let Stage::Sent(call) = message.stage {
            let answer = state.stores[store].handle(&call, config.fault);
            node.deliver(store, message.id, answer);
            node.apply(store);
            node.links[store].membership.recount();
        }
    }
    if config.tokens {
        let load = node.denials.load().unwrap();
        node.denials.finish(load, true);
    } else if !config.cold {
        node.cache.extend(&config.read);
    }
    node.checked = true;
}

fn leave(config: &Config, state: &mut State, index: usize) {
    state.crashes += 1;
    let node = &mut state.nodes[index];
    for (link, store) in node.links.iter().zip(&mut state.stores) {
        let left = link.membership.clone().leave();
        store
            .members
            .retain(|member| Some(member.incarnation) != left);
    }
    if config.fault != Some(Fault::LeaveFirst) {
        *node = Node::new(config, index, node.now, node.joins);
    }
}

fn tick(config: &Config, state: &mut State) {
    state.ticks += 1;
    for (node, rate) in state.nodes.iter_mut().zip(&config.rates) {
        let local = config.tick * *rate / 1000;
        node.now.boottime += local;
        if !node.suspended {
            node.now.monotonic_raw += local;
        }
    }
    if config.fault == Some(Fault::ForgetMembers) && state.ticks.is_multiple_of(2) {
        state
            .stores
            .iter_mut()
            .for_each(|store| store.members.clear());
    }
}

fn fail_over(state: &mut State) {
    state.failovers += 1;
    let replicas = state.replicas.clone().unwrap_or_default();
    let pairs = replicas.iter().zip(&state.stores);
    state.stores = pairs
        .map(|(replica, old)| Store::promoted(replica, old))
        .collect();
    state.replicas = Some(state.stores.clone());
    // What was never replicated is lost, with a cache or without.
    let alive = |key: &usize| state.stores.iter().all(|store| store.alive[*key]);
    let lost: Vec<_> = state.answered.iter().copied().filter(alive).collect();
    state.answered.retain(|key| !lost.contains(key));
}
