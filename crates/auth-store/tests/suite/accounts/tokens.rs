//! One-time tokens.

use auth_core::token::TokenKey;
use auth_core::{Purpose, UserId};

use super::{at, confirmed, token};
use crate::backend::World;

async fn owner(world: &World) -> UserId {
    world.made(&confirmed("ada", "ada@example.org")).await.id
}

pub async fn a_token_can_be_looked_at_any_number_of_times(world: World) {
    let token = token(owner(&world).await, Purpose::Reset);
    world.tokens().put(&token).await.unwrap();
    for store in [&world.accounts().tokens.0, &world.accounts().tokens.1] {
        let found = store.find(&token.key, at(1)).await.unwrap().unwrap();
        assert_eq!(found.user_id, token.user_id);
        assert_eq!(found.data, token.data);
        assert_eq!(found.expires_at, token.expires_at);
    }
}

pub async fn a_token_works_until_it_expires(world: World) {
    let key = world.hand_out(owner(&world).await, Purpose::Reset).await;
    let tokens = world.tokens();
    assert!(tokens.find(&key, at(3_599_999)).await.unwrap().is_some());
    assert_eq!(tokens.find(&key, at(3_600_000)).await.unwrap(), None);
}

pub async fn a_token_is_unknown_to_every_other_purpose(world: World) {
    let key = world.hand_out(owner(&world).await, Purpose::Verify).await;
    for purpose in [Purpose::Reset, Purpose::ChangeEmail] {
        let other = TokenKey { purpose, ..key };
        assert_eq!(world.tokens().find(&other, at(1)).await.unwrap(), None);
    }
    assert!(world.is_in_force(&key).await);
}

pub async fn a_token_replaces_the_users_older_ones_of_its_purpose(world: World) {
    let user = owner(&world).await;
    let somebody = world.made(&confirmed("bob", "bob@example.org")).await.id;
    let older = world.hand_out(user, Purpose::Reset).await;
    let others = [
        world.hand_out(user, Purpose::ChangeEmail).await,
        world.hand_out(somebody, Purpose::Reset).await,
    ];
    let newer = world.hand_out(user, Purpose::Reset).await;
    assert!(!world.is_in_force(&older).await);
    for key in others.iter().chain([&newer]) {
        assert!(world.is_in_force(key).await);
    }
}

pub async fn purging_deletes_tokens_that_have_expired(world: World) {
    let user = owner(&world).await;
    let key = world.hand_out(user, Purpose::Reset).await;
    let mut late = token(user, Purpose::Verify);
    late.expires_at = at(3_600_001);
    world.tokens().put(&late).await.unwrap();

    let purge = async |now| world.tokens().purge(at(now)).await.unwrap();
    assert_eq!(purge(3_599_999).await, 0);
    assert_eq!(purge(3_600_000).await, 1);
    assert!(!world.is_in_force(&key).await);
    assert!(world.is_in_force(&late.key).await);
    assert_eq!(purge(3_600_001).await, 1);
}
