//! A SQLite file tells of changes by whoever makes them.

use std::sync::Arc;

use auth_core::cache::ChangeLog;
use auth_core::{Clock as _, Effects, SessionStore, SystemClock, UserId, UserStore};
use auth_store::{Database, DatabaseConfig, DatabaseUrl, migrate};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use tempfile::TempDir;

use crate::accounts::register;
use crate::place::{connect, sqlite};

/// A file with one user, and somebody who follows it.
struct Followed {
    folder: TempDir,
    url: DatabaseUrl,
    database: Database,
    log: Arc<dyn ChangeLog>,
    user: UserId,
}

impl Followed {
    async fn begin() -> Self {
        let (folder, url) = sqlite();
        let database = connect(&url, &DatabaseConfig::default()).await;
        let user = register(&database, "ada").await.unwrap().id;
        let log = UserStore::changes(&database).unwrap();
        log.catch_up().await.unwrap();
        Self {
            folder,
            url,
            database,
            log,
            user,
        }
    }

    /// Another process's connection.
    fn by_hand(&self) -> SqliteConnection {
        let path = self.folder.path().join("auth.db");
        SqliteConnection::establish(path.to_str().unwrap()).unwrap()
    }

    /// Whether the user has changed by doing this, as it is heard of afterwards.
    async fn hears(&self, of: impl AsyncFnOnce()) -> bool {
        let before = self.log.history().mark();
        assert!(self.log.is_caught_up());
        of().await;
        if !self.log.is_caught_up() {
            self.log.catch_up().await.unwrap();
        }
        !self.log.history().is_unchanged(before, &[self.user.into()])
    }
}

#[tokio::test]
async fn a_change_by_hand_is_heard_of() {
    let followed = Followed::begin().await;
    let mut conn = followed.by_hand();
    let heard = followed.hears(async || {
        conn.batch_execute("UPDATE users SET disabled = TRUE")
            .unwrap();
    });
    assert!(heard.await);
    // As a server of an earlier version deletes an account.
    let heard = followed.hears(async || conn.batch_execute("DELETE FROM users").unwrap());
    assert!(heard.await);
}

#[tokio::test]
async fn what_was_undone_and_what_others_wrote_is_no_change() {
    let followed = Followed::begin().await;
    let mut conn = followed.by_hand();
    let heard = followed.hears(async || {
        let undone = "BEGIN IMMEDIATE; UPDATE users SET disabled = TRUE; ROLLBACK";
        conn.batch_execute(undone).unwrap();
        register(&followed.database, "bob").await.unwrap();
    });
    assert!(!heard.await);
}

#[tokio::test]
async fn a_log_that_was_begun_anew_tells_of_everything() {
    let followed = Followed::begin().await;
    let heard = followed.hears(async || {
        migrate::reset(&followed.url).await.unwrap();
    });
    assert!(heard.await);
    let user = register(&followed.database, "ada").await.unwrap().id;
    let before = followed.log.history().mark();
    UserStore::delete(&followed.database, user, None, Effects::none())
        .await
        .unwrap();
    followed.log.catch_up().await.unwrap();
    assert!(!followed.log.history().is_unchanged(before, &[user.into()]));
}

#[tokio::test]
async fn whoever_slept_while_the_log_was_trimmed_is_told_of_everything() {
    let followed = Followed::begin().await;
    let mut conn = followed.by_hand();
    let heard = followed.hears(async || {
        let bob = register(&followed.database, "bob").await.unwrap();
        UserStore::delete(&followed.database, bob.id, None, Effects::none())
            .await
            .unwrap();
        let later = SystemClock.now() + std::time::Duration::from_secs(4000);
        SessionStore::purge(&followed.database, later)
            .await
            .unwrap();
    });
    assert!(heard.await);
    // The last entry is kept however old it is, so that the numbers go on.
    let heard = followed.hears(async || {
        conn.batch_execute("UPDATE users SET first_name = 'Augusta'")
            .unwrap();
    });
    assert!(heard.await);
}

#[tokio::test]
async fn without_the_log_nothing_is_believed() {
    let followed = Followed::begin().await;
    let mut conn = followed.by_hand();
    conn.batch_execute("DELETE FROM revocations").unwrap();
    assert!(!followed.log.is_caught_up());
    assert!(followed.log.catch_up().await.is_err());
    assert!(!followed.log.is_caught_up());
}

/// Thousands of commits by several connections at once, each looked for right after it.
#[tokio::test(flavor = "multi_thread")]
async fn no_commit_is_ever_missed() {
    let followed = Arc::new(Followed::begin().await);
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let followed = followed.clone();
            tokio::task::spawn_blocking(move || {
                let mut conn = followed.by_hand();
                conn.batch_execute("PRAGMA busy_timeout = 20000; PRAGMA synchronous = OFF")
                    .unwrap();
                let runtime = tokio::runtime::Handle::current();
                for n in 0..400 {
                    let before = followed.log.history().mark();
                    let change = format!("UPDATE users SET first_name = '{writer}-{n}'");
                    conn.batch_execute(&change).unwrap();
                    if !followed.log.is_caught_up() {
                        runtime.block_on(followed.log.catch_up()).unwrap();
                    }
                    let names = [followed.user.into()];
                    assert!(
                        !followed.log.history().is_unchanged(before, &names),
                        "{writer}-{n}"
                    );
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}
