use std::time::Duration;

use uuid::Uuid;

use super::{Denials, Verdict};
use crate::{Effect, Entry, Incarnation, Name, Position, ServerId};

const SOON: Duration = Duration::from_secs(10);
const NOW: Duration = Duration::from_secs(5);

fn session(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn join(denials: &mut Denials, incarnation: u128, server: &str) {
    let start = Effect::Start {
        incarnation: Incarnation(Uuid::from_u128(incarnation)),
        server: ServerId(server.into()),
        position: Position::ORIGIN,
    };
    denials.follow(&start, SOON);
}

fn complete(capacity: usize) -> Denials {
    let mut denials = Denials::new(capacity);
    assert!(denials.load().is_none());
    join(&mut denials, 1, "a");
    let load = denials.load().unwrap();
    assert!(denials.load().is_none());
    denials.loaded(&load, [(session(1), SOON)]);
    assert_eq!(denials.verdict(session(2), NOW), Verdict::AskStore);
    denials.finish(load, true);
    denials
}

#[test]
fn they_are_known_once_read_after_the_join() {
    let denials = complete(8);
    assert_eq!(denials.verdict(session(1), NOW), Verdict::Denied);
    assert_eq!(denials.verdict(session(1), SOON), Verdict::Clear);
    assert_eq!(denials.verdict(session(2), NOW), Verdict::Clear);
}

#[test]
fn the_sessions_that_entries_name_are_denied() {
    let mut denials = complete(8);
    let names = vec![Name::Session(session(2)), Name::User(session(3))];
    let (number, id) = (1, session(9));
    denials.follow(&Effect::Apply(vec![Entry { number, id, names }]), SOON);
    assert_eq!(denials.verdict(session(2), NOW), Verdict::Denied);
    assert_eq!(denials.verdict(session(3), NOW), Verdict::Clear);
}

#[test]
fn a_load_that_is_old_or_failed_does_not_count() {
    let mut denials = complete(8);
    denials.follow(&Effect::Flush, SOON);
    assert_eq!(denials.verdict(session(1), NOW), Verdict::Denied);
    join(&mut denials, 2, "a");
    let load = denials.load().unwrap();
    join(&mut denials, 3, "a");
    denials.loaded(&load, [(session(2), SOON)]);
    denials.finish(load, true);
    assert_eq!(denials.verdict(session(2), NOW), Verdict::AskStore);
    let load = denials.load().unwrap();
    denials.finish(load, false);
    assert_eq!(denials.verdict(session(2), NOW), Verdict::AskStore);
    assert!(denials.load().is_some());
}

#[test]
fn another_server_has_denials_of_its_own() {
    let mut denials = complete(8);
    join(&mut denials, 2, "b");
    assert_eq!(denials.verdict(session(1), NOW), Verdict::AskStore);
}

#[test]
fn too_many_are_asked_for_until_enough_have_ended() {
    let mut denials = complete(2);
    denials.deny(session(2), SOON);
    denials.deny(session(3), 2 * SOON);
    assert_eq!(denials.verdict(session(3), NOW), Verdict::AskStore);
    assert_eq!(denials.verdict(session(1), NOW), Verdict::Denied);
    join(&mut denials, 2, "a");
    assert!(denials.load().is_none());
    denials.expire(SOON);
    assert!(denials.load().is_some());
}

#[test]
fn a_load_that_saw_too_many_does_not_count_later() {
    let mut denials = complete(2);
    join(&mut denials, 2, "a");
    let old = denials.load().unwrap();
    denials.deny(session(2), SOON);
    denials.deny(session(3), 2 * SOON);
    denials.expire(SOON);
    let new = denials.load().unwrap();
    denials.finish(old, true);
    assert_eq!(denials.verdict(session(3), SOON), Verdict::AskStore);
    denials.finish(new, true);
    assert_eq!(denials.verdict(session(4), SOON), Verdict::Clear);
}
