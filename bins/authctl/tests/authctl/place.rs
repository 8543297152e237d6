//! Both databases.

use std::env;
use std::sync::LazyLock;

use tokio::runtime::Runtime;
use tokio_postgres::NoTls;
use url::Url;
use uuid::Uuid;

use crate::tool::Authctl;

/// What the tests themselves need to look into a database.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Makes a test of each database out of a function that takes an [`Authctl`].
macro_rules! on_both_databases {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test(&crate::tool::Authctl::new(None)); })*
        }
        mod postgres {
            $(#[test] fn $test() {
                crate::place::on_postgres(stringify!($test), super::$test);
            })*
        }
    };
}
pub(crate) use on_both_databases;

/// Runs a test on a PostgreSQL database of its own.
pub fn on_postgres(name: &str, test: fn(&Authctl)) {
    if let Some(database) = Postgres::make(name) {
        test(&Authctl::new(Some(database.url.clone())));
    }
}

/// The address of a server that a test needs. Without it the test is reported as not run,
/// and in CI, where nothing may be left out, it fails.
pub fn server_url(variable: &str, test: &str) -> Option<String> {
    let url = env::var(variable).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        let ci = env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "{variable} is not set");
        println!("not run: {test} ({variable} is not set)");
    }
    url
}

/// A PostgreSQL database that goes when the test is over, however it ends.
pub struct Postgres {
    server: String,
    name: String,
    pub url: String,
}

impl Postgres {
    /// Makes one, unless there is no server.
    pub fn make(test: &str) -> Option<Self> {
        let server = server_url("TEST_POSTGRES_URL", test)?;
        let name = format!("test_{}", Uuid::now_v7().simple());
        // Any number of tests can copy this template at once, since nobody connects to it.
        execute(
            &server,
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        );
        let mut url: Url = server.parse().unwrap();
        url.set_path(&name);
        let url = url.into();
        Some(Self { server, name, url })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        execute(
            &self.server,
            &format!("DROP DATABASE {} WITH (FORCE)", self.name),
        );
    }
}

fn execute(server: &str, statement: &str) {
    RUNTIME.block_on(async {
        let (client, connection) = tokio_postgres::connect(server, NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(statement).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    });
}
