//! Changes that rest on a sign-in are made only while it stands.

use auth_core::identity_store::{Linked, Unlinked};
use auth_core::session::Revoke;
use auth_core::user::{UpdateConditions, Updated, UserChanges};
use auth_core::{Authority, Effects, Purpose, Session, User};

use super::{ISSUER, confirmed, facts, identity, mail};
use crate::backend::World;
use crate::suite::sessions::{HOUR, session};
use crate::suite::{at, count, parallel};

/// The authority of a session that lives until `at(HOUR / 2)`.
fn of(session: &Session) -> Authority {
    Authority {
        credentials_version: session.credentials_version,
        session: Some(session.id),
        at: at(1),
    }
}

async fn signed_in(world: &World, name: &str) -> (User, Session) {
    let user = world
        .made(&confirmed(name, &format!("{name}@example.org")))
        .await;
    let session = session(user.id);
    world.keep(&session).await;
    (user, session)
}

fn renamed() -> UserChanges {
    UserChanges {
        first_name: Some(auth_core::PersonName::parse("first_name", "Mallory").unwrap()),
        ..UserChanges::default()
    }
}

fn new_credentials() -> UserChanges {
    UserChanges {
        new_credentials: true,
        ..UserChanges::default()
    }
}

/// Everything that can be asked for is refused, and leaves no trace.
async fn assert_powerless(world: &World, user: &User, by: Authority) {
    let before = world.user_with_id(user.id).await.unwrap();
    let token = world.hand_out(user.id, Purpose::Verify).await;
    let told = [mail(&user.email, None)];
    let along = UpdateConditions {
        by: Some(by),
        spend: Some(token),
        effects: Effects::mail(told.to_vec()),
        ..UpdateConditions::default()
    };
    let updated = world.update(user.id, &renamed(), &along).await;
    assert!(matches!(updated, Updated::Refused), "{updated:?}");
    assert!(world.is_in_force(&token).await);
    let deleted = world
        .users()
        .delete(user.id, Some(&by), &Effects::mail(told.clone()))
        .await;
    assert!(!deleted.unwrap().is_done());
    let (mine, identities) = (identity("mine"), world.identities());
    let linked = identities
        .link(user.id, &by, &mine, &Effects::mail(told.clone()))
        .await;
    assert_eq!(linked.unwrap(), Linked::Refused);
    let issuers = [ISSUER.to_owned()];
    let effects = Effects::mail(told.clone());
    let unlinked = identities.unlink(user.id, &by, mine.id, &issuers, &effects);
    assert_eq!(unlinked.await.unwrap(), Unlinked::Refused);
    let bystander = session(user.id);
    world.keep(&bystander).await;
    let managed = world.managed();
    let revoked = managed.at(1).revoke_by(&by, user.id, Revoke::All);
    assert_eq!(revoked.await.unwrap(), None);
    assert!(world.is_live(&bystander, at(1)).await);
    let after = world.user_with_id(user.id).await.unwrap();
    assert_eq!(facts(&after), facts(&before));
    assert_eq!(world.pending().await, 0);
}

pub async fn a_sign_in_that_stands_changes_its_account(world: World) {
    let (user, session) = signed_in(&world, "ada").await;
    let by = of(&session);
    let along = UpdateConditions {
        by: Some(by),
        ..UpdateConditions::default()
    };
    let updated = world.update(user.id, &renamed(), &along).await;
    assert!(matches!(updated, Updated::Changed(_)), "{updated:?}");
    let others = Revoke::Others(session.id);
    let managed = world.managed();
    let revoked = managed.at(1).revoke_by(&by, user.id, others).await;
    assert_eq!(revoked.unwrap(), Some(0));
    assert!(
        world
            .users()
            .delete(user.id, Some(&by), Effects::none())
            .await
            .unwrap()
            .is_done()
    );
}

pub async fn a_sign_in_under_old_credentials_changes_nothing(world: World) {
    let (user, session) = signed_in(&world, "ada").await;
    world
        .update(user.id, &new_credentials(), &UpdateConditions::default())
        .await;
    assert_powerless(&world, &user, of(&session)).await;
    // The account as it is now, and a session of before.
    let mixed = Authority {
        credentials_version: session.credentials_version + 1,
        ..of(&session)
    };
    assert_powerless(&world, &user, mixed).await;
    let apart = Authority {
        session: None,
        ..of(&session)
    };
    let updated = world
        .update(
            user.id,
            &renamed(),
            &UpdateConditions {
                by: Some(apart),
                ..UpdateConditions::default()
            },
        )
        .await;
    assert!(matches!(updated, Updated::Refused), "{updated:?}");
}

pub async fn a_disabled_account_changes_nothing(world: World) {
    let (user, session) = signed_in(&world, "ada").await;
    let disabled = UserChanges {
        disabled: Some(true),
        ..UserChanges::default()
    };
    world
        .update(user.id, &disabled, &UpdateConditions::default())
        .await;
    assert_powerless(&world, &user, of(&session)).await;
}

pub async fn a_dead_session_changes_nothing(world: World) {
    let (user, session) = signed_in(&world, "ada").await;
    let expired = Authority {
        at: at(HOUR),
        ..of(&session)
    };
    assert_powerless(&world, &user, expired).await;
    assert_eq!(world.delete(&[&session], at(1)).await, 1);
    assert_powerless(&world, &user, of(&session)).await;
}

pub async fn a_session_changes_nobody_elses_account(world: World) {
    let (ada, _) = signed_in(&world, "ada").await;
    let (_, bobs) = signed_in(&world, "bob").await;
    assert_powerless(&world, &ada, of(&bobs)).await;
}

pub async fn of_parallel_changes_of_credentials_by_one_sign_in_one_is_made(world: World) {
    for round in 0..5 {
        let (user, session) = signed_in(&world, &format!("ada{round}")).await;
        let by = of(&session);
        let made = parallel(8, |n| {
            let users = world.accounts().users.handle(n);
            let along = UpdateConditions {
                by: Some(by),
                ..UpdateConditions::default()
            };
            async move {
                if n == 0 {
                    return users
                        .delete(user.id, Some(&by), Effects::none())
                        .await
                        .unwrap()
                        .is_done();
                }
                let updated = users.update(user.id, &new_credentials(), &along).await;
                matches!(updated.unwrap(), Updated::Changed(_))
            }
        })
        .await;
        assert_eq!(count(&made, |made| *made), 1);
    }
}

pub async fn a_revoked_session_ends_no_other(world: World) {
    let (user, session) = signed_in(&world, "ada").await;
    let others: Vec<_> = (0..2)
        .map(|_| super::super::sessions::session(user.id))
        .collect();
    for other in &others {
        world.keep(other).await;
    }
    // Each of the three throws the others out: whoever comes first is the last one left.
    let managed = world.managed();
    managed.at(1);
    let ended = parallel(3, |n| {
        let sessions = managed.handle(n);
        let by = of([&session, &others[0], &others[1]][n]);
        async move {
            let which = Revoke::Others(by.session.unwrap());
            sessions.revoke_by(&by, user.id, which).await.unwrap()
        }
    })
    .await;
    assert_eq!(count(&ended, |ended| *ended == Some(2)), 1);
    assert_eq!(count(&ended, Option::is_none), 2);
}
