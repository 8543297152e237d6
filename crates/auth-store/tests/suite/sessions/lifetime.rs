//! Idle and absolute expiry, and what counts as a use.

use std::time::Duration;

use auth_core::Session;
use auth_core::session::{Revoke, Rotation};

use super::{HOUR, MINUTE, at, session};
use crate::backend::World;
use crate::suite::parallel;

pub async fn an_unused_session_ends_after_its_idle_time(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let last = 30 * MINUTE - 1;
    assert!(world.is_live(&session, at(last)).await);
    for over in [30 * MINUTE, 40 * MINUTE] {
        assert!(!managed.uses(&session, &secret, over).await);
        assert!(!managed.uses_id(&session, over).await);
    }
    assert!(managed.uses(&session, &secret, last).await);
}

pub async fn a_use_starts_the_idle_time_again(world: World) {
    let (session, secret) = world.keep_one().await;
    assert!(world.managed().uses_id(&session, 20 * MINUTE).await);
    let found = world.find(&secret, at(40 * MINUTE)).await.unwrap();
    assert_eq!(found.last_seen_at, at(20 * MINUTE));
    assert_eq!(world.find(&secret, at(50 * MINUTE)).await, None);
}

pub async fn uses_are_written_when_they_are_told_to_be(world: World) {
    let (session, secret) = world.keep_one().await;
    let (other, other_secret) = world.keep_one().await;
    let managed = world.managed_behind();
    for minutes in [10, 20] {
        assert!(managed.uses(&session, &secret, minutes * MINUTE).await);
    }
    assert!(managed.uses_id(&other, 20 * MINUTE).await);
    let seen = async |secret| {
        world
            .find(secret, at(20 * MINUTE))
            .await
            .unwrap()
            .last_seen_at
    };
    assert_eq!(
        [seen(&secret).await, seen(&other_secret).await],
        [at(0), at(0)]
    );
    managed.write_uses().await;
    let noted = [at(20 * MINUTE), at(20 * MINUTE)];
    assert_eq!([seen(&secret).await, seen(&other_secret).await], noted);
}

pub async fn a_use_that_waits_brings_no_session_back(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed_behind();
    assert!(managed.uses(&session, &secret, 10 * MINUTE).await);
    let one = Revoke::One(session.id);
    assert_eq!(managed.revoke(session.user_id, one, 10 * MINUTE).await, 1);
    managed.write_uses().await;
    assert!(!managed.uses(&session, &secret, 11 * MINUTE).await);
}

pub async fn a_use_that_is_reported_late_takes_nothing_back(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    for minutes in [20, 10] {
        assert!(managed.uses_id(&session, minutes * MINUTE).await);
    }
    let next = managed.rotate(&session, &secret, 5 * MINUTE).await;
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
    let managed = world.managed();
    assert!(managed.uses_id(&session, HOUR).await);
    let next = managed.rotate(&session, &secret, 2 * HOUR).await;
    assert!(managed.uses(&session, &next, 3 * HOUR - 1).await);
    assert!(!managed.uses(&session, &next, 3 * HOUR).await);
}

pub async fn a_session_that_is_over_can_not_be_used_again(world: World) {
    let (session, secret) = world.keep_one().await;
    let (managed, over) = (world.managed(), 30 * MINUTE);
    assert!(!managed.uses_id(&session, over).await);
    let rotation = managed.exchange(&session, &secret, over).await;
    assert!(matches!(rotation, Rotation::Refused));
    let ended = managed.revoke(session.user_id, Revoke::All, over).await;
    assert_eq!(ended, 0);
}

pub async fn a_revoked_session_can_not_be_used_again(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let one = Revoke::One(session.id);
    assert_eq!(managed.revoke(session.user_id, one, 1).await, 1);
    assert!(!managed.uses_id(&session, 2).await);
    assert!(!managed.uses(&session, &secret, 2).await);
    let rotation = managed.exchange(&session, &secret, 2).await;
    assert!(matches!(rotation, Rotation::Refused));
    assert!(!world.is_live(&session, at(2)).await);
    assert!(managed.list(session.user_id, 2).await.is_empty());
}

pub async fn a_use_that_races_with_revocation_brings_nothing_back(world: World) {
    let managed = world.managed();
    for _ in 0..50 {
        let (session, secret) = world.keep_one().await;
        let (user, id) = (session.user_id, session.id);
        managed.at(2 * MINUTE);
        parallel(4, |n| {
            let manager = managed.handle(n);
            async move {
                match n {
                    0 => drop(manager.revoke(user, Revoke::All).await.unwrap()),
                    _ => drop(manager.find_by_id(id, user).await.unwrap()),
                }
            }
        })
        .await;
        assert_eq!(world.find(&secret, at(2 * MINUTE)).await, None);
        assert!(!world.is_live(&session, at(2 * MINUTE)).await);
    }
}

/// Many requests at once of one client, whose session was last seen long ago.
pub async fn parallel_uses_are_all_let_in_and_one_of_them_is_noted(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    managed.at(2 * MINUTE);
    let found = parallel(20, |n| {
        let (manager, secret, kind) = (managed.handle(n), secret.clone(), session.kind);
        async move { manager.find(kind, &secret).await.unwrap() }
    })
    .await;
    assert!(found.iter().all(Option::is_some));
    let now = at(2 * MINUTE);
    assert_eq!(world.again(&session, now).await.unwrap().last_seen_at, now);
}
