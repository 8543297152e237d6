//! Every state that can be reached, breadth first, so that the first violation is a shortest one.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::time::Instant;

use super::asked_for;
use super::config::{Config, FAST, SLOW};
use super::world::{Action, World};
use crate::Lease;

/// What came of an exploration.
pub(super) struct Found {
    pub states: usize,
    /// Whether there are no others.
    pub all: bool,
    /// How to get to a violation.
    pub violation: Option<Vec<Action>>,
}

pub(super) fn explore(config: Config, max: usize) -> Found {
    explore_after(config, &[], max)
}

/// What can come after these.
pub(super) fn explore_after(config: Config, begin: &[Action], max: usize) -> Found {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let mut start = World::new(config);
    for action in begin {
        assert!(start.actions().contains(action), "{action:?}");
        start.act(*action);
    }
    let mut seen = HashSet::from([hasher.hash_one(&start.state)]);
    let mut came = vec![(0, Action::Tick)];
    let mut todo = VecDeque::from([(0, start)]);
    while let Some((at, world)) = todo.pop_front() {
        for action in world.actions() {
            let mut next = world.clone();
            next.act(action);
            if next.violation.is_some() {
                return Found {
                    states: seen.len(),
                    all: false,
                    violation: Some(path(&came, at, action)),
                };
            }
            if seen.insert(hasher.hash_one(&next.state)) {
                came.push((at, action));
                todo.push_back((came.len() - 1, next));
            }
        }
        if seen.len() >= max {
            break;
        }
    }
    Found {
        states: seen.len(),
        all: todo.is_empty(),
        violation: None,
    }
}

fn path(came: &[(usize, Action)], mut at: usize, last: Action) -> Vec<Action> {
    let mut path = vec![last];
    while at != 0 {
        path.push(came[at].1);
        at = came[at].0;
    }
    path.reverse();
    path
}

/// A test for each world, with the rules as they are: of the nearest states, or of as many as one
/// likes, which takes minutes:
/// `STATES=1000000 cargo test --release -p auth-revocation explore -- --nocapture --test-threads=1`
macro_rules! holds {
    ($($name:ident: $config:expr;)*) => {
        $(#[test]
        fn $name() {
            hold(stringify!($name), $config);
        })*
    };
}

fn hold(what: &str, config: Config) {
    let begun = Instant::now();
    let found = explore(config, asked_for("STATES", 8_000));
    let extent = if found.all { "all" } else { "the nearest" };
    println!(
        "{what}: {extent} {} states in {:?}",
        found.states,
        begun.elapsed()
    );
    assert_eq!(found.violation, None);
}

holds! {
    two_nodes: Config::default();
    a_cold_cache: Config { cold: true, ..Config::default() };
    joining: Config { joined: false, ticks: 5, ..Config::default() };
    steps: Config { stepwise: true, slow: true, ticks: 5, ..Config::default() };
    overlap_loss_and_duplicates:
        Config { overlap: 2, losses: 1, duplicates: 1, ticks: 4, ..Config::default() };
    a_slow_clock_revokes: Config { rates: vec![SLOW, FAST], ..Config::default() };
    a_crash: Config { crashes: 1, ticks: 6, ..Config::default() };
    a_suspension: Config { suspensions: 1, ticks: 6, ..Config::default() };
    an_eviction: Config { ticks: 8, ..Config::two_keys() };
    two_revokers: Config { ticks: 6, ..Config::two_revokers() };
    two_revokers_of_one_key: Config::same_key();
    three_nodes:
        Config { readers: vec![1, 2], cold: true, ticks: 5, ..Config::two_revokers() };
    a_failover: Config { failovers: 1, ticks: 6, ..Config::default() };
    a_failover_and_two_changes: Config { failovers: 1, ticks: 6, ..Config::two_keys() };
    an_emptied_store: Config { flushes: 1, ticks: 11, retried: true, ..Config::default() };
    two_stores: Config { ticks: 4, ..Config::two_stores() };
    two_stores_and_one_changed: Config { touched: vec![1], ticks: 4, ..Config::two_stores() };
    denials: Config { tokens: true, crashes: 1, ..Config::default() };
    a_replica_that_lags: Config { replica: true, ticks: 5, ..Config::default() };
    a_replica_and_a_failover:
        Config { replica: true, failovers: 1, flushes: 1, ticks: 4, ..Config::default() };
    different_leases: Config { leases: vec![Lease::MIN, Lease::MAX], ..Config::default() };
}
