//! Whoever asks may go away at any moment, as clients of a server do.

use std::time::Duration;

use auth_store::{DatabaseConfig, DatabaseUrl, migrate};

use crate::accounts::{look_up, register};
use crate::place::{connect, postgres, postgres_url, sqlite};

/// Cancels registrations at ever later moments. Of each, everything is kept or nothing.
async fn leaves_nothing_half_done(url: &DatabaseUrl) {
    let database = connect(url, &DatabaseConfig::default()).await;
    let mut finished = 0;
    // Until some are finished, however slow the machine is.
    for n in 0.. {
        if n >= 200 && finished > 0 {
            break;
        }
        let name = format!("user-{n}");
        let moment = Duration::from_micros(100) * n;
        assert!(n < 10_000, "nothing is finished within a second");
        let registration = tokio::time::timeout(moment, register(&database, &name));
        if let Ok(outcome) = registration.await {
            outcome.unwrap();
            finished += 1;
        }
    }
    register(&database, "the-last").await.unwrap();
    assert!(look_up(&database, "the-last").await.unwrap().is_some());

    let tables = migrate::tables(url).await.unwrap();
    let rows = |name| tables.iter().find(|(table, _)| table == name).unwrap().1;
    assert_eq!(
        rows("users"),
        rows("outbox"),
        "an account comes with its mail"
    );
    assert!(rows("users") > finished);
}

// A server's workers have one thread each.
#[tokio::test(flavor = "current_thread")]
async fn cancelled_calls_leave_nothing_half_done_on_sqlite() {
    let (_folder, url) = sqlite();
    leaves_nothing_half_done(&url).await;
}

#[tokio::test(flavor = "current_thread")]
async fn cancelled_calls_leave_nothing_half_done_on_postgres() {
    let test = "cancelled_calls_leave_nothing_half_done_on_postgres";
    if let Some(server) = postgres(test) {
        leaves_nothing_half_done(&postgres_url(&server)).await;
    }
}
