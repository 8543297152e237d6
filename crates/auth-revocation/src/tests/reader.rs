//! What a node does that reads: it renews its lease, fills its cache, answers.

use std::time::Duration;

use super::config::{Config, Fault};
use super::node::{Fill, Message, Node, Read, Stage};
use super::store::session;
use super::world::{Action, State};

pub(super) fn act(
    config: &Config,
    state: &mut State,
    action: Action,
    violation: &mut Option<&'static str>,
) {
    match action {
        Action::Send(index, store) => {
            let node = &mut state.nodes[index];
            if let Some(membership) = node.next(config, index, store) {
                node.send(index, store, membership);
            }
        }
        Action::Lose(index, at) => {
            state.losses += 1;
            state.nodes[index].net.remove(at);
        }
        Action::Handle(index, at) => {
            let Message { store, stage, .. } = &mut state.nodes[index].net[at];
            if let Stage::Sent(call) = stage {
                *stage = Stage::Answered(state.stores[*store].handle(call, config.fault));
            }
        }
        Action::Deliver(index, at) => {
            let message = state.nodes[index].net.remove(at);
            deliver(config, &mut state.nodes[index], message);
        }
        Action::DeliverTwice(index, at) => {
            state.duplicates += 1;
            let message = state.nodes[index].net[at].clone();
            deliver(config, &mut state.nodes[index], message);
        }
        Action::Apply(index, store) => state.nodes[index].apply(store),
        Action::Fill(index, key) => {
            let node = &mut state.nodes[index];
            node.fill = node.incarnations().map(|incarnations| Fill {
                key,
                incarnations,
                read_at: vec![],
                positions: node.links.iter().map(|link| link.applied).collect(),
                found: true,
            });
        }
        Action::FillRead(index, replica) => {
            let from = if replica {
                state.replicas.as_ref()
            } else {
                Some(&state.stores)
            };
            if let (Some(fill), Some(stores)) = (&mut state.nodes[index].fill, from) {
                let store = &stores[fill.read_at.len()];
                fill.found &= store.alive[fill.key];
                fill.read_at.push((store.joined(), store.head().number));
            }
        }
        Action::FillEnd(index) => state.nodes[index].end_fill(config.fault),
        other => of_reader(config, state, other, violation),
    }
}

fn deliver(config: &Config, node: &mut Node, message: Message) {
    if let Stage::Answered(answer) = message.stage {
        node.deliver(message.store, message.id, answer);
        if !config.slow {
            node.apply(message.store);
        }
    }
}

fn of_reader(
    config: &Config,
    state: &mut State,
    action: Action,
    violation: &mut Option<&'static str>,
) {
    match action {
        Action::Check(index) => {
            let node = &mut state.nodes[index];
            node.checked = node.is_valid(config);
        }
        Action::Arrive(index, key) => {
            let passed = false;
            state.nodes[index].read = Some(Read { key, passed });
        }
        Action::ReadOn(index) => {
            let node = &mut state.nodes[index];
            let Some(read) = node.read.take() else { return };
            // The lease first, then the cache.
            let lease_now = read.passed == (config.fault == Some(Fault::LookUpFirst));
            let passes = match lease_now {
                true => node.is_valid(config),
                false => node.has(config, read.key),
            };
            let is_dead = state.answered.contains(&read.key);
            if passes && read.passed && is_dead {
                *violation = Some("a read begun after the answer was served");
            } else if passes && !read.passed {
                node.read = Some(Read {
                    passed: true,
                    ..read
                });
            }
        }
        Action::Load(index) => {
            let node = &mut state.nodes[index];
            node.load = node.denials.load().map(|load| (load, None));
        }
        Action::LoadRead(index) => {
            let dead = |key: &usize| !state.stores[0].alive[*key] && state.begun.contains(key);
            let dead = (0..config.keys).filter(dead).collect();
            if let Some(load) = &mut state.nodes[index].load {
                load.1 = Some(dead);
            }
        }
        Action::LoadEnd(index) => {
            let node = &mut state.nodes[index];
            if let Some((load, Some(dead))) = node.load.take() {
                let dead = dead.into_iter().map(|key| (session(key), Duration::MAX));
                node.denials.loaded(&load, dead);
                node.denials.finish(load, true);
            }
        }
        _ => {}
    }
}
