//! A fill and a renewal on threads of their own, in every order there is: what is dead when both are
//! over is not cached.

use loom::sync::{Arc, Mutex};
use loom::thread;
use uuid::Uuid;

use super::store::name;
use crate::rules::{Rule, Rules};
use crate::{Effect, Entry, History, Incarnation, Position, ServerId};

struct Store {
    is_alive: bool,
    head: u64,
}

struct Cache {
    history: History,
    is_cached: bool,
}

const INCARNATION: Incarnation = Incarnation(Uuid::from_u128(1));

fn joined(rules: Rules) -> History {
    let mut history = History::new(4).with_rules(rules);
    history.follow(&Effect::Start {
        incarnation: INCARNATION,
        server: ServerId("a".into()),
        position: Position::ORIGIN,
    });
    history
}

fn fill(store: &Mutex<Store>, cache: &Mutex<Cache>, under_one_lock: bool) {
    let row = store.lock().unwrap();
    let (is_alive, read_at) = (row.is_alive, row.head);
    drop(row);
    let mut locked = cache.lock().unwrap();
    let may = locked
        .history
        .may_insert(INCARNATION, &ServerId("a".into()), read_at, &[name(0)]);
    if !under_one_lock {
        drop(locked);
        locked = cache.lock().unwrap();
    }
    locked.is_cached |= is_alive && may;
}

fn revoke_and_apply(store: &Mutex<Store>, cache: &Mutex<Cache>) {
    let mut row = store.lock().unwrap();
    row.is_alive = false;
    row.head += 1;
    let entry = Entry {
        number: row.head,
        id: Uuid::from_u128(2),
        names: vec![name(0)],
    };
    drop(row);
    let mut cache = cache.lock().unwrap();
    cache.history.follow(&Effect::Apply(vec![entry]));
    cache.is_cached = false;
}

fn race(rules: Rules, under_one_lock: bool) {
    loom::model(move || {
        let store = Arc::new(Mutex::new(Store {
            is_alive: true,
            head: 0,
        }));
        let cache = Arc::new(Mutex::new(Cache {
            history: joined(rules),
            is_cached: false,
        }));
        let fills: Vec<_> = (0..2)
            .map(|_| {
                let (store, cache) = (Arc::clone(&store), Arc::clone(&cache));
                thread::spawn(move || fill(&store, &cache, under_one_lock))
            })
            .collect();
        revoke_and_apply(&store, &cache);
        for filled in fills {
            filled.join().unwrap();
        }
        assert!(!cache.lock().unwrap().is_cached, "it is dead, and cached");
    });
}

#[test]
fn a_fill_that_raced_with_a_revocation_is_not_cached() {
    race(Rules::default(), true);
}

#[test]
#[should_panic(expected = "it is dead, and cached")]
fn without_the_fence_it_is() {
    race(Rules::default().without(Rule::Fence), true);
}

#[test]
#[should_panic(expected = "it is dead, and cached")]
fn so_it_is_when_the_lock_is_let_go_in_between() {
    race(Rules::default(), false);
}
