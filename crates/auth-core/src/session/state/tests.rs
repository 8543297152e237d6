//! The rules, case by case.

use std::net::IpAddr;

use super::*;
use crate::id::UserId;
use crate::secret::{Fingerprint, Secret};
use crate::session::{Device, SecretKind, Spent};

const MINUTE: i64 = 60_000;
const WINDOW: Duration = Duration::from_secs(10);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

/// Ends when idle for half an hour, or after twelve hours.
fn session() -> Session {
    Session {
        id: SessionId::generate(),
        user_id: UserId::generate(),
        kind: SecretKind::Refresh,
        credentials_version: 0,
        created_at: at(0),
        last_seen_at: at(0),
        auth_time: at(0),
        idle: Duration::from_secs(30 * 60),
        ends_at: at(12 * 60 * MINUTE),
        remember: false,
        device: Device::new("test", IpAddr::from([192, 0, 2, 1])),
        tokens_until: Timestamp::default(),
        unused: false,
        identity: None,
        assurance: super::super::Assurance::default(),
    }
}

fn secret() -> Fingerprint {
    Secret::generate().fingerprint()
}

/// A session that was found by a secret which is not in force.
fn found(session: Session, spent: Option<Spent>) -> Found {
    Found {
        session,
        secret: secret().secret,
        spent,
        as_stored: String::new(),
        user: None,
    }
}

fn spent(millis: i64, is_latest: bool) -> Option<Spent> {
    let (salt, at) = (Salt::generate(), at(millis));
    Some(Spent {
        salt,
        at,
        is_latest,
    })
}

fn exchange(presented: SecretHash, millis: i64) -> Exchange {
    Exchange {
        presented,
        now: at(millis),
        kind: SecretKind::Refresh,
        tokens_until: at(millis + 5 * MINUTE),
        reuse_window: WINDOW,
    }
}

/// What becomes of a session whose spent secret comes back.
fn comes_back(found: &Found, millis: i64, reuse_window: Duration) -> Turn {
    let exchange = exchange(secret().secret, millis);
    Exchange {
        reuse_window,
        ..exchange
    }
    .decide(found)
}

#[test]
fn a_session_lives_until_it_was_idle_for_too_long_and_no_longer_than_it_may() {
    let session = session();
    assert!(session.is_live(at(30 * MINUTE - 1)));
    assert!(!session.is_live(at(30 * MINUTE)));
    let used = session.used(at(11 * 60 * MINUTE + 50 * MINUTE));
    assert!(used.is_live(at(12 * 60 * MINUTE - 1)));
    assert!(!used.is_live(at(12 * 60 * MINUTE)));
    assert_eq!(used.used(at(5)).last_seen_at, used.last_seen_at);
}

#[test]
fn a_session_matters_as_long_as_its_access_tokens() {
    let session = Session {
        tokens_until: at(40 * MINUTE),
        ..session()
    };
    assert!(!session.is_over(at(40 * MINUTE - 1)));
    assert!(session.is_over(at(40 * MINUTE)));
    assert!(!session.is_over(at(0)));
}

#[test]
fn the_secret_in_force_is_spent_and_its_successor_unused() {
    let found = found(session(), None);
    let expected = Session {
        last_seen_at: at(7),
        tokens_until: at(7 + 5 * MINUTE),
        unused: true,
        ..found.session.clone()
    };
    let turn = exchange(found.secret, 7).decide(&found);
    assert_eq!(turn, Turn::Spend(expected));
}

#[test]
fn a_secret_in_force_makes_the_session_one_of_its_successors_kind() {
    let found = found(session(), None);
    let kind = SecretKind::Cookie;
    let exchange = Exchange {
        kind,
        ..exchange(found.secret, 7)
    };
    let Turn::Spend(next) = exchange.decide(&found) else {
        panic!("it is in force");
    };
    assert_eq!(next.kind, kind);
}

#[test]
fn a_spent_secret_is_forgiven_within_the_window_whatever_it_was_followed_by() {
    for is_latest in [true, false] {
        let found = found(session(), spent(0, is_latest));
        let salt = found.spent.unwrap().salt;
        for (millis, forgiven) in [(9_999, true), (10_000, false)] {
            let turn = comes_back(&found, millis, WINDOW);
            match turn {
                Turn::Repeat(session, same) => {
                    assert!(forgiven && same == salt);
                    assert_eq!(session.last_seen_at, at(millis));
                    assert_eq!(session.tokens_until, at(millis + 5 * MINUTE));
                }
                other => assert!(!forgiven && other == Turn::End, "{other:?}"),
            }
            assert_eq!(comes_back(&found, millis, Duration::ZERO), Turn::End);
        }
    }
}

#[test]
fn a_successor_that_nobody_has_used_is_told_again_at_any_time() {
    let unused = Session {
        unused: true,
        ..session()
    };
    let latest = found(unused.clone(), spent(0, true));
    let turn = comes_back(&latest, 20 * MINUTE, WINDOW);
    assert!(matches!(&turn, Turn::Repeat(session, _) if session.unused));
    assert_eq!(comes_back(&latest, 20 * MINUTE, Duration::ZERO), Turn::End);
    let older = found(unused, spent(0, false));
    assert_eq!(comes_back(&older, 20 * MINUTE, WINDOW), Turn::End);
}

#[test]
fn a_secret_of_which_nothing_but_the_family_is_known_is_theft() {
    assert_eq!(comes_back(&found(session(), None), 1, WINDOW), Turn::End);
}

#[test]
fn a_use_is_noted_when_the_last_one_is_stale_or_the_first_of_a_secret() {
    let unused = Session {
        unused: true,
        ..session()
    };
    let found = found(unused, None);
    let note = |by: Option<&SecretHash>, millis| {
        let next = after_use(&found, by, at(millis))?;
        Some((next.unused, next.last_seen_at))
    };
    let (own, other) = (found.secret, secret().secret);
    assert_eq!(note(Some(&own), 1), Some((false, at(1))));
    for by in [None, Some(&other)] {
        let stale = MINUTE - 5_000;
        assert_eq!(note(by, stale - 1), None);
        assert_eq!(note(by, stale), Some((true, at(stale))));
    }
}

#[test]
fn a_session_of_a_kind_to_come_is_never_written_anew() {
    let to_come = Session {
        kind: SecretKind::Later,
        unused: true,
        ..session()
    };
    let found = found(to_come, None);
    for by in [None, Some(&found.secret)] {
        assert_eq!(after_use(&found, by, at(10 * MINUTE)), None);
    }
}

#[test]
fn the_oldest_live_sessions_are_too_many_and_whoever_sees_more_agrees() {
    let begun = |millis: i64| Session {
        created_at: at(millis),
        // Having been used does not make a session younger.
        last_seen_at: at(100 - millis),
        ..session()
    };
    let dead = Session {
        last_seen_at: at(-30 * MINUTE),
        ..begun(50)
    };
    let mut sessions = vec![begun(2), begun(0), begun(1), dead];
    let now = at(1);
    let too_many = excess(sessions.clone(), 2, now);
    assert_eq!(too_many, [sessions[1].id]);
    assert!(excess(sessions.clone(), 3, now).is_empty());
    sessions.push(begun(3));
    let more = excess(sessions.clone(), 2, now);
    assert_eq!(more, [sessions[2].id, sessions[1].id]);
    let left = sessions.iter().filter(|one| !too_many.contains(&one.id));
    assert_eq!(excess(left.cloned().collect(), 2, now), [sessions[2].id]);
}

#[test]
fn the_live_are_listed_from_the_latest_used() {
    let used = |millis: i64| Session {
        last_seen_at: at(millis),
        ..session()
    };
    let sessions = vec![used(1), used(2), used(-30 * MINUTE), used(0)];
    let listed: Vec<_> = live(sessions, at(3))
        .iter()
        .map(|one| one.last_seen_at)
        .collect();
    assert_eq!(listed, [at(2), at(1), at(0)]);
}

#[test]
fn what_is_over_is_left_to_be_purged() {
    let over = Session {
        last_seen_at: at(-30 * MINUTE),
        ..session()
    };
    let with_tokens = Session {
        tokens_until: at(5),
        ..over.clone()
    };
    let sessions = [
        session(),
        over,
        Session {
            id: SessionId::generate(),
            ..with_tokens
        },
    ];
    let [live, _, with_tokens] = [0, 1, 2].map(|n: usize| sessions[n].id);
    let concerned = |which| concerned(&sessions, which, at(1));
    assert_eq!(concerned(Revoke::All), [live, with_tokens]);
    assert_eq!(concerned(Revoke::Others(live)), [with_tokens]);
    assert_eq!(concerned(Revoke::One(live)), [live]);
}
