//! Databases that can't be used, or only read.

use auth_core::{Clock as _, StoreError, SystemClock};
use auth_store::{Database, DatabaseConfig, migrate};

use crate::accounts::register;
use crate::place::{administer, connect, postgres, postgres_url, sqlite, url_of};

#[tokio::test]
async fn a_new_database_that_lacks_letters_is_refused() {
    let Some(server) = postgres("a_new_database_that_lacks_letters_is_refused") else {
        return;
    };
    let create = "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' \
                  TEMPLATE template0";
    administer(&server, &[create]).await;
    let url = url_of(&server, "postgres", "latin");
    let refused = migrate::apply(&url).await.unwrap_err();
    assert!(format!("{refused:?}").contains("UTF8"), "{refused:?}");
    assert!(migrate::tables(&url).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_database_that_is_read_only_says_so() {
    let Some(server) = postgres("a_database_that_is_read_only_says_so") else {
        return;
    };
    let url = postgres_url(&server);
    let writable = connect(&url, &DatabaseConfig::default()).await;
    writable.check(SystemClock.now()).await.unwrap();
    let read_only = "ALTER DATABASE postgres SET default_transaction_read_only = on";
    administer(&server, &[read_only]).await;
    assert!(migrate::apply(&url).await.unwrap().is_empty());
    let database = Database::connect(&url, &DatabaseConfig::default()).await;
    let database = database.unwrap();
    database.ping().await.unwrap();
    for refused in [
        database.check(SystemClock.now()).await,
        register(&database, "ada").await.map(drop),
    ] {
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_role_that_may_only_use_rows_works_on_a_whole_schema() {
    let test = "a_role_that_may_only_use_rows_works_on_a_whole_schema";
    let Some(server) = postgres(test) else { return };
    administer(&server, &["CREATE ROLE app LOGIN"]).await;
    let url = url_of(&server, "app", "postgres");
    let refused = migrate::apply(&url).await.unwrap_err();
    assert!(format!("{refused:?}").contains("denied"), "{refused:?}");
    migrate::apply(&postgres_url(&server)).await.unwrap();
    let grant = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app";
    administer(&server, &[grant]).await;
    assert!(migrate::pending(&url).await.unwrap().is_empty());
    let database = connect(&url, &DatabaseConfig::default()).await;
    database.check(SystemClock.now()).await.unwrap();
    register(&database, "ada").await.unwrap();
    // Rights that go make the database unavailable.
    let revoke = "REVOKE INSERT ON limits, users FROM app";
    administer(&server, &[revoke]).await;
    for refused in [
        database.check(SystemClock.now()).await,
        register(&database, "bob").await.map(drop),
    ] {
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_later_version_of_the_schema_is_noticed_and_used() {
    let test = "a_later_version_of_the_schema_is_noticed_and_used";
    let Some(server) = postgres(test) else { return };
    let url = postgres_url(&server);
    connect(&url, &DatabaseConfig::default()).await;
    assert!(migrate::newer(&url).await.unwrap().is_empty());
    let later = "INSERT INTO auth_schema_migrations (version) VALUES ('9999')";
    administer(&server, &[later]).await;
    assert_eq!(migrate::newer(&url).await.unwrap(), ["9999"]);
    let database = connect(&url, &DatabaseConfig::default()).await;
    register(&database, "ada").await.unwrap();
}

#[tokio::test]
async fn no_sqlite_file_is_newer_than_its_only_version() {
    let (_folder, url) = sqlite();
    let database = connect(&url, &DatabaseConfig::default()).await;
    assert!(migrate::newer(&url).await.unwrap().is_empty());
    database.check(SystemClock.now()).await.unwrap();
}
