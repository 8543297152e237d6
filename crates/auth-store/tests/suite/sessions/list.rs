//! The list of a user's devices.

use auth_core::Session;
use auth_core::session::Revoke;

use super::{MINUTE, at, session};
use crate::backend::World;

pub async fn the_list_starts_with_the_latest_used(world: World) {
    let user = world.user().await;
    let mut sessions = vec![];
    for n in 0..3 {
        let kept = Session {
            created_at: at(n),
            last_seen_at: at(n),
            ..session(user)
        };
        world.keep(&kept).await;
        sessions.push(kept);
    }
    let store = world.store();
    assert!(
        store
            .touch(sessions[1].id, sessions[1].user_id, None, at(MINUTE))
            .await
            .unwrap()
    );
    let listed = store.list(user, at(2 * MINUTE)).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [1, 2, 0].map(|n: usize| sessions[n].id));
    assert_eq!(listed[0].last_seen_at, at(MINUTE));
}

pub async fn the_list_shows_only_what_is_live(world: World) {
    let user = world.user().await;
    let used = session(user);
    let unused = session(user);
    let revoked = session(user);
    for session in [&used, &unused, &revoked] {
        world.keep(session).await;
    }
    let store = world.store();
    assert!(
        store
            .touch(used.id, used.user_id, None, at(MINUTE))
            .await
            .unwrap()
    );
    let one = Revoke::One(revoked.id);
    assert_eq!(store.revoke(user, one, at(MINUTE)).await.unwrap(), 1);
    let listed = store.list(user, at(30 * MINUTE)).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [used.id]);
}

pub async fn the_list_shows_only_ones_own(world: World) {
    let (mine, _) = world.keep_one().await;
    world.keep_one().await;
    let listed = world.store().list(mine.user_id, at(1)).await.unwrap();
    assert_eq!(listed, [mine]);
    let stranger = world.user().await;
    assert!(
        world
            .store()
            .list(stranger, at(1))
            .await
            .unwrap()
            .is_empty()
    );
}
