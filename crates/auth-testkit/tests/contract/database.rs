//! A PostgreSQL database of one combination's own.

use std::future::Future;

use anyhow::{Context as _, Result, anyhow};
use tokio_postgres::NoTls;
use url::Url;
use uuid::Uuid;

/// A database that goes with the value that stands for it.
pub struct OwnDatabase {
    server: String,
    name: String,
}

impl OwnDatabase {
    /// Makes one on a server.
    pub async fn create(server: &str) -> Result<Self> {
        let name = format!("contract_{}", Uuid::now_v7().simple());
        execute(
            server,
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        )
        .await?;
        Ok(Self {
            server: server.to_owned(),
            name,
        })
    }

    /// Its URL.
    pub fn url(&self) -> Result<String> {
        let mut url: Url = self.server.parse()?;
        url.set_path(&self.name);
        Ok(url.into())
    }
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        if let Err(error) = in_a_runtime_of_its_own(execute(&self.server, &statement)) {
            println!("{} was left behind: {error:#}", self.name);
        }
    }
}

async fn execute(server: &str, statement: &str) -> Result<()> {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute(statement).await?;
    drop(client);
    connection.await?.context("PostgreSQL hung up")
}

/// Whoever drops a value may be in a runtime already, which must not wait.
fn in_a_runtime_of_its_own(work: impl Future<Output = Result<()>> + Send) -> Result<()> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| tokio::runtime::Runtime::new()?.block_on(work));
        thread.join().map_err(|_| anyhow!("the thread panicked"))?
    })
}
