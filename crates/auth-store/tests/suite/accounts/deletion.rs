//! Deleting accounts, by will or because nobody confirmed them.

use std::collections::HashSet;

use auth_core::{NewUser, Purpose, UserId};

use super::{account, address, at, confirmed, mail, token};
use crate::backend::World;
use crate::suite::{count, parallel};

pub async fn an_account_goes_with_its_tokens_and_mail_and_its_owner_is_told(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let key = world.hand_out(user.id, Purpose::Reset).await;
    world.queue(&mail(&user.email, Some(user.id))).await;
    let farewell = mail(&user.email, None);

    let deleted = world
        .users()
        .delete(user.id, None, std::slice::from_ref(&farewell));
    assert!(deleted.await.unwrap());
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
    assert!(world.users().delete(user.id, None, &[]).await.unwrap());
    assert!(world.user_with_id(bystander.id).await.is_some());
    assert!(world.is_in_force(&key).await);
    assert_eq!(world.pending().await, 2);
}

pub async fn a_deleted_account_frees_its_name_and_address(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    assert!(world.users().delete(user.id, None, &[]).await.unwrap());
    let again = world.made(&confirmed("ada", "ada@example.org")).await;
    assert_ne!(again.id, user.id);
}

pub async fn an_unknown_account_can_not_be_deleted(world: World) {
    let farewell = [mail(&address("ada@example.org"), None)];
    let deleted = world
        .users()
        .delete(UserId::generate(), None, &farewell)
        .await;
    assert!(!deleted.unwrap());
    assert_eq!(world.pending().await, 0);
}

pub async fn of_parallel_deletions_one_counts(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let deleted = parallel(20, |n| {
        let users = world.accounts().users.handle(n);
        let farewell = [mail(&user.email, None)];
        async move { users.delete(user.id, None, &farewell).await.unwrap() }
    })
    .await;
    assert_eq!(count(&deleted, |deleted| *deleted), 1);
    assert_eq!(world.pending().await, 1);
}

/// Purges what was made before `at(1000)`, at `at(2000)`.
async fn purge(world: &World) -> Vec<UserId> {
    let purged = world.users().purge_unverified(at(1000), at(2000)).await;
    let mut purged = purged.unwrap();
    purged.sort_unstable();
    purged
}

pub async fn unconfirmed_accounts_are_purged_when_their_time_is_over(world: World) {
    let old = world.made(&account("old", "old@example.org")).await;
    let older = world.made(&account("older", "older@example.org")).await;
    let expired = world.hand_out(older.id, Purpose::ChangeEmail).await;
    let young = NewUser {
        created_at: at(1000),
        ..account("young", "young@example.org")
    };
    let young = world.made(&young).await;
    let owner = world.made(&confirmed("ada", "ada@example.org")).await;

    assert_eq!(purge(&world).await, [old.id, older.id]);
    assert!(!world.is_in_force(&expired).await);
    for kept in [young.id, owner.id] {
        assert!(world.user_with_id(kept).await.is_some());
    }
    assert!(purge(&world).await.is_empty());
    world.made(&account("old", "old@example.org")).await;
}

pub async fn an_account_that_can_still_be_confirmed_is_not_purged(world: World) {
    let with_link = world.made(&account("ada", "ada@example.org")).await;
    world.hand_out(with_link.id, Purpose::Verify).await;
    let with_mail = world.made(&account("bob", "bob@example.org")).await;
    world
        .queue(&mail(&with_mail.email, Some(with_mail.id)))
        .await;
    let with_old_link = world.made(&account("eve", "eve@example.org")).await;
    let mut old_link = token(with_old_link.id, Purpose::Verify);
    old_link.expires_at = at(2000);
    world.tokens().put(&old_link).await.unwrap();

    assert_eq!(purge(&world).await, [with_old_link.id]);
    let mails = world.claim(at(2000)).await;
    world.outbox().done(&mails[0].id).await.unwrap();
    assert_eq!(purge(&world).await, [with_mail.id]);
    assert!(world.user_with_id(with_link.id).await.is_some());
}

pub async fn an_unconfirmed_account_is_purged_once(world: World) {
    for n in 0..20 {
        let new = account(&format!("ada{n}"), &format!("ada{n}@example.org"));
        world.made(&new).await;
    }
    let purged = parallel(8, |n| {
        let users = world.accounts().users.handle(n);
        async move { users.purge_unverified(at(1000), at(2000)).await.unwrap() }
    })
    .await;
    let purged: Vec<_> = purged.into_iter().flatten().collect();
    let different: HashSet<_> = purged.iter().collect();
    assert_eq!((purged.len(), different.len()), (20, 20));
}
