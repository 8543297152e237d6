//! Finding sessions.

use std::net::IpAddr;
use std::time::Duration;

use auth_core::session::{Changed, Device, SecretKind};
use auth_core::{Session, SessionId};

use super::{MINUTE, at, change, hash, session};
use crate::backend::World;

pub async fn a_session_is_found_by_secret_and_by_id_through_every_handle(world: World) {
    let (session, secret) = world.keep_one().await;
    for store in [&world.sessions.0, &world.sessions.1] {
        let found = store.find(SecretKind::Refresh, &secret.secret, at(1)).await;
        assert_eq!(found.unwrap().unwrap().session, session);
        let found = store.find_by_id(session.id, session.user_id, at(1)).await;
        assert_eq!(found.unwrap().unwrap().session, session);
    }
}

pub async fn an_unknown_secret_or_id_finds_nothing(world: World) {
    assert_eq!(world.find(&hash(), at(1)).await, None);
    let (session, _) = world.keep_one().await;
    let unknown = Session {
        id: SessionId::generate(),
        ..session.clone()
    };
    assert_eq!(world.again(&unknown, at(1)).await, None);
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

pub async fn a_secret_of_the_other_kind_is_unknown(world: World) {
    let user = world.user().await;
    let kinds = [SecretKind::Cookie, SecretKind::Refresh];
    for (kind, other) in [(kinds[0], kinds[1]), (kinds[1], kinds[0])] {
        let kept = Session {
            kind,
            ..session(user)
        };
        let secret = world.keep(&kept).await;
        let store = world.store();
        let found = store.find(other, &secret.secret, at(1)).await.unwrap();
        assert!(found.is_none());
        let changed = world.change_as(other, &change(secret, hash()), at(1)).await;
        assert!(matches!(changed, Changed::Unknown));
        let found = store.find(kind, &secret.secret, at(1)).await.unwrap();
        assert_eq!(found.unwrap().session, kept);
    }
}

pub async fn a_spent_secret_of_the_other_kind_does_no_harm(world: World) {
    let (session, secret) = world.keep_one().await;
    world.rotate(&change(secret, hash()), at(1)).await;
    let long_after = at(10 * MINUTE);
    let change = change(secret, hash());
    let changed = world
        .change_as(SecretKind::Cookie, &change, long_after)
        .await;
    assert!(matches!(changed, Changed::Unknown));
    assert!(world.is_live(&session, long_after).await);
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
            generation: 7,
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
