//! Exchanging a secret for its successor.

use auth_core::session::{Changed, Revoke, SecretChange};
use auth_core::{Fingerprint, Session, Timestamp};

use super::{MINUTE, at, change, hash};
use crate::backend::World;
use crate::suite::{count, parallel};

pub async fn the_successor_takes_the_place_of_the_spent_secret(world: World) {
    let (session, secret) = world.keep_one().await;
    let change = SecretChange {
        tokens_until: at(10 * MINUTE),
        ..change(secret, hash())
    };
    let changed = world.rotate(&change, at(MINUTE)).await;
    let expected = Session {
        last_seen_at: at(MINUTE),
        tokens_until: at(10 * MINUTE),
        unused: true,
        ..session
    };
    assert_eq!(changed, expected);
    assert_eq!(world.find(&secret, at(2 * MINUTE)).await, None);
    let found = world.find(&change.next, at(2 * MINUTE)).await;
    assert_eq!(found, Some(expected.clone()));
    let found = world.again(&expected, at(2 * MINUTE)).await;
    assert_eq!(found, Some(expected));
}

pub async fn a_change_starts_the_idle_time_again(world: World) {
    let (session, secret) = world.keep_one().await;
    world.rotate(&change(secret, hash()), at(20 * MINUTE)).await;
    assert!(world.is_live(&session, at(49 * MINUTE)).await);
    assert!(!world.is_live(&session, at(50 * MINUTE)).await);
}

pub async fn an_unknown_secret_has_no_successor(world: World) {
    world.keep_one().await;
    let next = hash();
    let changed = world.change(&change(hash(), next), at(1)).await;
    assert!(matches!(changed, Changed::Unknown));
    assert_eq!(world.find(&next, at(1)).await, None);
}

pub async fn of_twenty_parallel_changes_one_is_fresh_and_the_others_agree_with_it(world: World) {
    let (session, secret) = world.keep_one().await;
    let changes: Vec<_> = (0..20).map(|_| change(secret, hash())).collect();
    let results = parallel(changes.len(), |n| {
        let (store, change) = (world.sessions.handle(n), changes[n]);
        async move { store.change_secret(session.kind, &change, at(1)).await }
    })
    .await;

    let fresh = |changed: &Changed| matches!(changed, Changed::Fresh(_));
    let results: Vec<_> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(count(&results, fresh), 1);
    let winner = changes[results.iter().position(fresh).unwrap()];
    for result in results.iter().filter(|result| !fresh(result)) {
        assert!(
            matches!(result, Changed::Again(_, salt) if *salt == winner.salt),
            "{result:?}"
        );
    }
    for change in &changes {
        let in_force = world.find(&change.next, at(2)).await.is_some();
        assert_eq!(in_force, change.next == winner.next);
    }
}

pub async fn a_change_that_races_with_revocation_leaves_no_live_session(world: World) {
    for _ in 0..100 {
        let (session, secret) = world.keep_one().await;
        let change = SecretChange {
            tokens_until: at(10 * MINUTE),
            ..change(secret, hash())
        };
        parallel(2, |n| {
            let store = world.sessions.handle(n);
            async move {
                match n {
                    0 => drop(
                        store
                            .revoke(session.user_id, Revoke::All, at(1))
                            .await
                            .unwrap(),
                    ),
                    _ => drop(
                        store
                            .change_secret(session.kind, &change, at(1))
                            .await
                            .unwrap(),
                    ),
                }
            }
        })
        .await;
        assert_all_dead(&world, &[secret, change.next], at(2)).await;
        let after = world
            .change(&super::change(change.next, hash()), at(2))
            .await;
        assert!(matches!(after, Changed::Unknown));
    }
}

async fn assert_all_dead(world: &World, secrets: &[Fingerprint], now: Timestamp) {
    for secret in secrets {
        assert_eq!(world.find(secret, now).await, None);
    }
}
