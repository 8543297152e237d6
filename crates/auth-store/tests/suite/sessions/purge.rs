//! Throwing away what is over.

use auth_core::Session;
use auth_core::session::Revoke;

use super::{HOUR, MINUTE, at, change, hash, session};
use crate::backend::World;

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
    assert!(store.touch(live.id, at(MINUTE)).await.unwrap());

    let purge = async |now| store.purge(now).await.unwrap();
    let expected = |count| if world.expires_by_itself { 0 } else { count };
    assert_eq!(purge(at(2 * MINUTE)).await, 0);
    assert!(world.is_denied(&denied, at(2 * MINUTE)).await);
    assert_eq!(purge(at(10 * MINUTE)).await, expected(1));
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
    assert!(!world.store().touch(session.id, now).await.unwrap());
    let listed = world.store().list(session.user_id, now).await;
    assert!(listed.unwrap().is_empty());
}
