//! Exchanging a secret for its successor.

use std::time::Duration;

use auth_core::session::{Revoke, Rotation, SecretKind};
use auth_core::{Secret, Session};

use super::{MINUTE, at, same, secret};
use crate::backend::World;
use crate::suite::{count, parallel};

pub async fn the_successor_takes_the_place_of_the_spent_secret(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let rotation = managed.exchange(&session, &secret, MINUTE).await;
    let Rotation::Rotated {
        session: rotated,
        secret: next,
        user,
        again: false,
    } = rotation
    else {
        panic!("expected a successor, got {rotation:?}");
    };
    assert_eq!(user.id, session.user_id);
    assert!(rotated.tokens_until > at(6 * MINUTE));
    let expected = Session {
        last_seen_at: at(MINUTE),
        tokens_until: rotated.tokens_until,
        unused: true,
        ..session
    };
    assert_eq!(rotated, expected);
    assert_eq!(world.find(&secret, at(2 * MINUTE)).await, None);
    let found = world.find(&next, at(2 * MINUTE)).await;
    assert_eq!(found, Some(expected.clone()));
    let found = world.again(&expected, at(2 * MINUTE)).await;
    assert_eq!(found, Some(expected));
}

pub async fn a_change_starts_the_idle_time_again(world: World) {
    let (session, secret) = world.keep_one().await;
    world.managed().rotate(&session, &secret, 20 * MINUTE).await;
    assert!(world.is_live(&session, at(49 * MINUTE)).await);
    assert!(!world.is_live(&session, at(50 * MINUTE)).await);
}

pub async fn an_unknown_secret_has_no_successor(world: World) {
    let (session, _) = world.keep_one().await;
    let unknown = secret(SecretKind::Refresh);
    let rotation = world.managed().exchange(&session, &unknown, 1).await;
    assert!(matches!(rotation, Rotation::Refused));
    assert!(world.is_live(&session, at(1)).await);
}

pub async fn parallel_exchanges_of_one_secret_all_get_the_same_successor(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    managed.at(1);
    let rotations = parallel(20, |n| {
        let (manager, secret, kind) = (managed.handle(n), secret.clone(), session.kind);
        async move {
            let rotation = manager
                .rotate(kind, &secret, same(kind, Duration::ZERO))
                .await;
            rotation.unwrap()
        }
    })
    .await;
    let successors: Vec<_> = rotations.iter().filter_map(successor).collect();
    assert_eq!(successors.len(), rotations.len());
    let first = successors[0].hash();
    assert_eq!(count(&successors, |next| next.hash() == first), 20);
    assert!(world.find(successors[0], at(2)).await.is_some());
    // The secret was spent once: one further exchange is the second.
    let next = managed.rotate(&session, successors[0], 3).await;
    assert!(world.find(&next, at(4)).await.is_some());
}

/// Clients whose clocks and requests are spread out over the reuse window.
pub async fn exchanges_at_different_times_disturb_each_other_little(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let rotations = parallel(30, |n| {
        managed.at(n as i64);
        let (manager, secret, kind) = (managed.handle(n), secret.clone(), session.kind);
        async move {
            let rotation = manager
                .rotate(kind, &secret, same(kind, Duration::from_secs(60)))
                .await;
            rotation.unwrap()
        }
    })
    .await;
    assert!(rotations.iter().all(|one| successor(one).is_some()));
}

fn successor(rotation: &Rotation) -> Option<&Secret> {
    match rotation {
        Rotation::Rotated { secret, .. } => Some(secret),
        _ => None,
    }
}

pub async fn a_change_that_races_with_revocation_leaves_no_live_session(world: World) {
    let managed = world.managed();
    for _ in 0..100 {
        let (session, secret) = world.keep_one().await;
        managed.at(1);
        let rotations = parallel(2, |n| {
            let (manager, secret) = (managed.handle(n), secret.clone());
            let (user, kind) = (session.user_id, session.kind);
            async move {
                if n == 0 {
                    manager.revoke(user, Revoke::All).await.unwrap();
                    return None;
                }
                let rotation = manager
                    .rotate(kind, &secret, same(kind, Duration::ZERO))
                    .await;
                successor(&rotation.unwrap()).cloned()
            }
        })
        .await;
        for secret in rotations.into_iter().flatten().chain([secret]) {
            assert_eq!(world.find(&secret, at(2)).await, None);
            let after = managed.exchange(&session, &secret, 2).await;
            assert!(matches!(after, Rotation::Refused), "{after:?}");
        }
    }
}
