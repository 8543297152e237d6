//! What a server finds that works on a database of an older one.

use auth_core::UserStore as _;
use auth_core::user::Created;
use auth_store::{Database, DatabaseConfig};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use futures_util::future::join_all;

use crate::accounts::{account, look_up, register};
use crate::place::{connect, postgres, postgres_url, sqlite};

async fn is_free(database: &Database, name: &str) -> bool {
    let created = database.create(&account(name), &[]).await;
    matches!(created.unwrap(), Created::Made(_))
}

#[tokio::test]
async fn names_of_older_servers_are_guarded_too() {
    let (folder, url) = sqlite();
    let database = connect(&url, &DatabaseConfig::default()).await;
    for name in ["paypal", "ada"] {
        register(&database, name).await.unwrap();
    }
    // As an older server leaves them: two that look alike among them.
    let file = folder.path().join("auth.db");
    let mut older = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let mut forget = || older.batch_execute("UPDATE users SET username_skeleton = NULL");
    assert!(is_free(&database, "twin1").await);
    forget().unwrap();
    assert!(is_free(&database, "twinl").await);
    forget().unwrap();

    database.fill_in_skeletons().await.unwrap();
    database.fill_in_skeletons().await.unwrap();
    for lookalike in ["paypa1", "PayPaI", "twinI"] {
        assert!(!is_free(&database, lookalike).await, "{lookalike}");
    }
    for name in ["paypal", "ada", "twin1", "twinl"] {
        assert!(look_up(&database, name).await.unwrap().is_some(), "{name}");
    }
}

async fn share_a_key(databases: &[Database]) {
    let asked = databases.iter().map(|one| one.shared_key("some-purpose"));
    let keys = join_all(asked).await;
    let keys: Vec<_> = keys.into_iter().map(|key| key.unwrap().reveal()).collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let other = databases[0].shared_key("another-purpose").await.unwrap();
    assert_ne!(other.reveal(), keys[0]);
}

#[tokio::test]
async fn servers_that_start_at_once_share_a_key() {
    let config = DatabaseConfig::default();
    let (_folder, url) = sqlite();
    let first = connect(&url, &config).await;
    share_a_key(&[first, Database::connect(&url, &config).await.unwrap()]).await;
    if let Some(server) = postgres("servers_that_start_at_once_share_a_key") {
        let url = postgres_url(&server);
        let first = connect(&url, &config).await;
        share_a_key(&[first, Database::connect(&url, &config).await.unwrap()]).await;
    }
}
