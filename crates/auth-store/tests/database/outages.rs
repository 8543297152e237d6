//! PostgreSQL goes away and comes back.

use std::time::{Duration, Instant};

use auth_core::user::{UpdateConditions, UserChanges};
use auth_core::{StoreError, User, UserStore as _};
use auth_store::{Database, DatabaseConfig};
use test_services::Postgres;
use tokio_postgres::{Client, NoTls};

use crate::accounts::{look_up, register};
use crate::place::{connect, postgres, postgres_url};

/// Waits short enough to be waited for.
fn impatient() -> DatabaseConfig {
    DatabaseConfig {
        pool_size: 1,
        connect_timeout: Duration::from_secs(1),
        statement_timeout: Duration::from_secs(1),
        ..DatabaseConfig::default()
    }
}

async fn prepared(server: &Postgres) -> (Database, User) {
    let database = connect(&postgres_url(server), &impatient()).await;
    let user = register(&database, "ada").await.unwrap();
    assert!(look_up(&database, "ada").await.unwrap().is_some());
    (database, user)
}

/// A connection of somebody else.
async fn outsider(server: &Postgres) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn write(database: &Database, user: &User) -> Result<(), StoreError> {
    let changes = UserChanges {
        new_credentials: true,
        ..UserChanges::default()
    };
    let updated = database
        .update(user.id, &changes, &UpdateConditions::default())
        .await;
    updated.map(drop)
}

async fn read(database: &Database) -> Result<(), StoreError> {
    look_up(database, "ada").await.map(drop)
}

fn is_unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

/// Reads and writes work again before long, and until then say that the store is away.
async fn recovers(database: &Database, user: &User) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let outcomes = [read(database).await, write(database, user).await];
        if outcomes.iter().all(Result::is_ok) {
            return;
        }
        for outcome in &outcomes {
            assert!(outcome.is_ok() || is_unavailable(outcome), "{outcome:?}");
        }
        assert!(Instant::now() < deadline, "{outcomes:?}");
    }
}

#[tokio::test]
async fn terminated_connections_are_replaced() {
    let Some(server) = postgres("terminated_connections_are_replaced") else {
        return;
    };
    let (database, user) = prepared(&server).await;
    let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let terminated = outsider(&server).await.query(terminate, &[]).await.unwrap();
    assert!(terminated.len() >= 2, "one connection reads, one writes");
    recovers(&database, &user).await;
}

#[tokio::test]
async fn a_server_that_stops_is_unavailable_until_it_is_back() {
    let Some(server) = postgres("a_server_that_stops_is_unavailable_until_it_is_back") else {
        return;
    };
    let (database, user) = prepared(&server).await;
    server.stop().unwrap();
    for _ in 0..3 {
        assert!(is_unavailable(&read(&database).await));
        assert!(is_unavailable(&write(&database, &user).await));
        assert!(is_unavailable(&database.ping().await));
    }
    server.restart().unwrap();
    recovers(&database, &user).await;
}

#[tokio::test]
async fn a_server_that_hangs_is_unavailable_until_it_answers() {
    let Some(server) = postgres("a_server_that_hangs_is_unavailable_until_it_answers") else {
        return;
    };
    let (database, user) = prepared(&server).await;
    server.pause().unwrap();
    // The first round finds open connections, the second can't open new ones.
    for _ in 0..2 {
        assert!(is_unavailable(&read(&database).await));
        assert!(is_unavailable(&write(&database, &user).await));
    }
    server.resume().unwrap();
    recovers(&database, &user).await;
}

#[tokio::test]
async fn a_write_that_waits_too_long_gives_up_and_no_read_waits_with_it() {
    let test = "a_write_that_waits_too_long_gives_up_and_no_read_waits_with_it";
    let Some(server) = postgres(test) else {
        return;
    };
    let (database, user) = prepared(&server).await;
    let other = outsider(&server).await;
    let lock = "BEGIN; SELECT 1 FROM users FOR UPDATE";
    other.batch_execute(lock).await.unwrap();

    let writes = async {
        // The second finds the only connection for writes in use.
        let (first, second) = tokio::join!(write(&database, &user), write(&database, &user));
        assert!(is_unavailable(&first) && is_unavailable(&second));
    };
    let reads = async {
        for _ in 0..10 {
            read(&database).await.unwrap();
        }
    };
    tokio::join!(writes, reads);

    other.batch_execute("ROLLBACK").await.unwrap();
    recovers(&database, &user).await;
}
