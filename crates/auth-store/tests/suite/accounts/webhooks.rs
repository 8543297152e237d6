//! Webhooks: whom to tell, and how they are kept.

use std::sync::Arc;
use std::time::Duration;

use auth_core::audit::AuditOutcome;
use auth_core::webhook::{
    Batch, Deliveries, Delivery, Disabled, Fault, SealedSecrets, Settlement, WebhookBacklog,
    WebhookChange, WebhookEvents,
};
use auth_core::{
    AuditRecord, EventId, SessionId, Timestamp, UserId, Webhook, WebhookId, WebhookStore,
};

use super::at;
use crate::backend::World;
use crate::suite::parallel;

pub(super) const MINUTE: Duration = Duration::from_secs(60);

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

pub(super) fn line(event: &str) -> AuditRecord {
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

pub(super) fn fault(error: &str) -> Fault {
    Fault {
        status: Some(500),
        error: error.to_owned(),
    }
}

impl World {
    pub(super) fn webhooks(&self) -> Arc<dyn WebhookStore> {
        self.accounts().webhooks.handle(0)
    }

    pub(super) async fn with_webhook(&self, events: &[&str]) -> WebhookId {
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
    pub(super) async fn tell(&self, line: &AuditRecord) -> Timestamp {
        self.audit()
            .append(std::slice::from_ref(line))
            .await
            .unwrap();
        line.at()
    }

    pub(super) async fn deliveries(&self, id: WebhookId) -> Vec<Delivery> {
        let which = Deliveries {
            limit: 100,
            ..Deliveries::default()
        };
        self.webhooks().deliveries(id, &which).await.unwrap()
    }

    pub(super) async fn events_for(&self, id: WebhookId) -> Vec<EventId> {
        let deliveries = self.deliveries(id).await;
        deliveries.iter().map(|delivery| delivery.event).collect()
    }

    /// Claims what is due, for a minute.
    pub(super) async fn claimed(&self, id: WebhookId, now: Timestamp) -> Batch {
        let claim = self.webhooks().claim(id, now, now + MINUTE, 10).await;
        claim.unwrap().unwrap()
    }

    pub(super) async fn settle(&self, batch: &Batch, settlement: &Settlement, now: Timestamp) {
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
