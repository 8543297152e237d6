//! Sign-ups that wait for their link.

use auth_core::mail::NewMail;
use auth_core::sign_up::Activated;
use auth_core::token::TokenKey;
use auth_core::user::{Created, UpdateConditions, Updated, UserChanges};
use auth_core::{Effects, HashKind, MailKind, PasswordHash, PersonName, Purpose, SignUp, UserId};

use super::{account, address, at, confirmed, name, token};
use crate::backend::World;
use crate::suite::{count, parallel};

/// When a sign-up that nobody mailed a link is over.
const OVER: i64 = 1000;

/// A sign-up made at `at(0)` that waits until `at(OVER)`.
fn sign_up(username: &str, email: &str) -> SignUp {
    SignUp {
        id: UserId::generate(),
        first_name: PersonName::parse("first_name", "Зоя").unwrap(),
        last_name: PersonName::parse("last_name", "李").unwrap(),
        username: name(username),
        email: address(email),
        password_hash: PasswordHash::from_stored(format!("the hash of {username}")),
        created_at: at(0),
        expires_at: at(OVER),
    }
}

impl World {
    async fn keeps(&self, sign_up: &SignUp) -> bool {
        self.sign_ups()
            .keep(sign_up, Effects::none())
            .await
            .unwrap()
    }

    async fn waits(&self, sign_up: &SignUp, now: i64) -> bool {
        let found = self.sign_ups().find(sign_up.id, at(now)).await.unwrap();
        let by_name = self.sign_ups().find_by_username(&sign_up.username, at(now));
        let by_name = by_name.await.unwrap();
        assert_eq!(
            by_name.is_some_and(|one| one.id == sign_up.id),
            found.is_some()
        );
        let by_email = self
            .sign_ups()
            .find_by_email(&sign_up.email, 9, at(now))
            .await
            .unwrap();
        assert_eq!(
            by_email.iter().any(|one| one.id == sign_up.id),
            found.is_some()
        );
        found.is_some()
    }

    async fn activate(&self, sign_up: &SignUp, token: TokenKey) -> Activated {
        let activated = self
            .sign_ups()
            .activate(sign_up.id, token, Effects::none())
            .await;
        activated.unwrap()
    }
}

pub async fn a_sign_up_comes_back_as_it_was_kept(world: World) {
    let kept = sign_up("Jürgen", "J.Weiss@Bücher.Example");
    let mail = NewMail::new(MailKind::SignUp, &kept.email, Some(kept.id), at(0));
    assert!(
        world
            .sign_ups()
            .keep(&kept, &Effects::mail([mail]))
            .await
            .unwrap()
    );
    let found = world.sign_ups().find(kept.id, at(1)).await.unwrap();
    assert_eq!(format!("{:?}", found.unwrap()), format!("{kept:?}"));
    for spelling in ["JÜRGEN", "jürgen"] {
        let found = world
            .sign_ups()
            .find_by_username(&name(spelling), at(1))
            .await;
        assert_eq!(found.unwrap().unwrap().id, kept.id);
    }
    let elsewhere = address("J.Weiss@Bücher.Example2");
    let found = world.sign_ups().find_by_email(&elsewhere, 9, at(1)).await;
    assert!(found.unwrap().is_empty());
    assert_eq!(world.claim(at(0)).await[0].user_id, Some(kept.id));
}

pub async fn several_wait_for_one_address_the_newest_first(world: World) {
    world.made(&confirmed("owner", "ada@example.org")).await;
    let spellings = ["ada@example.org", "Ada@example.org", "ADA@EXAMPLE.org"];
    let mut kept = vec![];
    for (n, email) in spellings.into_iter().enumerate() {
        let one = sign_up(&format!("ada{n}"), email);
        assert!(world.keeps(&one).await);
        kept.insert(0, one.id);
    }
    let email = address("ada@example.org");
    for limit in [2, 9] {
        let found = world.sign_ups().find_by_email(&email, limit, at(1)).await;
        let found: Vec<_> = found.unwrap().iter().map(|one| one.id).collect();
        assert_eq!(found, kept[..kept.len().min(limit as usize)]);
    }
}

pub async fn a_name_is_held_alike_by_accounts_and_sign_ups(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    assert!(world.keeps(&sign_up("eve", "eve@example.org")).await);
    for (taken, email) in [("ADA", "x@example.org"), ("Eve", "eve@example.org")] {
        assert!(!world.keeps(&sign_up(taken, email)).await);
    }
    let created = world.create(&account("EVE", "x@example.org"), &[]).await;
    assert!(matches!(created, Created::UsernameTaken));
    let rename = UserChanges {
        username: Some(name("Eve")),
        ..UserChanges::default()
    };
    let renamed = world
        .update(user.id, &rename, &UpdateConditions::default())
        .await;
    assert!(matches!(renamed, Updated::UsernameTaken));
    assert_eq!(world.pending().await, 0);
}

pub async fn of_parallel_claims_to_one_name_one_is_granted(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let granted = parallel(30, |n| {
        let (users, sign_ups) = (
            world.accounts().users.handle(n),
            world.accounts().sign_ups.handle(n / 3),
        );
        let email = format!("eve{n}@example.org");
        async move {
            match n % 3 {
                0 => sign_ups
                    .keep(&sign_up("eve", &email), Effects::none())
                    .await
                    .unwrap(),
                1 => {
                    let created = users
                        .create(&account("eve", &email), Effects::none())
                        .await
                        .unwrap();
                    matches!(created, Created::Made(_))
                }
                _ => {
                    let rename = UserChanges {
                        username: Some(name("eve")),
                        ..UserChanges::default()
                    };
                    let renamed = users
                        .update(user.id, &rename, &UpdateConditions::default())
                        .await;
                    matches!(renamed.unwrap(), Updated::Changed(_))
                }
            }
        }
    })
    .await;
    let mut winners = granted.iter().enumerate().filter(|(_, granted)| **granted);
    // An account may take its own name again.
    let (first, _) = winners.next().unwrap();
    assert!(winners.all(|(n, _)| first % 3 == 2 && n % 3 == 2));
}

pub async fn a_sign_up_becomes_an_account_once(world: World) {
    let waiting = sign_up("ada", "Ada@example.org");
    let mail = NewMail::new(MailKind::SignUp, &waiting.email, Some(waiting.id), at(0));
    assert!(
        world
            .sign_ups()
            .keep(&waiting, &Effects::mail([mail]))
            .await
            .unwrap()
    );
    let key = world.hand_out(waiting.id, Purpose::SignUp).await;
    let id = waiting.id;
    let activated = parallel(50, |n| {
        let sign_ups = world.accounts().sign_ups.handle(n);
        async move { sign_ups.activate(id, key, Effects::none()).await }
    })
    .await;
    let made = count(&activated, |one| matches!(one, Ok(Activated::Made(_))));
    let refused = count(&activated, |one| matches!(one, Ok(Activated::Refused)));
    assert_eq!((made, refused), (1, 49));
    let user = world.user_with_id(waiting.id).await.unwrap();
    assert_eq!(user.email, waiting.email);
    assert_eq!(user.username, waiting.username);
    assert_eq!(user.password_hash, Some(waiting.password_hash.clone()));
    assert!(user.email_verified && !user.disabled);
    assert!(!world.waits(&waiting, 1).await);
    assert_eq!(world.pending().await, 0);
}

pub async fn a_sign_up_whose_address_has_an_account_becomes_none(world: World) {
    let (first, second) = (
        sign_up("ada", "ada@example.org"),
        sign_up("eve", "ADA@example.org"),
    );
    assert!(world.keeps(&first).await && world.keeps(&second).await);
    let (one, other) = (
        world.hand_out(first.id, Purpose::SignUp).await,
        world.hand_out(second.id, Purpose::SignUp).await,
    );
    let made = world.activate(&first, one).await;
    assert!(matches!(made, Activated::Made(_)));
    let late = world.activate(&second, other).await;
    assert!(matches!(late, Activated::Refused));
    // It goes on waiting, as if there were no account.
    assert!(world.waits(&second, 1).await);
    assert!(world.is_in_force(&other).await);
}

pub async fn a_sign_up_that_is_over_frees_its_name(world: World) {
    let first = sign_up("ada", "ada@example.org");
    assert!(world.keeps(&first).await);
    let next = SignUp {
        created_at: at(OVER - 1),
        ..sign_up("ada", "other@example.org")
    };
    assert!(!world.keeps(&next).await);
    let next = SignUp {
        created_at: at(OVER),
        expires_at: at(OVER * 2),
        ..next
    };
    assert!(world.keeps(&next).await);
    assert!(!world.waits(&first, OVER - 1).await);
    assert!(world.waits(&next, OVER).await);
    assert_eq!(world.sign_ups().purge(at(OVER)).await.unwrap(), 0);
    assert_eq!(world.sign_ups().purge(at(OVER * 2)).await.unwrap(), 1);
    world.made(&account("ada", "ada@example.org")).await;
}

pub async fn a_sign_up_waits_as_long_as_its_mail_or_its_link(world: World) {
    let waiting = sign_up("ada", "ada@example.org");
    let mail = NewMail::new(MailKind::SignUp, &waiting.email, Some(waiting.id), at(0));
    assert!(
        world
            .sign_ups()
            .keep(&waiting, &Effects::mail([mail]))
            .await
            .unwrap()
    );
    assert!(world.waits(&waiting, OVER * 10).await);
    assert_eq!(world.sign_ups().purge(at(OVER * 10)).await.unwrap(), 0);
    let sent = world.claim(at(OVER * 10)).await;
    let link = auth_core::NewToken {
        expires_at: at(OVER * 20),
        mail: Some(sent[0].id.clone()),
        ..token(waiting.id, Purpose::SignUp)
    };
    assert!(world.tokens().put(&link).await.unwrap());
    world.outbox().done(&sent[0]).await.unwrap();
    assert!(world.waits(&waiting, OVER * 20 - 1).await);
    assert!(!world.waits(&waiting, OVER * 20).await);
    // Nobody is sent a link to what is gone.
    let gone = token(UserId::generate(), Purpose::SignUp);
    assert!(!world.tokens().put(&gone).await.unwrap());
}

pub async fn the_salt_of_an_address_is_always_the_same(world: World) {
    let (one, other) = (&world.accounts().sign_ups.0, &world.accounts().sign_ups.1);
    let (ada, loud) = (address("ada@example.org"), address("ADA@example.org"));
    let salt = one.salt(&ada).await.unwrap();
    assert_eq!(other.salt(&loud).await.unwrap(), salt);
    let eve = address("eve@example.org");
    assert_ne!(one.salt(&eve).await.unwrap(), salt);
}

pub async fn the_kinds_of_stored_hashes_are_known(world: World) {
    let hash = |cost| {
        let (salt, output) = ("s".repeat(22), "o".repeat(43));
        PasswordHash::from_stored(format!("$argon2id$v=19${cost}${salt}${output}"))
    };
    let costs = ["m=19456,t=2,p=1", "m=64,t=1,p=1", "m=19456,t=3,p=1"];
    let foreign = "$pbkdf2-sha256$i=600000";
    for n in 0..6 {
        let new = auth_core::NewUser {
            password_hash: Some(hash(costs[n % 2])),
            ..account(&format!("ada{n}"), &format!("ada{n}@example.org"))
        };
        world.made(&new).await;
    }
    for n in 0..3 {
        let (salt, output) = (format!("{}{n}", ".".repeat(42)), "o".repeat(22));
        let text = format!("{foreign}${salt}${output}");
        let new = auth_core::NewUser {
            password_hash: Some(PasswordHash::from_stored(text)),
            ..account(&format!("bob{n}"), &format!("bob{n}@example.org"))
        };
        world.made(&new).await;
    }
    world.made(&account("odd", "odd@example.org")).await;
    let waiting = SignUp {
        password_hash: hash(costs[2]),
        ..sign_up("eve", "eve@example.org")
    };
    assert!(world.keeps(&waiting).await);
    let found = world.users().hash_kinds().await.unwrap();
    let own = costs.map(|cost| HashKind::Own(cost.parse().unwrap()));
    let expected = [&own[..], &[HashKind::Foreign(foreign.parse().unwrap())]].concat();
    assert_eq!(found.len(), expected.len());
    assert!(
        expected.iter().all(|kind| found.contains(kind)),
        "{found:?}"
    );
}
