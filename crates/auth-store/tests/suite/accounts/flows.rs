//! Flows that are under way at providers, and sign-ins that wait to be picked up.

use auth_core::identity::{Flow, FlowKey, Intent, OneTimeCode};
use auth_core::{Secret, SessionId, UserId};

use super::at;
use crate::backend::World;
use crate::suite::{count, parallel};

fn key() -> FlowKey {
    FlowKey::of(&Secret::generate(), &Secret::generate())
}

fn flow(intent: Intent) -> Flow {
    Flow {
        provider: "google".parse().unwrap(),
        intent,
        return_to: "/profile?x=1".into(),
        started_at: at(7),
        fresh: true,
    }
}

fn handover() -> OneTimeCode {
    OneTimeCode {
        user_id: UserId::generate(),
        credentials_version: 3,
        auth_time: at(8),
        identity: Some(auth_core::IdentityId::generate()),
        assurance: Default::default(),
    }
}

async fn finish(world: &World, key: &FlowKey, provider: &str, now: i64) -> Option<Flow> {
    let provider = provider.parse().unwrap();
    world.flows().finish(key, &provider, at(now)).await.unwrap()
}

pub async fn a_flow_comes_back_once_as_it_was_kept(world: World) {
    let link = Intent::Link {
        user_id: UserId::generate(),
        session_id: SessionId::generate(),
        credentials_version: 4,
    };
    for intent in [Intent::SignIn, link] {
        let (key, flow) = (key(), flow(intent));
        world.flows().begin(&key, &flow, at(100)).await.unwrap();
        assert_eq!(finish(&world, &key, "google", 99).await, Some(flow));
        assert_eq!(finish(&world, &key, "google", 99).await, None);
    }
}

pub async fn a_flow_comes_back_to_its_browser_and_its_provider_only(world: World) {
    let (key, flow) = (key(), flow(Intent::SignIn));
    world.flows().begin(&key, &flow, at(100)).await.unwrap();
    let elsewhere = FlowKey {
        browser: Secret::generate().hash(),
        ..key
    };
    assert_eq!(finish(&world, &elsewhere, "google", 1).await, None);
    assert_eq!(finish(&world, &key, "github", 1).await, None);
    assert_eq!(finish(&world, &key, "google", 1).await, Some(flow));
}

pub async fn a_flow_ends_when_its_time_is_over(world: World) {
    let key = key();
    let flow = flow(Intent::SignIn);
    world.flows().begin(&key, &flow, at(100)).await.unwrap();
    assert_eq!(finish(&world, &key, "google", 100).await, None);
}

pub async fn of_fifty_parallel_ends_of_a_flow_one_wins(world: World) {
    let (key, flow) = (key(), flow(Intent::SignIn));
    world.flows().begin(&key, &flow, at(100)).await.unwrap();
    let finished = parallel(50, |n| {
        let flows = world.accounts().flows.handle(n);
        async move {
            let provider = "google".parse().unwrap();
            flows.finish(&key, &provider, at(1)).await.unwrap()
        }
    })
    .await;
    assert_eq!(count(&finished, Option::is_some), 1);
}

pub async fn where_a_flow_leads_is_known_until_it_is_forgotten(world: World) {
    let (key, flow) = (key(), flow(Intent::SignIn));
    let flows = world.flows();
    let (google, github) = ("google".parse().unwrap(), "github".parse().unwrap());
    let known = |provider, now| flows.return_to(&key.secret, provider, at(now));
    assert_eq!(known(&google, 1).await.unwrap(), None);
    flows.begin(&key, &flow, at(100)).await.unwrap();
    assert_eq!(
        known(&google, 99).await.unwrap().as_ref(),
        Some(&flow.return_to)
    );
    assert_eq!(known(&google, 100).await.unwrap(), None);
    finish(&world, &key, "google", 1).await.unwrap();
    assert_eq!(known(&google, 1).await.unwrap(), None);
    flows.remember(&key.secret, &flow, at(200)).await.unwrap();
    assert_eq!(known(&google, 199).await.unwrap(), Some(flow.return_to));
    assert_eq!(known(&github, 1).await.unwrap(), None);
    assert_eq!(known(&google, 200).await.unwrap(), None);
    assert_eq!(flows.purge(at(200)).await.unwrap(), 1);
}

pub async fn a_handover_is_picked_up_once_by_its_browser(world: World) {
    let (key, handover) = (key(), handover());
    let flows = world.flows();
    flows.hand_over(&key, &handover, at(100)).await.unwrap();
    let elsewhere = FlowKey {
        browser: Secret::generate().hash(),
        ..key
    };
    assert_eq!(flows.redeem(&elsewhere, at(1)).await.unwrap(), None);
    assert_eq!(flows.redeem(&key, at(100)).await.unwrap(), None);
    assert_eq!(flows.redeem(&key, at(99)).await.unwrap(), Some(handover));
    assert_eq!(flows.redeem(&key, at(99)).await.unwrap(), None);
}

pub async fn of_fifty_parallel_pick_ups_one_wins(world: World) {
    let (key, handover) = (key(), handover());
    world
        .flows()
        .hand_over(&key, &handover, at(100))
        .await
        .unwrap();
    let picked = parallel(50, |n| {
        let flows = world.accounts().flows.handle(n);
        async move { flows.redeem(&key, at(1)).await.unwrap() }
    })
    .await;
    assert_eq!(count(&picked, Option::is_some), 1);
}

pub async fn purging_deletes_what_has_expired(world: World) {
    let flows = world.flows();
    let (old, young) = (key(), key());
    let flow = flow(Intent::SignIn);
    flows.begin(&old, &flow, at(100)).await.unwrap();
    flows.begin(&young, &flow, at(101)).await.unwrap();
    flows.hand_over(&old, &handover(), at(100)).await.unwrap();
    flows.hand_over(&young, &handover(), at(101)).await.unwrap();
    assert_eq!(flows.purge(at(100)).await.unwrap(), 2);
    assert_eq!(flows.purge(at(100)).await.unwrap(), 0);
    assert!(finish(&world, &young, "google", 100).await.is_some());
    assert!(flows.redeem(&young, at(100)).await.unwrap().is_some());
}
