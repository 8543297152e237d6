//! Which mail goes to whom, with which token.

use auth_core::mail::NewMail;
use auth_core::{Email, MailKind, Notice, Outbox as _, Purpose, Secret, SecretHash};

use crate::fakes::{Answer, TestClock, World};

const NOTICE: MailKind = MailKind::Notice(Notice::PasswordChanged);

/// The hash of the token in a link of a mail.
fn token_in(text: &str, page: &str) -> SecretHash {
    let start = format!("https://tea.example.org/{page}#token=");
    let (_, rest) = text.split_once(&start).expect("the mail has its link");
    let secret: Secret = rest.lines().next().unwrap().parse().unwrap();
    secret.hash()
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_account_gets_a_link_that_confirms_its_address() {
    let world = World::new();
    let id = world.add_user("ada@example.org", |user| user.email_verified = false);
    world
        .queue(MailKind::Confirm, "ada@example.org", Some(id))
        .await;
    world.run_until_empty().await;
    let mails = world.recorder.accepted();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to.as_str(), "ada@example.org");
    let tokens = world.memory.tokens.lock().unwrap();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].key.purpose, Purpose::Verify);
    assert_eq!(tokens[0].key.hash, token_in(&mails[0].text, "verify"));
    assert_eq!(
        (tokens[0].user_id, tokens[0].data.as_str()),
        (id, "ada@example.org")
    );
    let lifetime = tokens[0].expires_at.since(TestClock::START);
    assert_eq!(lifetime.as_secs() / 3600, 24);
}

#[tokio::test(start_paused = true)]
async fn links_lead_to_the_front_end_that_the_mail_names() {
    let world = World::new();
    world.add_user("ada@example.org", |_| {});
    let to = Email::from_stored("ada@example.org".into());
    for (kind, link) in [
        (MailKind::Reset, "https://app.example.org/reset#token="),
        (NOTICE, "https://app.example.org/"),
    ] {
        let mail = NewMail {
            frontend: Some("https://app.example.org".into()),
            ..NewMail::new(kind, &to, None, TestClock::START)
        };
        world.memory.queue(&mail).await.unwrap();
        world.run_until_empty().await;
        let mails = world.recorder.accepted();
        let text = &mails.last().unwrap().text;
        assert!(text.contains(link), "{text}");
        assert!(!text.contains("tea.example.org"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_goes_to_the_address_as_the_account_has_it() {
    let world = World::new();
    let id = world.add_user("Ada@example.org", |_| {});
    world.queue(MailKind::Reset, "aDA@example.org", None).await;
    world.run_until_empty().await;
    let mails = world.recorder.accepted();
    assert_eq!(mails[0].to.as_str(), "Ada@example.org");
    let tokens = world.memory.tokens.lock().unwrap();
    assert_eq!(tokens[0].key.purpose, Purpose::Reset);
    assert_eq!(tokens[0].key.hash, token_in(&mails[0].text, "reset"));
    assert_eq!(
        (tokens[0].user_id, tokens[0].data.as_str()),
        (id, "Ada@example.org")
    );
    let lifetime = tokens[0].expires_at.since(TestClock::START);
    assert_eq!(lifetime.as_secs() / 60, 30);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_address_is_confirmed_at_the_new_address() {
    let world = World::new();
    let id = world.add_user("old@example.org", |_| {});
    world
        .queue(MailKind::ChangeEmail, "new@example.org", Some(id))
        .await;
    world.run_until_empty().await;
    let mails = world.recorder.accepted();
    assert_eq!(mails[0].to.as_str(), "new@example.org");
    let tokens = world.memory.tokens.lock().unwrap();
    assert_eq!(tokens[0].key.purpose, Purpose::ChangeEmail);
    assert_eq!(tokens[0].key.hash, token_in(&mails[0].text, "verify"));
    assert_eq!(
        (tokens[0].user_id, tokens[0].data.as_str()),
        (id, "new@example.org")
    );
    let lifetime = tokens[0].expires_at.since(TestClock::START);
    assert_eq!(lifetime.as_secs() / 60, 60);
}

#[tokio::test(start_paused = true)]
async fn mails_that_nobody_should_get_any_more_are_dropped_without_a_token() {
    let world = World::new();
    let disabled = world.add_user("disabled@example.org", |user| user.disabled = true);
    world.add_user("confirmed@example.org", |_| {});
    world.add_user("unconfirmed@example.org", |user| {
        user.email_verified = false
    });
    world.add_user("disabled-unconfirmed@example.org", |user| {
        user.email_verified = false;
        user.disabled = true;
    });
    let gone = Some(auth_core::UserId::generate());
    for (kind, to, user_id) in [
        (MailKind::Confirm, "nobody@example.org", None),
        (MailKind::Confirm, "confirmed@example.org", None),
        (MailKind::Confirm, "disabled-unconfirmed@example.org", None),
        (MailKind::Reset, "nobody@example.org", None),
        (MailKind::Reset, "disabled@example.org", None),
        (MailKind::ChangeEmail, "new@example.org", None),
        (MailKind::ChangeEmail, "new@example.org", gone),
        (MailKind::ChangeEmail, "new@example.org", Some(disabled)),
        (MailKind::AlreadyRegistered, "nobody@example.org", None),
        (MailKind::SignUp, "nobody@example.org", None),
        (MailKind::SignUp, "nobody@example.org", gone),
    ] {
        world.queue(kind, to, user_id).await;
    }
    world.run_until_empty().await;
    assert!(world.recorder.accepted().is_empty());
    assert!(world.memory.tokens.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_owner_of_an_account_learns_that_somebody_tried_the_address() {
    let world = World::new();
    world.add_user("ada@example.org", |_| {});
    world
        .queue(MailKind::AlreadyRegistered, "ada@example.org", None)
        .await;
    world.run_until_empty().await;
    assert_eq!(world.recorder.accepted().len(), 1);
    assert!(world.memory.tokens.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_sign_up_of_an_address_gets_a_link_of_its_own() {
    let world = World::new();
    let first = world.add_sign_up("ada@example.org").await;
    let second = world.add_sign_up("ada@example.org").await;
    world.run_until_empty().await;
    let owners = || {
        let tokens = world.memory.tokens.lock().unwrap();
        assert!(
            tokens
                .iter()
                .all(|token| token.key.purpose == Purpose::SignUp)
        );
        tokens.iter().map(|token| token.user_id).collect::<Vec<_>>()
    };
    assert_eq!(owners(), [first, second]);
}

#[tokio::test(start_paused = true)]
async fn asking_for_another_link_sends_one_to_each_sign_up() {
    let world = World::new();
    let id = world.add_sign_up("ada@example.org").await;
    world.run_until_empty().await;
    world
        .queue(MailKind::Confirm, "ada@example.org", None)
        .await;
    world.run_until_empty().await;
    let tokens = world.memory.tokens.lock().unwrap();
    assert_eq!(tokens.iter().filter(|token| token.user_id == id).count(), 2);
    assert_eq!(world.recorder.accepted().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_known_address_gets_no_link_that_could_make_a_second_account() {
    let world = World::new();
    let other = world.add_user("eve@example.org", |_| {});
    world.add_user("Ada@example.org", |_| {});
    world.add_sign_up("ada@example.org").await;
    world
        .queue(MailKind::ChangeEmail, "ada@example.org", Some(other))
        .await;
    world.run_until_empty().await;
    let mails = world.recorder.accepted();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert_eq!(mail.to.as_str(), "Ada@example.org");
        assert_eq!(mail.subject, "You already have an account at Tea");
    }
    assert!(world.memory.tokens.lock().unwrap().is_empty());
}

/// When mails to one recipient were sent, in minutes.
fn minutes(world: &World) -> Vec<u64> {
    world.recorder.tried_at().iter().map(|at| at / 60).collect()
}

#[tokio::test(start_paused = true)]
async fn mail_over_a_mailbox_s_share_is_sent_later_not_dropped() {
    let world = World::new();
    for _ in 0..5 {
        world.add_sign_up("ada@example.org").await;
    }
    world.run_until_empty().await;
    assert_eq!(minutes(&world), [0, 0, 0, 60, 60]);
    assert_eq!(world.recorder.accepted().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn sign_ups_use_up_no_share_of_resets() {
    let world = World::new();
    for _ in 0..3 {
        world.add_sign_up("ada@example.org").await;
    }
    world.run_until_empty().await;
    world.add_user("ada@example.org", |_| {});
    world.queue(MailKind::Reset, "ada@example.org", None).await;
    world.run_until_empty().await;
    assert_eq!(minutes(&world), [0; 4]);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_sent_counts_against_a_mailbox() {
    let world = World::new();
    for _ in 0..10 {
        world.queue(MailKind::Reset, "ada@example.org", None).await;
    }
    world.run_until_empty().await;
    world.add_user("ada@example.org", |_| {});
    world.answer([Answer::Permanent, Answer::Permanent, Answer::Permanent]);
    for _ in 0..6 {
        world.queue(MailKind::Reset, "ada@example.org", None).await;
    }
    world.run_until_empty().await;
    assert_eq!(minutes(&world), [0; 6]);
    assert_eq!(world.recorder.accepted().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_notice_is_delivered_even_when_its_account_is_gone() {
    let world = World::new();
    let deleted = MailKind::Notice(Notice::AccountDeleted);
    world.queue(deleted, "ada@example.org", None).await;
    world.run_until_empty().await;
    let mails = world.recorder.accepted();
    assert_eq!(mails[0].subject, "Your account at Tea was deleted");
}

#[tokio::test(start_paused = true)]
async fn no_mail_of_any_kind_repeats_what_a_user_chose() {
    let world = World::new();
    let unconfirmed = world.add_user("a@example.org", |user| user.email_verified = false);
    let confirmed = world.add_user("b@example.org", |_| {});
    for kind in MailKind::ALL {
        let (to, id) = match kind {
            MailKind::Confirm => ("a@example.org", unconfirmed),
            _ => ("b@example.org", confirmed),
        };
        world.queue(kind, to, Some(id)).await;
    }
    world.run_until_empty().await;
    let mails = world.recorder.accepted();
    assert_eq!(mails.len(), MailKind::ALL.len());
    for mail in mails {
        for chosen in ["Ada", "Lovelace", "ada_l"] {
            for part in [&mail.subject, &mail.text, &mail.html] {
                assert!(!part.contains(chosen), "{chosen} in {part}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_workers_on_one_outbox_deliver_each_mail_once() {
    let world = World::new();
    world.queue_notices(100).await;
    tokio::join!(world.run_until_empty(), world.run_until_empty());
    let mut ids: Vec<_> = world
        .recorder
        .accepted()
        .into_iter()
        .map(|mail| mail.id)
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), world.recorder.accepted().len()), (100, 100));
}

#[tokio::test(start_paused = true)]
async fn a_mail_queued_later_is_found_by_polling() {
    let world = World::new();
    let worker = tokio::spawn(
        world
            .worker(world.recorder.clone())
            .run(std::future::pending()),
    );
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    world.queue(NOTICE, "ada@example.org", None).await;
    world.empty().await;
    assert_eq!(world.recorder.tried_at(), [60]);
    worker.abort();
}

#[tokio::test(start_paused = true)]
async fn a_mail_asked_for_while_it_is_delivered_is_sent_again() {
    let world = World::new();
    world.add_user("ada@example.org", |_| {});
    world.ask_for_reset("ada@example.org").await;
    let slow = std::time::Duration::from_secs(10);
    world.answer([Answer::AfterWaiting(slow)]);
    let ask_again = async {
        tokio::time::sleep(slow / 2).await;
        world.ask_for_reset("ada@example.org").await;
        world.ask_for_reset("ada@example.org").await;
    };
    tokio::join!(world.run_until_empty(), ask_again);
    let mails = world.recorder.accepted();
    assert_eq!(mails.len(), 2);
    assert_ne!(mails[0].id, mails[1].id);
    assert_ne!(mails[0].text, mails[1].text);
}
