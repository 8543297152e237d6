//! Databases of a test's own.

use auth_store::{Database, DatabaseConfig, DatabaseUrl, migrate};
use tempfile::TempDir;
use test_services::{POSTGRES, Postgres, can_run};
use tokio_postgres::NoTls;

/// A server of the test's own; none, and a word about it, where PostgreSQL is not installed.
pub fn postgres(test: &str) -> Option<Postgres> {
    can_run(test, &[&POSTGRES]).then(|| Postgres::start().unwrap())
}

pub fn postgres_url(server: &Postgres) -> DatabaseUrl {
    server.url().parse().unwrap()
}

/// Does something on a server that only its administrator may do.
pub async fn administer(server: &Postgres, statements: &[&str]) {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    for statement in statements {
        client.batch_execute(statement).await.unwrap();
    }
}

/// The URL of a database on a server, for a user.
pub fn url_of(server: &Postgres, user: &str, database: &str) -> DatabaseUrl {
    let port = server.place().port();
    let url = format!("postgres://{user}@127.0.0.1:{port}/{database}");
    url.parse().unwrap()
}

/// A folder, and the URL of a file in it that does not exist yet.
pub fn sqlite() -> (TempDir, DatabaseUrl) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("auth.db").display());
    (folder, url.parse().unwrap())
}

/// Connects to a database that has the schema.
pub async fn connect(url: &DatabaseUrl, config: &DatabaseConfig) -> Database {
    migrate::apply(url).await.unwrap();
    Database::connect(url, config).await.unwrap()
}
