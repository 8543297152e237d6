//! Transactions that could wait for each other in a circle.

use std::time::Duration;

use auth_core::user::{UpdateConditions, Updated, UserChanges};
use auth_core::{Effects, User, UserStore as _, Username};
use auth_store::{Database, DatabaseConfig};
use futures_util::future::join_all;
use tokio_postgres::NoTls;

use crate::accounts::register;
use crate::place::{connect, postgres, postgres_url};

/// Long enough for PostgreSQL to notice a circle.
fn patient() -> DatabaseConfig {
    DatabaseConfig {
        statement_timeout: Duration::from_secs(20),
        pool_size: 8,
        ..DatabaseConfig::default()
    }
}

async fn rename(database: &Database, user: &User, name: &str) -> Updated {
    let changes = UserChanges {
        username: Some(Username::parse("username", name).unwrap()),
        ..UserChanges::default()
    };
    let updated = database
        .update(user.id, &changes, &UpdateConditions::default())
        .await;
    updated.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn names_swapped_in_a_circle_never_fail() {
    let Some(server) = postgres("names_swapped_in_a_circle_never_fail") else {
        return;
    };
    let database = connect(&postgres_url(&server), &patient()).await;
    let names = ["ada", "bob", "eve"];
    let users = join_all(names.iter().map(|name| register(&database, name))).await;
    let users: Vec<_> = users.into_iter().map(Result::unwrap).collect();
    for round in 0..30 {
        let renames = users.iter().enumerate().map(|(n, user)| {
            let name = names[(n + round) % names.len()];
            rename(&database, user, name)
        });
        for updated in join_all(renames).await {
            let is_fit = matches!(updated, Updated::Changed(_) | Updated::UsernameTaken);
            assert!(is_fit, "{updated:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_undone_for_another_is_tried_again() {
    let test = "a_transaction_that_was_undone_for_another_is_tried_again";
    let Some(server) = postgres(test) else { return };
    let database = connect(&postgres_url(&server), &patient()).await;
    let ada = register(&database, "ada").await.unwrap();
    let (other, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    // Somebody who takes the mail before the account, and never gives way.
    other
        .batch_execute("SET deadlock_timeout = '1h'; BEGIN; UPDATE outbox SET attempts = 7")
        .await
        .unwrap();
    let deletion = {
        let database = database.clone();
        tokio::spawn(async move { database.delete(ada.id, None, Effects::none()).await })
    };
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    let (watcher, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    while watcher.query(waiting, &[]).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    other
        .batch_execute("UPDATE users SET disabled = disabled")
        .await
        .unwrap();
    other.batch_execute("COMMIT").await.unwrap();
    assert!(deletion.await.unwrap().unwrap().is_done());
}
