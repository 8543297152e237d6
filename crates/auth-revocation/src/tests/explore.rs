//! Every state that can be reached, breadth first, so that the first violation is a shortest one.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use super::config::{Config, FAST, SLOW};
use super::world::{Action, World};

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

/// Each with the rules as they are.
fn sound() -> Vec<(&'static str, Config)> {
    let base = Config::default;
    vec![
        ("two nodes", base()),
        (
            "a cold cache",
            Config {
                cold: true,
                ..base()
            },
        ),
        (
            "joining",
            Config {
                joined: false,
                ticks: 5,
                ..base()
            },
        ),
        (
            "reads and changes in steps",
            Config {
                stepwise: true,
                slow: true,
                ticks: 5,
                ..base()
            },
        ),
        (
            "overlap, loss and duplicates",
            Config {
                overlap: 2,
                losses: 1,
                duplicates: 1,
                ticks: 4,
                ..base()
            },
        ),
        (
            "a slow clock revokes",
            Config {
                rates: vec![SLOW, FAST],
                ..base()
            },
        ),
        (
            "a crash",
            Config {
                crashes: 1,
                ticks: 6,
                ..base()
            },
        ),
        (
            "a suspension",
            Config {
                suspensions: 1,
                ticks: 6,
                ..base()
            },
        ),
        (
            "an eviction",
            Config {
                ticks: 8,
                ..Config::two_keys()
            },
        ),
        (
            "two revokers",
            Config {
                ticks: 6,
                ..Config::two_revokers()
            },
        ),
        (
            "two revokers of one key",
            Config {
                plans: vec![vec![0], vec![], vec![0]],
                read: vec![0],
                retried: true,
                ticks: 6,
                ..Config::two_revokers()
            },
        ),
        (
            "a failover",
            Config {
                failovers: 1,
                ticks: 6,
                ..base()
            },
        ),
        (
            "a failover and two changes",
            Config {
                failovers: 1,
                ticks: 6,
                ..Config::two_keys()
            },
        ),
        (
            "an emptied store",
            Config {
                flushes: 1,
                ticks: 11,
                retried: true,
                ..base()
            },
        ),
        (
            "two stores",
            Config {
                ticks: 4,
                ..Config::two_stores()
            },
        ),
        (
            "two stores, one changed",
            Config {
                touched: vec![1],
                ticks: 4,
                ..Config::two_stores()
            },
        ),
        (
            "denials",
            Config {
                tokens: true,
                crashes: 1,
                ..base()
            },
        ),
        (
            "a replica that lags",
            Config {
                replica: true,
                ticks: 5,
                ..base()
            },
        ),
        (
            "different leases",
            Config {
                leases: vec![crate::Lease::MIN, crate::Lease::MAX],
                ..base()
            },
        ),
    ]
}

fn explore_all(max: usize) {
    let mut states = 0;
    for (what, config) in sound() {
        let begun = std::time::Instant::now();
        let found = explore(config, max);
        states += found.states;
        println!(
            "{what}: {} states, all: {}, {:?}",
            found.states,
            found.all,
            begun.elapsed()
        );
        assert_eq!(found.violation, None, "{what}");
    }
    println!("{states} states");
}

#[test]
fn no_reachable_state_breaks_the_promise() {
    explore_all(8_000);
}

/// `cargo test --release -p auth-revocation every_state -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes; the one above looks at the nearest states"]
fn every_state_keeps_the_promise() {
    explore_all(3_000_000);
}
