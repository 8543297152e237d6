//! What a server finds that works on a database of an older one.

use auth_core::mail::{NewMail, Room};
use auth_core::user::Created;
use auth_core::{Effects, Email, MailKind, Notice, Outbox as _, Timestamp, UserStore as _};
use auth_store::{Database, DatabaseConfig};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use futures_util::future::join_all;

use crate::accounts::{account, look_up, register};
use crate::place::{administer, connect, postgres, postgres_url, sqlite};

async fn is_free(database: &Database, name: &str) -> bool {
    let created = database.create(&account(name), Effects::none()).await;
    matches!(created.unwrap(), Created::Made(_))
}

#[tokio::test]
async fn names_of_older_servers_are_guarded_too() {
    let (folder, url) = sqlite();
    let database = connect(&url, &DatabaseConfig::default()).await;
    for name in ["paypal", "ada"] {
        register(&database, name).await.unwrap();
    }
    // As an older server leaves them: two that look alike among them.
    let file = folder.path().join("auth.db");
    let mut older = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let mut forget = || older.batch_execute("UPDATE users SET username_skeleton = NULL");
    assert!(is_free(&database, "twin1").await);
    forget().unwrap();
    assert!(is_free(&database, "twinl").await);
    forget().unwrap();

    database.fill_in_skeletons().await.unwrap();
    database.fill_in_skeletons().await.unwrap();
    for lookalike in ["paypa1", "PayPaI", "twinI"] {
        assert!(!is_free(&database, lookalike).await, "{lookalike}");
    }
    for name in ["paypal", "ada", "twin1", "twinl"] {
        assert!(look_up(&database, name).await.unwrap().is_some(), "{name}");
    }
}

async fn share_a_key(databases: &[Database]) {
    let asked = databases.iter().map(|one| one.shared_key("some-purpose"));
    let keys = join_all(asked).await;
    let keys: Vec<_> = keys.into_iter().map(|key| key.unwrap().reveal()).collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let other = databases[0].shared_key("another-purpose").await.unwrap();
    assert_ne!(other.reveal(), keys[0]);
}

#[tokio::test]
async fn servers_that_start_at_once_share_a_key() {
    let config = DatabaseConfig::default();
    let (_folder, url) = sqlite();
    let first = connect(&url, &config).await;
    share_a_key(&[first, Database::connect(&url, &config).await.unwrap()]).await;
    if let Some(server) = postgres("servers_that_start_at_once_share_a_key") {
        let url = postgres_url(&server);
        let first = connect(&url, &config).await;
        share_a_key(&[first, Database::connect(&url, &config).await.unwrap()]).await;
    }
}

/// What a newer server may have queued: a kind of mail, a way to name a user, and a number that
/// are unknown here.
const FROM_LATER: [&str; 3] = [
    "UPDATE outbox SET kind = 'greeting' WHERE recipient = 'kind@example.org'",
    "UPDATE outbox SET user_id = 'team/7' WHERE recipient = 'user@example.org'",
    "UPDATE outbox SET attempts = -1 WHERE recipient = 'number@example.org'",
];

/// Queues two mails to each recipient.
async fn queue_for_all(database: &Database) {
    for who in ["kind", "user", "number", "ada"] {
        let to = Email::parse("email", &format!("{who}@example.org")).unwrap();
        let notice = MailKind::Notice(Notice::PasswordChanged);
        let mail = NewMail::new(notice, &to, None, Timestamp::from_millis(0));
        database.queue(&mail).await.unwrap();
    }
}

async fn mails_of_newer_servers_are_left(database: &Database) {
    queue_for_all(database).await;
    let (now, lease) = (Timestamp::from_millis(10), Timestamp::from_millis(1000));
    let mut readable = vec![];
    // One to each recipient at a time.
    for _ in 0..2 {
        let claimed = database.claim(now, lease, &Room::for_any(100)).await;
        readable.extend(claimed.unwrap().iter().map(|mail| mail.to.to_string()));
    }
    readable.sort();
    let all = ["ada", "ada", "kind", "number", "user"].map(|who| format!("{who}@example.org"));
    assert_eq!(readable, all);
    assert_eq!(database.pending().await.unwrap(), 8);
}

#[tokio::test]
async fn mails_of_newer_servers_hold_up_no_other_and_stay() {
    let config = DatabaseConfig::default();
    let (folder, url) = sqlite();
    let database = connect(&url, &config).await;
    queue_for_all(&database).await;
    let file = folder.path().join("auth.db");
    let mut newer = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    newer.batch_execute(&FROM_LATER.join(";")).unwrap();
    mails_of_newer_servers_are_left(&database).await;
    if let Some(server) = postgres("mails_of_newer_servers_hold_up_no_other_and_stay") {
        let database = connect(&postgres_url(&server), &config).await;
        queue_for_all(&database).await;
        administer(&server, &FROM_LATER).await;
        mails_of_newer_servers_are_left(&database).await;
    }
}
