//! Each rule broken, one at a time: the exploration then finds a read that should not have been.

use super::config::{Config, FAST, Fault, SLOW};
use super::explore::{explore, explore_after};
use super::world::Action::{
    self, Begin, Close, Deliver, FailOver, Fill, FillRead, Handle, Poll, Send, Tick,
};
use crate::rules::Rule;

/// The most states that are looked at for one violation.
const STATES: usize = 60_000;

fn caught(config: Config) {
    caught_after(config, &[]);
}

fn caught_after(config: Config, begin: &[Action]) {
    let found = explore_after(config, begin, STATES);
    let path = found.violation.expect("it is found");
    println!("{} states: {path:?}", found.states);
}

/// A test for each: what is broken, and the world in which that shows.
macro_rules! broken {
    ($($name:ident: $config:expr;)*) => {
        $(#[test] fn $name() { caught($config); })*
    };
}

broken! {
    // Reads.
    the_lease_is_checked_before_the_read_arrives: Config::default().with(Fault::CheckEarly);
    the_cache_is_looked_into_before_the_lease:
        Config { stepwise: true, ticks: 5, ..Config::default() }.with(Fault::LookUpFirst);
    a_read_joins_an_older_fill: Config { cold: true, ..Config::default() }.with(Fault::JoinFill);
    one_lease_of_two_is_checked:
        Config { touched: vec![1], ticks: 5, ..Config::two_stores() }.with(Fault::OneLease);

    // Leases.
    a_lease_is_extended_before_news_are_applied:
        Config { slow: true, ..Config::default() }.without(Rule::ApplyBeforeExtend);
    a_lease_counts_from_the_answer: Config::default().without(Rule::CountFromSending);
    an_answer_counts_for_another_request:
        Config { overlap: 2, ..Config::default() }.without(Rule::OwnRequest);
    one_clock_stands_still:
        Config { suspensions: 1, ..Config::default() }.without(Rule::EitherClock);
    clocks_differ_and_nobody_allows_for_it: Config::default().without(Rule::Drift);
    a_member_that_was_evicted_keeps_its_cache: Config::two_keys().without(Rule::FlushOnLoss);

    // The log.
    numbers_are_drawn_before_the_commit:
        Config { plans: vec![vec![1], vec![], vec![0]], ticks: 6, ..Config::two_revokers() }
            .without(Rule::Contiguous).with(Fault::NumberBefore);

    // Fills.
    there_is_no_fence: Config { cold: true, ..Config::default() }.without(Rule::Fence);
    the_fence_does_not_see_its_gap:
        Config { cold: true, history: 0, ..Config::default() }.without(Rule::FenceGap);
    a_replica_is_read_and_the_position_noted:
        Config { replica: true, ticks: 5, ..Config::default() }.with(Fault::FenceByPosition);

    // Waits.
    nobody_waits: Config::default().without(Rule::Wait);
    the_wait_counts_from_the_request: Config::default().with(Fault::WaitFromRequest);
    the_wait_is_as_long_as_the_revokers_own_lease:
        Config::default().without(Rule::RegisteredLease);
    members_are_listed_before_the_commit:
        Config { joined: false, ticks: 4, ..Config::default() }.with(Fault::ListBefore);
    a_change_without_effect_is_answered_at_once:
        Config::same_key().with(Fault::AnswerNoop);

    // Evictions.
    members_are_evicted_by_what_they_applied:
        Config { rates: vec![FAST, SLOW], ..Config::two_keys() }
            .without(Rule::EvictByGranted).with(Fault::EvictByApplied);
    everybody_is_evicted:
        Config::two_keys().without(Rule::EvictByGranted).with(Fault::EvictAlways);
    the_store_forgets_members: Config::default().with(Fault::ForgetMembers);
    a_node_leaves_before_it_stops_serving:
        Config { crashes: 1, ..Config::default() }.with(Fault::LeaveFirst);
    strangers_are_renewed: Config::two_keys().with(Fault::RenewStrangers);

    // Servers.
    nobody_waits_out_a_failover:
        Config { failovers: 1, joined: false, ticks: 3, ..Config::default() }.without(Rule::Settle);
    nobody_waits_out_an_emptied_store:
        Config { flushes: 1, retried: true, ..Config::default() }.without(Rule::Settle);
    an_emptied_store_forgets_a_longer_lease:
        Config { flushes: 1, retried: true, ..Config::default() }.without(Rule::Forgotten);
    another_server_is_settled:
        Config { failovers: 1, ticks: 6, ..Config::two_keys() }
            .without(Rule::SameCommit).with(Fault::CloseAnywhere);

    // Tokens.
    denials_are_read_before_the_join:
        Config { tokens: true, joined: false, ticks: 4, ..Config::default() }
            .without(Rule::LoadAfterJoin);
    denials_that_have_no_room_are_forgotten:
        Config { tokens: true, denials: 0, ..Config::default() }.without(Rule::Overflow);
}

/// A replica is promoted that lacks what the reader has applied, and gives the number once more.
#[test]
fn positions_are_numbers_only() {
    let config = || Config {
        failovers: 1,
        ticks: 5,
        ..Config::two_revokers()
    };
    let broken = |config: Config| {
        let config = config.without(Rule::SameServer);
        config.with(Fault::BlindStore)
    };
    let applied = [
        Tick,
        Begin(0, 0),
        Send(1, 0),
        Handle(1, 0),
        Deliver(1, 0),
        FailOver,
    ];
    caught_after(broken(config()).without(Rule::Nonce), &applied);
    assert_eq!(
        explore_after(broken(config()), &applied, 20_000).violation,
        None
    );
}

/// What was read of a log that is gone comes to be cached behind a number of the new one.
#[test]
fn the_fence_forgets_the_incarnation() {
    let config = || {
        Config {
            cold: true,
            failovers: 1,
            ticks: 4,
            ..Config::two_revokers()
        }
        .without(Rule::FenceServer)
    };
    let read = [Begin(0, 0), Fill(1, 1), FillRead(1, false), FailOver];
    let waited = [Begin(2, 1), Tick, Tick, Tick, Poll(2, 0), Close(2, 0)];
    let begin = [read.as_slice(), &waited].concat();
    caught_after(config().without(Rule::FenceIncarnation), &begin);
    assert_eq!(explore_after(config(), &begin, 20_000).violation, None);
}

/// A replica that has not heard of the failover is read: its numbers are those of another log.
#[test]
fn the_fence_does_not_ask_whose_log_it_is() {
    let config = || Config {
        cold: true,
        replica: true,
        flushes: 1,
        joined: false,
        ticks: 3,
        ..Config::default()
    };
    caught(config().without(Rule::FenceServer));
}

/// The crate and the store each hold to these, so that both have to be broken above.
#[test]
fn some_rules_are_held_twice() {
    let clean = |config: Config| assert_eq!(explore(config, 8_000).violation, None);
    clean(
        Config {
            failovers: 1,
            ..Config::two_revokers()
        }
        .with(Fault::BlindStore),
    );
    clean(
        Config {
            rates: vec![SLOW, FAST],
            ..Config::two_keys()
        }
        .without(Rule::EvictByGranted),
    );
}
