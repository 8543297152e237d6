//! Secrets that come back after they were spent.

use std::time::Duration;

use auth_core::session::{Changed, KEPT_SPENT, Revoke, SecretChange, SecretKind};
use auth_core::{Fingerprint, Session};

use super::{HOUR, MINUTE, WINDOW, at, change, hash, relative, session};
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
    world.use_secret(&session, first.next, at(1)).await;
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
    let (session, secret) = world.keep_one().await;
    let first = change(secret, hash());
    world.rotate(&first, at(0)).await;
    world.use_secret(&session, first.next, at(1)).await;
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

pub async fn a_lost_successor_is_told_again_at_any_time(world: World) {
    let (session, secret) = world.keep_one().await;
    let first = change(secret, hash());
    assert!(world.rotate(&first, at(0)).await.unused);
    for late in [WINDOW_MS + 1, 20 * MINUTE, 40 * MINUTE] {
        match world.change(&change(secret, hash()), at(late)).await {
            Changed::Again(same, salt) => {
                assert_eq!((same.id, salt), (session.id, first.salt));
                assert!(same.unused);
            }
            other => panic!("expected the same successor, got {other:?}"),
        }
    }
    assert!(world.find(&first.next, at(41 * MINUTE)).await.is_some());
    // Within the idle time: a session that is over tells nothing.
    let over = world.change(&change(secret, hash()), at(70 * MINUTE)).await;
    assert!(matches!(over, Changed::Unknown));
}

/// By whom it is used does not matter: whoever comes second is not the first.
pub async fn once_the_successor_was_used_the_predecessor_is_theft(world: World) {
    for kind in [SecretKind::Cookie, SecretKind::Refresh, SecretKind::Bearer] {
        let kept = Session {
            kind,
            ..session(world.user().await)
        };
        let secret = world.keep(&kept).await;
        let first = change(secret, hash());
        world.change_as(kind, &first, at(0)).await;
        match kind {
            SecretKind::Cookie | SecretKind::Bearer => {
                world.use_secret(&kept, first.next, at(1)).await;
            }
            SecretKind::Refresh => {
                let next = change(first.next, hash());
                let fresh = world.change_as(kind, &next, at(1)).await;
                assert!(matches!(fresh, Changed::Fresh(_)));
            }
        }
        let soon = world.change_as(kind, &change(secret, hash()), at(2)).await;
        assert!(matches!(soon, Changed::Again(..)), "{soon:?}");
        let late = at(WINDOW_MS + 2);
        let late = world.change_as(kind, &change(secret, hash()), late).await;
        assert!(matches!(late, Changed::Reused(_)), "{late:?}");
    }
}

pub async fn a_use_by_id_or_by_an_older_secret_does_not_count(world: World) {
    let (session, secret) = world.keep_one().await;
    let first = change(secret, hash());
    world.rotate(&first, at(0)).await;
    let store = world.store();
    for used in [None, Some(&secret.secret)] {
        assert!(
            store
                .touch(session.id, session.user_id, used, at(1))
                .await
                .unwrap()
        );
    }
    let late = world
        .change(&change(secret, hash()), at(WINDOW_MS + 1))
        .await;
    assert!(matches!(late, Changed::Again(..)), "{late:?}");
}

pub async fn without_a_window_a_lost_successor_is_not_told_again(world: World) {
    let (_, secret) = world.keep_one().await;
    world.rotate(&change(secret, hash()), at(0)).await;
    let strict = SecretChange {
        reuse_window: Duration::ZERO,
        ..change(secret, hash())
    };
    let again = world.change(&strict, at(1)).await;
    assert!(matches!(again, Changed::Reused(_)));
}

/// A server whose clock is half a minute ahead has seen the session.
pub async fn a_clock_that_is_ahead_does_not_shorten_the_window(world: World) {
    let (session, first) = world.keep_one().await;
    let ahead = MINUTE / 2;
    let store = world.store();
    assert!(
        store
            .touch(session.id, session.user_id, None, at(ahead))
            .await
            .unwrap()
    );
    let (second, third) = (hash(), hash());
    world.rotate(&change(first, second), at(1)).await;
    let used = world.rotate(&change(second, third), at(2)).await;
    assert_eq!(used.last_seen_at, at(ahead));
    let again = world.change(&change(first, hash()), at(ahead + 3)).await;
    assert!(matches!(again, Changed::Again(..)), "{again:?}");
}

pub async fn of_spent_secrets_the_latest_are_kept_and_the_others_are_theft(world: World) {
    for kept in [true, false] {
        let (session, first) = world.keep_one().await;
        let mut secret = first;
        let changes = KEPT_SPENT + usize::from(!kept);
        for _ in 0..changes {
            let next = relative(secret);
            world.rotate(&change(secret, next), at(0)).await;
            secret = next;
        }
        let changed = world.change(&change(first, relative(first)), at(1)).await;
        match kept {
            true => assert!(matches!(changed, Changed::Again(..)), "{changed:?}"),
            false => assert!(matches!(changed, Changed::Reused(_)), "{changed:?}"),
        }
        assert_eq!(world.is_live(&session, at(1)).await, kept);
    }
}

pub async fn every_secret_of_a_session_leads_to_it(world: World) {
    let (session, first) = world.keep_one().await;
    let mut secret = first;
    for _ in 0..KEPT_SPENT + 2 {
        let next = relative(secret);
        world.rotate(&change(secret, next), at(0)).await;
        secret = next;
    }
    let trace = async |kind, secret: Fingerprint, now| {
        let traced = world.store().trace(kind, &secret, now).await.unwrap();
        traced.map(|session| session.id)
    };
    for secret in [first, secret, relative(first)] {
        let found = trace(SecretKind::Refresh, secret, at(1)).await;
        assert_eq!(found, Some(session.id));
        assert_eq!(trace(SecretKind::Cookie, secret, at(1)).await, None);
        assert_eq!(trace(SecretKind::Refresh, secret, at(HOUR)).await, None);
    }
    assert_eq!(trace(SecretKind::Refresh, hash(), at(1)).await, None);
    let ended = world.store().revoke(session.user_id, Revoke::All, at(1));
    assert_eq!(ended.await.unwrap(), 1);
    assert_eq!(trace(SecretKind::Refresh, first, at(1)).await, None);
}

pub async fn a_spent_secret_is_remembered_as_long_as_its_session(world: World) {
    let (session, first) = world.keep_one().await;
    let mut secret = first;
    for n in 1..=20 {
        let next = relative(secret);
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
