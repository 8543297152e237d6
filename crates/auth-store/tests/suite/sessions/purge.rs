//! Throwing away what is over.

use auth_core::Session;
use auth_core::session::Revoke;

use super::{HOUR, MINUTE, at, change, hash, session};
use crate::backend::World;
use crate::suite::parallel;

pub async fn purging_deletes_what_is_over_and_nothing_else(world: World) {
    let (live, live_secret) = world.keep_one().await;
    world.keep_one().await;
    let denied = Session {
        tokens_until: at(10 * MINUTE),
        ..session(world.user().await)
    };
    world.keep(&denied).await;
    let store = world.store();
    let ended = store.revoke(denied.user_id, Revoke::All, at(1)).await;
    assert_eq!(ended.unwrap(), 1);
    assert!(
        store
            .touch(live.id, live.user_id, None, at(MINUTE))
            .await
            .unwrap()
    );

    let purge = async |now| store.purge(now).await.unwrap();
    let expected = |count| if world.expires_by_itself { 0 } else { count };
    assert_eq!(purge(at(2 * MINUTE)).await, 0);
    assert!(world.is_denied(&denied, at(2 * MINUTE)).await);
    // Denials, which only some stores note.
    purge(at(10 * MINUTE)).await;
    assert_eq!(purge(at(30 * MINUTE)).await, expected(1));
    assert_eq!(purge(at(30 * MINUTE)).await, 0);
    assert!(world.find(&live_secret, at(30 * MINUTE)).await.is_some());
    assert_eq!(purge(at(HOUR)).await, expected(1));
}

pub async fn a_purged_session_leaves_nothing_that_could_be_used(world: World) {
    let (session, secret) = world.keep_one().await;
    let next = hash();
    world.rotate(&change(secret, next), at(1)).await;
    world.store().purge(at(HOUR)).await.unwrap();
    // Even a caller whose clock is far behind finds nothing where purging deletes.
    let now = if world.expires_by_itself {
        at(HOUR)
    } else {
        at(2)
    };
    assert_eq!(world.find(&next, now).await, None);
    assert!(!world.is_live(&session, now).await);
    assert!(
        !world
            .store()
            .touch(session.id, session.user_id, None, now)
            .await
            .unwrap()
    );
    let listed = world.store().list(session.user_id, now).await;
    assert!(listed.unwrap().is_empty());
}

pub async fn purging_neither_ends_access_tokens_nor_forgets_how_to(world: World) {
    let session = Session {
        ends_at: at(MINUTE),
        tokens_until: at(5 * MINUTE),
        ..session(world.user().await)
    };
    world.keep(&session).await;
    let over = at(2 * MINUTE);
    assert_eq!(world.store().purge(over).await.unwrap(), 0);
    assert!(!world.is_denied(&session, over).await);
    let ended = world.store().revoke(session.user_id, Revoke::All, over);
    assert_eq!(ended.await.unwrap(), 0);
    assert!(world.is_denied(&session, over).await);
}

pub async fn purging_and_revoking_at_once_get_along(world: World) {
    let user = world.user().await;
    for _ in 0..5 {
        for n in 0..20 {
            let over = Session {
                tokens_until: at(n % 2),
                ..session(user)
            };
            world.keep(&over).await;
        }
        parallel(6, |n| {
            let store = world.sessions.handle(n / 2);
            async move {
                match n % 2 {
                    0 => store.purge(at(HOUR)).await.unwrap(),
                    _ => store.revoke(user, Revoke::All, at(HOUR)).await.unwrap(),
                }
            }
        })
        .await;
    }
    assert_eq!(world.store().purge(at(HOUR)).await.unwrap(), 0);
}
