//! Secrets that come back after they were spent.

use std::time::Duration;

use auth_core::session::{KEPT_SPENT, Revoke, Rotation, SecretKind};
use auth_core::{Secret, Session};

use super::{HOUR, MINUTE, Managed, WINDOW, at, secret, session};
use crate::backend::World;

const WINDOW_MS: i64 = WINDOW.as_millis() as i64;

/// Whether the secret gives this successor again.
async fn gives(
    managed: &Managed,
    session: &Session,
    (secret, next): (&Secret, &Secret),
    millis: i64,
) -> bool {
    match managed.exchange(session, secret, millis).await {
        Rotation::Rotated { secret, .. } => secret.hash() == next.hash(),
        _ => false,
    }
}

/// Whether the secret is taken for stolen, and its session ended.
async fn is_theft(managed: &Managed, session: &Session, secret: &Secret, millis: i64) -> bool {
    let rotation = managed.exchange(session, secret, millis).await;
    let is_reused = matches!(rotation, Rotation::Reused(user) if user == session.user_id);
    is_reused && !managed.uses_id(session, millis).await
}

pub async fn inside_the_window_a_spent_secret_gives_the_same_successor(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let next = managed.rotate(&session, &secret, 0).await;
    assert!(managed.uses(&session, &next, 1).await);
    assert!(gives(&managed, &session, (&secret, &next), WINDOW_MS - 1).await);
    assert!(world.find(&next, at(WINDOW_MS)).await.is_some());
}

pub async fn after_the_window_a_spent_secret_ends_the_session(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let next = managed.rotate(&session, &secret, 0).await;
    assert!(managed.uses(&session, &next, 1).await);
    let late = WINDOW_MS + 1;
    assert!(is_theft(&managed, &session, &secret, late).await);
    assert!(!managed.uses(&session, &next, late).await);
    assert!(world.is_denied(&session).await);
    assert!(managed.list(session.user_id, late).await.is_empty());
}

pub async fn an_ended_family_stays_unknown(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let next = managed.rotate(&session, &secret, 0).await;
    assert!(managed.uses(&session, &next, 1).await);
    let late = WINDOW_MS + 1;
    assert!(is_theft(&managed, &session, &secret, late).await);
    for spent in [secret, next] {
        let after = managed.exchange(&session, &spent, late).await;
        assert!(matches!(after, Rotation::Refused));
    }
}

pub async fn without_a_window_a_spent_secret_ends_the_session_at_once(world: World) {
    for used in [true, false] {
        let (session, secret) = world.keep_one().await;
        let managed = world.managed_with_window(Duration::ZERO);
        let next = managed.rotate(&session, &secret, 1).await;
        if used {
            assert!(managed.uses(&session, &next, 1).await);
        }
        assert!(is_theft(&managed, &session, &secret, 1).await);
    }
}

pub async fn an_ancestor_counts_from_when_it_was_spent(world: World) {
    let (session, first) = world.keep_one().await;
    let managed = world.managed();
    let second = managed.rotate(&session, &first, 0).await;
    let third = managed.rotate(&session, &second, 5_000).await;
    assert!(gives(&managed, &session, (&first, &second), WINDOW_MS - 1).await);
    assert!(world.find(&third, at(WINDOW_MS)).await.is_some());
    assert!(is_theft(&managed, &session, &first, WINDOW_MS + 1).await);
}

pub async fn a_lost_successor_is_told_again_at_any_time(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let next = managed.rotate(&session, &secret, 0).await;
    for late in [WINDOW_MS + 1, 20 * MINUTE, 40 * MINUTE] {
        assert!(gives(&managed, &session, (&secret, &next), late).await);
    }
    assert!(world.find(&next, at(41 * MINUTE)).await.is_some());
    // Within the idle time: a session that is over tells nothing.
    let over = managed.exchange(&session, &secret, 70 * MINUTE).await;
    assert!(matches!(over, Rotation::Refused));
}

/// By whom it is used does not matter: whoever comes second is not the first.
pub async fn once_the_successor_was_used_the_predecessor_is_theft(world: World) {
    for kind in [SecretKind::Cookie, SecretKind::Refresh, SecretKind::Bearer] {
        let kept = Session {
            kind,
            ..session(world.user().await)
        };
        let secret = world.keep(&kept).await;
        let managed = world.managed();
        let next = managed.rotate(&kept, &secret, 0).await;
        match kind {
            SecretKind::Cookie | SecretKind::Bearer => {
                assert!(managed.uses(&kept, &next, 1).await);
            }
            SecretKind::Refresh | SecretKind::Later => {
                managed.rotate(&kept, &next, 1).await;
            }
        }
        assert!(gives(&managed, &kept, (&secret, &next), 2).await);
        assert!(is_theft(&managed, &kept, &secret, WINDOW_MS + 2).await);
    }
}

pub async fn a_use_by_id_does_not_count_for_the_successor(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    let next = managed.rotate(&session, &secret, 0).await;
    assert!(managed.uses_id(&session, 2 * MINUTE).await);
    assert!(gives(&managed, &session, (&secret, &next), 3 * MINUTE).await);
}

/// A server whose clock is half a minute ahead has seen the session.
pub async fn a_clock_that_is_ahead_does_not_shorten_the_window(world: World) {
    let (session, first) = world.keep_one().await;
    let managed = world.managed();
    let ahead = 2 * MINUTE;
    assert!(managed.uses_id(&session, ahead).await);
    let second = managed.rotate(&session, &first, 1).await;
    managed.rotate(&session, &second, 2).await;
    let last_seen_at = world.again(&session, at(3)).await.unwrap().last_seen_at;
    assert_eq!(last_seen_at, at(ahead));
    assert!(gives(&managed, &session, (&first, &second), ahead + 3).await);
}

pub async fn of_spent_secrets_the_latest_are_kept_and_the_others_are_theft(world: World) {
    for kept in [true, false] {
        let (session, first) = world.keep_one().await;
        let managed = world.managed();
        let second = managed.rotate(&session, &first, 0).await;
        let mut secret = second.clone();
        for _ in 1..KEPT_SPENT + usize::from(!kept) {
            secret = managed.rotate(&session, &secret, 0).await;
        }
        match kept {
            true => assert!(gives(&managed, &session, (&first, &second), 1).await),
            false => assert!(is_theft(&managed, &session, &first, 1).await),
        }
        assert_eq!(world.is_live(&session, at(1)).await, kept);
    }
}

pub async fn every_secret_of_a_session_leads_to_it(world: World) {
    let (session, first) = world.keep_one().await;
    let managed = world.managed();
    let mut last = first.clone();
    for _ in 0..KEPT_SPENT + 2 {
        last = managed.rotate(&session, &last, 0).await;
    }
    let trace = async |kind, secret: &Secret, millis| {
        let traced = managed.at(millis).trace(kind, secret, &[]).await.unwrap();
        traced.map(|session| session.id)
    };
    for secret in [&first, &last] {
        let found = trace(SecretKind::Refresh, secret, 1).await;
        assert_eq!(found, Some(session.id));
        assert_eq!(trace(SecretKind::Cookie, secret, 1).await, None);
        assert_eq!(trace(SecretKind::Refresh, secret, HOUR).await, None);
    }
    let unknown = secret(SecretKind::Refresh);
    assert_eq!(trace(SecretKind::Refresh, &unknown, 1).await, None);
    assert_eq!(managed.revoke(session.user_id, Revoke::All, 1).await, 1);
    assert_eq!(trace(SecretKind::Refresh, &first, 1).await, None);
}

pub async fn a_spent_secret_is_remembered_as_long_as_its_session(world: World) {
    let (session, first) = world.keep_one().await;
    let managed = world.managed();
    let mut secret = first.clone();
    for n in 1..=20 {
        secret = managed.rotate(&session, &secret, n * 20 * MINUTE).await;
    }
    world.store().purge(at(7 * HOUR)).await.unwrap();
    assert!(is_theft(&managed, &session, &first, 7 * HOUR).await);
}

pub async fn a_spent_secret_of_a_dead_session_is_unknown(world: World) {
    let managed = world.managed();
    for revoked in [true, false] {
        let (session, secret) = world.keep_one().await;
        managed.rotate(&session, &secret, 0).await;
        let now = if revoked {
            assert_eq!(managed.revoke(session.user_id, Revoke::All, 1).await, 1);
            1
        } else {
            30 * MINUTE
        };
        let after = managed.exchange(&session, &secret, now).await;
        assert!(matches!(after, Rotation::Refused));
    }
}

pub async fn a_repeated_change_counts_as_use_and_covers_its_new_access_token(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    managed.rotate(&session, &secret, 0).await;
    let first = world.again(&session, at(0)).await.unwrap();
    let now = WINDOW_MS / 2;
    managed.rotate(&session, &secret, now).await;
    let again = world.again(&session, at(now)).await.unwrap();
    assert_eq!(again.last_seen_at, at(now));
    let longer = again.tokens_until.since(first.tokens_until);
    assert_eq!(longer, WINDOW / 2);
    assert_eq!(managed.revoke(session.user_id, Revoke::All, now).await, 1);
    assert!(world.is_denied(&session).await);
}
