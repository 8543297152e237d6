//! Applications that keep their tables in the same database, and run their migrations there
//! by diesel; and databases of versions whose migrations diesel wrote down.

use std::fs;
use std::path::Path;

use auth_core::UserStore as _;
use auth_store::{DatabaseConfig, DatabaseUrl, migrate};
use diesel::backend::Backend;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use diesel_async::{AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tempfile::TempDir;
use test_services::Postgres;
use tokio_postgres::NoTls;

use crate::accounts::{look_up, register};
use crate::migrations::{ALL, eight_at_once_apply_once};
use crate::place::{administer, connect, postgres, postgres_url, sqlite};

/// What versions wrote down where applications do.
const BEFORE: [&str; 6] = ["0001", "0002", "0003", "0004", "0005", "0008"];

/// What came since.
const AFTER: [&str; 11] = [
    "0009", "0010", "0011", "0012", "0013", "0014", "0015", "0016", "0017", "0018", "0019",
];

const POSTS: Step = Step {
    name: "0001_posts",
    up: "CREATE TABLE posts (title TEXT NOT NULL); INSERT INTO posts VALUES ('Hello')",
    down: "DROP TABLE posts",
};

const AUTHORS: Step = Step {
    name: "0002_authors",
    up: "CREATE TABLE authors (user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE)",
    down: "DROP TABLE authors",
};

/// A migration of an application.
struct Step {
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

/// A database that an application can get at.
enum Shared {
    Sqlite(TempDir, DatabaseUrl),
    Postgres(Postgres),
}

impl Shared {
    fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(_, url) => url.clone(),
            Self::Postgres(server) => postgres_url(server),
        }
    }

    fn file(folder: &TempDir) -> SqliteConnection {
        let file = folder.path().join("auth.db");
        SqliteConnection::establish(file.to_str().unwrap()).unwrap()
    }

    async fn execute(&self, statement: &str) {
        match self {
            Self::Sqlite(folder, _) => Self::file(folder).batch_execute(statement).unwrap(),
            Self::Postgres(server) => administer(server, &[statement]).await,
        }
    }

    async fn count(&self, table: &str) -> i64 {
        let query = format!("SELECT count(*) AS number FROM {table}");
        match self {
            Self::Sqlite(folder, _) => {
                let found = sql_query(query).get_result::<Number>(&mut Self::file(folder));
                found.unwrap().number
            }
            Self::Postgres(server) => {
                let connected = tokio_postgres::connect(&server.url(), NoTls).await;
                let (client, connection) = connected.unwrap();
                tokio::spawn(connection);
                client.query_one(&query, &[]).await.unwrap().get(0)
            }
        }
    }

    /// Has diesel do something with migrations, as an application or an older version does.
    async fn by_diesel(&self, what: What, folder: &Path) -> Vec<String> {
        let migrations = FileBasedMigrations::from_path(folder).unwrap();
        match self {
            Self::Sqlite(folder, _) => what.with(&mut Self::file(folder), migrations),
            Self::Postgres(server) => {
                let conn = AsyncPgConnection::establish(&server.url()).await.unwrap();
                what.with(&mut AsyncMigrationHarness::new(conn), migrations)
            }
        }
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(Clone, Copy)]
enum What {
    Run,
    RevertLast,
    ListApplied,
}

impl What {
    fn with<DB: Backend>(
        self,
        harness: &mut impl MigrationHarness<DB>,
        migrations: FileBasedMigrations,
    ) -> Vec<String>
    where
        FileBasedMigrations: diesel::migration::MigrationSource<DB>,
    {
        let versions = match self {
            Self::Run => harness.run_pending_migrations(migrations).unwrap(),
            Self::RevertLast => vec![harness.revert_last_migration(migrations).unwrap()],
            Self::ListApplied => harness.applied_migrations().unwrap(),
        };
        versions.iter().map(ToString::to_string).collect()
    }
}

fn folder_of(steps: &[&Step]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for step in steps {
        let place = folder.path().join(step.name);
        fs::create_dir(&place).unwrap();
        fs::write(place.join("up.sql"), step.up).unwrap();
        fs::write(place.join("down.sql"), step.down).unwrap();
    }
    folder
}

/// The migrations of the last version that had diesel write them down.
fn older_version() -> TempDir {
    let ours = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations"));
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(ours).unwrap() {
        let name = entry.unwrap().file_name();
        let name = name.to_str().unwrap();
        if BEFORE.contains(&&name[..4]) {
            let place = folder.path().join(name);
            fs::create_dir(&place).unwrap();
            for file in ["up.sql", "down.sql"] {
                fs::copy(ours.join(name).join(file), place.join(file)).unwrap();
            }
        }
    }
    folder
}

/// An account as servers of that version make one.
fn as_an_older_server(name: &str) -> String {
    format!(
        "INSERT INTO users (id, first_name, last_name, username, username_key, email, email_key, \
         email_verified, disabled, generation, created_at, username_skeleton) VALUES \
         ('{}', 'A', 'B', '{name}', '{name}', '{name}@example.org', '{name}@example.org', \
         TRUE, FALSE, 0, 0, '{name}')",
        auth_core::UserId::generate()
    )
}

async fn leaves_an_application_alone(shared: &Shared) {
    let url = shared.url();
    let first = folder_of(&[&POSTS]);
    assert_eq!(shared.by_diesel(What::Run, first.path()).await, ["0001"]);
    assert!(migrate::applied(&url).await.unwrap().is_empty());
    assert_eq!(migrate::apply(&url).await.unwrap(), ALL);
    let both = folder_of(&[&POSTS, &AUTHORS]);
    assert_eq!(shared.by_diesel(What::Run, both.path()).await, ["0002"]);
    assert!(migrate::newer(&url).await.unwrap().is_empty());

    let database = connect(&url, &DatabaseConfig::default()).await;
    register(&database, "ada").await.unwrap();
    let author = "INSERT INTO authors SELECT id FROM users";
    shared.execute(author).await;
    let last = migrate::rollback_last(&url).await.unwrap();
    assert_eq!(last.as_deref(), ALL.last().copied());
    assert_eq!(migrate::apply(&url).await.unwrap(), ALL[ALL.len() - 1..]);

    let refused = format!("{:?}", migrate::reset(&url).await.unwrap_err());
    assert!(refused.contains("authors"), "{refused}");
    assert_eq!(migrate::applied(&url).await.unwrap(), ALL);
    for table in ["users", "authors", "outbox", "posts"] {
        assert_eq!(shared.count(table).await, 1, "{table}");
    }
    for version in ALL[1..].iter().rev() {
        let last = migrate::rollback_last(&url).await.unwrap();
        assert_eq!(last.as_deref(), Some(*version));
    }
    let refused = format!("{:?}", migrate::rollback_last(&url).await.unwrap_err());
    assert!(refused.contains("authors"), "{refused}");
    assert_eq!(migrate::applied(&url).await.unwrap(), ["0001"]);
    assert_eq!(shared.count("authors").await, 1);

    let reverted = shared.by_diesel(What::RevertLast, both.path()).await;
    assert_eq!(reverted, ["0002"]);
    assert_eq!(migrate::reset(&url).await.unwrap(), ALL);
    assert_eq!(shared.count("users").await, 0);
    assert_eq!(shared.count("posts").await, 1);
    let applied = shared.by_diesel(What::ListApplied, both.path()).await;
    assert_eq!(applied, ["0001"]);
}

async fn takes_over_what_an_older_version_applied(shared: &Shared) {
    let (url, older) = (shared.url(), older_version());
    assert_eq!(shared.by_diesel(What::Run, older.path()).await, BEFORE);
    let application = Step {
        name: "20260101000000_authors",
        ..AUTHORS
    };
    let application = folder_of(&[&application]);
    shared.by_diesel(What::Run, application.path()).await;
    shared.execute(&as_an_older_server("ada")).await;

    assert_eq!(migrate::applied(&url).await.unwrap(), BEFORE);
    assert_eq!(migrate::pending(&url).await.unwrap(), AFTER);
    eight_at_once_apply_once(&url, &AFTER).await;
    assert_eq!(migrate::applied(&url).await.unwrap(), ALL);
    let database = connect(&url, &DatabaseConfig::default()).await;
    let ada = look_up(&database, "ada").await.unwrap().unwrap();
    assert!(database.find(ada.id).await.unwrap().is_some());

    // A server of that version starts and works.
    assert!(shared.by_diesel(What::Run, older.path()).await.is_empty());
    shared.execute(&as_an_older_server("bob")).await;
    assert!(look_up(&database, "bob").await.unwrap().is_some());
    let mut applied = shared.by_diesel(What::ListApplied, older.path()).await;
    applied.reverse();
    assert_eq!(applied[..6], BEFORE);
    assert_eq!(applied[6..], ["20260101000000"]);

    // What is rolled back stays so, whatever diesel's table says.
    let since = &ALL[BEFORE.len() - 1..];
    for expected in since.iter().rev() {
        let last = migrate::rollback_last(&url).await.unwrap();
        assert_eq!(last.as_deref(), Some(*expected));
    }
    assert_eq!(migrate::apply(&url).await.unwrap(), since);
}

/// An application has migrations that are called like ours, and none of our tables.
async fn tells_an_applications_versions_from_ours(shared: &Shared) {
    let names = BEFORE.map(|version| format!("{version}_theirs"));
    let folder = tempfile::tempdir().unwrap();
    for name in &names {
        let place = folder.path().join(name);
        fs::create_dir(&place).unwrap();
        fs::write(place.join("up.sql"), "SELECT 1").unwrap();
        fs::write(place.join("down.sql"), "SELECT 1").unwrap();
    }
    assert_eq!(shared.by_diesel(What::Run, folder.path()).await, BEFORE);
    assert_eq!(migrate::pending(&shared.url()).await.unwrap(), ALL);
    assert_eq!(migrate::apply(&shared.url()).await.unwrap(), ALL);
}

macro_rules! on_both_databases {
    ($($scenario:ident: $on_sqlite:ident, $on_postgres:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $on_sqlite() {
            let (folder, url) = sqlite();
            $scenario(&Shared::Sqlite(folder, url)).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn $on_postgres() {
            if let Some(server) = postgres(stringify!($on_postgres)) {
                $scenario(&Shared::Postgres(server)).await;
            }
        }
    )*};
}

on_both_databases!(
    leaves_an_application_alone:
        an_application_in_the_same_database_is_left_alone_on_sqlite,
        an_application_in_the_same_database_is_left_alone_on_postgres;
    takes_over_what_an_older_version_applied:
        a_database_of_an_older_version_is_taken_over_on_sqlite,
        a_database_of_an_older_version_is_taken_over_on_postgres;
    tells_an_applications_versions_from_ours:
        versions_of_an_application_are_told_from_ours_on_sqlite,
        versions_of_an_application_are_told_from_ours_on_postgres;
);
