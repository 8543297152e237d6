//! The most sessions of one user.

use auth_core::Session;

use super::manager::open;
use super::{MINUTE, at, session};
use crate::backend::World;
use crate::suite::parallel;

pub async fn one_session_too_many_ends_the_oldest_and_denies_its_tokens(world: World) {
    let user = world.user().await;
    let (bystander, _) = world.keep_one().await;
    let managed = world.managed_with_max(3);
    let mut sessions = vec![];
    for n in 0..3 {
        sessions.push(managed.open(user, n).await);
    }
    // Having been used does not make a session younger.
    assert!(managed.uses_id(&sessions[0], MINUTE).await);
    sessions.push(managed.open(user, MINUTE + 1).await);

    let now = at(MINUTE + 2);
    assert!(!world.is_live(&sessions[0], now).await);
    assert!(world.is_denied(&sessions[0]).await);
    for session in &sessions[1..] {
        assert!(world.is_live(session, now).await);
        assert!(!world.is_denied(session).await);
    }
    assert!(world.is_live(&bystander, now).await);
}

pub async fn a_smaller_maximum_ends_as_many_as_it_takes(world: World) {
    let user = world.user().await;
    let roomy = world.managed_with_max(5);
    for n in 0..5 {
        roomy.open(user, n).await;
    }
    let narrow = world.managed_with_max(1);
    let latest = narrow.open(user, 5).await;
    assert_eq!(narrow.list(user, 6).await, [latest]);
}

pub async fn sessions_that_are_over_do_not_count(world: World) {
    let user = world.user().await;
    let managed = world.managed_with_max(2);
    let oldest = managed.open(user, 0).await;
    managed.open(user, 1).await;
    assert!(managed.uses_id(&oldest, 20 * MINUTE).await);
    managed.open(user, 31 * MINUTE).await;
    assert!(world.is_live(&oldest, at(32 * MINUTE)).await);
}

pub async fn parallel_sign_ins_never_exceed_the_maximum(world: World) {
    let user = world.user().await;
    let managed = world.managed_with_max(5);
    let owner = managed.user(user).await;
    let older: Vec<_> = (0..3).map(|_| session(user)).collect();
    for session in &older {
        world.keep(session).await;
    }
    managed.at(1);
    parallel(20, |n| {
        let (manager, owner) = (managed.handle(n), owner.clone());
        async move { open(&manager, &owner).await }
    })
    .await;
    let live = managed.list(user, 2).await;
    assert_eq!(live.len(), 5);
    let is_older = |live: &Session| older.iter().any(|older| older.id == live.id);
    assert!(!live.iter().any(is_older));
}
