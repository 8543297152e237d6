//! Exchanging a secret for one of another kind: the session stays.

use auth_core::session::{Revoke, Rotation, SecretKind};
use auth_core::{Secret, Session};

use super::{HOUR, MINUTE, Managed, WINDOW, at, secret, session};
use crate::backend::World;

const WINDOW_MS: i64 = WINDOW.as_millis() as i64;

/// Every way from one kind to another.
const WAYS: [(SecretKind, SecretKind); 4] = [
    (SecretKind::Cookie, SecretKind::Refresh),
    (SecretKind::Refresh, SecretKind::Cookie),
    (SecretKind::Cookie, SecretKind::Bearer),
    (SecretKind::Bearer, SecretKind::Refresh),
];

/// A session of one kind, its secret, and what became of both after the exchange.
struct Changed {
    before: Session,
    old: Secret,
    after: Session,
    new: Secret,
}

async fn kept(world: &World, kind: SecretKind) -> (Session, Secret) {
    let kept = Session {
        kind,
        ..session(world.user().await)
    };
    let secret = world.keep(&kept).await;
    (kept, secret)
}

async fn changed(
    world: &World,
    managed: &Managed,
    (from, to): (SecretKind, SecretKind),
) -> Changed {
    let (before, old) = kept(world, from).await;
    match managed.exchange_for(from, &old, to, MINUTE).await {
        Rotation::Rotated {
            session, secret, ..
        } => Changed {
            before,
            old,
            after: session,
            new: secret,
        },
        other => panic!("expected a successor, got {other:?}"),
    }
}

pub async fn a_session_stays_the_same_but_for_its_kind(world: World) {
    let managed = world.managed();
    for (from, to) in WAYS {
        let Changed {
            before,
            old,
            after,
            new,
        } = changed(&world, &managed, (from, to)).await;
        let expected = Session {
            kind: to,
            last_seen_at: at(MINUTE),
            tokens_until: after.tokens_until,
            unused: true,
            ..before.clone()
        };
        assert_eq!(after, expected);
        assert_eq!(world.again(&before, at(MINUTE)).await, Some(expected));
        assert!(!managed.uses(&before, &old, MINUTE).await);
        assert!(managed.uses(&after, &new, MINUTE).await);
        assert_eq!(managed.list(before.user_id, MINUTE).await.len(), 1);
        assert_eq!(managed.revoke(before.user_id, Revoke::All, MINUTE).await, 1);
        assert!(!managed.uses(&after, &new, MINUTE).await);
        assert!(world.is_denied(&before).await);
    }
}

pub async fn a_lost_answer_is_given_again(world: World) {
    let managed = world.managed();
    for (from, to) in WAYS {
        let Changed { old, new, .. } = changed(&world, &managed, (from, to)).await;
        for late in [MINUTE + 1, 20 * MINUTE] {
            let again = managed.exchange_for(from, &old, to, late).await;
            let Rotation::Rotated {
                session, secret, ..
            } = again
            else {
                panic!("expected the successor again, got {again:?}");
            };
            assert!(session.kind == to && secret.hash() == new.hash());
        }
    }
}

pub async fn whoever_comes_with_the_old_secret_too_late_ends_the_session(world: World) {
    let managed = world.managed();
    for (from, to) in WAYS {
        let Changed {
            old, after, new, ..
        } = changed(&world, &managed, (from, to)).await;
        match to {
            SecretKind::Refresh => drop(managed.rotate(&after, &new, MINUTE + 1).await),
            _ => assert!(managed.uses(&after, &new, MINUTE + 1).await),
        }
        let late = MINUTE + WINDOW_MS + 2;
        let thief = managed.exchange_for(from, &old, to, late).await;
        assert!(matches!(thief, Rotation::Reused(_)), "{thief:?}");
        assert!(!managed.uses_id(&after, late).await);
    }
}

pub async fn a_secret_in_force_is_none_of_another_kind(world: World) {
    let managed = world.managed();
    for (from, to) in WAYS {
        let (before, secret) = kept(&world, to).await;
        let rotation = managed.exchange_for(from, &secret, to, 1).await;
        assert!(matches!(rotation, Rotation::Refused), "{rotation:?}");
        assert!(managed.uses(&before, &secret, 2).await);
    }
}

pub async fn an_old_secret_still_leads_to_the_session(world: World) {
    let managed = world.managed();
    for (from, to) in WAYS {
        let Changed { old, after, .. } = changed(&world, &managed, (from, to)).await;
        let known_by = from.known_by(&old);
        let trace = async |successors: &[SecretKind], millis| {
            let manager = managed.at(millis);
            let traced = manager.trace(from, &known_by, successors).await.unwrap();
            traced.map(|session| session.id)
        };
        assert_eq!(trace(&[to], 2 * MINUTE).await, Some(after.id));
        assert_eq!(trace(&[], 2 * MINUTE).await, None);
        assert_eq!(trace(&[to], HOUR).await, None);
    }
    let unknown = secret(SecretKind::Cookie);
    let traced = managed
        .at(1)
        .trace(SecretKind::Cookie, &unknown, &[SecretKind::Refresh]);
    assert!(traced.await.unwrap().is_none());
}
