//! Deleting accounts.

use auth_core::{Effects, Purpose, UserId};

use super::{address, at, confirmed, mail};
use crate::backend::World;
use crate::suite::{count, parallel};

pub async fn an_account_goes_with_its_tokens_and_mail_and_its_owner_is_told(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let key = world.hand_out(user.id, Purpose::Reset).await;
    world.queue(&mail(&user.email, Some(user.id))).await;
    let farewell = mail(&user.email, None);

    let told = Effects::mail([farewell.clone()]);
    let deleted = world.users().delete(user.id, None, &told);
    assert!(deleted.await.unwrap().is_done());
    assert!(world.user_with_id(user.id).await.is_none());
    assert!(!world.is_in_force(&key).await);
    let mails = world.claim(at(0)).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].user_id, None);
}

pub async fn a_deletion_touches_nobody_else(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let bystander = world.made(&confirmed("bob", "bob@example.org")).await;
    let key = world.hand_out(bystander.id, Purpose::Reset).await;
    world
        .queue(&mail(&bystander.email, Some(bystander.id)))
        .await;
    world.queue(&mail(&user.email, None)).await;
    assert!(
        world
            .users()
            .delete(user.id, None, Effects::none())
            .await
            .unwrap()
            .is_done()
    );
    assert!(world.user_with_id(bystander.id).await.is_some());
    assert!(world.is_in_force(&key).await);
    assert_eq!(world.pending().await, 2);
}

pub async fn a_deleted_account_frees_its_name_and_address(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    assert!(
        world
            .users()
            .delete(user.id, None, Effects::none())
            .await
            .unwrap()
            .is_done()
    );
    let again = world.made(&confirmed("ada", "ada@example.org")).await;
    assert_ne!(again.id, user.id);
}

pub async fn an_unknown_account_can_not_be_deleted(world: World) {
    let farewell = [mail(&address("ada@example.org"), None)];
    let deleted = world
        .users()
        .delete(UserId::generate(), None, &Effects::mail(farewell.clone()))
        .await;
    assert!(!deleted.unwrap().is_done());
    assert_eq!(world.pending().await, 0);
}

pub async fn of_parallel_deletions_one_counts(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let deleted = parallel(20, |n| {
        let users = world.accounts().users.handle(n);
        let farewell = [mail(&user.email, None)];
        async move {
            users
                .delete(user.id, None, &Effects::mail(farewell.clone()))
                .await
                .unwrap()
                .is_done()
        }
    })
    .await;
    assert_eq!(count(&deleted, |deleted| *deleted), 1);
    assert_eq!(world.pending().await, 1);
}
