//! Ending sessions, and with them their access tokens.

use auth_core::session::Revoke;
use auth_core::{Session, SessionId, UserId};

use super::{HOUR, MINUTE, at, session};
use crate::backend::World;

/// Keeps three sessions of a user whose access tokens are valid for ten minutes.
async fn three(world: &World, user: UserId) -> [Session; 3] {
    let sessions = [(); 3].map(|()| Session {
        tokens_until: at(10 * MINUTE),
        ..session(user)
    });
    for session in &sessions {
        world.keep(session).await;
    }
    sessions
}

async fn revoke(world: &World, user: UserId, which: Revoke) -> u64 {
    world.managed().revoke(user, which, 1).await
}

/// Expects each session to be live or else denied.
async fn assert_live(world: &World, sessions: &[Session; 3], live: [bool; 3]) {
    for (session, live) in sessions.iter().zip(live) {
        assert_eq!(world.is_live(session, at(2)).await, live);
        assert_eq!(world.is_denied(session).await, !live);
    }
}

pub async fn one_session_ends_and_the_others_stay(world: World) {
    let user = world.user().await;
    let sessions = three(&world, user).await;
    let one = Revoke::One(sessions[1].id);
    assert_eq!(revoke(&world, user, one).await, 1);
    assert_live(&world, &sessions, [true, false, true]).await;
    assert_eq!(revoke(&world, user, one).await, 0);
}

pub async fn all_sessions_but_the_current_one_end(world: World) {
    let user = world.user().await;
    let sessions = three(&world, user).await;
    let others = Revoke::Others(sessions[1].id);
    assert_eq!(revoke(&world, user, others).await, 2);
    assert_live(&world, &sessions, [false, true, false]).await;
    assert_eq!(revoke(&world, user, others).await, 0);
}

pub async fn all_sessions_end(world: World) {
    let user = world.user().await;
    let sessions = three(&world, user).await;
    assert_eq!(revoke(&world, user, Revoke::All).await, 3);
    assert_live(&world, &sessions, [false; 3]).await;
    assert_eq!(revoke(&world, user, Revoke::All).await, 0);
}

pub async fn nobody_ends_the_sessions_of_somebody_else(world: World) {
    let (user, stranger) = (world.user().await, world.user().await);
    let sessions = three(&world, user).await;
    three(&world, stranger).await;
    let one = Revoke::One(sessions[0].id);
    assert_eq!(revoke(&world, stranger, one).await, 0);
    assert_live(&world, &sessions, [true; 3]).await;
    assert_eq!(revoke(&world, stranger, Revoke::All).await, 3);
    assert_live(&world, &sessions, [true; 3]).await;
    let unknown = Revoke::One(SessionId::generate());
    assert_eq!(revoke(&world, user, unknown).await, 0);
}

pub async fn sessions_that_are_over_are_not_counted(world: World) {
    let (session, _) = world.keep_one().await;
    let managed = world.managed();
    for which in [Revoke::One(session.id), Revoke::All] {
        assert_eq!(managed.revoke(session.user_id, which, HOUR).await, 0);
    }
}

pub async fn the_tokens_of_an_ended_session_stay_denied(world: World) {
    let user = world.user().await;
    let [session, ..] = three(&world, user).await;
    assert!(!world.is_denied(&session).await);
    assert_eq!(revoke(&world, user, Revoke::All).await, 3);
    for now in [at(1), at(10 * MINUTE - 1), at(10 * MINUTE), at(HOUR)] {
        world.store().purge(now).await.unwrap();
        assert!(world.is_denied(&session).await);
    }
}

/// Such as one that a store has lost, or that is kept by another store.
pub async fn the_tokens_of_an_unknown_session_are_denied(world: World) {
    let unknown = session(world.user().await);
    assert!(world.is_denied(&unknown).await);
}

pub async fn a_token_must_name_the_owner_of_its_session(world: World) {
    let (session, _) = world.keep_one().await;
    assert!(!world.is_denied(&session).await);
    let strangers = Session {
        user_id: world.user().await,
        ..session
    };
    assert!(world.is_denied(&strangers).await);
}

pub async fn access_tokens_that_outlive_their_session_are_denied_too(world: World) {
    let session = Session {
        ends_at: at(MINUTE),
        tokens_until: at(5 * MINUTE),
        ..session(world.user().await)
    };
    world.keep(&session).await;
    assert!(!world.is_denied(&session).await);
    let managed = world.managed();
    let ended = managed.revoke(session.user_id, Revoke::All, 2 * MINUTE);
    assert_eq!(ended.await, 0);
    assert!(world.is_denied(&session).await);
}
