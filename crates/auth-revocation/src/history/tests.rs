use uuid::Uuid;

use super::History;
use crate::{Effect, Entry, Incarnation, Name, Position, ServerId};

const HERE: Incarnation = Incarnation(Uuid::from_u128(1));
const ANN: Name = Name::User(Uuid::from_u128(1));
const BOB: Name = Name::User(Uuid::from_u128(2));

fn server() -> ServerId {
    ServerId("a".into())
}

fn apply(number: u64, name: Name) -> Effect {
    let id = Uuid::from_u128(number.into());
    let names = vec![name];
    Effect::Apply(vec![Entry { number, id, names }])
}

/// Joined at number 5; Ann was named by 6, Bob by 7.
fn history(capacity: usize) -> History {
    let mut history = History::new(capacity);
    history.follow(&Effect::Start {
        incarnation: HERE,
        server: server(),
        position: Position {
            number: 5,
            id: Uuid::from_u128(5),
        },
    });
    history.follow(&apply(6, ANN));
    history.follow(&apply(7, BOB));
    history
}

fn may(history: &History, read_at: u64, names: &[Name]) -> bool {
    history.may_insert(HERE, &server(), read_at, names)
}

#[test]
fn what_was_named_since_is_refused() {
    let history = history(8);
    assert!(!may(&history, 5, &[ANN]));
    assert!(may(&history, 6, &[ANN]));
    assert!(!may(&history, 6, &[ANN, BOB]));
    assert!(may(&history, 9, &[ANN, BOB]));
}

#[test]
fn what_is_older_than_the_history_is_refused() {
    assert!(!may(&history(8), 4, &[]));
    assert!(may(&history(8), 5, &[]));
    assert!(!may(&history(1), 5, &[]));
    assert!(may(&history(1), 6, &[]));
}

#[test]
fn what_belongs_elsewhere_is_refused() {
    let mut history = history(8);
    let other = Incarnation(Uuid::from_u128(2));
    assert!(!history.may_insert(other, &server(), 7, &[]));
    assert!(!history.may_insert(HERE, &ServerId("b".into()), 7, &[]));
    history.follow(&Effect::Flush);
    assert!(!may(&history, 7, &[]));
    assert_eq!(history.incarnation(), None);
}
