//! Finding sessions.

use std::net::IpAddr;
use std::time::Duration;

use auth_core::session::{Device, Rotation, SecretKind, SessionKey};
use auth_core::{Secret, Session, SessionId};

use super::{MINUTE, at, change, id, same, secret, session};
use crate::backend::World;

pub async fn a_session_is_found_by_secret_and_by_id_through_every_handle(world: World) {
    let (session, secret) = world.keep_one().await;
    let by_secret = SessionKey::Secret(secret.hash());
    let by_any = SessionKey::AnySecret(secret.fingerprint());
    for store in [&world.sessions.0, &world.sessions.1] {
        for key in [by_secret, by_any, id(&session)] {
            let found = store.get(&key).await.unwrap().unwrap();
            assert_eq!(found.session, session);
            assert_eq!((found.secret, found.spent), (secret.hash(), None));
        }
    }
}

pub async fn an_unknown_secret_or_id_finds_nothing(world: World) {
    let (session, _) = world.keep_one().await;
    let unknown = Session {
        id: SessionId::generate(),
        ..session.clone()
    };
    let secret = secret(SecretKind::Refresh).fingerprint();
    for key in [
        SessionKey::Secret(secret.secret),
        SessionKey::AnySecret(secret),
        id(&unknown),
    ] {
        assert!(world.get(key).await.is_none());
    }
}

pub async fn an_id_finds_the_session_of_its_owner_only(world: World) {
    let (session, _) = world.keep_one().await;
    let somebody_else = Session {
        user_id: world.user().await,
        ..session.clone()
    };
    assert!(world.is_live(&session, at(1)).await);
    assert_eq!(world.again(&somebody_else, at(1)).await, None);
}

/// Nothing of an older secret is in force, and nothing of a stranger's is known.
pub async fn every_secret_that_a_session_had_leads_to_it_and_says_what_became_of_it(world: World) {
    let (session, first) = world.keep_one().await;
    let first = first.fingerprint();
    let mut spent = vec![];
    let mut secret = first;
    for n in 0..auth_core::session::KEPT_SPENT as i64 + 2 {
        let change = change(secret, at(n));
        let read = world.get(SessionKey::AnySecret(secret)).await.unwrap();
        let (store, next) = (world.store(), &read.session);
        let replaced = store.replace(&read, next, Some(&change), at(n)).await;
        assert!(replaced.unwrap());
        spent.push(change);
        secret = change.next;
    }
    let (forgotten, kept) = spent.split_at(2);
    for change in &spent {
        let by_secret = SessionKey::Secret(change.spent.secret);
        assert!(world.get(by_secret).await.is_none());
        let found = world
            .get(SessionKey::AnySecret(change.spent))
            .await
            .unwrap();
        assert_eq!(
            (found.session.id, found.secret),
            (session.id, secret.secret)
        );
        let is_kept = kept.iter().any(|kept| kept.spent == change.spent);
        assert_eq!(found.spent.is_some(), is_kept);
        if let Some(spent) = found.spent {
            assert_eq!((spent.salt, spent.at), (change.salt, change.at));
            assert_eq!(spent.is_latest, change.next == secret);
        }
    }
    assert_eq!(forgotten.len(), 2);
    assert_eq!(world.delete(&[&session], at(99)).await, 1);
    for secret in [first, kept[0].spent, secret] {
        assert!(world.get(SessionKey::AnySecret(secret)).await.is_none());
    }
}

pub async fn a_secret_of_the_other_kind_is_unknown(world: World) {
    let user = world.user().await;
    let managed = world.managed();
    let kinds = [SecretKind::Cookie, SecretKind::Refresh];
    for (kind, other) in [(kinds[0], kinds[1]), (kinds[1], kinds[0])] {
        let kept = Session {
            kind,
            ..session(user)
        };
        let secret = world.keep(&kept).await;
        assert!(other_kind_is_unknown(&managed, other, &secret, 1).await);
        assert_eq!(world.find(&secret, at(1)).await, Some(kept));
    }
}

async fn other_kind_is_unknown(
    managed: &super::Managed,
    other: SecretKind,
    secret: &Secret,
    millis: i64,
) -> bool {
    let manager = managed.at(millis);
    let rotation = manager
        .rotate(other, secret, same(other, Duration::ZERO))
        .await;
    manager.find(other, secret).await.unwrap().is_none()
        && manager.trace(other, secret, &[]).await.unwrap().is_none()
        && matches!(rotation.unwrap(), Rotation::Refused)
}

pub async fn a_spent_secret_of_the_other_kind_does_no_harm(world: World) {
    let (session, secret) = world.keep_one().await;
    let managed = world.managed();
    managed.rotate(&session, &secret, 1).await;
    let long_after = 10 * MINUTE;
    let cookie = SecretKind::Cookie;
    assert!(other_kind_is_unknown(&managed, cookie, &secret, long_after).await);
    assert!(world.is_live(&session, at(long_after)).await);
}

pub async fn every_field_comes_back_as_it_was_kept(world: World) {
    let user = world.user().await;
    for (user_agent, ip) in [
        (
            "Mozilla/5.0 (X11; Linux x86_64) \"quoted\" 'and' \\",
            "192.0.2.1",
        ),
        ("", "2001:db8::1"),
        (" two  blanks ", "::1"),
        ("日本語 %s {} $1 --", "::ffff:192.0.2.1"),
    ] {
        let kept = Session {
            kind: SecretKind::Cookie,
            credentials_version: 7,
            created_at: at(-3),
            last_seen_at: at(-2),
            auth_time: at(-1),
            idle: Duration::from_millis(1_234_567),
            ends_at: at(9_876_543_210),
            remember: true,
            device: Device::new(user_agent, ip.parse::<IpAddr>().unwrap()),
            tokens_until: at(5),
            identity: Some(auth_core::IdentityId::generate()),
            ..session(user)
        };
        world.keep(&kept).await;
        assert_eq!(world.again(&kept, at(0)).await, Some(kept));
    }
}
