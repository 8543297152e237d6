//! The queue of mails.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use auth_core::mail::{Backlog, Hastened, MailClass, NewMail, Room};
use auth_core::{Languages, MailKind, Timestamp};

use super::{address, at, confirmed, mail};
use crate::backend::World;
use crate::suite::parallel;

/// Queues mails one millisecond after another, and gives their recipients.
async fn queue_many(world: &World, count: i64) -> Vec<String> {
    let mut recipients = vec![];
    for n in 0..count {
        let to = address(&format!("ada{n}@example.org"));
        let queued = NewMail {
            created_at: at(n),
            ..mail(&to, None)
        };
        world.queue(&queued).await;
        recipients.push(to.as_str().to_owned());
    }
    recipients
}

pub async fn a_mail_comes_back_as_it_was_queued(world: World) {
    let user = world.made(&confirmed("ada", "Ada@Bücher.example")).await;
    for (n, kind) in MailKind::ALL.into_iter().enumerate() {
        let owner = n.is_multiple_of(2).then_some(user.id);
        let frontend = owner.map(|_| "https://app.example.org".to_owned());
        let tags = owner.map(|_| ["de-AT", "en"]).into_iter().flatten();
        let languages = Languages::of(tags);
        let queued = NewMail {
            frontend: frontend.clone(),
            languages: languages.clone(),
            ..NewMail::new(kind, &user.email, owner, at(0))
        };
        world.queue(&queued).await;
        let claimed = world.claim(at(0)).await;
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].kind, kind);
        assert_eq!(claimed[0].to, user.email);
        assert_eq!(claimed[0].user_id, owner);
        assert_eq!(claimed[0].frontend, frontend);
        assert_eq!(claimed[0].languages, languages);
        assert_eq!(claimed[0].attempts, 0);
        assert_eq!(claimed[0].created_at, at(0));
        world.outbox().done(&claimed[0]).await.unwrap();
    }
}

pub async fn it_tells_how_long_it_is_and_since_when_it_waits(world: World) {
    assert_eq!(world.outbox().backlog(9).await.unwrap(), Backlog::default());
    queue_many(&world, 5).await;
    for (at_most, count) in [(9, 5), (2, 2)] {
        let backlog = world.outbox().backlog(at_most).await.unwrap();
        assert_eq!((backlog.count, backlog.first_due), (count, Some(at(0))));
    }
    let room = Room::for_any(1);
    let first = world.outbox().claim(at(9), at(99), &room).await.unwrap();
    let backlog = world.outbox().backlog(9).await.unwrap();
    assert_eq!((backlog.count, backlog.first_due), (5, Some(at(1))));
    world.outbox().done(&first[0]).await.unwrap();
    assert_eq!(world.outbox().backlog(9).await.unwrap().count, 4);
}

pub async fn each_cause_is_queued_once(world: World) {
    let to = address("ada@example.org");
    let first = mail(&to, None);
    let second = NewMail {
        to: address("eve@example.org"),
        created_at: at(1),
        ..first.clone()
    };
    world.queue(&first).await;
    world.queue(&second).await;
    parallel(20, |n| {
        let (outbox, mail) = (world.accounts().outbox.handle(n), first.clone());
        async move { outbox.queue(&mail).await.unwrap() }
    })
    .await;
    let claimed = world.claim(at(1)).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].to, to);
}

pub async fn mails_are_claimed_oldest_first_and_no_more_than_asked_for(world: World) {
    let recipients = queue_many(&world, 5).await;
    let mut seen = vec![];
    for size in [2, 2, 1, 0] {
        let claimed = world
            .outbox()
            .claim(at(10), at(1000), &Room::for_any(2))
            .await
            .unwrap();
        assert_eq!(claimed.len(), size);
        seen.extend(claimed.iter().map(|mail| mail.to.as_str().to_owned()));
    }
    assert_eq!(seen, recipients);
}

pub async fn one_mail_to_each_recipient_is_claimed_at_a_time(world: World) {
    let (ada, bob) = (address("ada@example.org"), address("bob@example.org"));
    for (n, to) in [&ada, &ada, &ada, &bob].into_iter().enumerate() {
        let queued = NewMail {
            created_at: at(n as i64),
            ..mail(to, None)
        };
        world.queue(&queued).await;
    }
    let mut room = Room::for_any(10);
    let claimed = world.outbox().claim(at(10), at(1000), &room).await.unwrap();
    let recipients: Vec<_> = claimed.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(recipients, [ada.as_str(), bob.as_str()]);
    let [.., of_notices] = &mut room.busy;
    *of_notices = vec![ada];
    assert!(
        world
            .outbox()
            .claim(at(10), at(1000), &room)
            .await
            .unwrap()
            .is_empty()
    );
}

pub async fn urgent_mails_are_claimed_first_and_classes_keep_to_their_room(world: World) {
    let kinds = [
        MailKind::Notice(auth_core::Notice::PasswordChanged),
        MailKind::SignUp,
        MailKind::Reset,
    ];
    for (n, kind) in kinds.into_iter().cycle().take(9).enumerate() {
        let to = address(&format!("ada{n}@example.org"));
        world
            .queue(&NewMail::new(kind, &to, None, at(n as i64)))
            .await;
    }
    let claim = async |total, of_class| {
        let room = Room {
            total,
            of_class,
            ..Room::for_any(0)
        };
        let claimed = world.outbox().claim(at(10), at(1000), &room).await.unwrap();
        let of = |class| {
            claimed
                .iter()
                .filter(|mail| mail.kind.class() == class)
                .count()
        };
        MailClass::ALL.map(of)
    };
    assert_eq!(claim(2, [2, 2, 2, 2]).await, [2, 0, 0, 0]);
    assert_eq!(claim(9, [2, 1, 1, 2]).await, [1, 0, 1, 2]);
    assert_eq!(claim(9, [9, 9, 9, 9]).await, [0, 0, 2, 1]);
}

pub async fn a_mail_can_be_put_off_without_counting_as_tried(world: World) {
    for kind in [MailKind::SignUp, MailKind::Reset] {
        let to = address("ada@example.org");
        world.queue(&NewMail::new(kind, &to, None, at(0))).await;
        let id = world.claim(at(0)).await[0].id.clone();
        world.outbox().postpone(&id, at(60_000)).await.unwrap();
        assert!(world.claim(at(59_999)).await.is_empty());
        let again = world.claim(at(60_000)).await;
        assert_eq!((again[0].id.as_str(), again[0].attempts), (id.as_str(), 0));
        world.outbox().done(&again[0]).await.unwrap();
    }
}

pub async fn a_mail_is_not_due_before_it_was_queued(world: World) {
    queue_many(&world, 2).await;
    assert_eq!(world.claim(at(0)).await.len(), 1);
}

pub async fn a_claimed_mail_comes_back_when_its_lease_is_over(world: World) {
    queue_many(&world, 1).await;
    let first = world
        .outbox()
        .claim(at(0), at(500), &Room::for_any(10))
        .await
        .unwrap();
    assert!(world.claim(at(499)).await.is_empty());
    let again = world.claim(at(500)).await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].id, first[0].id);
    assert_eq!(world.pending().await, 1);
}

pub async fn parallel_workers_never_get_the_same_mail(world: World) {
    const MAILS: i64 = 60;
    queue_many(&world, MAILS).await;
    let claimed = parallel(8, |n| {
        let outbox = world.accounts().outbox.handle(n);
        async move {
            let mut mine = vec![];
            loop {
                let some = outbox
                    .claim(at(MAILS), at(1_000_000), &Room::for_any(4))
                    .await
                    .unwrap();
                if some.is_empty() {
                    return mine;
                }
                mine.extend(some.into_iter().map(|mail| mail.id));
            }
        }
    })
    .await;
    let claimed: Vec<_> = claimed.into_iter().flatten().collect();
    let different: HashSet<_> = claimed.iter().collect();
    assert_eq!(claimed.len(), different.len());
    // A worker that met others on its way may have left with nothing; nothing is lost.
    let left = world.claim(at(MAILS)).await;
    assert_eq!((claimed.len() + left.len()) as i64, MAILS);
}

pub async fn a_mail_given_back_is_due_again_when_its_time_comes(world: World) {
    queue_many(&world, 1).await;
    let id = world.claim(at(0)).await[0].id.clone();
    for attempts in 1..=3 {
        let due = at(i64::from(attempts) * 60_000);
        world.outbox().retry(&id, due).await.unwrap();
        let before = due - Duration::from_millis(1);
        assert!(world.claim(before).await.is_empty());
        let again = world.claim(due).await;
        assert_eq!(again.len(), 1);
        assert_eq!(
            (again[0].id.as_str(), again[0].attempts),
            (id.as_str(), attempts)
        );
    }
}

pub async fn a_mail_that_is_done_is_gone(world: World) {
    queue_many(&world, 2).await;
    assert_eq!(world.pending().await, 2);
    let claimed = world.claim(at(10)).await;
    world.outbox().done(&claimed[0]).await.unwrap();
    assert_eq!(world.pending().await, 1);
    let left = world.claim(at(100_000)).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, claimed[1].id);
    // What is gone stays gone.
    world.outbox().done(&claimed[0]).await.unwrap();
    world.outbox().retry(&claimed[0].id, at(0)).await.unwrap();
    assert_eq!(world.pending().await, 1);
}

pub async fn a_mail_asked_for_again_while_it_is_delivered_goes_out_again(world: World) {
    let to = address("ada@example.org");
    for kind in [MailKind::Confirm, MailKind::Reset] {
        let by = |languages: &[&str], frontend: &str| NewMail {
            languages: Languages::of(languages.iter().copied()),
            frontend: Some(frontend.to_owned()),
            ..NewMail::new(kind, &to, None, at(0)).once_for_recipient()
        };
        world.queue(&by(&["de"], "https://one.example.org")).await;
        let first = world.claim(at(0)).await.remove(0);
        world.outbox().retry(&first.id, at(1)).await.unwrap();
        let first = world.claim(at(1)).await.remove(0);
        // At a time that is not later: clocks differ, and much happens in a millisecond.
        let other = by(&["en"], "https://two.example.org");
        world.queue(&other).await;
        assert!(world.claim(at(2)).await.is_empty());
        world.outbox().done(&first).await.unwrap();
        let second = world.claim(at(2)).await.remove(0);
        assert_eq!((&second.id, second.attempts), (&first.id, 0));
        assert_ne!(second.created_at, first.created_at);
        assert_eq!(second.languages, other.languages);
        assert_eq!(second.frontend, other.frontend);
        world.outbox().done(&second).await.unwrap();
        assert_eq!(world.pending().await, 0);
    }
}

pub async fn a_mail_is_as_old_as_the_latest_ask(world: World) {
    let to = address("ada@example.org");
    for time in [at(0), at(5000)] {
        let asked = NewMail::new(MailKind::Reset, &to, None, time).once_for_recipient();
        world.queue(&asked).await;
    }
    let claimed = world.claim(at(5000)).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].created_at, at(5000));
    world.outbox().done(&claimed[0]).await.unwrap();
    assert_eq!(world.pending().await, 0);
}

pub async fn what_waits_for_an_account_or_its_address_is_found(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    world.queue(&mail(&user.email, Some(user.id))).await;
    world.queue(&mail(&user.email, None)).await;
    world.queue(&mail(&address("bob@example.org"), None)).await;
    let found = world.outbox().waiting_for(user.id, &user.email).await;
    assert_eq!(found.unwrap().len(), 2);
}

pub async fn a_queue_is_behind_while_mails_wait_or_fail(world: World) {
    let to = address("ada@example.org");
    let is_behind = async |now| world.outbox().is_behind(at(now)).await.unwrap();
    assert!(!is_behind(0).await);
    world.queue(&mail(&to, None)).await;
    assert!(!is_behind(60_000).await && is_behind(60_001).await);
    let claimed = world.claim(at(60_001)).await;
    assert!(!is_behind(60_001).await);
    for _ in 0..3 {
        let again = world.outbox().retry(&claimed[0].id, at(100_000)).await;
        again.unwrap();
    }
    assert!(is_behind(60_002).await);
}

pub async fn what_waits_is_listed_part_by_part(world: World) {
    let user = world.made(&confirmed("ada", "ada@example.org")).await;
    let first = mail(&user.email, Some(user.id));
    world.queue(&first).await;
    queue_many(&world, 4).await;
    let outbox = world.outbox();
    let claimed = outbox.claim(at(0), at(1000), &Room::for_any(1)).await;
    outbox
        .retry(&claimed.unwrap()[0].id, at(7000))
        .await
        .unwrap();
    let mut all = vec![];
    loop {
        let after = all
            .last()
            .map(|one: &auth_core::mail::WaitingMail| one.id.clone());
        let part = outbox.waiting(after.as_deref(), 2).await.unwrap();
        assert!(part.len() <= 2);
        if part.is_empty() {
            break;
        }
        all.extend(part);
    }
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by_key(|one| one.id.clone()));
    let failed: Vec<_> = all.iter().filter(|one| one.attempts == 1).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].due_at, at(7000));
    let own = all.iter().find(|one| one.user_id == Some(user.id)).unwrap();
    assert_eq!(
        (&own.to, own.kind.as_str()),
        (&first.to, first.kind.as_str())
    );
    assert_eq!(own.created_at, first.created_at);
    assert_eq!(outbox.backlog(9).await.unwrap().failing, 1);
}

/// Queues a mail and has it fail, to be tried again at a time.
async fn failing_until(world: &World, to: &str, kind: MailKind, again: Timestamp) -> String {
    let queued = NewMail::new(kind, &address(to), None, at(0));
    world.queue(&queued).await;
    let room = Room::for_any(1);
    let claimed = world.outbox().claim(at(0), at(1000), &room).await.unwrap();
    let id = claimed[0].id.clone();
    world.outbox().retry(&id, again).await.unwrap();
    id
}

pub async fn what_waits_for_long_is_made_due_and_nothing_that_may_be_in_delivery(world: World) {
    for (n, kind) in [MailKind::Reset, MailKind::SignUp].into_iter().enumerate() {
        let to = format!("ada{n}@example.org");
        let id = failing_until(&world, &to, kind, at(9000)).await;
        let outbox = world.outbox();
        let hasten = async |now, beyond| {
            let hastened = outbox.hasten(&id, at(now), at(beyond), None).await;
            hastened.unwrap()
        };
        assert_eq!(hasten(100, 9000).await, Hastened::Soon);
        assert!(world.claim(at(200)).await.is_empty());
        assert_eq!(hasten(100, 8999).await, Hastened::Now);
        let claimed = world.claim(at(100)).await;
        assert_eq!(claimed.len(), 1);
        // What failed before has failed.
        assert_eq!(claimed[0].attempts, 1);
        outbox.done(&claimed[0]).await.unwrap();
        assert_eq!(hasten(100, 0).await, Hastened::Gone);
    }
}

pub async fn failing_mails_are_made_due_together(world: World) {
    let outbox = world.outbox();
    for (n, again) in [500, 7000, 8000, 9000].into_iter().enumerate() {
        let to = format!("ada{n}@example.org");
        failing_until(&world, &to, MailKind::Reset, at(again)).await;
    }
    // One that is put off has not failed.
    let to = address("bob@example.org");
    world.queue(&mail(&to, None)).await;
    let claimed = outbox.claim(at(0), at(1000), &Room::for_any(1)).await;
    outbox
        .postpone(&claimed.unwrap()[0].id, at(6000))
        .await
        .unwrap();
    let hasten = async |at_most| {
        let hastened = outbox.hasten_failing(at(100), at(1000), at_most, Arc::new(|_| None));
        hastened.await.unwrap()
    };
    assert_eq!(hasten(2).await, 2);
    assert_eq!(hasten(2).await, 1);
    assert_eq!(hasten(2).await, 0);
    assert_eq!(world.claim(at(100)).await.len(), 3);
}
