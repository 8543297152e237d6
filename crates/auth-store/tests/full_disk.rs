//! A disk that takes no more. The whole process is told so, hence a program of its own.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use auth_core::mail::NewMail;
use auth_core::{Clock as _, Email, MailKind, Outbox as _, StoreError, SystemClock};
use auth_store::{Database, DatabaseConfig, migrate};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::consts::SIGXFSZ;

#[tokio::test]
async fn a_full_disk_makes_writes_unavailable_until_there_is_room() {
    // Otherwise the signal ends the process before the write fails.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth.db");
    let url = format!("sqlite://{}", file.display()).parse().unwrap();
    migrate::apply(&url).await.unwrap();
    let database = Database::connect(&url, &DatabaseConfig::default()).await;
    let database = database.unwrap();
    let roomy = getrlimit(Resource::Fsize);
    let room = |bytes| {
        let limit = Rlimit {
            current: Some(bytes),
            ..roomy
        };
        setrlimit(Resource::Fsize, limit).unwrap();
    };
    let size = file.metadata().unwrap().len();
    room(size);
    let full = fill(&database).await.unwrap_err();
    assert!(matches!(full, StoreError::Unavailable(_)), "{full:?}");
    // What was undone may have made room for a row or two.
    room(1);
    let checked = database.check(SystemClock.now()).await;
    assert!(
        matches!(checked, Err(StoreError::Unavailable(_))),
        "{checked:?}"
    );
    room(size);
    database.ping().await.unwrap();
    setrlimit(Resource::Fsize, roomy).unwrap();
    database.check(SystemClock.now()).await.unwrap();
}

/// Writes until it fails.
async fn fill(database: &Database) -> Result<(), StoreError> {
    for n in 0..10_000 {
        let email = Email::parse("email", &format!("ada{n}@example.org")).unwrap();
        let mail = NewMail::new(MailKind::Confirm, &email, None, SystemClock.now());
        database.queue(&mail).await?;
    }
    Ok(())
}
