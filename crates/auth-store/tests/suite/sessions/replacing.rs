//! A session is written as it was decided on what was read, or not at all.

use std::collections::HashSet;

use auth_core::session::{Found, SessionKey};
use auth_core::{Session, Timestamp};

use super::{MINUTE, at, change, hash, id, session};
use crate::backend::World;
use crate::suite::{count, parallel};

async fn read(world: &World, session: &Session) -> Found {
    world.get(id(session)).await.unwrap()
}

fn used(session: &Session, now: Timestamp) -> Session {
    Session {
        last_seen_at: now,
        ..session.clone()
    }
}

pub async fn what_is_as_it_was_read_is_replaced(world: World) {
    let (kept, secret) = world.keep_one().await;
    let next = Session {
        last_seen_at: at(MINUTE),
        tokens_until: at(2 * MINUTE),
        unused: true,
        ..kept.clone()
    };
    let found = read(&world, &kept).await;
    let replaced = world.store().replace(&found, &next, None, at(MINUTE)).await;
    assert!(replaced.unwrap());
    assert_eq!(world.find(&secret, at(MINUTE)).await, Some(next.clone()));

    let found = read(&world, &kept).await;
    let change = change(secret.fingerprint(), at(MINUTE));
    let last = Session {
        unused: false,
        ..next
    };
    let (store, now) = (world.store(), at(MINUTE));
    let replaced = store.replace(&found, &last, Some(&change), now).await;
    assert!(replaced.unwrap());
    assert_eq!(world.find(&secret, now).await, None);
    let found = world.get(SessionKey::Secret(change.next.secret)).await;
    assert_eq!(found.unwrap().session, last);
    assert_eq!(read(&world, &kept).await.session, last);
}

/// Each of what a use or a rotation writes counts as a change by itself.
pub async fn what_has_changed_since_it_was_read_is_not_replaced(world: World) {
    for n in 0..4 {
        let (kept, secret) = world.keep_one().await;
        let (store, found) = (world.store(), read(&world, &kept).await);
        let mut other = kept.clone();
        match n {
            0 => other.last_seen_at = at(1),
            1 => other.tokens_until = at(MINUTE),
            2 => other.unused = true,
            _ => {}
        }
        let first = change(secret.fingerprint(), at(1));
        let first = (n == 3).then_some(&first);
        assert!(store.replace(&found, &other, first, at(1)).await.unwrap());
        let second = change(secret.fingerprint(), at(2));
        for change in [None, Some(&second)] {
            let next = used(&kept, at(2));
            let replaced = store.replace(&found, &next, change, at(2)).await;
            assert!(!replaced.unwrap(), "{n}");
        }
        assert_eq!(read(&world, &kept).await.session, other);
        let second = world.get(SessionKey::Secret(second.next.secret)).await;
        assert!(second.is_none());
    }
}

pub async fn of_parallel_replacements_of_what_was_read_one_is_made(world: World) {
    let (kept, secret) = world.keep_one().await;
    let found = read(&world, &kept).await;
    let changes: Vec<_> = (0..20)
        .map(|_| change(secret.fingerprint(), at(1)))
        .collect();
    let made = parallel(changes.len(), |n| {
        let (store, found, change) = (world.sessions.handle(n), found.clone(), changes[n]);
        let next = used(&kept, at(1));
        async move {
            let replaced = store.replace(&found, &next, Some(&change), at(1));
            replaced.await.unwrap()
        }
    })
    .await;
    assert_eq!(count(&made, |made| *made), 1);
    for (change, made) in changes.iter().zip(made) {
        let found = world.get(SessionKey::Secret(change.next.secret)).await;
        assert_eq!(found.is_some(), made);
    }
}

pub async fn a_replacement_that_races_with_deletion_brings_nothing_back(world: World) {
    for _ in 0..50 {
        let (kept, secret) = world.keep_one().await;
        let found = read(&world, &kept).await;
        let change = change(secret.fingerprint(), at(1));
        parallel(3, |n| {
            let (store, found) = (world.sessions.handle(n), found.clone());
            let next = used(&kept, at(1));
            async move {
                let change = (n == 2).then_some(&change);
                match n {
                    0 => drop(store.delete(next.user_id, &[next.id], None, at(1)).await),
                    _ => drop(store.replace(&found, &next, change, at(1)).await),
                }
            }
        })
        .await;
        for key in [
            id(&kept),
            SessionKey::AnySecret(secret.fingerprint()),
            SessionKey::Secret(change.next.secret),
        ] {
            assert!(world.get(key).await.is_none());
        }
        assert!(world.is_denied(&kept).await);
    }
}

pub async fn of_parallel_deletions_each_session_is_given_to_one(world: World) {
    let user = world.user().await;
    let sessions: Vec<_> = (0..5).map(|_| session(user)).collect();
    for session in &sessions {
        world.keep(session).await;
    }
    let ids: Vec<_> = sessions.iter().map(|session| session.id).collect();
    let deleted = parallel(8, |n| {
        let (store, mut ids) = (world.sessions.handle(n), ids.clone());
        ids.rotate_left(n % 5);
        async move {
            let deleted = store.delete(user, &ids, None, at(1)).await;
            deleted.unwrap().unwrap()
        }
    })
    .await;
    let deleted: Vec<_> = deleted.iter().flatten().map(|session| session.id).collect();
    assert_eq!(deleted.len(), 5);
    assert_eq!(
        deleted.into_iter().collect::<HashSet<_>>(),
        ids.into_iter().collect()
    );
}

pub async fn of_parallel_inserts_the_last_one_sees_all(world: World) {
    let user = world.user().await;
    let seen = parallel(20, |n| {
        let store = world.sessions.handle(n);
        async move {
            let session = session(user);
            let seen = store.insert(&session, &hash()).await.unwrap();
            assert!(seen.contains(&session));
            seen.len()
        }
    })
    .await;
    assert!(seen.contains(&20), "{seen:?}");
}
