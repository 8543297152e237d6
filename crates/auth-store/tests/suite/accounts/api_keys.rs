//! API keys.

use std::sync::Arc;
use std::time::Duration;

use auth_core::user::{UpdateConditions, UserChanges};
use auth_core::{
    ApiKey, ApiKeyId, ApiKeyStore, Effects, Permission, Role, Secret, SecretHash, UserId,
};

use super::admins::role;
use super::{at, confirmed};
use crate::backend::World;
use crate::suite::parallel;

/// A key that works for an hour.
pub(super) fn key(maker: Option<UserId>) -> ApiKey {
    ApiKey {
        id: ApiKeyId::generate(),
        name: "a program".to_owned(),
        scopes: vec![Permission::UsersRead, Permission::SystemRead],
        created_by: "authctl:ada".to_owned(),
        maker,
        created_at: at(0),
        expires_at: at(0) + Duration::from_secs(3600),
        last_used_at: None,
    }
}

impl World {
    pub(super) fn keys(&self) -> Arc<dyn ApiKeyStore> {
        self.accounts().api_keys.handle(0)
    }

    /// Keeps a key, and gives the hash of its secret.
    async fn with_key(&self, key: &ApiKey) -> SecretHash {
        let hash = Secret::generate().hash();
        assert!(self.keys().add(key, hash, None).await.unwrap());
        hash
    }

    async fn has_key(&self, hash: SecretHash) -> bool {
        self.keys().find(hash).await.unwrap().is_some()
    }
}

pub async fn a_key_comes_back_as_it_was_kept(world: World) {
    let ada = world.admin("ada").await;
    let (by_tool, by_user) = (key(None), key(Some(ada.id)));
    for key in [&by_tool, &by_user] {
        let hash = world.with_key(key).await;
        assert_eq!(world.keys().find(hash).await.unwrap().as_ref(), Some(key));
    }
    let list = async |after, limit| world.keys().list(after, limit, at(1)).await.unwrap();
    assert_eq!(list(None, 10).await, [by_tool.clone(), by_user.clone()]);
    assert_eq!(list(Some(by_tool.id), 10).await, [by_user]);
    assert_eq!(list(None, 1).await, [by_tool]);
    let over = world.keys().list(None, 10, at(3_600_000)).await.unwrap();
    assert_eq!(over, []);
}

pub async fn a_key_is_found_by_its_secret_until_it_is_revoked(world: World) {
    let (key, other) = (key(None), key(None));
    let (hash, others) = (world.with_key(&key).await, world.with_key(&other).await);
    assert!(!world.has_key(Secret::generate().hash()).await);
    assert!(world.keys().revoke(key.id, None).await.unwrap());
    assert!(!world.keys().revoke(key.id, None).await.unwrap());
    assert!(!world.has_key(hash).await);
    assert!(world.has_key(others).await);
}

pub async fn a_key_goes_with_the_powers_of_its_maker(world: World) {
    world.admin("root").await;
    let disabled = UserChanges {
        disabled: Some(true),
        ..UserChanges::default()
    };
    let by_tool = world.with_key(&key(None)).await;
    let changes = [
        Some(role(None)),
        Some(role(Some(Role::Support))),
        Some(disabled),
        None,
    ];
    for (n, change) in changes.into_iter().enumerate() {
        let maker = world.admin(&format!("maker{n}")).await;
        let other = world.admin(&format!("other{n}")).await;
        let hash = world.with_key(&key(Some(maker.id))).await;
        let others = world.with_key(&key(Some(other.id))).await;
        let renamed = UserChanges {
            first_name: Some(maker.last_name.clone()),
            ..UserChanges::default()
        };
        let along = UpdateConditions::default();
        world.update(maker.id, &renamed, &along).await;
        assert!(world.has_key(hash).await, "a name is no power");
        match &change {
            Some(change) => drop(world.update(maker.id, change, &along).await),
            None => assert!(
                world
                    .users()
                    .delete(maker.id, None, Effects::none())
                    .await
                    .unwrap()
                    .is_done()
            ),
        }
        assert!(!world.has_key(hash).await, "{change:?}");
        assert!(world.has_key(others).await && world.has_key(by_tool).await);
    }
}

pub async fn no_key_is_made_for_who_is_no_admin(world: World) {
    let bob = world.made(&confirmed("bob", "bob@example.org")).await;
    let hash = Secret::generate().hash();
    for maker in [bob.id, UserId::generate()] {
        let added = world.keys().add(&key(Some(maker)), hash, None).await;
        assert!(!added.unwrap());
        assert!(!world.has_key(hash).await);
    }
}

pub async fn a_maker_who_is_demoted_at_once_leaves_no_key(world: World) {
    world.admin("root").await;
    for round in 0..10 {
        let maker = world.admin(&format!("maker{round}")).await.id;
        let hash = Secret::generate().hash();
        parallel(2, |n| {
            let users = world.accounts().users.handle(n);
            let keys = world.accounts().api_keys.handle(n);
            async move {
                match n {
                    0 => drop(keys.add(&key(Some(maker)), hash, None).await.unwrap()),
                    _ => drop(
                        users
                            .update(maker, &role(None), &UpdateConditions::default())
                            .await
                            .unwrap(),
                    ),
                }
            }
        })
        .await;
        assert!(!world.has_key(hash).await, "round {round}");
    }
}

pub async fn a_use_is_noted_unless_a_later_one_is(world: World) {
    let key = key(None);
    let hash = world.with_key(&key).await;
    for (used, noted) in [(100, 100), (50, 100), (200, 200)] {
        world.keys().note_use(key.id, at(used)).await.unwrap();
        let found = world.keys().find(hash).await.unwrap().unwrap();
        assert_eq!(found.last_used_at, Some(at(noted)));
    }
    let nobody = ApiKeyId::generate();
    world.keys().note_use(nobody, at(1)).await.unwrap();
}

pub async fn purging_deletes_keys_that_are_over(world: World) {
    let hash = world.with_key(&key(None)).await;
    assert_eq!(world.keys().purge(at(3_599_999)).await.unwrap(), 0);
    assert!(world.has_key(hash).await);
    assert_eq!(world.keys().purge(at(3_600_000)).await.unwrap(), 1);
    assert!(!world.has_key(hash).await);
}
