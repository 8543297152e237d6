//! In a PostgreSQL database of its own.

use async_trait::async_trait;
use test_services::given;
use tokio_postgres::NoTls;
use url::Url;
use uuid::Uuid;

use super::database::Handles;
use super::{Backend, World, plans};

pub struct Store {
    server: String,
    name: String,
    url: Url,
    handles: Handles,
}

#[async_trait]
impl Backend for Store {
    async fn open(test: &str) -> Option<Self> {
        let server = given("TEST_POSTGRES_URL", test)?;
        plans::listen();
        let name = format!("test_{}", Uuid::now_v7().simple());
        // Any number of tests can copy this template at once, since nobody connects to it.
        execute(
            &server,
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        )
        .await;
        let mut url: Url = server.parse().unwrap();
        url.set_path(&name);
        Some(Self {
            handles: Handles::open(url.as_str()).await,
            server,
            name,
            url,
        })
    }

    fn world(&self) -> World {
        self.handles.world()
    }

    async fn check(&self) {
        plans::check_postgres(self.url.as_str()).await;
    }

    async fn close(self) {
        drop(self.handles);
        let name = self.name;
        execute(&self.server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
}

/// Runs a statement on the server that databases are made on.
async fn execute(server: &str, statement: &str) {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(statement).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}
