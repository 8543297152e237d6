//! What a revoker does: commit, wait, evict, answer.

use super::config::{Config, Fault};
use super::node::{Node, Part, Revoking};
use super::store::{Store, name};
use super::world::State;
use crate::{Outcome, Revocation, Step};

pub(super) fn begin(config: &Config, state: &mut State, index: usize, key: usize) {
    state.begun.insert(key);
    let first = &mut state.stores[config.touched[0]];
    let listed = || {
        first
            .members
            .iter()
            .map(|member| member.incarnation)
            .collect()
    };
    let listed = (config.fault == Some(Fault::ListBefore)).then(listed);
    let drawn = (config.fault == Some(Fault::NumberBefore)).then(|| first.draw(key, index));
    let node = &mut state.nodes[index];
    let at_once =
        listed.is_none() && drawn.is_none() && config.fault != Some(Fault::WaitFromRequest);
    node.revoking = Some(Revoking {
        key,
        asked_at: node.now,
        listed,
        drawn,
        parts: vec![],
    });
    if at_once {
        commit(config, state, index);
    }
}

pub(super) fn commit(config: &Config, state: &mut State, index: usize) {
    let node = &mut state.nodes[index];
    let Some(revoking) = &mut node.revoking else {
        return;
    };
    let store = &mut state.stores[config.touched[revoking.parts.len()]];
    let at = match config.fault {
        Some(Fault::WaitFromRequest) => revoking.asked_at,
        _ => node.now,
    };
    let was_dead = !store.alive[revoking.key];
    let committed = match revoking.drawn {
        Some(number) => store.commit_drawn(number, revoking.key, at),
        None => store.revoke(revoking.key, index, at),
    };
    let revocation = Revocation::new(committed).with_rules(config.rules);
    revoking.parts.push(Part {
        revocation,
        close: None,
    });
    if was_dead && config.fault == Some(Fault::AnswerNoop) {
        finish(state, index, Some(Outcome::Complete));
    }
}

pub(super) fn polled(
    config: &Config,
    stores: &[Store],
    node: &Node,
    revoking: &Revoking,
    at: usize,
    revocation: &mut Revocation,
) -> Step {
    let mut poll = stores[config.touched[at]].poll(revocation.committed().number);
    if let Some(listed) = &revoking.listed {
        poll.members
            .retain(|member| listed.contains(&member.incarnation));
    }
    revocation.polled(node.now, &poll)
}

pub(super) fn poll(config: &Config, state: &mut State, index: usize, at: usize) {
    let Some(mut revoking) = state.nodes[index].revoking.take() else {
        return;
    };
    let mut revocation = revoking.parts[at].revocation.clone();
    let node = &state.nodes[index];
    let step = polled(config, &state.stores, node, &revoking, at, &mut revocation);
    let part = &mut revoking.parts[at];
    part.revocation = revocation;
    if let Step::Close { evict, settle } = step {
        part.close = Some((evict, settle));
    }
    state.nodes[index].revoking = Some(revoking);
    conclude(config, state, index);
}

pub(super) fn close(config: &Config, state: &mut State, index: usize, at: usize) {
    let Some(revoking) = &mut state.nodes[index].revoking else {
        return;
    };
    let part = &mut revoking.parts[at];
    if let Some((evict, settle)) = part.close.take() {
        let store = &mut state.stores[config.touched[at]];
        let is_done = store.close(part.revocation.committed(), &evict, settle, config.fault);
        let _ = part.revocation.closed(is_done);
    }
    conclude(config, state, index);
}

fn conclude(config: &Config, state: &mut State, index: usize) {
    let Some(revoking) = &state.nodes[index].revoking else {
        return;
    };
    let mut parts: Vec<_> = revoking
        .parts
        .iter()
        .map(|part| part.revocation.outcome())
        .collect();
    parts.resize(config.touched.len(), None);
    finish(state, index, Outcome::of_all(parts));
}

fn finish(state: &mut State, index: usize, outcome: Option<Outcome>) {
    let node = &mut state.nodes[index];
    if outcome == Some(Outcome::Complete)
        && let Some(revoking) = &node.revoking
    {
        node.cache.retain(|key| name(*key) != name(revoking.key));
        state.answered.insert(revoking.key);
    }
    if outcome.is_some() {
        node.revoking = None;
    }
}
