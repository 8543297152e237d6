//! Which changes of users are told to whoever keeps answers about them.

use auth_core::user::{UpdateConditions, UserChanges};
use auth_core::{Effects, Language, PasswordHash, PersonName, Profile};
use serde_json::json;

use super::{address, confirmed, name};
use crate::backend::World;
use crate::suite::changes::Followers;

fn person(text: &str) -> Option<PersonName> {
    Some(PersonName::parse("name", text).unwrap())
}

pub async fn whatever_a_profile_shows_or_a_credential_rests_on_is_told(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let other = world.made(&confirmed("bob", "bob@example.org")).await;
    let fields = json!({ "city": "London" }).as_object().unwrap().clone();
    let none = UserChanges::default;
    let changes = [
        UserChanges {
            first_name: person("Augusta"),
            ..none()
        },
        UserChanges {
            last_name: person("King"),
            ..none()
        },
        UserChanges {
            username: Some(name("augusta")),
            ..none()
        },
        UserChanges {
            email: Some(address("a@example.com")),
            ..none()
        },
        UserChanges {
            email_verified: Some(false),
            ..none()
        },
        UserChanges {
            disabled: Some(true),
            ..none()
        },
        UserChanges {
            profile: Some(Profile::new(fields)),
            ..none()
        },
        UserChanges {
            language: Some(Language::from_tag("de")),
            ..none()
        },
        UserChanges {
            language: Some(None),
            ..none()
        },
        UserChanges {
            new_credentials: true,
            ..none()
        },
    ];
    let followers = Followers::of_users(&world.accounts().users);
    for change in changes {
        let before = followers.now().await;
        world
            .update(user.id, &change, &UpdateConditions::default())
            .await;
        assert!(followers.heard(&before, user.id).await, "{change:?}");
        assert!(!followers.heard(&before, other.id).await, "{change:?}");
    }
}

pub async fn a_password_hashed_anew_and_no_change_at_all_are_not_told(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let followers = Followers::of_users(&world.accounts().users);
    let before = followers.now().await;
    let rehashed = UserChanges {
        password_hash: Some(PasswordHash::from_stored("a better hash".into())),
        ..UserChanges::default()
    };
    let same = UserChanges {
        first_name: Some(user.first_name.clone()),
        ..UserChanges::default()
    };
    for change in [rehashed, same] {
        world
            .update(user.id, &change, &UpdateConditions::default())
            .await;
    }
    assert!(!followers.heard(&before, user.id).await);
}

pub async fn a_first_password_and_the_end_of_an_account_are_told(world: World) {
    let user = confirmed("ada", "ada@example.org");
    let user = auth_core::NewUser {
        password_hash: None,
        ..user
    };
    let user = world.made(&user).await;
    let followers = Followers::of_users(&world.accounts().users);
    let before = followers.now().await;
    let first = UserChanges {
        password_hash: Some(PasswordHash::from_stored("a hash".into())),
        ..UserChanges::default()
    };
    world
        .update(user.id, &first, &UpdateConditions::default())
        .await;
    assert!(followers.heard(&before, user.id).await);
    let before = followers.now().await;
    assert!(
        world
            .users()
            .delete(user.id, None, Effects::none())
            .await
            .unwrap()
            .is_done()
    );
    assert!(followers.heard(&before, user.id).await);
}
