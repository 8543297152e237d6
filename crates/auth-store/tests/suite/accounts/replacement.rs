//! Registering an address again that was never confirmed.

use auth_core::user::{Created, Unverified};
use auth_core::{NewUser, Purpose, UserId};

use super::{account, at, confirmed, facts, mail};
use crate::backend::World;
use crate::suite::parallel;

async fn replace(world: &World, new: &NewUser) -> Created {
    let mails = [mail(&new.email, Some(new.id))];
    let created = world.users().create(new, Unverified::Replace, &mails).await;
    created.unwrap()
}

/// Expects an account to be made, and gives the one it replaced.
async fn replaced_by(world: &World, new: &NewUser) -> Option<UserId> {
    match replace(world, new).await {
        Created::Made { user, replaced } => {
            assert_eq!(user.id, new.id);
            replaced
        }
        other => panic!("expected a new account, got {other:?}"),
    }
}

pub async fn a_new_account_replaces_the_unconfirmed_one_and_all_it_had(world: World) {
    let old = account("ada", "ada@example.org");
    assert_eq!(replaced_by(&world, &old).await, None);
    let old_token = world.hand_out(old.id, Purpose::Verify).await;

    // The name may be the old one, the address may be spelt otherwise.
    let new = account("ada", "ADA@example.org");
    assert_eq!(replaced_by(&world, &new).await, Some(old.id));
    assert!(world.user_with_id(old.id).await.is_none());
    assert!(!world.is_in_force(&old_token).await);
    let mails = world.claim(at(0)).await;
    let owners: Vec<_> = mails.iter().map(|mail| mail.user_id).collect();
    assert_eq!(owners, [Some(new.id)]);
}

pub async fn a_replacement_touches_nobody_else(world: World) {
    let bystander = world.made(&account("bob", "bob@example.org")).await;
    let token = world.hand_out(bystander.id, Purpose::Verify).await;
    world
        .queue(&mail(&bystander.email, Some(bystander.id)))
        .await;
    let old = account("ada", "ada@example.org");
    replaced_by(&world, &old).await;
    replaced_by(&world, &account("eve", "ada@example.org")).await;
    assert!(world.user_with_id(bystander.id).await.is_some());
    assert!(world.is_in_force(&token).await);
    assert_eq!(world.pending().await, 2);
}

pub async fn a_confirmed_account_is_never_replaced(world: World) {
    let owner = world.made(&confirmed("ada", "ada@example.org")).await;
    let token = world.hand_out(owner.id, Purpose::Reset).await;
    let created = replace(&world, &account("eve", "ada@example.org")).await;
    assert!(matches!(created, Created::EmailTaken));
    let still = world.user_with_id(owner.id).await.unwrap();
    assert_eq!(facts(&still), facts(&owner));
    assert!(world.is_in_force(&token).await);
}

pub async fn where_unconfirmed_accounts_are_kept_their_address_is_taken(world: World) {
    let owner = world.made(&account("ada", "ada@example.org")).await;
    let created = world.create(&account("eve", "ada@example.org"), &[]).await;
    assert!(matches!(created, Created::EmailTaken));
    assert!(world.user_with_id(owner.id).await.is_some());
}

pub async fn a_refused_registration_replaces_nothing(world: World) {
    world.made(&confirmed("bob", "bob@example.org")).await;
    let old = account("ada", "ada@example.org");
    replaced_by(&world, &old).await;
    let token = world.hand_out(old.id, Purpose::Verify).await;
    let created = replace(&world, &account("bob", "ada@example.org")).await;
    assert!(matches!(created, Created::UsernameTaken));
    assert!(world.user_with_id(old.id).await.is_some());
    assert!(world.is_in_force(&token).await);
    assert_eq!(world.pending().await, 1);
}

pub async fn of_fifty_parallel_replacements_one_account_remains(world: World) {
    let made = parallel(50, |n| {
        let users = world.accounts().users.handle(n);
        let new = account(&format!("ada{n}"), "ada@example.org");
        let mails = [mail(&new.email, Some(new.id))];
        async move {
            let created = users.create(&new, Unverified::Replace, &mails).await;
            match created.unwrap() {
                Created::Made { replaced, .. } => (new.id, replaced),
                other => panic!("expected a new account, got {other:?}"),
            }
        }
    })
    .await;

    let left = world.users().list(None, 100).await.unwrap();
    assert_eq!(left.len(), 1);
    // Each but the last was replaced, by exactly one.
    let mut gone: Vec<_> = made.iter().filter_map(|(_, replaced)| *replaced).collect();
    let mut expected: Vec<_> = made.iter().map(|(id, _)| *id).collect();
    expected.retain(|id| *id != left[0].id);
    gone.sort_unstable();
    expected.sort_unstable();
    assert_eq!(gone, expected);
    assert_eq!(world.pending().await, 1);
}
