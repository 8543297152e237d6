//! What was asked for under old credentials does not work under new ones.

use auth_core::mail::NewMail;
use auth_core::user::{UpdateConditions, UserChanges};
use auth_core::{Effects, MailKind, NewToken, Purpose, UserId};

use super::{account, at, confirmed, mail, token};
use crate::backend::World;
use crate::suite::parallel;

fn new_credentials() -> UserChanges {
    UserChanges {
        new_credentials: true,
        ..UserChanges::default()
    }
}

fn link_mail(kind: MailKind, user: UserId) -> NewMail {
    let to = account("x_x", "new@example.org").email;
    NewMail::new(kind, &to, Some(user), at(0))
}

pub async fn new_credentials_withdraw_links_that_change_the_account(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let other = world.made(&confirmed("bob", "bob@example.org")).await;
    let verify = world.hand_out(user.id, Purpose::Verify).await;
    let others = world.hand_out(other.id, Purpose::Reset).await;
    let reset = world.hand_out(user.id, Purpose::Reset).await;
    let change = world.hand_out(user.id, Purpose::ChangeEmail).await;
    world
        .queue(&link_mail(MailKind::ChangeEmail, user.id))
        .await;
    world
        .queue(&link_mail(MailKind::ChangeEmail, other.id))
        .await;
    world.queue(&link_mail(MailKind::Confirm, user.id)).await;

    let told = UpdateConditions {
        effects: Effects::mail(vec![mail(&user.email, None)]),
        ..UpdateConditions::default()
    };
    world.update(user.id, &new_credentials(), &told).await;
    assert!(!world.is_in_force(&reset).await);
    assert!(!world.is_in_force(&change).await);
    assert!(world.is_in_force(&verify).await);
    assert!(world.is_in_force(&others).await);
    assert_eq!(world.pending().await, 3);
}

pub async fn a_change_can_withdraw_the_link_to_another_address(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let reset = world.hand_out(user.id, Purpose::Reset).await;
    let change = world.hand_out(user.id, Purpose::ChangeEmail).await;
    let mail = link_mail(MailKind::ChangeEmail, user.id);
    world.queue(&mail).await;
    let along = UpdateConditions {
        withdraw_email_change: true,
        effects: Effects::mail(vec![link_mail(MailKind::ChangeEmail, user.id)]),
        ..UpdateConditions::default()
    };
    world.update(user.id, &UserChanges::default(), &along).await;
    assert!(!world.is_in_force(&change).await);
    assert!(world.is_in_force(&reset).await);
    assert_eq!(world.pending().await, 1);
}

pub async fn other_changes_withdraw_nothing(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let reset = world.hand_out(user.id, Purpose::Reset).await;
    world
        .queue(&link_mail(MailKind::ChangeEmail, user.id))
        .await;
    let renamed = UserChanges {
        username: Some(super::name("countess")),
        ..UserChanges::default()
    };
    world
        .update(user.id, &renamed, &UpdateConditions::default())
        .await;
    assert!(world.is_in_force(&reset).await);
    assert_eq!(world.pending().await, 1);
}

pub async fn a_token_is_kept_only_while_its_mail_is_queued(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    world
        .queue(&link_mail(MailKind::ChangeEmail, user.id))
        .await;
    let entry = world.claim(at(0)).await.remove(0);
    let carried = || NewToken {
        mail: Some(entry.id.clone()),
        ..token(user.id, Purpose::ChangeEmail)
    };
    let first = carried();
    assert!(world.tokens().put(&first).await.unwrap());
    assert!(world.is_in_force(&first.key).await);
    world.outbox().done(&entry).await.unwrap();
    let late = carried();
    assert!(!world.tokens().put(&late).await.unwrap());
    assert!(!world.is_in_force(&late.key).await);
    assert!(world.is_in_force(&first.key).await);
}

pub async fn a_token_that_is_made_while_its_mail_is_withdrawn_does_not_survive(world: World) {
    for round in 0..20 {
        let email = format!("ada{round}@example.org");
        let user = world.made(&confirmed(&format!("ada{round}"), &email)).await;
        world
            .queue(&link_mail(MailKind::ChangeEmail, user.id))
            .await;
        let entry = world.claim(at(0)).await.remove(0);
        let token = NewToken {
            mail: Some(entry.id.clone()),
            ..token(user.id, Purpose::ChangeEmail)
        };
        let key = token.key;
        let raced = parallel(2, |n| {
            let users = world.accounts().users.handle(n);
            let (tokens, token) = (world.accounts().tokens.handle(n), token.clone());
            async move {
                if n == 0 {
                    tokens.put(&token).await.map(drop)
                } else {
                    let changes = new_credentials();
                    let along = UpdateConditions::default();
                    users.update(user.id, &changes, &along).await.map(drop)
                }
            }
        });
        raced.await.into_iter().for_each(|done| done.unwrap());
        assert!(!world.is_in_force(&key).await);
    }
}
