//! The most sessions of one user.

use std::time::Duration;

use auth_core::{Session, UserId};

use super::{MINUTE, at, hash, session};
use crate::backend::World;
use crate::suite::parallel;

/// A session that began at this time and has access tokens for ten minutes.
fn begun(user: UserId, millis: i64) -> Session {
    Session {
        created_at: at(millis),
        last_seen_at: at(millis),
        tokens_until: at(millis + 10 * MINUTE),
        ..session(user)
    }
}

async fn insert(world: &World, session: &Session, max: u32) {
    let inserted = world.store().insert(session, &hash(), max).await;
    inserted.unwrap();
}

pub async fn one_session_too_many_ends_the_oldest_and_denies_its_tokens(world: World) {
    let user = world.user().await;
    let (bystander, _) = world.keep_one().await;
    let sessions: Vec<_> = (0..4).map(|n| begun(user, n)).collect();
    // Having been used does not make a session younger.
    for session in &sessions[..3] {
        insert(&world, session, 3).await;
    }
    assert!(
        world
            .store()
            .touch(sessions[0].id, sessions[0].user_id, None, at(5))
            .await
            .unwrap()
    );
    insert(&world, &sessions[3], 3).await;

    assert!(!world.is_live(&sessions[0], at(6)).await);
    assert!(world.is_denied(&sessions[0], at(6)).await);
    for session in &sessions[1..] {
        assert!(world.is_live(session, at(6)).await);
        assert!(!world.is_denied(session, at(6)).await);
    }
    assert!(world.is_live(&bystander, at(6)).await);
}

pub async fn a_smaller_maximum_ends_as_many_as_it_takes(world: World) {
    let user = world.user().await;
    for n in 0..5 {
        insert(&world, &begun(user, n), 5).await;
    }
    let latest = begun(user, 5);
    insert(&world, &latest, 1).await;
    let live = world.store().list(user, at(6)).await.unwrap();
    assert_eq!(live, [latest]);
}

pub async fn sessions_that_are_over_do_not_count(world: World) {
    let user = world.user().await;
    let oldest = Session {
        idle: Duration::from_secs(7200),
        ..begun(user, 0)
    };
    for session in [&oldest, &begun(user, 1), &begun(user, 31 * MINUTE)] {
        insert(&world, session, 2).await;
    }
    assert!(world.is_live(&oldest, at(32 * MINUTE)).await);
}

pub async fn parallel_sign_ins_never_exceed_the_maximum(world: World) {
    let user = world.user().await;
    parallel(20, |n| {
        let store = world.sessions.handle(n);
        async move { store.insert(&session(user), &hash(), 5).await.unwrap() }
    })
    .await;
    let live = world.store().list(user, at(1)).await.unwrap();
    assert_eq!(live.len(), 5);
}
