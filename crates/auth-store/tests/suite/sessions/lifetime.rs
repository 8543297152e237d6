//! Idle and absolute expiry, and what counts as a use.

use std::time::Duration;

use auth_core::Session;
use auth_core::session::{Changed, Revoke};

use super::{HOUR, MINUTE, at, change, hash, session};
use crate::backend::World;
use crate::suite::parallel;

pub async fn an_unused_session_ends_after_its_idle_time(world: World) {
    let (session, secret) = world.keep_one().await;
    let last = 30 * MINUTE - 1;
    assert!(world.find(&secret, at(last)).await.is_some());
    assert!(world.is_live(&session, at(last)).await);
    assert_eq!(world.find(&secret, at(last + 1)).await, None);
    assert!(!world.is_live(&session, at(last + 1)).await);
}

pub async fn a_use_starts_the_idle_time_again(world: World) {
    let (session, secret) = world.keep_one().await;
    assert!(
        world
            .store()
            .touch(session.id, session.user_id, None, at(20 * MINUTE))
            .await
            .unwrap()
    );
    let found = world.find(&secret, at(40 * MINUTE)).await.unwrap();
    assert_eq!(found.last_seen_at, at(20 * MINUTE));
    assert_eq!(world.find(&secret, at(50 * MINUTE)).await, None);
}

pub async fn a_use_that_is_reported_late_takes_nothing_back(world: World) {
    let (session, secret) = world.keep_one().await;
    let store = world.store();
    for minutes in [20, 10] {
        let used = store
            .touch(session.id, session.user_id, None, at(minutes * MINUTE))
            .await;
        assert!(used.unwrap());
    }
    let next = hash();
    world.rotate(&change(secret, next), at(5 * MINUTE)).await;
    let found = world.find(&next, at(50 * MINUTE - 1)).await.unwrap();
    assert_eq!(found.last_seen_at, at(20 * MINUTE));
}

pub async fn no_use_carries_a_session_beyond_its_absolute_end(world: World) {
    let session = Session {
        idle: Duration::from_secs(7200),
        ends_at: at(3 * HOUR),
        ..session(world.user().await)
    };
    let secret = world.keep(&session).await;
    let store = world.store();
    assert!(
        store
            .touch(session.id, session.user_id, None, at(HOUR))
            .await
            .unwrap()
    );
    let next = hash();
    world.rotate(&change(secret, next), at(2 * HOUR)).await;
    assert!(
        store
            .touch(session.id, session.user_id, None, at(3 * HOUR - 1))
            .await
            .unwrap()
    );
    assert!(world.find(&next, at(3 * HOUR - 1)).await.is_some());
    assert_eq!(world.find(&next, at(3 * HOUR)).await, None);
}

pub async fn a_session_that_is_over_can_not_be_used_again(world: World) {
    let (session, secret) = world.keep_one().await;
    let store = world.store();
    let over = at(30 * MINUTE);
    assert!(
        !store
            .touch(session.id, session.user_id, None, over)
            .await
            .unwrap()
    );
    let changed = world.change(&change(secret, hash()), over).await;
    assert!(matches!(changed, Changed::Unknown));
    assert_eq!(
        store
            .revoke(session.user_id, Revoke::All, over)
            .await
            .unwrap(),
        0
    );
}

pub async fn a_revoked_session_can_not_be_used_again(world: World) {
    let (session, secret) = world.keep_one().await;
    let store = world.store();
    let one = Revoke::One(session.id);
    assert_eq!(store.revoke(session.user_id, one, at(1)).await.unwrap(), 1);
    assert!(
        !store
            .touch(session.id, session.user_id, None, at(2))
            .await
            .unwrap()
    );
    let next = hash();
    let changed = world.change(&change(secret, next), at(2)).await;
    assert!(matches!(changed, Changed::Unknown));
    for secret in [secret, next] {
        assert_eq!(world.find(&secret, at(2)).await, None);
    }
    assert!(!world.is_live(&session, at(2)).await);
    assert!(store.list(session.user_id, at(2)).await.unwrap().is_empty());
}

pub async fn a_use_that_races_with_revocation_brings_nothing_back(world: World) {
    for _ in 0..50 {
        let (session, secret) = world.keep_one().await;
        let (user, id) = (session.user_id, session.id);
        parallel(4, |n| {
            let store = world.sessions.handle(n);
            async move {
                match n {
                    0 => drop(store.revoke(user, Revoke::All, at(1)).await.unwrap()),
                    _ => drop(store.touch(id, user, None, at(1)).await.unwrap()),
                }
            }
        })
        .await;
        assert_eq!(world.find(&secret, at(1)).await, None);
        assert!(!world.is_live(&session, at(1)).await);
    }
}
