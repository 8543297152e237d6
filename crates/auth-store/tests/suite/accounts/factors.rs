//! Second factors and recovery codes.

use auth_core::audit::{AuditFilter, AuditOrder};
use auth_core::factor::{
    Added, Check, CipherKey, Factor, FactorChange, Held, MOST_FACTORS, Passkey, Removed,
};
use auth_core::user::{UpdateConditions, UserChanges};
use auth_core::{Authority, Effects, FactorId, NewUser, User, UserId};

use super::{ISSUER, confirmed, identity, mail};
use crate::backend::World;
use crate::suite::{at, count, parallel};

async fn person(world: &World, name: &str) -> User {
    let email = format!("{name}@example.org");
    world.made(&confirmed(name, &email)).await
}

fn change(user: &User) -> FactorChange {
    FactorChange {
        user: user.id,
        by: Some(Authority {
            credentials_version: user.credentials_version,
            session: None,
            at: at(1),
        }),
        at: at(50),
        effects: Effects::mail(vec![mail(&user.email, None)]),
    }
}

fn app() -> Factor {
    Factor {
        id: FactorId::generate(),
        name: "Phone".to_owned(),
        created_at: at(5),
        last_used_at: None,
        check: Check::Totp("k.sealed".to_owned()),
    }
}

fn passkey(credential_id: &str) -> Factor {
    Factor {
        check: Check::Passkey(Passkey {
            credential_id: credential_id.to_owned(),
            record: "{}".to_owned(),
        }),
        ..app()
    }
}

async fn held(world: &World, user: UserId) -> Held {
    world.factors().held(user).await.unwrap()
}

async fn add(world: &World, user: &User, factor: &Factor, codes: Option<&[String]>) -> Added {
    let change = change(user);
    let added = world.factors().add(&change, factor, codes);
    added.await.unwrap()
}

async fn remove(world: &World, user: &User, id: FactorId, keep_last: bool) -> Removed {
    let (change, issuers) = (change(user), [ISSUER.to_owned()]);
    let removed = world.factors().remove(&change, id, keep_last, &issuers);
    removed.await.unwrap()
}

async fn replace(world: &World, user: &User, code: &str) -> bool {
    let (change, hashes) = (change(user), codes(&[code]));
    let replaced = world.factors().replace_recovery_codes(&change, &hashes);
    replaced.await.unwrap()
}

fn codes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub async fn a_factor_comes_back_as_it_was_added(world: World) {
    let ada = person(&world, "ada").await;
    assert_eq!(held(&world, ada.id).await.factors, []);
    let (first, second) = (app(), passkey("abc"));
    let hashes = codes(&["one", "two"]);
    assert_eq!(add(&world, &ada, &first, Some(&hashes)).await, Added::Added);
    assert_eq!(add(&world, &ada, &second, None).await, Added::Added);
    let all = held(&world, ada.id).await;
    assert_eq!(all.factors, [first, second.clone()]);
    assert_eq!(all.recovery_codes, 2);
    assert_eq!(all.changed_at, Some(at(50)));
    assert!(!all.required && all.reset_at.is_none());
    let found = world.factors().owner_of_passkey("abc").await.unwrap();
    assert_eq!(found, Some(ada.id));
    assert_eq!(world.factors().owner_of_passkey("abd").await.unwrap(), None);
    assert_eq!(world.pending().await, 2);
}

pub async fn a_change_needs_its_sign_in_to_stand(world: World) {
    let ada = person(&world, "ada").await;
    let factor = app();
    add(&world, &ada, &factor, None).await;
    let changes = UserChanges {
        new_credentials: true,
        ..UserChanges::default()
    };
    world
        .update(ada.id, &changes, &UpdateConditions::default())
        .await;
    assert_eq!(add(&world, &ada, &app(), None).await, Added::Refused);
    assert_eq!(
        remove(&world, &ada, factor.id, false).await,
        Removed::Refused
    );
    assert!(!replace(&world, &ada, "x").await);
    let all = held(&world, ada.id).await;
    assert_eq!((all.factors.len(), all.recovery_codes), (1, 0));
}

pub async fn one_passkey_is_one_accounts(world: World) {
    let (ada, bob) = (person(&world, "ada").await, person(&world, "bob").await);
    assert_eq!(add(&world, &ada, &passkey("abc"), None).await, Added::Added);
    for user in [&ada, &bob] {
        assert_eq!(add(&world, user, &passkey("abc"), None).await, Added::Taken);
    }
    assert_eq!(held(&world, bob.id).await.factors, []);
}

pub async fn there_is_room_for_so_many(world: World) {
    let ada = person(&world, "ada").await;
    for _ in 0..MOST_FACTORS - 1 {
        add(&world, &ada, &app(), None).await;
    }
    let added = parallel(10, |n| {
        let (factors, change) = (world.accounts().factors.handle(n), change(&ada));
        async move { factors.add(&change, &app(), None).await.unwrap() }
    });
    assert_eq!(count(&added.await, |one| *one == Added::Added), 1);
    assert_eq!(held(&world, ada.id).await.factors.len(), MOST_FACTORS);
}

pub async fn a_step_and_those_before_it_are_taken_once(world: World) {
    let ada = person(&world, "ada").await;
    let factor = app();
    add(&world, &ada, &factor, None).await;
    let take = async |step| {
        world
            .factors()
            .take_step(factor.id, step, at(7))
            .await
            .unwrap()
    };
    assert!(take(100).await);
    assert!(!take(100).await && !take(99).await);
    assert!(take(101).await);
    assert_eq!(
        held(&world, ada.id).await.factors[0].last_used_at,
        Some(at(7))
    );
    let id = factor.id;
    let taken = parallel(50, |n| {
        let factors = world.accounts().factors.handle(n);
        async move { factors.take_step(id, 102, at(8)).await.unwrap() }
    });
    assert_eq!(count(&taken.await, |taken| *taken), 1);
}

pub async fn a_recovery_code_is_taken_once(world: World) {
    let (ada, bob) = (person(&world, "ada").await, person(&world, "bob").await);
    add(&world, &ada, &app(), Some(&codes(&["one", "two"]))).await;
    let id = ada.id;
    let none = world
        .factors()
        .take_recovery_code(bob.id, "one", Effects::none())
        .await;
    assert!(!none.unwrap());
    let taken = parallel(50, |n| {
        let factors = world.accounts().factors.handle(n);
        async move {
            factors
                .take_recovery_code(id, "one", Effects::none())
                .await
                .unwrap()
        }
    });
    assert_eq!(count(&taken.await, |taken| *taken), 1);
    assert_eq!(held(&world, id).await.recovery_codes, 1);
    assert!(replace(&world, &ada, "three").await);
    for (code, works) in [("two", false), ("three", true)] {
        let taken = world
            .factors()
            .take_recovery_code(id, code, Effects::none());
        assert_eq!(taken.await.unwrap(), works, "{code}");
    }
}

pub async fn a_passkey_is_used_as_it_was_read(world: World) {
    let ada = person(&world, "ada").await;
    let factor = passkey("abc");
    add(&world, &ada, &factor, None).await;
    let before = factor.passkey().unwrap().clone();
    let after = Passkey {
        record: "{\"counter\":1}".to_owned(),
        ..before.clone()
    };
    let store = world.factors();
    assert!(
        store
            .use_passkey(factor.id, &before, &after, at(9))
            .await
            .unwrap()
    );
    assert!(
        !store
            .use_passkey(factor.id, &before, &after, at(9))
            .await
            .unwrap()
    );
    let all = held(&world, ada.id).await;
    let kept = all.passkey("abc").unwrap();
    assert_eq!(kept.passkey(), Some(&after));
    assert_eq!(kept.last_used_at, Some(at(9)));
}

pub async fn the_last_one_stays_where_it_has_to(world: World) {
    let ada = person(&world, "ada").await;
    let (one, two) = (app(), app());
    add(&world, &ada, &one, Some(&codes(&["one"]))).await;
    add(&world, &ada, &two, None).await;
    assert_eq!(
        remove(&world, &ada, FactorId::generate(), true).await,
        Removed::NotFound
    );
    assert_eq!(remove(&world, &ada, one.id, true).await, Removed::Removed);
    assert_eq!(remove(&world, &ada, two.id, true).await, Removed::Last);
    assert_eq!(held(&world, ada.id).await.recovery_codes, 1);
    assert_eq!(remove(&world, &ada, two.id, false).await, Removed::Removed);
    let all = held(&world, ada.id).await;
    assert_eq!((all.factors.len(), all.recovery_codes), (0, 0));
    assert_eq!(all.changed_at, Some(at(50)));
}

pub async fn the_last_way_in_stays(world: World) {
    let alone = NewUser {
        password_hash: None,
        ..confirmed("ada", "ada@example.org")
    };
    let ada = world.made(&alone).await;
    let key = passkey("abc");
    add(&world, &ada, &key, None).await;
    add(&world, &ada, &app(), None).await;
    assert_eq!(remove(&world, &ada, key.id, false).await, Removed::Last);
    let by = change(&ada).by.unwrap();
    let identity = identity("ada");
    let linked = world
        .identities()
        .link(ada.id, &by, &identity, Effects::none());
    linked.await.unwrap();
    assert_eq!(remove(&world, &ada, key.id, false).await, Removed::Removed);
}

pub async fn of_two_parallel_removals_of_the_last_two_one_is_refused(world: World) {
    let ada = person(&world, "ada").await;
    let both = [app(), app()];
    for one in &both {
        add(&world, &ada, one, None).await;
    }
    let removed = parallel(2, |n| {
        let (factors, change) = (world.accounts().factors.handle(n), change(&ada));
        let id = both[n].id;
        async move { factors.remove(&change, id, true, &[]).await.unwrap() }
    });
    let removed = removed.await;
    assert_eq!(count(&removed, |one| *one == Removed::Removed), 1);
    assert_eq!(count(&removed, |one| *one == Removed::Last), 1);
}

pub async fn anothers_factor_is_unknown(world: World) {
    let (ada, bob) = (person(&world, "ada").await, person(&world, "bob").await);
    let factor = app();
    add(&world, &ada, &factor, None).await;
    assert_eq!(
        remove(&world, &bob, factor.id, false).await,
        Removed::NotFound
    );
    let rename = async |user: &User| {
        let renamed = world.factors().rename(user.id, factor.id, "Mine");
        renamed.await.unwrap()
    };
    assert!(!rename(&bob).await);
    assert!(rename(&ada).await);
    assert_eq!(held(&world, ada.id).await.factors[0].name, "Mine");
}

pub async fn what_is_wanted_of_an_account_is_kept(world: World) {
    let ada = person(&world, "ada").await;
    let store = world.factors();
    assert!(
        !store
            .require(UserId::generate(), true, Effects::none())
            .await
            .unwrap()
    );
    assert_eq!(store.note_lack(ada.id, at(10)).await.unwrap(), at(10));
    assert_eq!(store.note_lack(ada.id, at(20)).await.unwrap(), at(10));
    assert!(store.require(ada.id, true, Effects::none()).await.unwrap());
    let all = held(&world, ada.id).await;
    assert!(all.required && all.lacking_since.is_none());
    store.note_lack(ada.id, at(30)).await.unwrap();
    add(&world, &ada, &app(), None).await;
    let all = held(&world, ada.id).await;
    assert!(all.required && all.lacking_since.is_none());
    assert!(store.require(ada.id, false, Effects::none()).await.unwrap());
    assert!(!held(&world, ada.id).await.required);
}

pub async fn what_is_lost_goes_when_its_time_comes(world: World) {
    let (ada, bob) = (person(&world, "ada").await, person(&world, "bob").await);
    let store = world.factors();
    assert!(
        !store
            .schedule_reset(&change(&ada), Some(at(100)))
            .await
            .unwrap()
    );
    for user in [&ada, &bob] {
        add(&world, user, &app(), Some(&codes(&["one"]))).await;
        assert!(
            store
                .schedule_reset(&change(user), Some(at(100)))
                .await
                .unwrap()
        );
    }
    assert!(store.schedule_reset(&change(&bob), None).await.unwrap());
    let all = held(&world, ada.id).await;
    assert_eq!(all.reset_at, Some(at(100)));
    assert_eq!(all.clone().at(at(99)).factors.len(), 1);
    let over = all.at(at(100));
    assert_eq!((over.factors.len(), over.recovery_codes), (0, 0));
    store.purge(at(99)).await.unwrap();
    assert_eq!(held(&world, ada.id).await.factors.len(), 1);
    // Whoever adds another one before the old ones are purged has that one alone.
    let new = app();
    let change = FactorChange {
        at: at(101),
        ..change(&bob)
    };
    assert!(store.schedule_reset(&change, Some(at(100))).await.unwrap());
    let added = store.add(&change, &new, None);
    assert_eq!(added.await.unwrap(), Added::Added);
    assert_eq!(held(&world, bob.id).await.factors, [new]);
    store.purge(at(100)).await.unwrap();
    let all = held(&world, ada.id).await;
    assert_eq!((all.factors.len(), all.recovery_codes), (0, 0));
    assert_eq!((all.reset_at, all.changed_at), (None, Some(at(100))));
    assert_eq!(held(&world, bob.id).await.factors.len(), 1);
}

pub async fn what_has_gone_is_not_taken_back(world: World) {
    let store = world.factors();
    for (name, later) in [("ada", None), ("bob", Some(at(200)))] {
        let user = person(&world, name).await;
        add(&world, &user, &app(), Some(&codes(&["one"]))).await;
        let lost = change(&user);
        assert!(store.schedule_reset(&lost, Some(at(100))).await.unwrap());
        // Nobody has purged it yet.
        let too_late = FactorChange {
            at: at(100),
            ..change(&user)
        };
        let changed = store.schedule_reset(&too_late, later);
        assert!(!changed.await.unwrap());
        let all = held(&world, user.id).await;
        assert_eq!((all.factors.len(), all.recovery_codes), (0, 0));
        assert_eq!((all.reset_at, all.changed_at), (None, Some(at(100))));
        let told = AuditFilter {
            user: Some(user.id),
            event: Some("factors_reset".to_owned()),
            ..AuditFilter::default()
        };
        let told = world.audit().page(&told, AuditOrder::OldestFirst, None, 10);
        assert_eq!(told.await.unwrap().len(), 1);
    }
}

pub async fn a_deleted_account_leaves_nothing(world: World) {
    let ada = person(&world, "ada").await;
    add(&world, &ada, &passkey("abc"), Some(&codes(&["one"]))).await;
    world
        .factors()
        .require(ada.id, true, Effects::none())
        .await
        .unwrap();
    assert!(
        world
            .users()
            .delete(ada.id, None, Effects::none())
            .await
            .unwrap()
            .is_done()
    );
    let all = held(&world, ada.id).await;
    assert_eq!((all.factors.len(), all.recovery_codes), (0, 0));
    assert!(!all.required && all.changed_at.is_none());
    assert_eq!(world.factors().owner_of_passkey("abc").await.unwrap(), None);
    let taken = world
        .factors()
        .take_recovery_code(ada.id, "one", Effects::none());
    assert!(!taken.await.unwrap());
}

pub async fn seeds_are_read_in_pages_and_replaced(world: World) {
    let (ada, bob) = (person(&world, "ada").await, person(&world, "bob").await);
    let mut ids = vec![];
    for user in [&ada, &bob, &ada] {
        let factor = app();
        add(&world, user, &factor, None).await;
        ids.push(factor.id);
    }
    add(&world, &ada, &passkey("abc"), None).await;
    let store = world.factors();
    let first = store.seeds(None, 2).await.unwrap();
    let rest = store.seeds(Some(first[1].1), 9).await.unwrap();
    let read: Vec<_> = first.iter().chain(&rest).map(|(_, id, _)| *id).collect();
    assert_eq!(read, ids);
    assert!(
        store
            .replace_seed(ids[0], "k.sealed", "l.sealed")
            .await
            .unwrap()
    );
    assert!(
        !store
            .replace_seed(ids[0], "k.sealed", "m.sealed")
            .await
            .unwrap()
    );
    assert_eq!(store.seeds(None, 1).await.unwrap()[0].2, "l.sealed");
}

pub async fn a_database_has_one_key(world: World) {
    let (one, other) = (CipherKey::generate(), CipherKey::generate());
    let store = world.factors();
    assert_eq!(store.encryption_key(one.id()).await.unwrap(), *one.id());
    assert_eq!(store.encryption_key(other.id()).await.unwrap(), *one.id());
    store.change_encryption_key(other.id()).await.unwrap();
    assert_eq!(store.encryption_key(one.id()).await.unwrap(), *other.id());
}
