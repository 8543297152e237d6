//! Sessions where their owners are kept too: looking up one brings the other.

use auth_core::Effects;
use auth_core::session::SessionKey;
use auth_core::user::{UpdateConditions, UserChanges};

use super::{at, confirmed, facts};
use crate::backend::World;
use crate::suite::sessions::{id, session};

pub async fn a_found_session_comes_with_its_owner_as_of_now(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let session = session(user.id);
    let secret = world.keep(&session).await;
    let disabled = UserChanges {
        disabled: Some(true),
        new_credentials: true,
        ..UserChanges::default()
    };
    for _ in 0..2 {
        let owner = world.user_with_id(user.id).await.unwrap();
        for key in [
            SessionKey::Secret(secret.hash()),
            SessionKey::AnySecret(secret.fingerprint()),
            id(&session),
        ] {
            let found = world.get(key).await.unwrap();
            assert_eq!(facts(&found.user.unwrap()), facts(&owner));
        }
        let denial = world.store().denial(session.id, user.id).await.unwrap();
        assert_eq!(facts(&denial.user.unwrap()), facts(&owner));
        assert!(!denial.denied);
        world
            .update(user.id, &disabled, &UpdateConditions::default())
            .await;
    }
}

pub async fn without_an_owner_sessions_are_dead_and_their_tokens_denied(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let session = session(user.id);
    let secret = world.keep(&session).await;
    assert!(
        world
            .users()
            .delete(user.id, None, Effects::none())
            .await
            .unwrap()
            .is_done()
    );
    assert_eq!(world.find(&secret, at(1)).await, None);
    assert!(!world.is_live(&session, at(1)).await);
    assert!(world.is_denied(&session).await);
}
