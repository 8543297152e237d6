//! What was written into the audit trail stays as it was, whoever asks the database, and lends nobody
//! its rights.

use auth_core::audit::{AuditFilter, AuditOrder, AuditStore as _};
use auth_core::events::{Event, EventKind};
use auth_store::{Database, DatabaseConfig};
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection, sql_query};
use tokio_postgres::NoTls;

use crate::place::{connect, postgres, postgres_url, sqlite};

const FORGERY: &str = "UPDATE audit_events SET event = 'nothing_happened'";
const REFUSAL: &str = "the audit trail is never changed";

async fn tell(database: &Database) {
    let record = Event::from(EventKind::PasswordChanged).record();
    database.append(&[record.unwrap()]).await.unwrap();
}

async fn assert_unchanged(database: &Database) {
    let (all, order) = (AuditFilter::default(), AuditOrder::OldestFirst);
    let lines = database.page(&all, order, None, 10).await.unwrap();
    let events: Vec<_> = lines.iter().map(|line| line.event.as_str()).collect();
    assert_eq!(events, ["password_changed"]);
}

#[tokio::test]
async fn sqlite_refuses_to_change_a_line() {
    let (folder, url) = sqlite();
    let database = connect(&url, &DatabaseConfig::default()).await;
    tell(&database).await;
    let path = folder.path().join("auth.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let refused = sql_query(FORGERY).execute(&mut other).unwrap_err();
    assert!(refused.to_string().contains(REFUSAL), "{refused}");
    assert_unchanged(&database).await;
}

#[tokio::test]
async fn postgres_refuses_to_change_a_line() {
    let Some(server) = postgres("postgres_refuses_to_change_a_line") else {
        return;
    };
    let database = connect(&postgres_url(&server), &DatabaseConfig::default()).await;
    tell(&database).await;
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let refused = client.batch_execute(FORGERY).await.unwrap_err();
    let told = refused
        .as_db_error()
        .map(|error| error.message().to_owned());
    assert_eq!(told.as_deref(), Some(REFUSAL));
    assert_unchanged(&database).await;
}

/// A table of their own connection that whoever may write into the trail puts in the way of ours
/// would have its triggers run with the rights of the schema's owner.
#[tokio::test]
async fn what_runs_with_more_rights_finds_no_table_of_others() {
    let Some(server) = postgres("what_runs_with_more_rights_finds_no_table_of_others") else {
        return;
    };
    connect(&postgres_url(&server), &DatabaseConfig::default()).await;
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let functions = "SELECT proname, array_to_string(proconfig, ';') FROM pg_proc \
                     WHERE prosecdef AND pronamespace = current_schema()::regnamespace";
    let functions = client.query(functions, &[]).await.unwrap();
    assert_eq!(functions.len(), 3);
    for function in functions {
        let (name, settings): (String, String) = (function.get(0), function.get(1));
        assert!(settings.ends_with(", pg_temp"), "{name}: {settings}");
    }
}
