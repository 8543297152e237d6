//! What is to be delivered to webhooks.

use std::sync::Arc;

use auth_core::user::Created;
use auth_core::webhook::{Deliveries, DeliveryState, Settlement, WebhookChange};
use auth_core::{AuditRecord, Effects, EventId, WebhookId};

use super::webhooks::{MINUTE, fault, line};
use super::{account, at};
use crate::backend::World;
use crate::suite::parallel;

pub async fn a_line_is_queued_once_for_whoever_wants_it(world: World) {
    let before = line("signed_in");
    world.tell(&before).await;
    let all = world.with_webhook(&[]).await;
    let some = world.with_webhook(&["signed_out", "signed_in"]).await;
    let other = world.with_webhook(&["signed_out"]).await;
    let off = world.with_webhook(&[]).await;
    let disable = WebhookChange {
        enabled: Some(false),
        ..WebhookChange::default()
    };
    let disabled = world.webhooks().change(off, &disable, at(0), None).await;
    assert!(disabled.unwrap().is_some());
    assert!(world.webhooks().due(at(0)).await.unwrap().is_empty());

    let (wanted, unwanted) = (line("signed_in"), line("profile_changed"));
    world.tell(&wanted).await;
    world.tell(&wanted).await;
    let due = world.tell(&unwanted).await;
    assert_eq!(world.events_for(all).await, [unwanted.id, wanted.id]);
    assert_eq!(world.events_for(some).await, [wanted.id]);
    assert!(world.events_for(other).await.is_empty());
    assert!(world.events_for(off).await.is_empty());
    let mut those = world.webhooks().due(due).await.unwrap();
    those.sort();
    assert_eq!(those, [all, some]);
}

/// A receiver that looks an account up, which is told too, would go on for ever.
pub async fn that_somebody_looked_goes_to_whom_it_is_named_for(world: World) {
    let all = world.with_webhook(&[]).await;
    let named = world.with_webhook(&["admin_looked"]).await;
    let looked = line("admin_looked");
    world.tell(&looked).await;
    assert!(world.events_for(all).await.is_empty());
    assert_eq!(world.events_for(named).await, [looked.id]);
}

pub async fn what_is_sent_is_written_down_with_the_line(world: World) {
    let id = world.with_webhook(&[]).await;
    let full = line("identity_linked");
    let bare = AuditRecord {
        id: EventId::generate(),
        actor: None,
        user: None,
        session: None,
        ip: None,
        user_agent: None,
        request_id: None,
        details: None,
        ..full.clone()
    };
    world.tell(&full).await;
    let now = world.tell(&bare).await;
    let batch = world.claimed(id, now).await;
    assert_eq!(batch.url, "https://example.org/webhooks");
    let sent = |n: usize| -> serde_json::Value {
        serde_json::from_str(&batch.deliveries[n].payload).unwrap()
    };
    let expected = serde_json::json!({
        "type": "identity_linked",
        "timestamp": sent(0)["timestamp"],
        "data": {
            "id": full.id.to_string(),
            "outcome": "success",
            "actor": "authctl:\"ada\"",
            "user_id": full.user.unwrap().to_string(),
            "session_id": full.session.unwrap().to_string(),
            "ip": "192.0.2.7",
            "request_id": "0198",
            "details": { "provider": "google", "n": [1] },
        },
    });
    assert_eq!(sent(0), expected);
    // A database writes the zeros at the end of a fraction too.
    let told_at = sent(0)["timestamp"].as_str().unwrap().parse();
    assert_eq!(told_at.ok(), Some(full.at()));
    assert_eq!(sent(1)["data"]["details"], serde_json::Value::Null);
    assert_eq!(sent(1)["data"]["actor"], serde_json::Value::Null);
    assert_eq!(batch.deliveries[0].event, full.id);

    // Who claims it later sends the same bytes.
    let again = world.claimed(id, now + MINUTE * 2).await;
    assert_eq!(again.deliveries, batch.deliveries);
}

pub async fn what_is_undone_is_told_to_nobody(world: World) {
    let id = world.with_webhook(&[]).await;
    let told = |line: AuditRecord| Effects::default().told_by(Some(line));
    let (done, undone) = (line("registered"), line("registered"));
    let ada = account("ada", "ada@example.org");
    let made = world.users().create(&ada, &told(done.clone())).await;
    assert!(matches!(made.unwrap(), Created::Made(_)));
    let other = account("ada", "other@example.org");
    let refused = world.users().create(&other, &told(undone)).await;
    assert!(matches!(refused.unwrap(), Created::UsernameTaken));
    assert_eq!(world.events_for(id).await, [done.id]);
}

pub async fn a_claim_belongs_to_one_until_its_lease_ends(world: World) {
    let id = world.with_webhook(&[]).await;
    let now = world.tell(&line("signed_in")).await;
    let first = world.claimed(id, now).await;
    assert_eq!(first.deliveries.len(), 1);
    assert_eq!(first.deliveries[0].attempts, 0);
    assert!(world.claimed(id, now).await.deliveries.is_empty());
    assert!(world.webhooks().due(now).await.unwrap().is_empty());
    let second = world.claimed(id, now + MINUTE).await;
    assert_eq!(second.deliveries, first.deliveries);

    let later = now + MINUTE * 2;
    let again = Settlement::Retry {
        at: later + MINUTE,
        fault: fault("status 500"),
    };
    world.settle(&second, &again, later).await;
    let told = world.deliveries(id).await.remove(0);
    assert_eq!((told.state, told.attempts), (DeliveryState::Pending, 1));
    assert_eq!((told.last_status, told.due_at), (Some(500), later + MINUTE));
    assert!(world.claimed(id, later).await.deliveries.is_empty());

    let third = world.claimed(id, later + MINUTE).await;
    assert_eq!(third.deliveries[0].payload, first.deliveries[0].payload);
    assert_eq!(third.deliveries[0].attempts, 1);
    let end = later + MINUTE;
    world
        .settle(&third, &Settlement::Delivered { status: 204 }, end)
        .await;
    let told = world.deliveries(id).await.remove(0);
    assert_eq!((told.state, told.attempts), (DeliveryState::Delivered, 2));
    assert_eq!((told.last_status, told.last_error), (Some(204), None));
    assert_eq!(told.delivered_at, Some(end));
    let much_later = end + MINUTE * 1000;
    assert!(world.claimed(id, much_later).await.deliveries.is_empty());
}

pub async fn of_parallel_claims_each_delivery_is_in_one(world: World) {
    let id = world.with_webhook(&[]).await;
    let mut now = at(0);
    for _ in 0..20 {
        now = world.tell(&line("signed_in")).await;
    }
    let claims = parallel(4, |n| {
        let store = world.accounts().webhooks.handle(n);
        async move { store.claim(id, now, now + MINUTE, 7).await.unwrap() }
    })
    .await;
    let claimed = claims.into_iter().flatten();
    let mut events: Vec<_> = claimed
        .flat_map(|batch| batch.deliveries)
        .map(|delivery| delivery.event)
        .collect();
    assert_eq!(events.len(), 20);
    events.sort();
    events.dedup();
    assert_eq!(events.len(), 20);
}

pub async fn what_is_settled_too_late_changes_nothing(world: World) {
    let id = world.with_webhook(&[]).await;
    let now = world.tell(&line("signed_in")).await;
    let slow = world.claimed(id, now).await;
    let quick = world.claimed(id, now + MINUTE).await;
    let end = now + MINUTE;
    world
        .settle(&quick, &Settlement::Delivered { status: 200 }, end)
        .await;
    let failed = Settlement::Failed {
        fault: fault("too late"),
    };
    world.settle(&slow, &failed, end).await;
    let told = world.deliveries(id).await.remove(0);
    assert_eq!((told.state, told.attempts), (DeliveryState::Delivered, 1));
}

pub async fn what_failed_is_made_once_more(world: World) {
    let store = world.webhooks();
    let id = world.with_webhook(&[]).await;
    let (first, second) = (line("signed_in"), line("signed_out"));
    world.tell(&first).await;
    let now = world.tell(&second).await;
    let batch = world.claimed(id, now).await;
    let failed = Settlement::Failed {
        fault: fault("status 500"),
    };
    world.settle(&batch, &failed, now).await;
    let in_state = async |state| {
        let which = Deliveries {
            state: Some(state),
            limit: 10,
            ..Deliveries::default()
        };
        store.deliveries(id, &which).await.unwrap().len()
    };
    assert_eq!(in_state(DeliveryState::Failed).await, 2);
    let page = Deliveries {
        before: Some(second.id),
        limit: 1,
        ..Deliveries::default()
    };
    let page = store.deliveries(id, &page).await.unwrap();
    assert_eq!(page[0].event, first.id);

    assert!(store.replay(id, first.id, now, None).await.unwrap());
    let nothing = store.replay(id, EventId::generate(), now, None).await;
    assert!(!nothing.unwrap());
    let again = world.claimed(id, now).await;
    assert_eq!(again.deliveries, batch.deliveries[..1]);
    world.settle(&again, &failed, now).await;
    let since = second.at() + MINUTE;
    let replay_failed = async |since, at_most| {
        let replayed = store.replay_failed(id, since, now, at_most, Arc::new(|_| None));
        replayed.await.unwrap()
    };
    assert_eq!(replay_failed(since, 9).await, 0);
    for replayed in [1, 1, 0] {
        assert_eq!(replay_failed(first.at(), 1).await, replayed);
    }
    assert_eq!(world.claimed(id, now).await.deliveries, batch.deliveries);

    let event = EventId::generate();
    for (id, is_queued) in [(id, true), (WebhookId::generate(), false)] {
        let queued = store.queue(id, event, "webhook.test", "{}", None).await;
        assert_eq!(queued.unwrap(), is_queued);
    }
    let sent = world.claimed(id, event.at()).await;
    assert_eq!(sent.deliveries[0].payload, "{}");
}

pub async fn purging_deletes_what_is_over(world: World) {
    let store = world.webhooks();
    let id = world.with_webhook(&["signed_in"]).await;
    let off = world.with_webhook(&["signed_out"]).await;
    world.tell(&line("signed_out")).await;
    let disable = WebhookChange {
        enabled: Some(false),
        ..WebhookChange::default()
    };
    assert!(
        store
            .change(off, &disable, at(0), None)
            .await
            .unwrap()
            .is_some()
    );
    let now = world.tell(&line("signed_in")).await;
    let batch = world.claimed(id, now).await;
    let end = now + MINUTE * 5;
    world
        .settle(&batch, &Settlement::Delivered { status: 200 }, end)
        .await;
    let waits = line("signed_in");
    world.tell(&waits).await;

    assert_eq!(store.purge(at(-1_000_000_000_000)).await.unwrap(), 0);
    let purged = store.purge(end - MINUTE).await.unwrap();
    assert_eq!(purged, 1, "what nobody is told any more");
    assert!(world.deliveries(off).await.is_empty());
    assert_eq!(store.purge(end).await.unwrap(), 1);
    assert_eq!(store.purge(end + MINUTE * 9999).await.unwrap(), 0);
    assert_eq!(world.events_for(id).await, [waits.id]);
}
