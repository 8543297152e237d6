//! Searching accounts.

use auth_core::user::{SearchBy, UpdateConditions, UserChanges, UserSearch};
use auth_core::{Role, User};

use super::admins::role;
use super::{account, name};
use crate::backend::World;

fn by(by: SearchBy, prefix: &str) -> UserSearch {
    UserSearch {
        by,
        prefix: prefix.to_owned(),
        after: None,
        disabled: None,
        role: None,
        limit: 100,
    }
}

impl World {
    async fn found(&self, search: &UserSearch) -> Vec<String> {
        let found = self.users().search(search).await.unwrap();
        found
            .iter()
            .map(|user: &User| user.username.as_str().to_owned())
            .collect()
    }
}

pub async fn accounts_are_found_by_how_a_name_begins(world: World) {
    for (name, email) in [
        ("Ada", "zoe@example.org"),
        ("adam", "bob@example.org"),
        ("Bob", "ada@example.org"),
        ("a.da", "eve@example.org"),
    ] {
        world.made(&account(name, email)).await;
    }
    let found = |kind, prefix| {
        let (world, search) = (&world, by(kind, prefix));
        async move { world.found(&search).await }
    };
    assert_eq!(found(SearchBy::Username, "ada").await, ["Ada", "adam"]);
    assert_eq!(found(SearchBy::Username, "adam").await, ["adam"]);
    assert_eq!(found(SearchBy::Email, "ada").await, ["Bob"]);
    assert_eq!(found(SearchBy::Email, "bob@example.org").await, ["adam"]);
    for none in ["adb", "%", "a_a", "ada%", "\u{10FFFF}"] {
        assert_eq!(found(SearchBy::Username, none).await, [""; 0], "{none}");
    }
    let all = found(SearchBy::Username, "").await;
    assert_eq!(all, ["a.da", "Ada", "adam", "Bob"]);
}

pub async fn a_page_goes_on_where_the_last_one_ended(world: World) {
    for n in 0..7 {
        let word = format!("user{}", (n * 5) % 7);
        world
            .made(&account(&word, &format!("{word}@example.org")))
            .await;
    }
    let (mut seen, mut after) = (vec![], None);
    for size in [3, 3, 1, 0] {
        let search = UserSearch {
            after,
            limit: 3,
            ..by(SearchBy::Username, "user")
        };
        let page = world.found(&search).await;
        assert_eq!(page.len(), size);
        seen.extend(page);
        after = seen.last().map(|last| name(last).key().to_owned());
    }
    let expected: Vec<_> = (0..7).map(|n| format!("user{n}")).collect();
    assert_eq!(seen, expected);
    // Whatever comes before the beginning is passed over.
    let search = UserSearch {
        after: Some("aaa".to_owned()),
        ..by(SearchBy::Username, "user")
    };
    assert_eq!(world.found(&search).await, expected);
}

/// Collations of people put dots aside and capitals beside small letters.
pub async fn keys_are_in_the_order_of_their_bytes(world: World) {
    let names = ["abc", "a-c", "a.b", "a_b", "жук", "éva", "zed"];
    for (n, name) in names.iter().enumerate() {
        world
            .made(&account(name, &format!("n{n}@example.org")))
            .await;
    }
    let found = world.found(&by(SearchBy::Username, "")).await;
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(found, sorted);
    assert_eq!(found.len(), names.len());
    assert_eq!(world.found(&by(SearchBy::Username, "é")).await, ["éva"]);
}

pub async fn accounts_are_found_by_role_and_state(world: World) {
    for (n, (given, disabled)) in [
        (None, false),
        (None, true),
        (Some(Role::Admin), false),
        (Some(Role::Support), false),
        (Some(Role::Support), true),
    ]
    .into_iter()
    .enumerate()
    {
        let word = format!("user{n}");
        let user = world
            .made(&account(&word, &format!("{word}@example.org")))
            .await;
        let changes = UserChanges {
            disabled: Some(disabled),
            ..role(given)
        };
        let along = UpdateConditions::default();
        world.update(user.id, &changes, &along).await;
    }
    for kind in [SearchBy::Username, SearchBy::Email] {
        let expect = async |role, disabled, expected: &[&str]| {
            let search = UserSearch {
                role,
                disabled,
                ..by(kind, "user")
            };
            assert_eq!(world.found(&search).await, expected, "{search:?}");
        };
        expect(None, Some(true), &["user1", "user4"]).await;
        expect(None, Some(false), &["user0", "user2", "user3"]).await;
        expect(Some(Role::Admin), None, &["user2"]).await;
        expect(Some(Role::Support), None, &["user3", "user4"]).await;
        expect(Some(Role::Support), Some(true), &["user4"]).await;
        expect(Some(Role::Admin), Some(true), &[]).await;
    }
}
