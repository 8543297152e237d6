//! The list of a user's devices.

use std::time::Duration;

use auth_core::Session;
use auth_core::session::{Age, Revoke, SecretKind, Tally};

use super::{HOUR, MINUTE, at, session};
use crate::backend::World;

pub async fn the_list_starts_with_the_latest_used(world: World) {
    let user = world.user().await;
    let mut sessions = vec![];
    for n in 0..3 {
        let kept = Session {
            created_at: at(n),
            last_seen_at: at(n),
            ..session(user)
        };
        world.keep(&kept).await;
        sessions.push(kept);
    }
    let managed = world.managed();
    assert!(managed.uses_id(&sessions[1], 2 * MINUTE).await);
    let listed = managed.list(user, 3 * MINUTE).await;
    let ids: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [1, 2, 0].map(|n: usize| sessions[n].id));
    assert_eq!(listed[0].last_seen_at, at(2 * MINUTE));
}

pub async fn the_list_shows_only_what_is_live(world: World) {
    let user = world.user().await;
    let used = session(user);
    let unused = session(user);
    let revoked = session(user);
    for session in [&used, &unused, &revoked] {
        world.keep(session).await;
    }
    let managed = world.managed();
    assert!(managed.uses_id(&used, MINUTE).await);
    let one = Revoke::One(revoked.id);
    assert_eq!(managed.revoke(user, one, MINUTE).await, 1);
    let listed = managed.list(user, 30 * MINUTE).await;
    let ids: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [used.id]);
}

pub async fn the_list_shows_only_ones_own(world: World) {
    let (mine, _) = world.keep_one().await;
    world.keep_one().await;
    let managed = world.managed();
    let user = mine.user_id;
    assert_eq!(managed.list(user, 1).await, [mine]);
    assert!(managed.list(world.user().await, 1).await.is_empty());
}

/// A newer server may have opened it, beside which this one runs for the time of a roll-out.
pub async fn a_session_of_a_kind_to_come_is_listed_counted_and_ended_but_not_used(world: World) {
    let user = world.user().await;
    let to_come = Session {
        kind: SecretKind::Later,
        ..session(user)
    };
    let secret = world.keep(&to_come).await;
    let managed = world.managed_with_max(2);
    assert_eq!(managed.list(user, 1).await, std::slice::from_ref(&to_come));
    for kind in [SecretKind::Cookie, SecretKind::Refresh, SecretKind::Bearer] {
        let alike = Session {
            kind,
            ..to_come.clone()
        };
        assert!(!managed.uses(&alike, &secret, 1).await, "{kind:?}");
    }
    for n in 2..4 {
        managed.open(user, n).await;
    }
    let listed = managed.list(user, 4).await;
    assert!(listed.len() == 2 && !listed.contains(&to_come));
    let another = Session {
        kind: SecretKind::Later,
        ..session(user)
    };
    world.keep(&another).await;
    assert_eq!(managed.revoke(user, Revoke::All, 5).await, 3);
    assert!(!world.is_live(&another, at(5)).await);
}

pub async fn live_sessions_are_counted_by_kind_and_age(world: World) {
    const DAY: i64 = 24 * HOUR;
    let now = 90 * DAY;
    let mut tally = Tally::default();
    for (kind, ago) in [
        (SecretKind::Cookie, 0),
        (SecretKind::Cookie, HOUR - 1),
        (SecretKind::Cookie, HOUR),
        (SecretKind::Refresh, 7 * DAY - 1),
        (SecretKind::Bearer, 29 * DAY),
        (SecretKind::Bearer, 31 * DAY),
        (SecretKind::Later, 10),
        (SecretKind::Refresh, 61 * DAY),
    ] {
        let kept = Session {
            kind,
            last_seen_at: at(now - ago),
            idle: Duration::from_secs(60 * 24 * 3600),
            ends_at: at(100 * DAY),
            ..session(world.user().await)
        };
        world.keep(&kept).await;
        tally.count([&kept], at(now));
    }
    assert_eq!(
        SecretKind::ALL.map(|kind| tally.of_kind(kind)),
        [3, 1, 2, 1]
    );
    assert_eq!(tally.of(SecretKind::Cookie, Age::Day), 1);
    for (at_most, counted) in [(100, 7), (3, 3)] {
        let live = world.store().live(at_most, at(now)).await.unwrap();
        assert!(live.is_none_or(|live| live == counted), "{live:?}");
    }
    if let Some(counted) = world.store().tally(at(now)).await.unwrap() {
        assert_eq!(counted, tally);
    }
}
