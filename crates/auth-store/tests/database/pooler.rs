//! Behind a pooler that gives connections away after each transaction.

use auth_core::UserStore as _;
use auth_core::user::{UpdateConditions, Updated, UserChanges};
use auth_core::{Clock as _, LimitStore as _, PersonName, Rule, SystemClock};
use auth_store::{Database, DatabaseConfig, DatabaseUrl, StatementCache, migrate};
use futures_util::future::join_all;
use std::time::Duration;
use test_services::{PGBOUNCER, POSTGRES, PgBouncer, Postgres, can_run};

use crate::accounts::{look_up, register};

/// Callers at once, who outnumber the connections.
const CALLERS: usize = 60;

fn pooled(test: &str) -> Option<(Postgres, PgBouncer, DatabaseUrl)> {
    if !can_run(test, &[&POSTGRES, &PGBOUNCER]) {
        return None;
    }
    let postgres = Postgres::start().unwrap();
    let pooler = PgBouncer::start(&postgres).unwrap();
    let url = pooler.url().parse().unwrap();
    Some((postgres, pooler, url))
}

async fn is_used_by_many(database: &Database, name: &str) {
    let user = register(database, name).await.unwrap();
    let rule = Rule::fixed(1000, Duration::from_secs(60));
    let calls = (0..CALLERS).map(|n| {
        let (database, user, rule) = (database, &user, &rule);
        async move {
            let first_name = PersonName::parse("first_name", &format!("Ada {n}")).unwrap();
            let changes = UserChanges {
                first_name: Some(first_name),
                ..UserChanges::default()
            };
            let updated = database
                .update(user.id, &changes, &UpdateConditions::default())
                .await;
            assert!(matches!(updated, Ok(Updated::Changed(_))), "{updated:?}");
            assert!(look_up(database, name).await.unwrap().is_some());
            database.hit(name, rule, SystemClock.now()).await.unwrap();
            database.check(SystemClock.now()).await.unwrap();
        }
    });
    join_all(calls).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_servers_share_what_a_pooler_gives_them() {
    let test = "several_servers_share_what_a_pooler_gives_them";
    let Some((_postgres, _pooler, url)) = pooled(test) else {
        return;
    };
    let applied = join_all((0..4).map(|_| migrate::apply(&url))).await;
    let applied: Vec<_> = applied.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        applied.iter().filter(|applied| !applied.is_empty()).count(),
        1
    );
    let config = DatabaseConfig::default();
    let one = Database::connect(&url, &config).await.unwrap();
    let other = Database::connect(&url, &config).await.unwrap();
    tokio::join!(is_used_by_many(&one, "ada"), is_used_by_many(&other, "bob"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn statements_can_be_told_not_to_stay_prepared() {
    let test = "statements_can_be_told_not_to_stay_prepared";
    let Some((postgres, ..)) = pooled(test) else {
        return;
    };
    let url = postgres.url().parse().unwrap();
    migrate::apply(&url).await.unwrap();
    let config = DatabaseConfig {
        statement_cache: StatementCache::Off,
        ..DatabaseConfig::default()
    };
    let database = Database::connect(&url, &config).await.unwrap();
    is_used_by_many(&database, "ada").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_of_ours_stays_on_a_pooled_connection() {
    let test = "nothing_of_ours_stays_on_a_pooled_connection";
    let Some((_postgres, pooler, url)) = pooled(test) else {
        return;
    };
    migrate::apply(&url).await.unwrap();
    let database = Database::connect(&url, &DatabaseConfig::default())
        .await
        .unwrap();
    is_used_by_many(&database, "ada").await;
    let (client, connection) = tokio_postgres::connect(&pooler.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN").await.unwrap();
    for (question, answer) in [
        (
            "SELECT count(*)::text FROM pg_prepared_statements WHERE name LIKE 's%' AND name <> $1",
            "0",
        ),
        (
            "SELECT current_setting('statement_timeout') || left($1, 0)",
            "0",
        ),
    ] {
        let row = client
            .query_typed_one(question, &[(&"", tokio_postgres::types::Type::TEXT)])
            .await
            .unwrap();
        assert_eq!(row.get::<_, String>(0), answer, "{question}");
    }
}
