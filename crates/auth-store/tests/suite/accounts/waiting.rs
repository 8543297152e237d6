//! What waits for one more step of somebody.

use auth_core::factor::{Waiting, WaitingFor, WaitingSignIn};
use auth_core::identity::FlowKey;
use auth_core::session::{Assurance, Method};
use auth_core::strategy::AuthenticationEvent;
use auth_core::{IdentityId, Secret};

use super::{account, address};
use crate::backend::World;
use crate::suite::{at, count, parallel};

fn key() -> FlowKey {
    FlowKey::of(&Secret::generate(), &Secret::generate())
}

pub async fn what_waits_comes_back_as_it_was_kept(world: World) {
    let ada = world.made(&account("ada", "ada@example.org")).await;
    let assurance = Assurance::by(Method::Provider);
    let sign_in = WaitingSignIn {
        credentials_version: 7,
        proof: AuthenticationEvent {
            at: at(3),
            remember: true,
            identity: Some(IdentityId::generate()),
            assurance,
        },
        scheme: "session-bearer".to_owned(),
    };
    let full = Waiting {
        sign_in: Some(sign_in),
        email: Some(address("ada@example.org")),
        ..Waiting::of(WaitingFor::SecondFactor, Some(ada.id))
    };
    let empty = WaitingFor::ALL.map(|what| Waiting::of(what, None));
    for waiting in empty.iter().chain([&full]) {
        let key = key();
        world.factors().wait(&key, waiting, at(100)).await.unwrap();
        let read = world.factors().waiting(&key, at(99)).await.unwrap();
        assert_eq!(format!("{:?}", read.unwrap()), format!("{waiting:?}"));
    }
}

pub async fn what_waits_is_its_clients_and_ends_once(world: World) {
    let store = world.factors();
    let key = key();
    let waiting = Waiting::of(WaitingFor::Passkey, None);
    store.wait(&key, &waiting, at(100)).await.unwrap();
    let elsewhere = FlowKey {
        browser: Secret::generate().hash(),
        ..key
    };
    assert!(store.waiting(&elsewhere, at(1)).await.unwrap().is_none());
    assert!(!store.take(&elsewhere, at(1)).await.unwrap());
    assert!(store.waiting(&key, at(100)).await.unwrap().is_none());
    assert!(!store.take(&key, at(100)).await.unwrap());
    let taken = parallel(50, |n| {
        let factors = world.accounts().factors.handle(n);
        async move { factors.take(&key, at(1)).await.unwrap() }
    });
    assert_eq!(count(&taken.await, |taken| *taken), 1);
    store.wait(&key, &waiting, at(100)).await.unwrap();
    store.purge(at(99)).await.unwrap();
    assert!(store.waiting(&key, at(1)).await.unwrap().is_some());
    assert!(store.purge(at(100)).await.unwrap() > 0);
    assert!(store.waiting(&key, at(1)).await.unwrap().is_none());
}
