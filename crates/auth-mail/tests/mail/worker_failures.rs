//! What the worker does when something fails, is slow, or ends.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::mail::Room;
use auth_core::{Clock as _, MailKind, Notice, Outbox as _};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::fakes::{Answer, World};

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_tried_again_after_doubling_waits() {
    let world = World::new();
    world.add_user("ada@example.org", |_| {});
    world.queue(MailKind::Reset, "ada@example.org", None).await;
    world.answer([Answer::Transient, Answer::Transient, Answer::Transient]);
    world.run_until_empty().await;
    let tried = world.recorder.tried.lock().unwrap();
    // Each is begun at the first look after it is due, within half a second.
    let waits = tried.windows(2).map(|w| w[1].0.since(w[0].0).as_secs());
    assert_eq!(waits.collect::<Vec<_>>(), [5, 10, 20]);
    assert_eq!(world.recorder.accepted().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_try_has_the_same_id_and_a_token_of_its_own() {
    let world = World::new();
    world.add_user("ada@example.org", |_| {});
    world.queue(MailKind::Reset, "ada@example.org", None).await;
    world.answer([Answer::Transient]);
    world.run_until_empty().await;
    let tried = world.recorder.tried.lock().unwrap();
    let [(_, first), (_, second)] = tried.as_slice() else {
        panic!("tried {} times", tried.len());
    };
    assert_eq!(first.id, second.id);
    assert_ne!(first.text, second.text);
    assert_eq!(world.memory.tokens.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_is_tried_once() {
    let world = World::new();
    world.queue_notices(1).await;
    world.answer([Answer::Permanent]);
    world.run_until_empty().await;
    assert_eq!(world.recorder.tried_at().len(), 1);
    assert!(world.recorder.accepted().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_fails_for_three_days_is_given_up() {
    let mut world = World::new();
    world.config.poll_interval = Duration::from_secs(5);
    world.queue_notices(1).await;
    world.answer(std::iter::repeat_with(|| Answer::Transient).take(1000));
    world.run_until_empty().await;
    let tried_at = world.recorder.tried_at();
    let last = *tried_at.last().unwrap();
    let days_3 = 3 * 86_400;
    assert!((days_3..=days_3 + 905).contains(&last), "{last}");
    // The worker looks up to five seconds after a mail is due.
    let longest = tried_at.windows(2).map(|w| w[1] - w[0]).max().unwrap();
    assert!((900..=905).contains(&longest), "{longest}");
}

#[tokio::test(start_paused = true)]
async fn an_outbox_that_is_away_for_a_while_stops_nothing() {
    let world = World::new();
    world.queue_notices(3).await;
    world.memory.failures_of_claim.store(20, Ordering::SeqCst);
    world.run_until_empty().await;
    assert_eq!(world.recorder.accepted().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_while_a_mail_is_prepared_delays_the_mail() {
    let world = World::new();
    world.add_user("ada@example.org", |_| {});
    world.queue(MailKind::Reset, "ada@example.org", None).await;
    world.memory.failures_of_lookup.store(2, Ordering::SeqCst);
    world.run_until_empty().await;
    assert_eq!(world.recorder.tried_at(), [15]);
}

#[tokio::test(start_paused = true)]
async fn a_delivered_mail_is_not_sent_again_because_the_outbox_was_away() {
    let world = World::new();
    world.queue_notices(1).await;
    world.memory.failures_of_done.store(60, Ordering::SeqCst);
    world.run_until_empty().await;
    assert_eq!(world.recorder.tried_at().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_mail_of_a_worker_that_died_is_delivered_when_its_lease_ends() {
    let world = World::new();
    world.queue_notices(1).await;
    let now = world.clock.now();
    let dead = world
        .memory
        .claim(now, now + world.config.lease, &Room::for_any(1))
        .await
        .unwrap();
    world.run_until_empty().await;
    assert_eq!(world.recorder.tried_at(), [120]);
    assert_eq!(world.recorder.accepted()[0].id, dead[0].mail_id());
}

#[tokio::test(start_paused = true)]
async fn one_slow_delivery_does_not_hold_up_the_others() {
    let world = World::new();
    world.queue_notices(50).await;
    world.answer([Answer::AfterWaiting(Duration::from_secs(60))]);
    world.run_until_empty().await;
    let others = &world.recorder.tried_at()[1..];
    assert!(others.iter().all(|at| *at < 30), "{others:?}");
}

#[tokio::test(start_paused = true)]
async fn mails_of_one_class_that_hang_hold_up_no_other() {
    let world = World::new();
    world.queue_notices(50).await;
    world.answer(std::iter::repeat_with(|| Answer::Never).take(4));
    world.add_user("ada@example.org", |_| {});
    sleep(Duration::from_secs(1)).await;
    world.queue(MailKind::Reset, "ada@example.org", None).await;
    world.add_sign_up("new@example.org").await;
    world.run_until_empty().await;
    let tried = world.recorder.tried.lock().unwrap();
    for to in ["ada@example.org", "new@example.org"] {
        let (at, _) = tried
            .iter()
            .find(|(_, mail)| mail.to.as_str() == to)
            .unwrap();
        assert!(
            at.since(crate::fakes::TestClock::START).as_secs() < 5,
            "{to} waited"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_recipient_whose_mails_hang_holds_up_no_other() {
    let world = World::new();
    let notice = MailKind::Notice(Notice::PasswordChanged);
    for _ in 0..20 {
        world.queue(notice, "slow@example.org", None).await;
    }
    world.queue(notice, "ada@example.org", None).await;
    world.answer([Answer::Never]);
    world.run_until_empty().await;
    let tried = world.recorder.tried.lock().unwrap();
    let other = tried
        .iter()
        .position(|(_, mail)| mail.to.as_str() == "ada@example.org");
    assert_eq!(other, Some(1));
}

#[tokio::test(start_paused = true)]
async fn no_more_mails_are_under_way_than_allowed() {
    let world = World::new();
    world.queue_notices(50).await;
    let slow = || Answer::AfterWaiting(Duration::from_secs(1));
    world.answer(std::iter::repeat_with(slow).take(50));
    world.run_until_empty().await;
    assert_eq!(world.recorder.accepted().len(), 50);
    // Three of the eight slots belong to the other classes.
    assert_eq!(world.recorder.most_at_once.load(Ordering::SeqCst), 5);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_hangs_is_cut_short_within_its_lease_and_tried_again() {
    let world = World::new();
    world.queue_notices(1).await;
    world.answer([Answer::Never]);
    world.run_until_empty().await;
    assert_eq!(world.recorder.tried_at(), [0, 95]);
    assert_eq!(world.recorder.accepted().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn on_shutdown_mails_under_way_are_finished_and_no_more_are_claimed() {
    let world = World::new();
    world.queue_notices(20).await;
    let slow = || Answer::AfterWaiting(Duration::from_secs(5));
    world.answer(std::iter::repeat_with(slow).take(20));
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = world.worker(world.recorder.clone());
    let running = tokio::spawn(worker.run(async { drop(stopped.await) }));
    sleep(Duration::from_secs(1)).await;
    stop.send(()).unwrap();
    running.await.unwrap();
    assert_eq!(world.recorder.accepted().len(), 5);
    assert_eq!(world.memory.pending().await.unwrap(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_hangs_does_not_hold_up_the_shutdown() {
    let world = World::new();
    world.queue_notices(1).await;
    world.answer([Answer::Never]);
    let worker = world.worker(world.recorder.clone());
    let stop = sleep(Duration::from_secs(1));
    let stopped = timeout(Duration::from_secs(12), worker.run(stop)).await;
    assert!(stopped.is_ok());
    assert_eq!(world.memory.pending().await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn logs_name_mails_by_id_and_kind_and_show_neither_address_nor_link() {
    let world = World::new();
    world.add_user("ada@example.org", |_| {});
    for _ in 0..4 {
        world.queue(MailKind::Reset, "ada@example.org", None).await;
    }
    world
        .queue(MailKind::Reset, "nobody@example.org", None)
        .await;
    world.answer([
        Answer::Accept,
        Answer::Transient,
        Answer::Permanent,
        Answer::Never,
    ]);
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For all threads: what the tests beside this one log is held to the same.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    world.run_until_empty().await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for event in ["mail_sent", "mail_delayed", "mail_refused", "mail_dropped"] {
        assert!(log.contains(event), "{event} is missing in\n{log}");
    }
    for secret in ["ada@", "nobody@", "#token", "https://"] {
        assert!(!log.contains(secret), "{secret} in\n{log}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
