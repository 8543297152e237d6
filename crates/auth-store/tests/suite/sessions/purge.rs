//! Throwing away what is over.

use auth_core::Session;
use auth_core::session::Revoke;

use super::{HOUR, MINUTE, at, session};
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
    assert_eq!(world.delete(&[&denied], at(1)).await, 1);
    assert!(world.managed().uses_id(&live, MINUTE).await);

    let store = world.store();
    let purge = async |now| store.purge(now).await.unwrap();
    let expected = |count| if world.expires_by_itself { 0 } else { count };
    assert_eq!(purge(at(2 * MINUTE)).await, 0);
    assert!(world.is_denied(&denied).await);
    // Denials, which only some stores note.
    purge(at(10 * MINUTE)).await;
    assert_eq!(purge(at(30 * MINUTE)).await, expected(1));
    assert_eq!(purge(at(30 * MINUTE)).await, 0);
    assert!(world.find(&live_secret, at(30 * MINUTE)).await.is_some());
    assert_eq!(purge(at(HOUR)).await, expected(1));
}

pub async fn a_purged_session_leaves_nothing_that_could_be_used(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let next = managed.rotate(&session, &secret, 1).await;
    world.store().purge(at(HOUR)).await.unwrap();
    // Even a caller whose clock is far behind finds nothing where purging deletes.
    let now = if world.expires_by_itself { HOUR } else { 2 };
    assert!(!managed.uses(&session, &next, now).await);
    assert!(!managed.uses_id(&session, now).await);
    let traced = managed.at(now).trace(session.kind, &secret, &[]).await;
    assert!(traced.unwrap().is_none());
    assert!(managed.list(session.user_id, now).await.is_empty());
}

pub async fn purging_neither_ends_access_tokens_nor_forgets_how_to(world: World) {
    let session = Session {
        ends_at: at(MINUTE),
        tokens_until: at(5 * MINUTE),
        ..session(world.user().await)
    };
    world.keep(&session).await;
    let over = 2 * MINUTE;
    assert_eq!(world.store().purge(at(over)).await.unwrap(), 0);
    assert!(!world.is_denied(&session).await);
    let managed = world.managed();
    let ended = managed.revoke(session.user_id, Revoke::All, over).await;
    assert_eq!(ended, 0);
    assert!(world.is_denied(&session).await);
}

pub async fn purging_and_revoking_at_once_get_along(world: World) {
    let user = world.user().await;
    let managed = world.managed();
    managed.at(HOUR);
    for _ in 0..5 {
        for n in 0..20 {
            let over = Session {
                tokens_until: at(HOUR + n % 2),
                ..session(user)
            };
            world.keep(&over).await;
        }
        parallel(6, |n| {
            let (store, manager) = (world.sessions.handle(n / 2), managed.handle(n / 2));
            async move {
                match n % 2 {
                    0 => store.purge(at(HOUR)).await.unwrap(),
                    _ => manager.revoke(user, Revoke::All).await.unwrap(),
                }
            }
        })
        .await;
    }
    assert_eq!(world.store().purge(at(HOUR)).await.unwrap(), 0);
}
