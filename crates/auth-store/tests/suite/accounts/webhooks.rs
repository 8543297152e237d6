//! Webhooks, and what is to be delivered to them.

use std::sync::Arc;
use std::time::Duration;

use auth_core::audit::AuditOutcome;
use auth_core::user::Created;
use auth_core::webhook::{
    Batch, Deliveries, Delivery, DeliveryState, Disabled, Fault, SealedSecrets, Settlement,
    WebhookBacklog, WebhookChange, WebhookEvents,
};
use auth_core::{
    AuditRecord, Effects, EventId, SessionId, Timestamp, UserId, Webhook, WebhookId, WebhookStore,
};

use super::{account, at};
use crate::backend::World;
use crate::suite::parallel;

const MINUTE: Duration = Duration::from_secs(60);

/// A receiver of these events; of all when there are none.
pub(super) fn webhook(events: &[&str]) -> Webhook {
    let names: Vec<_> = events.iter().map(|&name| name.to_owned()).collect();
    Webhook {
        id: WebhookId::generate(),
        url: "https://example.org/webhooks".to_owned(),
        description: "a receiver".to_owned(),
        events: match events.is_empty() {
            true => WebhookEvents::All,
            false => WebhookEvents::parse(&names, |_| true).unwrap(),
        },
        created_at: at(0),
        enabled: true,
        disabled_at: None,
        disabled_reason: None,
    }
}

fn line(event: &str) -> AuditRecord {
    AuditRecord {
        id: EventId::generate(),
        event: event.to_owned(),
        outcome: AuditOutcome::Success,
        actor: Some("authctl:\"ada\"".to_owned()),
        user: Some(UserId::generate()),
        session: Some(SessionId::generate()),
        ip: Some([192, 0, 2, 7].into()),
        user_agent: Some("a browser".to_owned()),
        request_id: Some("0198".to_owned()),
        details: Some(r#"{"provider":"google","n":[1]}"#.to_owned()),
    }
}

fn fault(error: &str) -> Fault {
    Fault {
        status: Some(500),
        error: error.to_owned(),
    }
}

impl World {
    pub(super) fn webhooks(&self) -> Arc<dyn WebhookStore> {
        self.accounts().webhooks.handle(0)
    }

    async fn with_webhook(&self, events: &[&str]) -> WebhookId {
        let webhook = webhook(events);
        assert!(
            self.webhooks()
                .add(&webhook, "sealed", 50, None)
                .await
                .unwrap()
        );
        webhook.id
    }

    /// Keeps a line; gives when it is due.
    async fn tell(&self, line: &AuditRecord) -> Timestamp {
        self.audit()
            .append(std::slice::from_ref(line))
            .await
            .unwrap();
        line.at()
    }

    async fn deliveries(&self, id: WebhookId) -> Vec<Delivery> {
        let which = Deliveries {
            limit: 100,
            ..Deliveries::default()
        };
        self.webhooks().deliveries(id, &which).await.unwrap()
    }

    async fn events_for(&self, id: WebhookId) -> Vec<EventId> {
        let deliveries = self.deliveries(id).await;
        deliveries.iter().map(|delivery| delivery.event).collect()
    }

    /// Claims what is due, for a minute.
    async fn claimed(&self, id: WebhookId, now: Timestamp) -> Batch {
        let claim = self.webhooks().claim(id, now, now + MINUTE, 10).await;
        claim.unwrap().unwrap()
    }

    async fn settle(&self, batch: &Batch, settlement: &Settlement, now: Timestamp) {
        let store = self.webhooks();
        for delivery in &batch.deliveries {
            let settled = store.settle(batch, delivery.event, settlement, now);
            settled.await.unwrap();
        }
    }
}

pub async fn a_webhook_comes_back_as_it_was_kept(world: World) {
    let store = world.webhooks();
    let (first, second) = (webhook(&[]), webhook(&["signed_in", "signed_out"]));
    for one in [&first, &second] {
        assert!(store.add(one, "sealed", 50, None).await.unwrap());
        assert_eq!(store.find(one.id).await.unwrap().as_ref(), Some(one));
    }
    assert_eq!(store.list().await.unwrap(), [first.clone(), second]);

    let change = WebhookChange {
        url: Some("https://example.net".to_owned()),
        enabled: Some(false),
        ..WebhookChange::default()
    };
    let changed = store.change(first.id, &change, at(5), None).await.unwrap();
    let expected = Webhook {
        url: "https://example.net".to_owned(),
        enabled: false,
        disabled_at: Some(at(5)),
        disabled_reason: Some("operator".to_owned()),
        ..first.clone()
    };
    assert_eq!(changed.as_ref(), Some(&expected));
    let nothing = WebhookChange::default();
    let unchanged = store.change(first.id, &nothing, at(6), None).await.unwrap();
    assert_eq!(unchanged, Some(expected));
    let change = WebhookChange {
        url: Some(first.url.clone()),
        enabled: Some(true),
        ..WebhookChange::default()
    };
    let changed = store.change(first.id, &change, at(7), None).await.unwrap();
    assert_eq!(changed, Some(first));
    let nobody = WebhookId::generate();
    assert_eq!(
        store.change(nobody, &change, at(8), None).await.unwrap(),
        None
    );
}

pub async fn there_are_no_more_than_there_may_be(world: World) {
    let added = parallel(6, |n| {
        let store = world.accounts().webhooks.handle(n);
        async move { store.add(&webhook(&[]), "sealed", 3, None).await.unwrap() }
    })
    .await;
    assert_eq!(added.iter().filter(|added| **added).count(), 3);
    assert_eq!(world.webhooks().list().await.unwrap().len(), 3);
}

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
        "timestamp": full.at().to_string(),
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

pub async fn who_fails_for_days_is_disabled_once(world: World) {
    let store = world.webhooks();
    let id = world.with_webhook(&["signed_in"]).await;
    let failed = || Settlement::Failed {
        fault: fault("status 500"),
    };
    let fail = async |now: Timestamp| {
        world.tell(&line("signed_in")).await;
        let batch = world.claimed(id, now).await;
        assert_eq!(batch.deliveries.len(), 1);
        world.settle(&batch, &failed(), now).await;
    };
    let start = line("x").at() + MINUTE;
    fail(start).await;
    let now = start + MINUTE * 9;
    fail(now).await;
    let disable_at = async |url: &str, why: Disabled, since: Option<Timestamp>| {
        let record = Some(line("webhook_disabled"));
        let disabled = store.disable(id, url, why, since, now, record);
        disabled.await.unwrap()
    };
    let url = store.find(id).await.unwrap().unwrap().url;
    let disable = async |since| disable_at(&url, Disabled::Failing, Some(since)).await;
    assert!(!disable(start - MINUTE).await);
    // One that arrives mends everything.
    world.tell(&line("signed_in")).await;
    let batch = world.claimed(id, now).await;
    world
        .settle(&batch, &Settlement::Delivered { status: 200 }, now)
        .await;
    assert!(!disable(now).await);
    fail(now).await;
    // What an earlier URL answered tells nothing of the one of now.
    let earlier = "https://example.org/earlier";
    assert!(!disable_at(earlier, Disabled::Gone, None).await);
    assert!(!disable_at(earlier, Disabled::Failing, Some(now)).await);
    assert!(store.find(id).await.unwrap().unwrap().enabled);
    assert!(disable(now).await);
    assert!(!disable(now).await);
    let webhook = store.find(id).await.unwrap().unwrap();
    assert!(!webhook.enabled);
    assert_eq!(webhook.disabled_reason.as_deref(), Some("failing"));
    world.tell(&line("signed_in")).await;
    assert!(store.due(now + MINUTE * 99).await.unwrap().is_empty());
    let claim = store.claim(id, now, now + MINUTE, 1).await.unwrap();
    assert_eq!(claim, None);
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

pub async fn a_secret_counts_beside_its_successor(world: World) {
    let store = world.webhooks();
    let id = world.with_webhook(&[]).await;
    assert!(store.rotate(id, "second", at(100), None).await.unwrap());
    let nobody = WebhookId::generate();
    assert!(!store.rotate(nobody, "second", at(100), None).await.unwrap());
    let both = SealedSecrets {
        current: "second".to_owned(),
        previous: Some(("sealed".to_owned(), at(100))),
    };
    let now = world.tell(&line("signed_in")).await;
    assert_eq!(world.claimed(id, now).await.secrets, both);
    assert_eq!(store.secrets().await.unwrap(), [(id, both.clone())]);
    let anew = SealedSecrets {
        current: "anew".to_owned(),
        previous: Some(("sealed anew".to_owned(), at(100))),
    };
    assert!(store.reseal(id, &both, &anew).await.unwrap());
    assert!(!store.reseal(id, &both, &anew).await.unwrap());
    assert_eq!(store.secrets().await.unwrap(), [(id, anew)]);
}

pub async fn a_deleted_webhook_leaves_nothing(world: World) {
    let store = world.webhooks();
    let (id, other) = (world.with_webhook(&[]).await, world.with_webhook(&[]).await);
    world.tell(&line("signed_in")).await;
    assert!(store.remove(id, None).await.unwrap());
    assert!(!store.remove(id, None).await.unwrap());
    assert_eq!(store.find(id).await.unwrap(), None);
    assert!(world.deliveries(id).await.is_empty());
    assert_eq!(world.deliveries(other).await.len(), 1);
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

pub async fn what_waits_for_enabled_webhooks_is_counted(world: World) {
    let store = world.webhooks();
    let backlog = async || store.backlog(2).await.unwrap();
    assert_eq!(backlog().await, WebhookBacklog::default());
    let id = world.with_webhook(&[]).await;
    let first = world.tell(&line("signed_in")).await;
    for counted in [1, 2, 2] {
        let expected = WebhookBacklog {
            pending: counted,
            first_due: Some(first),
            disabled: 0,
        };
        assert_eq!(backlog().await, expected);
        world.tell(&line("signed_out")).await;
    }
    let url = webhook(&[]).url;
    let disabled = store.disable(id, &url, Disabled::Gone, None, at(1), None);
    assert!(disabled.await.unwrap());
    let disabled = WebhookBacklog {
        disabled: 1,
        ..WebhookBacklog::default()
    };
    assert_eq!(backlog().await, disabled);
}
