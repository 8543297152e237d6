//! Which changes of sessions are told to whoever keeps answers about them.

use auth_core::session::SecretKind;
use auth_core::{Session, SessionId};

use super::{MINUTE, at, change, id, secret, session};
use crate::backend::World;
use crate::suite::changes::Followers;

async fn others(world: &World) -> [SessionId; 2] {
    let user = world.user().await;
    let sessions = [(); 2].map(|()| session(user));
    for session in &sessions {
        world.keep(session).await;
    }
    sessions.map(|session| session.id)
}

pub async fn the_end_of_a_session_is_told_and_no_other(world: World) {
    let (kept, _) = world.keep_one().await;
    let others = others(&world).await;
    let followers = Followers::of_sessions(&world.sessions);
    let before = followers.now().await;
    let ended = world
        .store()
        .delete(kept.user_id, &[kept.id], None, at(1))
        .await;
    assert_eq!(ended.unwrap().unwrap().len(), 1);
    followers.heard_only(&before, kept.id, &others).await;
    assert!(!followers.heard(&followers.now().await, kept.id).await);
}

pub async fn another_secret_is_told_where_the_secret_is_the_credential(world: World) {
    for kind in [SecretKind::Cookie, SecretKind::Bearer, SecretKind::Refresh] {
        let kept = Session {
            kind,
            ..session(world.user().await)
        };
        let first = secret(kind);
        let known_by = kind.known_by(&first).fingerprint();
        world.store().insert(&kept, &known_by).await.unwrap();
        let followers = Followers::of_sessions(&world.sessions);
        let before = followers.now().await;
        let found = world.get(id(&kept)).await.unwrap();
        let change = change(known_by, at(MINUTE));
        let store = world.store();
        let replaced = store
            .replace(&found, &kept, Some(&change), at(MINUTE))
            .await;
        assert!(replaced.unwrap());
        let told = followers.heard(&before, kept.id).await;
        assert_eq!(told, kind != SecretKind::Refresh, "{kind:?}");
    }
}

pub async fn another_kind_is_told_whichever_it_is(world: World) {
    let (cookie, refresh) = (SecretKind::Cookie, SecretKind::Refresh);
    for (from, to) in [(cookie, refresh), (refresh, cookie)] {
        let kept = Session {
            kind: from,
            ..session(world.user().await)
        };
        let old = world.keep(&kept).await;
        let followers = Followers::of_sessions(&world.sessions);
        let before = followers.now().await;
        let managed = world.managed();
        managed.exchange_for(from, &old, to, MINUTE).await;
        assert!(followers.heard(&before, kept.id).await, "{from:?}");
    }
}

pub async fn a_use_and_a_new_session_are_not_told(world: World) {
    let (kept, _) = world.keep_one().await;
    let followers = Followers::of_sessions(&world.sessions);
    let before = followers.now().await;
    let found = world.get(id(&kept)).await.unwrap();
    let used = Session {
        last_seen_at: at(MINUTE),
        tokens_until: at(2 * MINUTE),
        ..kept.clone()
    };
    let replaced = world.store().replace(&found, &used, None, at(MINUTE)).await;
    assert!(replaced.unwrap());
    let (new, _) = world.keep_one().await;
    assert!(!followers.heard(&before, kept.id).await);
    assert!(!followers.heard(&before, new.id).await);
}
