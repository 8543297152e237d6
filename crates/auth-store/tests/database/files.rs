//! The file of a SQLite database.

use std::time::Duration;

use auth_core::StoreError;
use auth_store::{Database, DatabaseConfig, DatabaseUrl};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use crate::accounts::{look_up, register};
use crate::place::{connect, sqlite};

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let url = format!("sqlite:{}", data.join("auth.db").display());
    let database = connect(&url.parse().unwrap(), &DatabaseConfig::default()).await;
    register(&database, "ada").await.unwrap();

    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(data.clone()), 0o700);
    for name in ["auth.db", "auth.db-wal", "auth.db-shm", "auth.db.lock"] {
        assert_eq!(mode(data.join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn what_was_kept_is_there_for_the_next_who_opens_it() {
    let (_folder, url) = sqlite();
    let first = connect(&url, &DatabaseConfig::default()).await;
    let user = register(&first, "ada").await.unwrap();
    drop(first);
    let second = connect(&url, &DatabaseConfig::default()).await;
    let found = look_up(&second, "ada").await.unwrap().unwrap();
    assert_eq!(found.id, user.id);
}

#[tokio::test]
async fn a_path_that_can_not_be_opened_is_an_error_that_names_it() {
    let (folder, _) = sqlite();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let url = format!("sqlite://{}/file/auth.db", folder.path().display());
    let url: DatabaseUrl = url.parse().unwrap();
    let refused = Database::connect(&url, &DatabaseConfig::default()).await;
    let Err(StoreError::Unavailable(cause)) = refused else {
        panic!("it was opened");
    };
    assert!(cause.to_string().contains("file/auth.db"), "{cause}");
}

#[tokio::test]
async fn while_another_process_writes_reads_go_on_and_writes_give_up_in_time() {
    let (folder, url) = sqlite();
    let impatient = DatabaseConfig {
        connect_timeout: Duration::from_millis(50),
        ..DatabaseConfig::default()
    };
    let database = connect(&url, &impatient).await;
    register(&database, "ada").await.unwrap();

    let path = folder.path().join("auth.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert!(look_up(&database, "ada").await.unwrap().is_some());
    let refused = register(&database, "grace").await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );

    other.batch_execute("COMMIT").unwrap();
    register(&database, "grace").await.unwrap();
}
