use std::time::Duration;

use uuid::Uuid;

use super::{Committed, Listed, Outcome, Poll, Revocation, Standing, Step};
use crate::{Incarnation, Instants, Lease, ServerId};

const LAZY: Incarnation = Incarnation(Uuid::from_u128(1));

fn at(millis: u64) -> Instants {
    Instants::ZERO.plus(Duration::from_millis(millis))
}

fn change(standing: Standing) -> Revocation {
    Revocation::new(Committed {
        number: 5,
        id: Uuid::from_u128(5),
        server: ServerId("a".into()),
        standing,
        answered_at: at(0),
    })
}

fn poll(members: &[Listed]) -> Poll {
    Poll {
        server: ServerId("a".into()),
        entry: Some(Uuid::from_u128(5)),
        members: members.to_vec(),
    }
}

fn lazy(applied: u64, granted: u64) -> Listed {
    Listed {
        incarnation: LAZY,
        lease: Lease::DEFAULT,
        applied,
        granted,
    }
}

#[test]
fn who_has_applied_it_is_not_waited_for() {
    let step = change(Standing::Settled).polled(at(1), &poll(&[lazy(5, 5)]));
    assert_eq!(step, Step::Finish(Outcome::Complete));
}

#[test]
fn who_has_not_is_waited_for_and_evicted() {
    let mut change = change(Standing::Settled);
    assert_eq!(
        change.polled(at(1), &poll(&[lazy(4, 4)])),
        Step::Wait(at(1100))
    );
    let (evict, settle) = (vec![LAZY], false);
    let close = Step::Close { evict, settle };
    assert_eq!(change.polled(at(1100), &poll(&[lazy(4, 4)])), close);
    assert_eq!(change.closed(true), Step::Finish(Outcome::Complete));
    assert_eq!(change.outcome(), Some(Outcome::Complete));
}

#[test]
fn both_clocks_have_to_say_that_it_is_waited_out() {
    let mut change = change(Standing::Settled);
    let now = Instants {
        monotonic_raw: Duration::from_millis(1099),
        ..at(60_000)
    };
    let step = change.polled(now, &poll(&[lazy(4, 4)]));
    assert_eq!(step, Step::Wait(at(1100)));
}

#[test]
fn who_was_granted_a_lease_since_stays() {
    let step = change(Standing::Settled).polled(at(1100), &poll(&[lazy(4, 5)]));
    assert_eq!(step, Step::Finish(Outcome::Complete));
}

#[test]
fn an_unsettled_server_is_waited_out_whatever_the_list_says() {
    let (evict, settle) = (vec![], true);
    let close = Step::Close { evict, settle };
    let mut change = change(Standing::Unsettled);
    assert_eq!(change.polled(at(1), &poll(&[])), Step::Wait(at(1100)));
    assert_eq!(change.polled(at(1100), &poll(&[])), close);
}

#[test]
fn a_store_that_has_changed_leaves_it_unknown() {
    let mut other = poll(&[]);
    other.server = ServerId("b".into());
    let mut gone = poll(&[]);
    gone.entry = None;
    for poll in [other, gone] {
        let mut change = change(Standing::Settled);
        assert_eq!(change.polled(at(1), &poll), Step::Finish(Outcome::Unknown));
    }
    let closed = change(Standing::Settled).closed(false);
    assert_eq!(closed, Step::Finish(Outcome::Unknown));
}

#[test]
fn a_change_in_two_stores_is_over_when_it_is_in_both() {
    use Outcome::{Complete, Unknown};
    assert_eq!(Outcome::of_all([Some(Complete), None]), None);
    assert_eq!(
        Outcome::of_all([Some(Complete), Some(Complete)]),
        Some(Complete)
    );
    assert_eq!(
        Outcome::of_all([Some(Unknown), Some(Complete)]),
        Some(Unknown)
    );
}
