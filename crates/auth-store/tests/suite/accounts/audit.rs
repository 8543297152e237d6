//! The audit trail: what is kept in it, with what, and for how long.

use std::sync::Arc;

use auth_core::audit::{AuditFilter, AuditOrder, AuditOutcome};
use auth_core::mail::{Hastened, NewMail};
use auth_core::user::{Deleted, UpdateConditions, Updated, UserChanges};
use auth_core::webhook::WebhookChange;
use auth_core::{
    AuditRecord, AuditStore, Effects, EventId, MailKind, PersonName, Secret, SessionId, UserId,
    WebhookId,
};

use super::api_keys::key;
use super::webhooks::webhook;
use super::{account, address, at};
use crate::backend::World;

/// A line with everything in it.
fn line(event: &str, user: UserId, actor: Option<&str>) -> AuditRecord {
    AuditRecord {
        id: EventId::generate(),
        event: event.to_owned(),
        outcome: AuditOutcome::Failure,
        actor: actor.map(str::to_owned),
        user: Some(user),
        session: Some(SessionId::generate()),
        ip: Some([192, 0, 2, 7].into()),
        user_agent: Some("a browser".to_owned()),
        request_id: Some("0198".to_owned()),
        details: Some(r#"{"reason":"wrong_password"}"#.to_owned()),
    }
}

fn of(user: UserId) -> AuditFilter {
    AuditFilter {
        user: Some(user),
        ..AuditFilter::default()
    }
}

async fn all(store: &dyn AuditStore, filter: &AuditFilter) -> Vec<AuditRecord> {
    let page = store.page(filter, AuditOrder::OldestFirst, None, 100);
    page.await.unwrap()
}

pub async fn a_line_comes_back_as_it_was_kept(world: World) {
    let store = world.audit();
    let ada = UserId::generate();
    let full = line("sign_in_failed", ada, Some("authctl:eve"));
    let bare = AuditRecord {
        id: EventId::generate(),
        outcome: AuditOutcome::Success,
        actor: None,
        session: None,
        ip: None,
        user_agent: None,
        request_id: None,
        details: None,
        ..full.clone()
    };
    store.append(&[full.clone(), bare.clone()]).await.unwrap();
    assert_eq!(all(store, &of(ada)).await, [full, bare]);
}

pub async fn a_line_is_kept_once_and_stays(world: World) {
    let store = world.audit();
    let ada = UserId::generate();
    let first = line("signed_in", ada, None);
    store.append(std::slice::from_ref(&first)).await.unwrap();
    let other = AuditRecord {
        event: "another".to_owned(),
        ..first.clone()
    };
    let next = line("signed_out", ada, None);
    store.append(&[other, next.clone()]).await.unwrap();
    assert_eq!(all(store, &of(ada)).await, [first, next]);
}

pub async fn lines_are_found_by_what_they_say(world: World) {
    let store = world.audit();
    let (ada, bob) = (UserId::generate(), UserId::generate());
    let mut lines = vec![];
    for (event, user, actor) in [
        ("signed_in", ada, None),
        ("admin_account_disabled", bob, Some("authctl:eve")),
        ("signed_in", bob, None),
        ("admin_account_disabled", ada, Some("authctl:eve")),
    ] {
        let line = line(event, user, actor);
        store.append(std::slice::from_ref(&line)).await.unwrap();
        lines.push(line);
    }
    let found = async |filter: AuditFilter| {
        let mut found = all(store, &filter).await;
        found.retain(|one| lines.contains(one));
        let place = |one: &AuditRecord| lines.iter().position(|line| line == one).unwrap();
        found.iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(found(of(bob)).await, [1, 2]);
    let by_actor = AuditFilter {
        actor: Some("authctl:eve".to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(found(by_actor).await, [1, 3]);
    let by_event = AuditFilter {
        event: Some("signed_in".to_owned()),
        ..of(ada)
    };
    assert_eq!(found(by_event).await, [0]);
    let (since, until) = (lines[0].at(), lines[3].at());
    let at_its_time = |since, until| AuditFilter {
        since,
        until,
        ..AuditFilter::default()
    };
    assert_eq!(found(at_its_time(Some(since), None)).await, [0, 1, 2, 3]);
    let second = std::time::Duration::from_secs(1);
    assert!(
        found(at_its_time(Some(until + second), None))
            .await
            .is_empty()
    );
    assert!(found(at_its_time(None, Some(since))).await.is_empty());
}

pub async fn pages_go_both_ways(world: World) {
    let store = world.audit();
    let ada = UserId::generate();
    let lines: Vec<_> = (0..5).map(|_| line("signed_in", ada, None)).collect();
    store.append(&lines).await.unwrap();
    for order in [AuditOrder::OldestFirst, AuditOrder::LatestFirst] {
        let (mut read, mut after) = (vec![], None);
        loop {
            let page = store.page(&of(ada), order, after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            read.extend(page);
        }
        if order == AuditOrder::LatestFirst {
            read.reverse();
        }
        assert_eq!(read, lines, "{order:?}");
    }
}

pub async fn old_lines_go_and_no_others(world: World) {
    let store = world.audit();
    let ada = UserId::generate();
    let year = std::time::Duration::from_secs(365 * 86_400);
    let now = EventId::generate().at();
    let old = AuditRecord {
        id: EventId::first_of(now - year),
        ..line("signed_in", ada, None)
    };
    let kept = AuditRecord {
        id: EventId::first_of(now),
        ..old.clone()
    };
    store.append(&[old, kept.clone()]).await.unwrap();
    store.purge(now).await.unwrap();
    assert_eq!(all(store, &of(ada)).await, [kept]);
}

pub async fn a_change_is_kept_with_its_line_or_not_at_all(world: World) {
    let store = world.audit();
    let new = account("ada", "ada@example.org");
    let telling = |event: &str| {
        let line = line(event, new.id, None);
        (line.clone(), Effects::default().told_by(Some(line)))
    };
    let (made, effects) = telling("registered");
    world.users().create(&new, &effects).await.unwrap();

    let (_, effects) = telling("registered_twice");
    world.users().create(&new, &effects).await.unwrap();

    let changes = UserChanges {
        first_name: Some(PersonName::parse("first_name", "Augusta").unwrap()),
        ..UserChanges::default()
    };
    let (changed, effects) = telling("profile_changed");
    let along = UpdateConditions {
        effects,
        ..UpdateConditions::default()
    };
    let updated = world.users().update(new.id, &changes, &along).await;
    assert!(matches!(updated, Ok(Updated::Changed(_))));

    let (_, effects) = telling("refused");
    let along = UpdateConditions {
        effects,
        if_email: Some(address("bob@example.org")),
        ..UpdateConditions::default()
    };
    let refused = world.users().update(new.id, &changes, &along).await;
    assert!(matches!(refused, Ok(Updated::Refused)));

    let (deleted, effects) = telling("account_deleted");
    let first = world.users().delete(new.id, None, &effects).await;
    let (_, effects) = telling("deleted_twice");
    let second = world.users().delete(new.id, None, &effects).await;
    assert_eq!(
        (first.unwrap(), second.unwrap()),
        (Deleted::Done, Deleted::Refused)
    );
    assert_eq!(all(store, &of(new.id)).await, [made, changed, deleted]);
}

/// Names of lines, the oldest first.
async fn told(world: &World) -> Vec<String> {
    let lines = all(world.audit(), &AuditFilter::default()).await;
    lines.into_iter().map(|line| line.event).collect()
}

pub async fn a_change_of_an_api_key_is_told_with_it_or_not_at_all(world: World) {
    let keys = world.keys();
    let record = |event: &str| Some(line(event, UserId::generate(), None));
    let hash = || Secret::generate().hash();
    let added = key(None);
    assert!(keys.add(&added, hash(), record("added")).await.unwrap());
    let nobodys = key(Some(UserId::generate()));
    let refused = keys.add(&nobodys, hash(), record("refused"));
    assert!(!refused.await.unwrap());
    assert!(keys.revoke(added.id, record("revoked")).await.unwrap());
    assert!(!keys.revoke(added.id, record("gone")).await.unwrap());
    assert_eq!(told(&world).await, ["added", "revoked"]);
}

pub async fn a_change_of_a_webhook_is_told_with_it_or_not_at_all(world: World) {
    let store = world.webhooks();
    let record = |event: &str| Some(line(event, UserId::generate(), None));
    let (hook, other) = (webhook(&[]), webhook(&[]));
    let id = hook.id;
    assert!(store.add(&hook, "a", 1, record("added")).await.unwrap());
    assert!(!store.add(&other, "b", 1, record("full")).await.unwrap());
    let change = WebhookChange {
        description: Some("another".to_owned()),
        ..WebhookChange::default()
    };
    let changed = store.change(id, &change, at(1), record("changed"));
    assert!(changed.await.unwrap().is_some());
    let changed = store.change(other.id, &change, at(1), record("not_there"));
    assert!(changed.await.unwrap().is_none());
    assert!(
        store
            .rotate(id, "c", at(2), record("rotated"))
            .await
            .unwrap()
    );
    let rotated = store.rotate(other.id, "c", at(2), record("not_there"));
    assert!(!rotated.await.unwrap());
    assert!(store.remove(id, record("removed")).await.unwrap());
    assert!(!store.remove(id, record("gone")).await.unwrap());
    let expected = ["added", "changed", "rotated", "removed"];
    assert_eq!(told(&world).await, expected);
}

pub async fn what_is_done_with_deliveries_is_told_with_it_or_not_at_all(world: World) {
    let store = world.webhooks();
    let record = |event: &str| Some(line(event, UserId::generate(), None));
    let (id, nobody) = (webhook(&[]), WebhookId::generate());
    assert!(store.add(&id, "a", 1, None).await.unwrap());
    let (id, event) = (id.id, EventId::generate());
    for (id, name) in [(id, "tested"), (nobody, "not_there")] {
        let queued = store.queue(id, event, "webhook.test", "{}", record(name));
        assert_eq!(queued.await.unwrap(), id != nobody);
    }
    for (id, name) in [(id, "replayed"), (nobody, "not_there")] {
        let replayed = store.replay(id, event, at(1), record(name));
        assert_eq!(replayed.await.unwrap(), id != nobody);
    }
    let of_many = Arc::new(move |count| record(&format!("replayed_{count}")));
    let replayed = store.replay_failed(id, at(0), at(1), 9, of_many).await;
    assert_eq!(replayed.unwrap(), 0);
    let expected = ["tested", "replayed", "replayed_0"];
    assert_eq!(told(&world).await, expected);
}

pub async fn what_is_done_with_mails_is_told_with_it_or_not_at_all(world: World) {
    let outbox = world.outbox();
    let record = |event: &str| Some(line(event, UserId::generate(), None));
    let mail = NewMail::new(MailKind::Reset, &address("ada@example.org"), None, at(0));
    outbox.queue_with(&mail, record("asked")).await.unwrap();
    let claimed = world.claim(at(0)).await.remove(0);
    outbox.retry(&claimed.id, at(9000)).await.unwrap();
    for (beyond, name, hastened) in [
        (9000, "too_soon", Hastened::Soon),
        (1000, "hastened", Hastened::Now),
    ] {
        let done = outbox.hasten(&claimed.id, at(1), at(beyond), record(name));
        assert_eq!(done.await.unwrap(), hastened);
    }
    let gone = outbox.hasten("nobody", at(1), at(1), record("gone")).await;
    assert_eq!(gone.unwrap(), Hastened::Gone);

    let claimed = world.claim(at(1)).await.remove(0);
    outbox.retry(&claimed.id, at(9000)).await.unwrap();
    let of_many = Arc::new(move |count| record(&format!("hastened_{count}")));
    let hastened = outbox.hasten_failing(at(1), at(1000), 9, of_many).await;
    assert_eq!(hastened.unwrap(), 1);
    let expected = ["asked", "hastened", "hastened_1"];
    assert_eq!(told(&world).await, expected);
}
