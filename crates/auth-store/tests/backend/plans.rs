//! How the databases find what the cases ask for: in an index, however many rows there are.
//! Each statement is held against what the database itself says of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use diesel::connection::{InstrumentationEvent, set_default_instrumentation};
use diesel::sql_types::Text;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// How the statements begin that ask for rows.
const VERBS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// What needs no index: the number of queued mails, for which no server asks; that of all sessions,
/// which is asked for now and then beside the requests; the last entry of the log, where the
/// reading ends; and what finds nothing.
const ALLOWED: [&str; 4] = [
    "SELECT COUNT(*) FROM outbox",
    "GROUP BY sessions.kind",
    "ORDER BY revocations.number DESC LIMIT",
    "WHERE (1=0)",
];

/// What was asked so far and not looked at yet, and what was.
static ASKED: Mutex<(BTreeSet<String>, BTreeSet<String>)> =
    Mutex::new((BTreeSet::new(), BTreeSet::new()));

fn asked() -> MutexGuard<'static, (BTreeSet<String>, BTreeSet<String>)> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has the connections that are opened from now on tell what they are asked.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_default_instrumentation(|| {
            Some(Box::new(|event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    note(&query.to_string());
                }
            }))
        })
        .unwrap();
    });
}

fn note(query: &str) {
    let (statement, _) = query.split_once(" -- binds").unwrap_or((query, ""));
    let bare = statement.replace(['`', '"'], "");
    let is_query = VERBS.iter().any(|verb| bare.starts_with(verb));
    if !is_query || ALLOWED.iter().any(|allowed| bare.contains(allowed)) {
        return;
    }
    let mut asked = asked();
    if !asked.1.contains(statement) {
        asked.0.insert(statement.to_owned());
    }
}

/// The statements in a database's own language, known by how it quotes a table.
fn statements(quote: char) -> Vec<String> {
    let mut asked = asked();
    let (new, old) = &mut *asked;
    let found: Vec<_> = new.extract_if(.., |one| one.contains(quote)).collect();
    old.extend(found.iter().cloned());
    found
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Looks at what SQLite was asked.
pub fn check_sqlite(file: &Path) {
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    for statement in statements('`') {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let plan: Vec<Line> = sql_query(explain).load(&mut conn).unwrap();
        for Line { detail } in plan {
            let is_constant = detail == "SCAN CONSTANT ROW";
            assert!(
                is_constant || !detail.starts_with("SCAN"),
                "{detail}: {statement}"
            );
        }
    }
}

/// Looks at what PostgreSQL was asked. It is kept from reading a table where it can use an
/// index, since these tables are small.
pub async fn check_postgres(url: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let settings = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
    client.batch_execute(settings).await.unwrap();
    for statement in statements('"') {
        let is_used = |n: &usize| statement.contains(&format!("${n}"));
        let nulls = vec!["NULL"; (1..).take_while(is_used).count()];
        let arguments = match nulls.is_empty() {
            true => String::new(),
            false => format!("({})", nulls.join(", ")),
        };
        let explain = format!("PREPARE one AS {statement}; EXPLAIN EXECUTE one{arguments}");
        let plan = client.simple_query(&explain).await;
        let plan = plan.unwrap_or_else(|error| panic!("{error:?}: {statement}"));
        let lines = plan.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        check_plan(&lines.collect::<Vec<_>>(), &statement);
        client.batch_execute("DEALLOCATE one").await.unwrap();
    }
    drop(client);
    connection.await.unwrap().unwrap();
}

fn check_plan(plan: &[&str], statement: &str) {
    for (n, line) in plan.iter().enumerate() {
        let is_within = || n > 0 && plan[n - 1].contains("Limit");
        let is_bounded =
            || is_within() || plan.get(n + 1).is_some_and(|next| next.contains("Cond:"));
        let is_index = line.contains("Index Scan") || line.contains("Index Only Scan");
        assert!(
            !line.contains("Seq Scan") && (!is_index || is_bounded()),
            "{}: {statement}",
            plan.join("\n")
        );
    }
}
