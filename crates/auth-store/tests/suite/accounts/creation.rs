//! Making accounts, whose names and addresses are unique.

use auth_core::user::{Created, UpdateConditions, Updated, UserChanges};
use auth_core::{Effects, NewUser, PersonName, Timestamp};

use super::{account, address, confirmed, facts, mail, name};
use crate::backend::World;
use crate::suite::{count, parallel};

pub async fn an_account_comes_back_as_it_was_made(world: World) {
    let new = NewUser {
        first_name: PersonName::parse("first_name", "Зоя 'O\"Neil\\").unwrap(),
        last_name: PersonName::parse("last_name", "李").unwrap(),
        created_at: Timestamp::from_millis(1_234_567_890_123),
        ..confirmed("Jürgen", "J.Weiss@Bücher.Example")
    };
    let without_password = NewUser {
        password_hash: None,
        ..account("ada", "ada@example.org")
    };
    for new in [new, without_password] {
        let made = world.made(&new).await;
        let found = world.user_with_id(new.id).await.unwrap();
        assert_eq!(facts(&found), facts(&made));
        assert_eq!(found.id, new.id);
        assert_eq!(found.first_name, new.first_name);
        assert_eq!(found.last_name, new.last_name);
        assert_eq!(found.username, new.username);
        assert_eq!(found.email, new.email);
        assert_eq!(found.email_verified, new.email_verified);
        assert_eq!(found.password_hash, new.password_hash);
        assert_eq!(found.created_at, new.created_at);
        assert!(!found.disabled);
    }
}

pub async fn an_account_is_found_by_name_and_address_in_any_case(world: World) {
    let made = world.made(&account("Jürgen", "Jurgen@Example.org")).await;
    for users in [&world.accounts().users.0, &world.accounts().users.1] {
        for spelling in ["Jürgen", "JÜRGEN", "jürgen"] {
            let found = users.find_by_username(&name(spelling)).await.unwrap();
            assert_eq!(facts(&found.unwrap()), facts(&made));
        }
        for spelling in ["jurgen@example.org", "JURGEN@EXAMPLE.ORG"] {
            let found = users.find_by_email(&address(spelling)).await.unwrap();
            assert_eq!(facts(&found.unwrap()), facts(&made));
        }
        let found = users.find_by_username(&name("jurgen")).await.unwrap();
        assert!(found.is_none());
        let elsewhere = address("jurgen@example.com");
        let found = users.find_by_email(&elsewhere).await.unwrap();
        assert!(found.is_none());
    }
}

pub async fn a_name_can_be_taken_once_in_any_case(world: World) {
    world.made(&confirmed("Ada", "ada@example.org")).await;
    let second = account("aDA", "other@example.org");
    let mails = [mail(&second.email, Some(second.id))];
    let created = world.create(&second, &mails).await;
    assert!(matches!(created, Created::UsernameTaken));
    assert!(world.user_with_id(second.id).await.is_none());
    assert_eq!(world.pending().await, 0);
}

pub async fn a_name_that_looks_alike_is_taken(world: World) {
    let paypal = world.made(&confirmed("paypal", "ada@example.org")).await;
    for (lookalike, email) in [
        ("PayPaI", "other@example.org"),
        ("paypa1", "ADA@example.org"),
    ] {
        let second = account(lookalike, email);
        let created = world.users().create(&second, Effects::none()).await;
        assert!(
            matches!(created.unwrap(), Created::UsernameTaken),
            "{lookalike}"
        );
    }
    let other = world.made(&confirmed("other", "other@example.org")).await;
    let rename = |text| UserChanges {
        username: Some(name(text)),
        ..UserChanges::default()
    };
    let along = UpdateConditions::default();
    let taken = world
        .users()
        .update(other.id, &rename("paypa1"), &along)
        .await;
    assert!(matches!(taken.unwrap(), Updated::UsernameTaken));
    let own = world
        .users()
        .update(paypal.id, &rename("PAYPAL"), &along)
        .await;
    assert!(matches!(own.unwrap(), Updated::Changed(_)));
}

pub async fn an_address_can_be_taken_once_in_any_case(world: World) {
    // Whether or not its account is confirmed.
    world.made(&confirmed("ada", "Ada@example.org")).await;
    world.made(&account("bob", "Bob@example.org")).await;
    for email in ["aDA@EXAMPLE.org", "bob@example.org"] {
        let second = account("other", email);
        let mails = [mail(&second.email, Some(second.id))];
        let created = world.create(&second, &mails).await;
        assert!(matches!(created, Created::EmailTaken));
        assert!(world.user_with_id(second.id).await.is_none());
    }
    assert_eq!(world.pending().await, 0);
}

pub async fn a_taken_name_is_told_before_a_taken_address(world: World) {
    world.made(&confirmed("ada", "ada@example.org")).await;
    world.made(&confirmed("bob", "bob@example.org")).await;
    for (username, email) in [("ada", "bob@example.org"), ("bob", "ada@example.org")] {
        let created = world.create(&account(username, email), &[]).await;
        assert!(matches!(created, Created::UsernameTaken));
    }
}

pub async fn an_account_and_its_mail_are_made_together(world: World) {
    let new = account("ada", "ada@example.org");
    let mails = [mail(&new.email, Some(new.id)), mail(&new.email, None)];
    let created = world.create(&new, &mails).await;
    assert!(matches!(created, Created::Made(_)));
    let queued = world.claim(new.created_at).await;
    let owners: Vec<_> = queued.iter().map(|mail| mail.user_id).collect();
    assert_eq!(owners, [Some(new.id), None]);
}

pub async fn of_fifty_parallel_registrations_of_one_name_one_is_made(world: World) {
    let created = parallel(50, |n| {
        let users = world.accounts().users.handle(n);
        let new = account("ada", &format!("ada{n}@example.org"));
        async move { users.create(&new, Effects::none()).await.unwrap() }
    })
    .await;
    let made = count(&created, |one| matches!(one, Created::Made(_)));
    let taken = count(&created, |one| matches!(one, Created::UsernameTaken));
    assert_eq!((made, taken), (1, 49));
    assert_eq!(world.users().list(None, 100).await.unwrap().len(), 1);
}

pub async fn of_fifty_parallel_registrations_of_one_address_one_is_made(world: World) {
    let created = parallel(50, |n| {
        let users = world.accounts().users.handle(n);
        let new = account(&format!("ada{n}"), "ada@example.org");
        async move { users.create(&new, Effects::none()).await.unwrap() }
    })
    .await;
    let made = count(&created, |one| matches!(one, Created::Made(_)));
    let taken = count(&created, |one| matches!(one, Created::EmailTaken));
    assert_eq!((made, taken), (1, 49));
    assert_eq!(world.users().list(None, 100).await.unwrap().len(), 1);
}
