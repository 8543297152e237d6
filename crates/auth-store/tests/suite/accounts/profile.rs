//! What applications keep about people.

use auth_core::Profile;
use auth_core::user::{UpdateConditions, Updated, UserChanges};
use serde_json::{Value, json};

use super::account;
use crate::backend::World;

fn profile(fields: &Value) -> Profile {
    Profile::new(fields.as_object().unwrap().clone())
}

fn setting(fields: &Value) -> UserChanges {
    UserChanges {
        profile: Some(profile(fields)),
        ..UserChanges::default()
    }
}

fn while_still(profile: &Profile) -> UpdateConditions {
    UpdateConditions {
        if_profile: Some(profile.clone()),
        ..UpdateConditions::default()
    }
}

pub async fn a_new_account_has_an_empty_one(world: World) {
    let user = world.made(&account("ada", "ada@example.org")).await;
    assert!(user.profile.fields().is_empty());
    assert_eq!(user.profile.stored(), None);
    let found = world.user_with_id(user.id).await.unwrap();
    assert_eq!(found.profile.stored(), None);
}

pub async fn it_comes_back_as_it_was_kept(world: World) {
    let user = world.made(&account("ada", "ada@example.org")).await;
    let fields = json!({ "city": "Zürich \u{1f3d4}", "nul": "\0", "deep": [{ "n": 1.5 }, null] });
    let always = UpdateConditions::default();
    let updated = world.update(user.id, &setting(&fields), &always).await;
    let Updated::Changed(changed) = updated else {
        panic!("{updated:?}")
    };
    let found = world.user_with_id(user.id).await.unwrap();
    for user in [&changed, &found] {
        assert_eq!(Value::from(user.profile.fields().clone()), fields);
    }
    // And stays, when something else is changed.
    let nothing = UserChanges::default();
    world.update(user.id, &nothing, &always).await;
    let found = world.user_with_id(user.id).await.unwrap();
    assert_eq!(Value::from(found.profile.fields().clone()), fields);
}

pub async fn it_is_changed_only_while_it_is_what_was_read(world: World) {
    let user = world.made(&account("ada", "ada@example.org")).await;
    let (first, second) = (json!({ "n": 1 }), json!({ "n": 2 }));
    let empty = while_still(&user.profile);
    let updated = world.update(user.id, &setting(&first), &empty).await;
    assert!(matches!(updated, Updated::Changed(_)), "{updated:?}");
    let updated = world.update(user.id, &setting(&second), &empty).await;
    assert!(matches!(updated, Updated::Refused), "{updated:?}");
    let other = while_still(&profile(&second));
    let updated = world.update(user.id, &setting(&second), &other).await;
    assert!(matches!(updated, Updated::Refused), "{updated:?}");
    let found = world.user_with_id(user.id).await.unwrap();
    assert_eq!(Value::from(found.profile.fields().clone()), first);
    let read = while_still(&found.profile);
    let updated = world.update(user.id, &setting(&second), &read).await;
    assert!(matches!(updated, Updated::Changed(_)), "{updated:?}");
}
