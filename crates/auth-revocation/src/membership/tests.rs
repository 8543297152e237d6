use std::time::Duration;

use uuid::Uuid;

use super::{Answer, Call, Effect, Membership, Next, Request};
use crate::{Entry, Incarnation, Instants, Lease, Name, Position, ServerId};

const FRESH: Incarnation = Incarnation(Uuid::from_u128(7));
const JITTER: Duration = Duration::from_millis(50);

fn at(millis: u64) -> Instants {
    Instants::ZERO.plus(Duration::from_millis(100_000 + millis))
}

fn server() -> ServerId {
    ServerId("a".into())
}

fn entry(number: u64) -> Entry {
    Entry {
        number,
        id: Uuid::from_u128(number.into()),
        names: vec![Name::User(Uuid::from_u128(9))],
    }
}

fn sent(node: &mut Membership, now: Instants) -> Request {
    match node.poll(now, FRESH) {
        Next::Send(request) => request,
        other => panic!("{other:?}"),
    }
}

/// A node that joined at number 2, asked at 0 ms.
fn joined() -> Membership {
    let mut node = Membership::new(Lease::DEFAULT, JITTER);
    let request = sent(&mut node, at(0));
    let (head, server) = (entry(2).position(), server());
    let effect = node.answered(at(30), request.id, Answer::Joined { head, server });
    assert!(matches!(&effect, Effect::Start { incarnation, .. } if *incarnation == FRESH));
    assert!(!node.is_valid(at(30)));
    node.applied(effect);
    node
}

fn renewed(base: Position, entries: Vec<Entry>) -> Answer {
    Answer::Renewed {
        server: server(),
        base,
        head: entries.last().map_or(base, Entry::position),
        entries,
    }
}

#[test]
fn a_lease_counts_from_its_request_and_a_tenth_less() {
    let node = joined();
    assert_eq!(node.deadline(), at(900));
    assert!(node.is_valid(at(899)));
    assert!(!node.is_valid(at(900)));
}

#[test]
fn a_lease_is_renewed_every_third_with_one_request_in_flight() {
    let mut node = joined();
    let third = Lease::DEFAULT.renewal();
    assert_eq!(node.poll(at(40), FRESH), Next::Wait(at(0).plus(third)));
    let request = sent(&mut node, at(334));
    assert!(matches!(&request.call, Call::Renew { applied, .. } if applied.number == 2));
    assert_eq!(node.poll(at(335), FRESH), Next::Wait(at(334).plus(third)));
    let answer = renewed(entry(2).position(), vec![]);
    assert_eq!(node.answered(at(400), request.id, answer), Effect::Nothing);
    assert_eq!(node.deadline(), at(1234));
}

#[test]
fn news_are_applied_then_extend_the_lease_then_acknowledged() {
    let mut node = joined();
    let request = sent(&mut node, at(400));
    let answer = renewed(entry(2).position(), vec![entry(3), entry(4)]);
    let effect = node.answered(at(410), request.id, answer);
    assert_eq!(effect.names().count(), 2);
    assert_eq!(node.deadline(), at(900));
    assert_eq!(node.poll(at(410), FRESH), Next::Idle);
    node.applied(effect);
    assert_eq!(node.deadline(), at(1300));
    let call = sent(&mut node, at(411)).call;
    assert!(matches!(call, Call::Renew { applied, .. } if applied == entry(4).position()));
}

#[test]
fn an_announcement_asks_at_once_or_after_what_is_in_flight() {
    let mut node = joined();
    node.wake();
    let request = sent(&mut node, at(50));
    node.wake();
    let answer = renewed(entry(2).position(), vec![]);
    assert_eq!(node.answered(at(60), request.id, answer), Effect::Nothing);
    sent(&mut node, at(61));
}

#[test]
fn an_answer_that_does_not_go_on_from_here_flushes() {
    let renumbered = Position {
        id: Uuid::from_u128(99),
        ..entry(2).position()
    };
    let elsewhere = Answer::Renewed {
        server: ServerId("b".into()),
        base: entry(2).position(),
        entries: vec![],
        head: entry(2).position(),
    };
    let cut = Answer::Renewed {
        server: server(),
        base: entry(2).position(),
        entries: vec![entry(3)],
        head: entry(4).position(),
    };
    let gap = renewed(entry(2).position(), vec![entry(4)]);
    let another = renewed(renumbered, vec![]);
    for answer in [Answer::Unknown, elsewhere, cut, gap, another] {
        let mut node = joined();
        let request = sent(&mut node, at(400));
        let effect = node.answered(at(410), request.id, answer);
        assert_eq!(effect, Effect::Flush);
        assert!(!node.is_valid(at(410)));
        assert_eq!(node.poll(at(410), FRESH), Next::Idle);
        node.applied(effect);
        assert_eq!(node.poll(at(411), FRESH), Next::Wait(at(460)));
        assert!(matches!(sent(&mut node, at(460)).call, Call::Join { .. }));
    }
}

#[test]
fn a_late_answer_and_a_second_one_are_ignored() {
    let mut node = joined();
    let first = sent(&mut node, at(400));
    let second = sent(&mut node, at(800));
    let answer = || renewed(entry(2).position(), vec![]);
    assert_eq!(node.answered(at(810), first.id, answer()), Effect::Nothing);
    assert_eq!(node.deadline(), at(900));
    assert_eq!(node.answered(at(820), second.id, answer()), Effect::Nothing);
    assert_eq!(
        node.answered(at(830), second.id, Answer::Unknown),
        Effect::Nothing
    );
    assert_eq!(node.deadline(), at(1700));
}

#[test]
fn a_lapse_alone_keeps_the_place() {
    let mut node = joined();
    let request = sent(&mut node, at(5000));
    assert!(matches!(request.call, Call::Renew { .. }));
    assert_eq!(
        node.answered(at(5010), request.id, Answer::Failed),
        Effect::Nothing
    );
    assert!(matches!(node.poll(at(5020), FRESH), Next::Wait(_)));
}

#[test]
fn a_join_that_failed_is_tried_again_after_a_while() {
    let mut node = Membership::new(Lease::DEFAULT, JITTER);
    let request = sent(&mut node, at(0));
    assert_eq!(
        node.answered(at(1), request.id, Answer::Failed),
        Effect::Nothing
    );
    let due = at(0).plus(Lease::DEFAULT.renewal() + JITTER);
    assert_eq!(node.poll(at(2), FRESH), Next::Wait(due));
}

#[test]
fn who_leaves_trusts_nothing_and_asks_nothing() {
    let mut node = joined();
    assert_eq!(node.leave(), Some(FRESH));
    assert!(!node.is_valid(at(50)));
    assert_eq!(node.poll(at(5000), FRESH), Next::Idle);
    let mut joining = Membership::new(Lease::DEFAULT, JITTER);
    sent(&mut joining, at(0));
    assert_eq!(joining.leave(), Some(FRESH));
}
