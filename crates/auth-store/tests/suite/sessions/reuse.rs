//! Secrets that come back after they were spent.

use std::time::Duration;

use auth_core::session::{Changed, Revoke, SecretChange};

use super::{HOUR, MINUTE, WINDOW, at, change, hash};
use crate::backend::World;

const WINDOW_MS: i64 = WINDOW.as_millis() as i64;

pub async fn inside_the_window_a_spent_secret_gives_the_same_successor(world: World) {
    let (session, secret) = world.keep_one().await;
    let first = change(secret, hash());
    world.rotate(&first, at(0)).await;
    let again = change(secret, hash());
    match world.change(&again, at(WINDOW_MS - 1)).await {
        Changed::Again(same, salt) => {
            assert_eq!(same.id, session.id);
            assert_eq!(salt, first.salt);
        }
        other => panic!("expected the same successor, got {other:?}"),
    }
    assert!(world.find(&first.next, at(WINDOW_MS)).await.is_some());
    assert_eq!(world.find(&again.next, at(WINDOW_MS)).await, None);
}

pub async fn after_the_window_a_spent_secret_ends_the_session(world: World) {
    let (session, secret) = world.keep_one().await;
    let first = SecretChange {
        tokens_until: at(10 * MINUTE),
        ..change(secret, hash())
    };
    world.rotate(&first, at(0)).await;
    let late = at(WINDOW_MS + 1);
    match world.change(&change(secret, hash()), late).await {
        Changed::Reused(ended) => assert_eq!(ended.id, session.id),
        other => panic!("expected the session to end, got {other:?}"),
    }
    assert_eq!(world.find(&first.next, late).await, None);
    assert!(!world.is_live(&session, late).await);
    assert!(world.is_denied(&session, late).await);
    let listed = world.store().list(session.user_id, late).await;
    assert!(listed.unwrap().is_empty());
}

pub async fn an_ended_family_stays_unknown(world: World) {
    let (_, secret) = world.keep_one().await;
    let first = change(secret, hash());
    world.rotate(&first, at(0)).await;
    let late = at(WINDOW_MS + 1);
    let reused = world.change(&change(secret, hash()), late).await;
    assert!(matches!(reused, Changed::Reused(_)));
    for spent in [secret, first.next] {
        let after = world.change(&change(spent, hash()), late).await;
        assert!(matches!(after, Changed::Unknown));
    }
}

pub async fn without_a_window_a_spent_secret_ends_the_session_at_once(world: World) {
    let (session, secret) = world.keep_one().await;
    let at_once = |next| SecretChange {
        reuse_window: Duration::ZERO,
        ..change(secret, next)
    };
    world.rotate(&at_once(hash()), at(1)).await;
    let changed = world.change(&at_once(hash()), at(1)).await;
    assert!(matches!(changed, Changed::Reused(_)));
    assert!(!world.is_live(&session, at(1)).await);
}

pub async fn an_ancestor_counts_from_when_it_was_spent(world: World) {
    let (session, first) = world.keep_one().await;
    let (second, third) = (hash(), hash());
    let spending_first = change(first, second);
    world.rotate(&spending_first, at(0)).await;
    world.rotate(&change(second, third), at(5_000)).await;

    match world
        .change(&change(first, hash()), at(WINDOW_MS - 1))
        .await
    {
        Changed::Again(_, salt) => assert_eq!(salt, spending_first.salt),
        other => panic!("expected the same successor, got {other:?}"),
    }
    assert!(world.find(&third, at(WINDOW_MS)).await.is_some());

    let late = at(WINDOW_MS + 1);
    let changed = world.change(&change(first, hash()), late).await;
    assert!(matches!(changed, Changed::Reused(_)));
    assert!(!world.is_live(&session, late).await);
}

pub async fn a_spent_secret_is_remembered_as_long_as_its_session(world: World) {
    let (session, first) = world.keep_one().await;
    let mut secret = first;
    for n in 1..=20 {
        let next = hash();
        world
            .rotate(&change(secret, next), at(n * 20 * MINUTE))
            .await;
        secret = next;
    }
    world.store().purge(at(7 * HOUR)).await.unwrap();
    let changed = world.change(&change(first, hash()), at(7 * HOUR)).await;
    assert!(matches!(changed, Changed::Reused(_)));
    assert!(!world.is_live(&session, at(7 * HOUR)).await);
}

pub async fn a_spent_secret_of_a_dead_session_is_unknown(world: World) {
    let store = world.store();
    for revoked in [true, false] {
        let (session, secret) = world.keep_one().await;
        world.rotate(&change(secret, hash()), at(0)).await;
        let now = if revoked {
            let ended = store.revoke(session.user_id, Revoke::All, at(1)).await;
            assert_eq!(ended.unwrap(), 1);
            at(1)
        } else {
            at(30 * MINUTE)
        };
        let changed = world.change(&change(secret, hash()), now).await;
        assert!(matches!(changed, Changed::Unknown));
    }
}

pub async fn a_repeated_change_counts_as_use_and_covers_its_new_access_token(world: World) {
    let (session, secret) = world.keep_one().await;
    let with_tokens_until = |until| SecretChange {
        tokens_until: at(until),
        ..change(secret, hash())
    };
    world.rotate(&with_tokens_until(5 * MINUTE), at(0)).await;
    let now = at(WINDOW_MS / 2);
    match world.change(&with_tokens_until(6 * MINUTE), now).await {
        Changed::Again(again, _) => {
            assert_eq!(again.last_seen_at, now);
            assert_eq!(again.tokens_until, at(6 * MINUTE));
        }
        other => panic!("expected the same successor, got {other:?}"),
    }
    let ended = world.store().revoke(session.user_id, Revoke::All, now);
    assert_eq!(ended.await.unwrap(), 1);
    assert!(world.is_denied(&session, at(6 * MINUTE - 1)).await);
}
