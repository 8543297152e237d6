//! The worker and a real server that is away for a while.

use std::collections::BTreeSet;
use std::time::Duration;

use auth_core::{MailKind, Outbox as _};
use test_services::not_run;
use tokio::sync::oneshot;

use crate::aiosmtpd::{Aiosmtpd, MAILBOX, MISSING, eventually, free_port, maildir, received};
use crate::fakes::World;
use crate::scripted::mailer_for;

/// A world in which little time passes between two tries.
fn impatient() -> World {
    let mut world = World::new();
    world.config.poll_interval = Duration::from_millis(10);
    world.config.first_retry = Duration::from_millis(20);
    world.config.max_retry = Duration::from_millis(100);
    world
}

#[tokio::test]
async fn mails_queued_during_an_outage_are_delivered_exactly_once_afterwards() {
    let (_root, maildir) = maildir();
    let port = free_port();
    let world = impatient();
    world.add_user("ada@example.org", |_| {});
    world.queue(MailKind::Reset, "ada@example.org", None).await;
    world.queue_notices(20).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = world.worker(mailer_for(&format!("smtp://127.0.0.1:{port}")));
    let running = tokio::spawn(worker.run(async { drop(stopped.await) }));
    eventually(|| async { world.memory.tried_at_least(3).then_some(()) }).await;
    assert_eq!(world.memory.pending().await.unwrap(), 21);
    let Some(_server) = Aiosmtpd::start(port, MAILBOX, &maildir, &[]) else {
        return not_run("mails_queued_during_an_outage", MISSING);
    };
    tokio::time::timeout(Duration::from_secs(30), world.empty())
        .await
        .unwrap();
    drop(stop);
    running.await.unwrap();
    let mails = received(&maildir);
    let ids: BTreeSet<_> = mails.iter().map(|mail| &mail.id).collect();
    assert_eq!((mails.len(), ids.len()), (21, 21));
}
