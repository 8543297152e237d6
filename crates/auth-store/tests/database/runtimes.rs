//! Servers run one runtime on each worker thread, and workers come and go.

use auth_store::{Database, DatabaseConfig, DatabaseUrl};
use tokio::runtime::Builder;

use crate::accounts::{look_up, register};
use crate::place::{connect, postgres, postgres_url, sqlite};

/// Works with the database on a thread and runtime that then end.
fn worker(database: &Database, name: String) -> std::thread::JoinHandle<()> {
    let database = database.clone();
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            register(&database, &name).await.unwrap();
            assert!(look_up(&database, &name).await.unwrap().is_some());
        });
    })
}

async fn workers_come_and_go(url: &DatabaseUrl) {
    let database = connect(url, &DatabaseConfig::default()).await;
    register(&database, "ada").await.unwrap();
    for round in 0..5 {
        let workers: Vec<_> = (0..4)
            .map(|n| worker(&database, format!("user-{round}-{n}")))
            .collect();
        for worker in workers {
            worker.join().unwrap();
            assert!(look_up(&database, "ada").await.unwrap().is_some());
        }
    }
    register(&database, "grace").await.unwrap();
}

#[tokio::test]
async fn a_worker_that_ends_takes_nobodys_connections_along_on_sqlite() {
    let (_folder, url) = sqlite();
    workers_come_and_go(&url).await;
}

#[tokio::test]
async fn a_worker_that_ends_takes_nobodys_connections_along_on_postgres() {
    let test = "a_worker_that_ends_takes_nobodys_connections_along_on_postgres";
    if let Some(server) = postgres(test) {
        workers_come_and_go(&postgres_url(&server)).await;
    }
}
