//! Sessions where their owners are kept too: looking up one brings the other.

use auth_core::user::{UpdateConditions, UserChanges};

use super::{at, confirmed, facts};
use crate::backend::World;
use crate::suite::sessions::session;

pub async fn a_found_session_comes_with_its_owner_as_of_now(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let session = session(user.id);
    let secret = world.keep(&session).await;
    let disabled = UserChanges {
        disabled: Some(true),
        new_generation: true,
        ..UserChanges::default()
    };
    for _ in 0..2 {
        let owner = world.user_with_id(user.id).await.unwrap();
        let store = world.store();
        let found = store
            .find(session.kind, &secret.secret, at(1))
            .await
            .unwrap();
        assert_eq!(facts(&found.unwrap().user.unwrap()), facts(&owner));
        let found = store
            .find_by_id(session.id, session.user_id, at(1))
            .await
            .unwrap();
        assert_eq!(facts(&found.unwrap().user.unwrap()), facts(&owner));
        let denial = store.denial(session.id, user.id, at(1)).await.unwrap();
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
    assert!(world.users().delete(user.id, None, &[]).await.unwrap());
    assert_eq!(world.find(&secret, at(1)).await, None);
    assert!(!world.is_live(&session, at(1)).await);
    assert!(world.is_denied(&session, at(1)).await);
}
