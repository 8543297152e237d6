//! Much that is over is deleted a little at a time, and others write meanwhile.

use std::pin::pin;
use std::time::Duration;

use auth_core::{
    Clock as _, FlowStore, LimitStore, Rule, SessionStore, SignUpStore, SystemClock, Timestamp,
    TokenStore,
};
use auth_store::{Database, DatabaseConfig};
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use tempfile::TempDir;
use test_services::Postgres;
use tokio_postgres::{Client, NoTls};

use crate::place::{administer, connect, postgres, postgres_url, sqlite};

/// How much one transaction may delete.
const AT_MOST: i64 = 1_000;

/// How much of each table is over: several transactions full.
const OVER: i64 = 2_500;

/// How much of each table is not.
const ALIVE: i64 = 10;

/// Everything that is purged: the table, its columns, and what rows hold, where `{i}` is a
/// number of the row's own and `{end}` is when it is over.
const TABLES: [(&str, &str, &str); 9] = [
    (
        "sessions",
        "id, user_id, kind, secret, generation, created_at, last_seen_at, auth_time, idle, \
         ends_at, expires_at, remember, user_agent, ip, tokens_until",
        "'{i}', 'somebody', 'cookie', '{i}', 0, 0, 0, 0, 0, {end}, {end}, FALSE, '', '', 0",
    ),
    ("denials", "session_id, denied_until", "'{i}', {end}"),
    ("revocations", "number, nonce, made_at", "{i}, 0, {end}"),
    (
        "tokens",
        "user_id, purpose, hash, data, expires_at",
        "'{i}', 'reset', '{i}', '', {end}",
    ),
    (
        "sign_ups",
        "id, first_name, last_name, username, username_key, username_skeleton, email, \
         email_key, password_hash, created_at, expires_at",
        "'{i}', '', '', '', '{i}', '{i}', '', '', '', 0, {end}",
    ),
    (
        "flows",
        "state, browser, provider, return_to, fresh, started_at, expires_at",
        "'{i}', '', '', '', FALSE, 0, {end}",
    ),
    (
        "handovers",
        "code, browser, user_id, generation, auth_time, expires_at",
        "'{i}', '', '', 0, 0, {end}",
    ),
    (
        "finished_flows",
        "state, provider, return_to, expires_at",
        "'{i}', '', '', {end}",
    ),
    (
        "limits",
        "key, hits, ends_at, blocked_until",
        "'{i}', 0, {end}, 0",
    ),
];

/// Statements that fill every table.
fn filled() -> Vec<String> {
    let far = SystemClock.now().as_millis() + 3_600_000;
    let insert = |(table, columns, row): (&str, &str, &str), first: i64, count, end: i64| {
        let last = first + count - 1;
        let row = row.replace("'{i}'", "'' || i").replace("{i}", "i");
        let row = row.replace("{end}", &end.to_string());
        format!(
            "WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) \
             INSERT INTO {table} ({columns}) SELECT {row} FROM n"
        )
    };
    let both = |table| {
        [
            insert(table, 1_000, OVER, 1),
            insert(table, 9_000, ALIVE, far),
        ]
    };
    // Where the log is numbered by a counter, purges go on behind the test's own entries.
    let counter = "UPDATE lease_state SET number = 1000000".to_owned();
    TABLES.into_iter().flat_map(both).chain([counter]).collect()
}

/// How many rows of a table are the test's own, and how many of those are over.
fn left_of(table: &str) -> [String; 2] {
    let end = match table {
        "denials" => "denied_until",
        "revocations" => "made_at",
        "limits" => "ends_at",
        _ => "expires_at",
    };
    let count = |condition: &str| format!("(SELECT count(*) FROM {table} WHERE {condition})");
    let own = match table {
        "revocations" => "nonce = 0 AND number >= 1000",
        "limits" => "key NOT LIKE 'w%' AND key >= '1000'",
        _ => "TRUE",
    };
    [count(own), count(&format!("{own} AND {end} <= 2"))]
}

/// How many rows are left in all tables, and how many of those are over.
fn left() -> String {
    let all = TABLES.map(|(table, ..)| left_of(table));
    let sum = |n: usize| all.each_ref().map(|one| one[n].clone()).join(" + ");
    format!("SELECT {} AS rows, {} AS over", sum(0), sum(1))
}

async fn purge_all(database: &Database, now: Timestamp) -> u64 {
    TokenStore::purge(database, now).await.unwrap()
        + FlowStore::purge(database, now).await.unwrap()
        + SignUpStore::purge(database, now).await.unwrap()
        + SessionStore::purge(database, now).await.unwrap()
        + LimitStore::purge(database, now).await.unwrap()
}

/// What purging everything gives: entries of the log are no rows of anybody.
const PURGED: u64 = ((TABLES.len() as i64 - 1) * OVER) as u64;

/// Writes again and again while something else is done, until that has ended or `enough`.
async fn while_writing<T>(
    database: &Database,
    work: impl Future<Output = T>,
    mut enough: impl FnMut() -> bool,
) -> Option<T> {
    let mut work = pin!(work);
    let rule = Rule::fixed(1, Duration::from_secs(3600));
    for n in 0.. {
        if enough() {
            break;
        }
        let key = format!("w{n}");
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            hit = database.hit(&key, &rule, SystemClock.now()) => hit.unwrap(),
        };
    }
    None
}

/// What a test sees of a SQLite file.
#[derive(QueryableByName)]
struct Left {
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    over: i64,
}

/// A full SQLite file. With each write of [`while_writing`] a trigger notes, in the same
/// transaction, how much is left.
async fn full_file() -> (TempDir, Database, SqliteConnection) {
    let (folder, url) = sqlite();
    let database = connect(&url, &DatabaseConfig::default()).await;
    let path = folder.path().join("auth.db");
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    for statement in filled() {
        conn.batch_execute(&statement).unwrap();
    }
    let watch = format!(
        "CREATE TABLE watched (rows BIGINT, over BIGINT);
         CREATE TRIGGER watch AFTER INSERT ON limits
         BEGIN INSERT INTO watched {}; END",
        left()
    );
    conn.batch_execute(&watch).unwrap();
    (folder, database, conn)
}

fn look(conn: &mut SqliteConnection, query: &str) -> Vec<Left> {
    sql_query(query).load(conn).unwrap()
}

#[tokio::test]
async fn others_write_between_the_steps_of_a_purge_on_sqlite() {
    let (_folder, database, mut conn) = full_file().await;
    let purge = purge_all(&database, SystemClock.now());
    let purged = while_writing(&database, purge, || false).await;
    assert_eq!(purged, Some(PURGED));

    let alive = TABLES.len() as i64 * ALIVE;
    let watched = look(&mut conn, "SELECT rows, over FROM watched ORDER BY rowid");
    let end = look(&mut conn, &left());
    assert_eq!((end[0].rows, end[0].over), (alive, 0));
    let all = TABLES.len() as i64 * OVER;
    let mut before = all;
    for seen in watched.iter().chain(&end) {
        assert!(before - seen.over <= AT_MOST, "{before}, {}", seen.over);
        assert_eq!(seen.rows - seen.over, alive);
        before = seen.over;
    }
    assert!(watched.iter().any(|seen| 0 < seen.over && seen.over < all));
}

#[tokio::test]
async fn a_purge_that_is_cancelled_leaves_the_rest_on_sqlite() {
    let (_folder, database, mut conn) = full_file().await;
    let all = look(&mut conn, &left())[0].over;
    let has_begun = || look(&mut conn, &left())[0].over < all;
    let purge = purge_all(&database, SystemClock.now());
    assert_eq!(while_writing(&database, purge, has_begun).await, None);
    // Behind a step that may still have been under way.
    let rule = Rule::fixed(1, Duration::from_secs(3600));
    database.hit("w", &rule, SystemClock.now()).await.unwrap();

    let rest = &look(&mut conn, &left())[0];
    assert!(rest.over >= all - 2 * AT_MOST, "{}", rest.over);
    assert_eq!(rest.rows - rest.over, TABLES.len() as i64 * ALIVE);
    purge_all(&database, SystemClock.now()).await;
    let end = &look(&mut conn, &left())[0];
    assert_eq!((end.rows, end.over), (TABLES.len() as i64 * ALIVE, 0));
}

/// A full database on a server. Triggers note how much each statement deletes, and in which
/// transaction.
async fn full_server(server: &Postgres) -> (Database, Client) {
    let database = connect(&postgres_url(server), &DatabaseConfig::default()).await;
    let watch = TABLES.map(|(table, ..)| {
        format!(
            "CREATE TRIGGER watch AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone \
             FOR EACH STATEMENT EXECUTE FUNCTION watch();"
        )
    });
    let watched = format!(
        "CREATE TABLE watched (step BIGINT, rows BIGINT);
         CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO watched SELECT txid_current(), count(*) FROM gone; RETURN NULL;
         END $$;
         {}",
        watch.join("\n")
    );
    let filled = filled();
    let statements = filled.iter().map(String::as_str).chain([&*watched]);
    administer(server, &statements.collect::<Vec<_>>()).await;
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    (database, client)
}

async fn left_on(client: &Client) -> (i64, i64) {
    let left = client.query_one(&left(), &[]).await.unwrap();
    (left.get(0), left.get(1))
}

#[tokio::test]
async fn every_step_of_a_purge_is_small_on_postgres() {
    let Some(server) = postgres("every_step_of_a_purge_is_small_on_postgres") else {
        return;
    };
    let (database, client) = full_server(&server).await;
    let purge = purge_all(&database, SystemClock.now());
    let purged = while_writing(&database, purge, || false).await;
    assert_eq!(purged, Some(PURGED));
    assert_eq!(left_on(&client).await, (TABLES.len() as i64 * ALIVE, 0));
    let steps = "SELECT max(rows)::bigint, sum(rows)::bigint FROM \
                 (SELECT sum(rows) AS rows FROM watched GROUP BY step) AS steps";
    let steps = client.query_one(steps, &[]).await.unwrap();
    let (most, all): (i64, i64) = (steps.get(0), steps.get(1));
    assert!(most <= AT_MOST, "{most}");
    // One more is the entry with which the log begins.
    assert_eq!(all, TABLES.len() as i64 * OVER + 1);
}

#[tokio::test]
async fn a_purge_that_is_cancelled_leaves_the_rest_on_postgres() {
    let Some(server) = postgres("a_purge_that_is_cancelled_leaves_the_rest_on_postgres") else {
        return;
    };
    let (database, client) = full_server(&server).await;
    let all = left_on(&client).await.1;
    // The last token to be deleted is held, so that the purge can't get beyond it.
    for statement in [
        "UPDATE tokens SET expires_at = 2 WHERE hash = '3499'",
        "BEGIN",
        "SELECT * FROM tokens WHERE hash = '3499' FOR UPDATE",
    ] {
        client.batch_execute(statement).await.unwrap();
    }
    let has_begun = async { while left_on(&client).await.1 > all - AT_MOST {} };
    tokio::select! {
        purged = purge_all(&database, SystemClock.now()) => panic!("{purged}"),
        () = has_begun => {}
    }
    client.batch_execute("ROLLBACK").await.unwrap();
    purge_all(&database, SystemClock.now()).await;
    assert_eq!(left_on(&client).await, (TABLES.len() as i64 * ALIVE, 0));
}
