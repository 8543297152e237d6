//! Roles, and the last admin.

use auth_core::user::{Deleted, UpdateConditions, Updated, UserChanges};
use auth_core::{Effects, Role, User, UserId};

use super::confirmed;
use crate::backend::World;
use crate::suite::{count, parallel};

/// Gives or takes a role.
pub fn role(role: Option<Role>) -> UserChanges {
    UserChanges {
        role: Some(role),
        ..UserChanges::default()
    }
}

fn disabled(disabled: bool) -> UserChanges {
    UserChanges {
        disabled: Some(disabled),
        new_credentials: true,
        ..UserChanges::default()
    }
}

impl World {
    /// An enabled admin.
    pub async fn admin(&self, name: &str) -> User {
        let new = confirmed(name, &format!("{name}@example.org"));
        let user = self.made(&new).await;
        assert!(self.changed(user.id, &role(Some(Role::Admin))).await);
        self.user_with_id(user.id).await.unwrap()
    }

    async fn changed(&self, id: UserId, changes: &UserChanges) -> bool {
        let updated = self.update(id, changes, &UpdateConditions::default()).await;
        match updated {
            Updated::Changed(_) => true,
            Updated::LastAdmin => false,
            other => panic!("{other:?}"),
        }
    }

    async fn admins(&self) -> usize {
        let users = self.users().list(None, 100).await.unwrap();
        count(&users, |user| user.role_in_force() == Some(Role::Admin))
    }
}

pub async fn a_role_is_kept_until_it_is_taken(world: World) {
    let (ada, bob) = (world.admin("ada").await, world.admin("bob").await);
    assert_eq!(ada.role, Some(Role::Admin));
    for next in [Some(Role::Support), None, Some(Role::Admin)] {
        assert!(world.changed(bob.id, &role(next)).await);
        assert_eq!(world.user_with_id(bob.id).await.unwrap().role, next);
    }
    // What is not mentioned stays.
    assert!(world.changed(ada.id, &disabled(true)).await);
    let ada = world.user_with_id(ada.id).await.unwrap();
    assert_eq!((ada.role, ada.role_in_force()), (Some(Role::Admin), None));
}

pub async fn the_last_admin_stays(world: World) {
    let ada = world.admin("ada").await;
    let bystander = world.made(&confirmed("bob", "bob@example.org")).await;
    for change in [role(None), role(Some(Role::Support)), disabled(true)] {
        assert!(!world.changed(ada.id, &change).await, "{change:?}");
        // Nobody else is held up.
        assert!(world.changed(bystander.id, &change).await, "{change:?}");
    }
    let deleted = world
        .users()
        .delete(ada.id, None, Effects::none())
        .await
        .unwrap();
    assert_eq!(deleted, Deleted::LastAdmin);
    assert_eq!(world.admins().await, 1);
    assert!(world.changed(ada.id, &role(Some(Role::Admin))).await);
    world.admin("eve").await;
    let deleted = world
        .users()
        .delete(ada.id, None, Effects::none())
        .await
        .unwrap();
    assert_eq!(deleted, Deleted::Done);
}

pub async fn a_disabled_admin_is_none_to_count_on(world: World) {
    let (ada, bob) = (world.admin("ada").await, world.admin("bob").await);
    assert!(world.changed(bob.id, &disabled(true)).await);
    assert!(!world.changed(ada.id, &role(None)).await);
    // Who is no admin in force may go in any way.
    assert!(world.changed(bob.id, &role(None)).await);
    assert!(
        world
            .users()
            .delete(bob.id, None, Effects::none())
            .await
            .unwrap()
            .is_done()
    );
}

pub async fn of_two_parallel_demotions_one_is_refused(world: World) {
    let mut before = None;
    for round in 0..10 {
        let ada = world.admin(&format!("ada{round}")).await.id;
        let bob = world.admin(&format!("bob{round}")).await.id;
        if let Some(before) = before {
            assert!(world.changed(before, &role(None)).await);
        }
        let ids = [ada, bob];
        let made = parallel(2, |n| {
            let users = world.accounts().users.handle(n);
            async move {
                let along = UpdateConditions::default();
                let updated = users.update(ids[n], &role(None), &along).await.unwrap();
                matches!(updated, Updated::Changed(_))
            }
        })
        .await;
        assert_eq!(count(&made, |made| *made), 1, "round {round}");
        before = Some(if made[0] { bob } else { ada });
    }
}

pub async fn however_admins_go_at_once_one_stays(world: World) {
    for round in 0..5 {
        let mut ids = vec![];
        for n in 0..6 {
            ids.push(world.admin(&format!("admin{round}{n}")).await.id);
        }
        let there = world.admins().await;
        let gone = parallel(6, |n| {
            let users = world.accounts().users.handle(n);
            let id = ids[n];
            async move {
                let along = UpdateConditions::default();
                let change = match n % 3 {
                    0 => {
                        return users
                            .delete(id, None, Effects::none())
                            .await
                            .unwrap()
                            .is_done();
                    }
                    1 => role(Some(Role::Support)),
                    _ => disabled(true),
                };
                let updated = users.update(id, &change, &along).await.unwrap();
                matches!(updated, Updated::Changed(_))
            }
        })
        .await;
        let gone = count(&gone, |gone| *gone);
        assert_eq!(world.admins().await, there - gone);
        assert!(there - gone >= 1, "nobody is an admin after round {round}");
    }
}
