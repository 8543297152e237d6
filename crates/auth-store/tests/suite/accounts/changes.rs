//! Changing accounts, under conditions and together with tokens and mail.

use auth_core::user::{UpdateConditions, Updated, UserChanges};
use auth_core::{
    Effects, Language, PasswordHash, PersonName, Profile, Purpose, Role, User, UserId,
};

use super::{account, address, at, confirmed, facts, mail, name};
use crate::backend::World;
use crate::suite::{count, parallel};

fn changed(updated: Updated) -> User {
    match updated {
        Updated::Changed(user) => user,
        other => panic!("expected a change, got {other:?}"),
    }
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_stored(text.to_owned())
}

/// A change that shows.
fn renaming(text: &str) -> UserChanges {
    UserChanges {
        first_name: Some(PersonName::parse("first_name", text).unwrap()),
        ..UserChanges::default()
    }
}

/// Expects a refusal that changed nothing and queued nothing.
async fn assert_refused(world: &World, user: &User, along: UpdateConditions) {
    let along = UpdateConditions {
        effects: Effects::mail(vec![mail(&user.email, Some(user.id))]),
        ..along
    };
    let updated = world.update(user.id, &renaming("Eve"), &along).await;
    assert!(matches!(updated, Updated::Refused), "{updated:?}");
    let still = world.user_with_id(user.id).await.unwrap();
    assert_eq!(facts(&still), facts(user));
    assert_eq!(world.pending().await, 0);
}

pub async fn every_field_can_be_changed(world: World) {
    let user = world.made(&account("ada", "ada@example.org")).await;
    let changes = UserChanges {
        first_name: Some(PersonName::parse("first_name", "Augusta").unwrap()),
        last_name: Some(PersonName::parse("last_name", "King").unwrap()),
        username: Some(name("Augusta")),
        email: Some(address("Augusta@example.com")),
        email_verified: Some(true),
        password_hash: Some(hash("another")),
        disabled: Some(true),
        profile: Some(Profile::new(serde_json::Map::default())),
        role: Some(Some(Role::Support)),
        language: Some(Language::from_tag("de")),
        new_credentials: true,
    };
    let now = changed(
        world
            .update(user.id, &changes, &UpdateConditions::default())
            .await,
    );
    let expected = User {
        first_name: changes.first_name.unwrap(),
        last_name: changes.last_name.unwrap(),
        username: changes.username.unwrap(),
        email: changes.email.unwrap(),
        email_verified: true,
        password_hash: changes.password_hash,
        disabled: true,
        role: Some(Role::Support),
        credentials_version: user.credentials_version + 1,
        language: Language::from_tag("de"),
        ..user
    };
    assert_eq!(facts(&now), facts(&expected));
    let found = world.users().find_by_username(&name("augusta")).await;
    assert_eq!(facts(&found.unwrap().unwrap()), facts(&expected));
    let old = world
        .users()
        .find_by_email(&address("ada@example.org"))
        .await;
    assert!(old.unwrap().is_none());
}

pub async fn what_is_not_mentioned_stays(world: World) {
    let user = world.made(&account("ada", "ada@example.org")).await;
    let bystander = world.made(&account("bob", "bob@example.org")).await;
    let unchanged = world
        .update(
            user.id,
            &UserChanges::default(),
            &UpdateConditions::default(),
        )
        .await;
    assert_eq!(facts(&changed(unchanged)), facts(&user));
    changed(
        world
            .update(user.id, &renaming("Eve"), &UpdateConditions::default())
            .await,
    );
    let still = world.user_with_id(bystander.id).await.unwrap();
    assert_eq!(facts(&still), facts(&bystander));
}

pub async fn an_unknown_account_is_not_changed(world: World) {
    let nobody = UserId::generate();
    let along = UpdateConditions {
        effects: Effects::mail(vec![mail(&address("ada@example.org"), None)]),
        ..UpdateConditions::default()
    };
    let updated = world.update(nobody, &renaming("Eve"), &along).await;
    assert!(matches!(updated, Updated::Refused));
    assert_eq!(world.pending().await, 0);
}

pub async fn a_change_and_its_mail_are_made_together(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let along = UpdateConditions {
        effects: Effects::mail(vec![
            mail(&user.email, None),
            mail(&user.email, Some(user.id)),
        ]),
        ..UpdateConditions::default()
    };
    changed(world.update(user.id, &renaming("Augusta"), &along).await);
    assert_eq!(world.pending().await, 2);
}

pub async fn a_token_is_spent_once(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let key = world.hand_out(user.id, Purpose::Reset).await;
    let along = UpdateConditions {
        spend: Some(key),
        ..UpdateConditions::default()
    };
    let user = changed(world.update(user.id, &renaming("Augusta"), &along).await);
    assert!(!world.is_in_force(&key).await);
    assert_refused(&world, &user, along).await;
}

pub async fn of_fifty_parallel_changes_that_spend_one_token_one_is_made(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let key = world.hand_out(user.id, Purpose::Reset).await;
    let updated = parallel(50, |n| {
        let users = world.accounts().users.handle(n);
        let changes = UserChanges {
            new_credentials: true,
            ..UserChanges::default()
        };
        let along = UpdateConditions {
            spend: Some(key),
            effects: Effects::mail(vec![mail(&user.email, None)]),
            ..UpdateConditions::default()
        };
        async move { users.update(user.id, &changes, &along).await.unwrap() }
    })
    .await;
    let changed = count(&updated, |one| matches!(one, Updated::Changed(_)));
    let refused = count(&updated, |one| matches!(one, Updated::Refused));
    assert_eq!((changed, refused), (1, 49));
    let now = world.user_with_id(user.id).await.unwrap();
    assert_eq!(now.credentials_version, user.credentials_version + 1);
    assert_eq!(world.pending().await, 1);
}

pub async fn a_change_can_depend_on_the_address(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let key = world.hand_out(user.id, Purpose::Verify).await;
    let only_if = |email: &str| UpdateConditions {
        if_email: Some(address(email)),
        spend: Some(key),
        ..UpdateConditions::default()
    };
    assert_refused(&world, &user, only_if("old@example.org")).await;
    assert!(world.is_in_force(&key).await, "a refusal spends nothing");
    let along = only_if("ADA@example.org");
    changed(world.update(user.id, &renaming("Augusta"), &along).await);
}

pub async fn a_change_can_depend_on_the_password_hash(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let only_if = |text: &str| UpdateConditions {
        if_password_hash: Some(hash(text)),
        ..UpdateConditions::default()
    };
    assert_refused(&world, &user, only_if("another hash")).await;
    let along = only_if("a hash");
    let user = changed(world.update(user.id, &renaming("Augusta"), &along).await);

    let mut without = confirmed("bob", "bob@example.org");
    without.password_hash = None;
    let without = world.made(&without).await;
    assert_refused(&world, &without, only_if("a hash")).await;
    assert!(world.user_with_id(user.id).await.is_some());
}

pub async fn of_parallel_changes_that_depend_on_one_password_hash_one_is_made(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let updated = parallel(20, |n| {
        let users = world.accounts().users.handle(n);
        let changes = UserChanges {
            password_hash: Some(hash(&format!("hash {n}"))),
            ..UserChanges::default()
        };
        let along = UpdateConditions {
            if_password_hash: user.password_hash.clone(),
            ..UpdateConditions::default()
        };
        async move { users.update(user.id, &changes, &along).await.unwrap() }
    })
    .await;
    let changed = count(&updated, |one| matches!(one, Updated::Changed(_)));
    assert_eq!(changed, 1);
}

pub async fn a_name_or_address_of_somebody_else_is_refused(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    world.made(&account("bob", "bob@example.org")).await;
    let key = world.hand_out(user.id, Purpose::ChangeEmail).await;
    let along = UpdateConditions {
        spend: Some(key),
        effects: Effects::mail(vec![mail(&user.email, None)]),
        ..UpdateConditions::default()
    };
    let username = UserChanges {
        username: Some(name("BOB")),
        ..renaming("Eve")
    };
    let email = UserChanges {
        email: Some(address("Bob@example.org")),
        ..renaming("Eve")
    };
    let updated = world.update(user.id, &username, &along).await;
    assert!(matches!(updated, Updated::UsernameTaken));
    let updated = world.update(user.id, &email, &along).await;
    assert!(matches!(updated, Updated::EmailTaken));
    let still = world.user_with_id(user.id).await.unwrap();
    assert_eq!(facts(&still), facts(&user));
    assert!(world.is_in_force(&key).await);
    assert_eq!(world.pending().await, 0);
}

pub async fn ones_own_name_and_address_can_be_spelt_anew(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let changes = UserChanges {
        username: Some(name("ADA")),
        email: Some(address("Ada@example.org")),
        ..UserChanges::default()
    };
    let now = changed(
        world
            .update(user.id, &changes, &UpdateConditions::default())
            .await,
    );
    assert_eq!(now.username.as_str(), "ADA");
    assert_eq!(now.email.as_str(), "Ada@example.org");
}

pub async fn of_parallel_changes_to_one_name_one_is_made(world: World) {
    let mut ids = vec![];
    for n in 0..20 {
        let new = account(&format!("ada{n}"), &format!("ada{n}@example.org"));
        ids.push(world.made(&new).await.id);
    }
    let updated = parallel(ids.len(), |n| {
        let (users, id) = (world.accounts().users.handle(n), ids[n]);
        let changes = UserChanges {
            username: Some(name("ada")),
            ..UserChanges::default()
        };
        async move {
            users
                .update(id, &changes, &UpdateConditions::default())
                .await
                .unwrap()
        }
    })
    .await;
    let changed = count(&updated, |one| matches!(one, Updated::Changed(_)));
    let taken = count(&updated, |one| matches!(one, Updated::UsernameTaken));
    assert_eq!((changed, taken), (1, 19));
}

pub async fn every_new_version_of_credentials_counts(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    parallel(10, |n| {
        let users = world.accounts().users.handle(n);
        let changes = UserChanges {
            new_credentials: true,
            ..UserChanges::default()
        };
        async move {
            users
                .update(user.id, &changes, &UpdateConditions::default())
                .await
                .unwrap()
        }
    })
    .await;
    let now = world.user_with_id(user.id).await.unwrap();
    assert_eq!(now.credentials_version, user.credentials_version + 10);
    assert!(world.claim(at(0)).await.is_empty());
}
