//! Identities at providers.

use auth_core::identity_store::{Linked, Unlinked};
use auth_core::user::{Created, UpdateConditions, UserChanges};
use auth_core::{Authority, Effects, Identity, IdentityId, NewUser, User, UserId};

use super::{ISSUER, account, confirmed, facts, identity, mail, subject};
use crate::backend::World;
use crate::suite::{at, count, parallel};

/// An account without a password that begins with this identity.
fn arriving(username: &str, identity: Identity) -> NewUser {
    NewUser {
        password_hash: None,
        identity: Some(identity),
        ..confirmed(username, &format!("{username}@example.org"))
    }
}

/// The sign-in of a user whose session was looked at elsewhere.
fn by(user: &User) -> Authority {
    Authority {
        credentials_version: user.credentials_version,
        session: None,
        at: at(1),
    }
}

async fn link(world: &World, user: &User, identity: &Identity) -> Linked {
    let by = by(user);
    let linked = world
        .identities()
        .link(user.id, &by, identity, Effects::none());
    linked.await.unwrap()
}

async fn unlink(world: &World, user: &User, id: IdentityId) -> Unlinked {
    let (issuers, by) = ([ISSUER.to_owned()], by(user));
    let unlinked = world
        .identities()
        .unlink(user.id, &by, id, &issuers, Effects::none());
    unlinked.await.unwrap()
}

async fn owner(world: &World, name: &str) -> Option<UserId> {
    let owner = world.identities().owner(&subject(name)).await.unwrap();
    owner.map(|(user, _)| user.id)
}

async fn identities(world: &World, user: &User) -> Vec<Identity> {
    world.identities().list(user.id).await.unwrap()
}

pub async fn an_account_comes_with_its_first_identity(world: World) {
    let identity = identity("ada");
    let user = world.made(&arriving("ada", identity.clone())).await;
    assert!(user.password_hash.is_none());
    let owner = world.identities().owner(&subject("ada")).await.unwrap();
    let (owner, link) = owner.unwrap();
    assert_eq!(facts(&owner), facts(&user));
    assert_eq!(link, identity.id);
    assert_eq!(identities(&world, &user).await, [identity]);
    let elsewhere = auth_core::identity::Subject {
        issuer: "https://other.example.org".into(),
        name: "ada".into(),
    };
    assert!(
        world
            .identities()
            .owner(&elsewhere)
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn an_identity_that_is_taken_makes_no_account(world: World) {
    let user = world.made(&arriving("ada", identity("ada"))).await;
    let other = arriving("bob", identity("ada"));
    let told = mail(&other.email, Some(other.id));
    let created = world.create(&other, &[told]).await;
    assert!(matches!(created, Created::IdentityTaken), "{created:?}");
    assert!(world.user_with_id(other.id).await.is_none());
    assert_eq!(world.pending().await, 0);
    assert_eq!(owner(&world, "ada").await, Some(user.id));
}

pub async fn of_parallel_accounts_with_one_identity_one_is_made(world: World) {
    let created = parallel(20, |n| {
        let users = world.accounts().users.handle(n);
        let new = arriving(&format!("ada{n}"), identity("ada"));
        async move { users.create(&new, Effects::none()).await.unwrap() }
    })
    .await;
    let made = count(&created, |one| matches!(one, Created::Made(_)));
    let taken = count(&created, |one| matches!(one, Created::IdentityTaken));
    assert_eq!((made, taken), (1, 19));
}

pub async fn an_identity_is_linked_once(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    assert_eq!(link(&world, &user, &identity("ada")).await, Linked::Linked);
    assert_eq!(link(&world, &user, &identity("ada")).await, Linked::Already);
    assert_eq!(link(&world, &user, &identity("eve")).await, Linked::Linked);
    let names: Vec<_> = identities(&world, &user)
        .await
        .into_iter()
        .map(|identity| identity.subject.name)
        .collect();
    assert_eq!(names, ["ada", "eve"]);
}

pub async fn the_identity_of_another_account_can_not_be_linked(world: World) {
    let owner_of_it = world.made(&arriving("ada", identity("ada"))).await;
    let other = world.made(&confirmed("bob", "bob@example.org")).await;
    assert_eq!(link(&world, &other, &identity("ada")).await, Linked::Taken);
    assert_eq!(owner(&world, "ada").await, Some(owner_of_it.id));
}

pub async fn of_parallel_links_of_one_identity_to_two_accounts_one_is_made(world: World) {
    let ada = world.made(&confirmed("ada", "ada@example.org")).await;
    let bob = world.made(&confirmed("bob", "bob@example.org")).await;
    let linked = parallel(20, |n| {
        let identities = world.accounts().identities.handle(n);
        let user = if n % 2 == 0 { &ada } else { &bob };
        let (id, by) = (user.id, by(user));
        async move {
            identities
                .link(id, &by, &identity("x"), Effects::none())
                .await
                .unwrap()
        }
    })
    .await;
    assert_eq!(count(&linked, |one| *one == Linked::Linked), 1);
    assert_eq!(count(&linked, |one| *one == Linked::Already), 9);
    assert_eq!(count(&linked, |one| *one == Linked::Taken), 10);
}

pub async fn nothing_is_linked_to_an_account_that_changed_its_credentials(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    for changes in [
        UserChanges {
            new_credentials: true,
            ..UserChanges::default()
        },
        UserChanges {
            disabled: Some(true),
            ..UserChanges::default()
        },
    ] {
        world
            .update(user.id, &changes, &UpdateConditions::default())
            .await;
        assert_eq!(link(&world, &user, &identity("ada")).await, Linked::Refused);
    }
    let unconfirmed = world.made(&account("bob", "bob@example.org")).await;
    assert_eq!(
        link(&world, &unconfirmed, &identity("bob")).await,
        Linked::Refused
    );
    assert_eq!(owner(&world, "ada").await, None);
}

pub async fn an_identity_and_its_mail_are_linked_and_unlinked_together(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let one = identity("ada");
    let told = [mail(&user.email, None)];
    let store = world.identities();
    let by = by(&user);
    store
        .link(user.id, &by, &one, &Effects::mail(told.clone()))
        .await
        .unwrap();
    assert_eq!(world.pending().await, 1);
    store
        .link(
            user.id,
            &by,
            &one,
            &Effects::mail([mail(&user.email, None)]),
        )
        .await
        .unwrap();
    assert_eq!(world.pending().await, 1);
    let told = [mail(&user.email, None)];
    store
        .unlink(user.id, &by, one.id, &[], &Effects::mail(told.clone()))
        .await
        .unwrap();
    assert_eq!(world.pending().await, 2);
    let told = [mail(&user.email, None)];
    store
        .unlink(user.id, &by, one.id, &[], &Effects::mail(told.clone()))
        .await
        .unwrap();
    assert_eq!(world.pending().await, 2);
}

pub async fn nobody_unlinks_the_identity_of_somebody_else(world: World) {
    let one = identity("ada");
    world.made(&arriving("ada", one.clone())).await;
    let other = world.made(&confirmed("bob", "bob@example.org")).await;
    assert_eq!(unlink(&world, &other, one.id).await, Unlinked::NotFound);
    let nobody = User {
        id: UserId::generate(),
        ..other
    };
    assert_eq!(unlink(&world, &nobody, one.id).await, Unlinked::Refused);
    assert!(owner(&world, "ada").await.is_some());
}

pub async fn the_last_way_in_stays(world: World) {
    let one = identity("ada");
    let user = world.made(&arriving("ada", one.clone())).await;
    assert_eq!(
        unlink(&world, &user, one.id).await,
        Unlinked::LastSignInMethod
    );
    let unusable = Identity {
        subject: auth_core::identity::Subject {
            issuer: "https://gone.example.org".into(),
            name: "ada".into(),
        },
        ..identity("ada")
    };
    assert_eq!(link(&world, &user, &unusable).await, Linked::Linked);
    assert_eq!(
        unlink(&world, &user, one.id).await,
        Unlinked::LastSignInMethod
    );
    let password = UserChanges {
        password_hash: Some(auth_core::PasswordHash::from_stored("a hash".into())),
        ..UserChanges::default()
    };
    world
        .update(user.id, &password, &UpdateConditions::default())
        .await;
    assert_eq!(unlink(&world, &user, one.id).await, Unlinked::Unlinked);
    assert_eq!(owner(&world, "ada").await, None);
}

pub async fn of_two_parallel_unlinks_of_the_last_two_ways_in_one_is_refused(world: World) {
    for round in 0..10 {
        let pair = [
            identity(&format!("a{round}")),
            identity(&format!("b{round}")),
        ];
        let new = arriving(&format!("ada{round}"), pair[0].clone());
        let user = world.made(&new).await;
        assert_eq!(link(&world, &user, &pair[1]).await, Linked::Linked);
        let unlinked = parallel(2, |n| {
            let (identities, id) = (world.accounts().identities.handle(n), pair[n].id);
            let (user, by) = (user.id, by(&user));
            async move {
                let issuers = [ISSUER.to_owned()];
                let unlinked = identities.unlink(user, &by, id, &issuers, Effects::none());
                unlinked.await.unwrap()
            }
        })
        .await;
        assert_eq!(count(&unlinked, |one| *one == Unlinked::Unlinked), 1);
        assert_eq!(identities(&world, &user).await.len(), 1);
    }
}

pub async fn identities_go_with_their_account(world: World) {
    let user = world.made(&arriving("ada", identity("ada"))).await;
    let bystander = world.made(&arriving("bob", identity("bob"))).await;
    assert!(
        world
            .users()
            .delete(user.id, None, Effects::none())
            .await
            .unwrap()
            .is_done()
    );
    assert_eq!(owner(&world, "ada").await, None);
    assert_eq!(owner(&world, "bob").await, Some(bystander.id));
    world.made(&arriving("ada", identity("ada"))).await;
}
