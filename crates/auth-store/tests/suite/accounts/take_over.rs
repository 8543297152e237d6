//! Accounts that come from elsewhere.

use auth_core::user::{Imported, ImportedUser};
use auth_core::{Identity, NewUser, UserId};

use super::{account, confirmed, facts, identity};
use crate::backend::World;
use crate::suite::{at, count, parallel};

/// Somebody with these identities.
fn coming(user: NewUser, identities: &[Identity]) -> ImportedUser {
    ImportedUser {
        user,
        disabled: false,
        identities: identities.to_vec(),
    }
}

fn named(name: &str) -> NewUser {
    confirmed(name, &format!("{name}@example.org"))
}

async fn take(world: &World, coming: &[ImportedUser]) -> Vec<Imported> {
    world.users().take_over(coming, at(1), false).await.unwrap()
}

async fn identities(world: &World, user: UserId) -> Vec<Identity> {
    world.identities().list(user).await.unwrap()
}

pub async fn an_account_comes_with_all_that_belongs_to_it(world: World) {
    let both = [identity("one"), identity("two")];
    let ada = ImportedUser {
        disabled: true,
        ..coming(named("ada"), &both)
    };
    assert_eq!(
        take(&world, std::slice::from_ref(&ada)).await,
        [Imported::Taken]
    );
    let user = world.users().find(ada.user.id).await.unwrap().unwrap();
    assert!(user.disabled && user.email_verified);
    assert_eq!(user.password_hash, ada.user.password_hash);
    assert_eq!(user.created_at, ada.user.created_at);
    assert_eq!(identities(&world, user.id).await, both);
}

pub async fn one_that_cannot_be_taken_leaves_nothing_and_the_others_come(world: World) {
    world.made(&named("ada")).await;
    let other = |name: &str, email: &str| NewUser {
        password_hash: None,
        ..account(name, email)
    };
    let owned = identity("owned");
    let rows = [
        (
            coming(named("bob"), std::slice::from_ref(&owned)),
            Imported::Taken,
        ),
        (
            coming(other("ADA", "a@example.org"), &[]),
            Imported::UsernameTaken,
        ),
        (
            coming(other("eve", "ADA@example.org"), &[]),
            Imported::EmailTaken,
        ),
        (
            coming(other("eve", "BOB@example.org"), &[]),
            Imported::EmailTaken,
        ),
        (
            coming(named("mallory"), &[identity("free"), owned]),
            Imported::IdentityTaken,
        ),
        (
            coming(named("trent"), &[identity("twice"), identity("twice")]),
            Imported::IdentityTaken,
        ),
        (
            coming(named("peggy"), &[identity("free"), identity("twice")]),
            Imported::Taken,
        ),
    ];
    let (coming, expected): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    assert_eq!(take(&world, &coming).await, expected);
    for gone in [&coming[4], &coming[5]] {
        assert!(world.users().find(gone.user.id).await.unwrap().is_none());
        assert!(identities(&world, gone.user.id).await.is_empty());
    }
    assert_eq!(identities(&world, coming[6].user.id).await.len(), 2);
}

pub async fn who_is_there_is_known_and_stays_as_they_are(world: World) {
    let one = identity("one");
    let ada = coming(named("ada"), std::slice::from_ref(&one));
    assert_eq!(
        take(&world, std::slice::from_ref(&ada)).await,
        [Imported::Taken]
    );
    let before = world.users().find(ada.user.id).await.unwrap().unwrap();
    let without_hash = |user: NewUser| NewUser {
        password_hash: None,
        ..user
    };
    let other_id = |user: NewUser| NewUser {
        id: UserId::generate(),
        ..user
    };
    let renamed = NewUser {
        username: super::name("countess"),
        ..ada.user.clone()
    };
    let stranger = NewUser {
        id: ada.user.id,
        ..without_hash(named("stranger"))
    };
    let by_identity = other_id(without_hash(ada.user.clone()));
    let rows = [
        (ada.clone(), Imported::AlreadyThere),
        (coming(renamed, &[]), Imported::AlreadyThere),
        (
            coming(other_id(ada.user.clone()), &[]),
            Imported::AlreadyThere,
        ),
        (
            coming(by_identity.clone(), &[identity("one")]),
            Imported::AlreadyThere,
        ),
        (coming(by_identity, &[]), Imported::EmailTaken),
        (coming(stranger, &[]), Imported::IdTaken),
    ];
    let (rows, expected): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    assert_eq!(take(&world, &rows).await, expected);
    let after = world.users().find(ada.user.id).await.unwrap().unwrap();
    assert_eq!(facts(&after), facts(&before));
    assert_eq!(identities(&world, ada.user.id).await, [one]);
}

pub async fn a_dry_run_tells_the_same_and_keeps_nothing(world: World) {
    let rows = [
        coming(named("ada"), &[identity("one")]),
        coming(confirmed("ada", "other@example.org"), &[]),
        coming(named("bob"), &[identity("one")]),
    ];
    let expected = [
        Imported::Taken,
        Imported::UsernameTaken,
        Imported::IdentityTaken,
    ];
    let dry = world.users().take_over(&rows, at(1), true).await.unwrap();
    assert_eq!(dry, expected);
    assert!(world.users().list(None, 10).await.unwrap().is_empty());
    assert_eq!(take(&world, &rows).await, expected);
}

pub async fn of_parallel_imports_of_one_account_one_takes_it(world: World) {
    let rows = [coming(named("ada"), &[identity("one")])];
    let told = parallel(20, |n| {
        let (users, rows) = (world.accounts().users.handle(n), rows.clone());
        async move { users.take_over(&rows, at(1), false).await.unwrap() }
    })
    .await;
    assert_eq!(count(&told, |one| one[..] == [Imported::Taken]), 1);
    assert_eq!(count(&told, |one| one[..] == [Imported::AlreadyThere]), 19);
}
