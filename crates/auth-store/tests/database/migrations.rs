//! The schema comes, goes, and comes once.

use auth_store::{Database, DatabaseConfig, DatabaseUrl, migrate};
use futures_util::future::join_all;

use crate::accounts::register;
use crate::place::{connect, postgres, postgres_url, sqlite};

pub const ALL: [&str; 17] = [
    "0001", "0002", "0003", "0004", "0005", "0008", "0009", "0010", "0011", "0012", "0013", "0014",
    "0015", "0016", "0017", "0018", "0019",
];

const TABLES: [&str; 25] = [
    "users",
    "sign_ups",
    "tokens",
    "sessions",
    "spent_secrets",
    "denials",
    "limits",
    "outbox",
    "identities",
    "flows",
    "handovers",
    "servers",
    "shared_keys",
    "finished_flows",
    "revocations",
    "lease_members",
    "lease_state",
    "factors",
    "recovery_codes",
    "factor_states",
    "waiting_steps",
    "audit_events",
    "api_keys",
    "webhook_endpoints",
    "webhook_deliveries",
];

async fn rows(url: &DatabaseUrl) -> i64 {
    let tables = migrate::tables(url).await.unwrap();
    assert_eq!(
        tables.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        TABLES
    );
    // The log begins with an entry of its own, where triggers write it.
    let own = ["revocations", "lease_state"];
    let others = tables.iter().filter(|(name, _)| !own.contains(&&**name));
    others.map(|(_, rows)| rows).sum()
}

async fn comes_and_goes(url: &DatabaseUrl) {
    assert_eq!(migrate::pending(url).await.unwrap(), ALL);
    assert!(migrate::applied(url).await.unwrap().is_empty());
    assert!(migrate::tables(url).await.unwrap().is_empty());

    assert_eq!(migrate::apply(url).await.unwrap(), ALL);
    assert_eq!(migrate::applied(url).await.unwrap(), ALL);
    assert!(migrate::pending(url).await.unwrap().is_empty());
    assert!(migrate::apply(url).await.unwrap().is_empty());

    let database = connect(url, &DatabaseConfig::default()).await;
    register(&database, "ada").await.unwrap();
    assert_eq!(rows(url).await, 2, "an account and its mail");
    assert_eq!(migrate::reset(url).await.unwrap(), ALL);
    assert_eq!(rows(url).await, 0);
    register(&database, "ada").await.unwrap();

    for version in ALL.into_iter().rev() {
        let last = migrate::rollback_last(url).await.unwrap();
        assert_eq!(last.as_deref(), Some(version));
    }
    assert_eq!(migrate::rollback_last(url).await.unwrap(), None);
    assert!(migrate::tables(url).await.unwrap().is_empty());
    assert!(database.ping().await.is_err(), "there is no schema");
    assert_eq!(migrate::apply(url).await.unwrap(), ALL);
    database.ping().await.unwrap();
}

pub async fn eight_at_once_apply_once(url: &DatabaseUrl, expected: &[&str]) {
    let started = join_all((0..8).map(|_| async {
        let applied = migrate::apply(url).await.unwrap();
        let database = Database::connect(url, &DatabaseConfig::default()).await;
        database.unwrap().ping().await.unwrap();
        applied
    }));
    let applied = started.await.concat();
    assert_eq!(applied, expected);
}

#[tokio::test]
async fn the_schema_comes_and_goes_on_sqlite() {
    let (_folder, url) = sqlite();
    comes_and_goes(&url).await;
}

#[tokio::test]
async fn the_schema_comes_and_goes_on_postgres() {
    if let Some(server) = postgres("the_schema_comes_and_goes_on_postgres") {
        comes_and_goes(&postgres_url(&server)).await;
    }
}

#[tokio::test]
async fn eight_servers_that_start_at_once_apply_the_schema_once_on_sqlite() {
    // It takes so little time that eight rarely meet.
    for _ in 0..20 {
        let (_folder, url) = sqlite();
        eight_at_once_apply_once(&url, &ALL).await;
    }
}

#[tokio::test]
async fn eight_servers_that_start_at_once_apply_the_schema_once_on_postgres() {
    let test = "eight_servers_that_start_at_once_apply_the_schema_once_on_postgres";
    if let Some(server) = postgres(test) {
        eight_at_once_apply_once(&postgres_url(&server), &ALL).await;
    }
}
