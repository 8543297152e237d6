//! Opens connections to PostgreSQL, and finds out whether a pooler is in between.

use std::collections::HashSet;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use auth_core::StoreError;
use diesel::connection::CacheSize;
use diesel::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _,
};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::fault::failed;
use super::super::tls;
use super::PostgresUrl;

/// Begins a transaction by these statements.
pub(super) async fn begin(conn: &mut AsyncPgConnection, begin: &str) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(conn, begin).await
}

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Connector {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
    /// Settings for as long as a connection lasts.
    settings: Arc<str>,
    /// Begins a transaction, with its settings where a connection has none.
    pub(super) begin: Begin,
    /// Whether a pooler gives a connection to somebody else after each transaction.
    is_shared: bool,
}

/// What begins a transaction.
#[derive(Clone)]
pub(super) struct Begin {
    /// One that is on disk when its commit is answered, if the server is set up like that.
    pub(super) synced: Arc<str>,
    /// One that is on disk when a later one is.
    pub(super) unsynced: Arc<str>,
}

impl Begin {
    fn new(statements: &str) -> Self {
        Self {
            synced: statements.into(),
            unsynced: format!("{statements} SET LOCAL synchronous_commit = off;").into(),
        }
    }
}

/// Lets diesel set up a connection, which it does by prepared statements, inside a transaction:
/// a pooler gives them to one server then. Nothing of it stays there.
async fn set_up_in_a_transaction(
    client: tokio_postgres::Client,
) -> ConnectionResult<AsyncPgConnection> {
    let refused = |error: tokio_postgres::Error| ConnectionError::BadConnection(with_cause(&error));
    client.batch_execute("BEGIN").await.map_err(refused)?;
    let mut conn = AsyncPgConnection::try_from(client).await?;
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    let ended = conn.batch_execute("DEALLOCATE ALL; ROLLBACK").await;
    ended.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

impl Connector {
    /// How often each of two connections is asked who serves it.
    const QUESTIONS: usize = 4;

    /// For connections whose statements end after `limit`, with nobody in between.
    pub(crate) fn new(url: &PostgresUrl, limit: Duration) -> Result<Self, StoreError> {
        // The caller gives up first, so that it never has to tell one error text from
        // another; the server follows, so that nothing goes on unheard.
        let limit = limit.as_millis() + 1000;
        Ok(Self {
            config: url.config.clone(),
            tls: tls::connector(url)?,
            settings: format!(
                "SET statement_timeout = {limit};
                 SET idle_in_transaction_session_timeout = {limit};
                 SET default_transaction_isolation = 'read committed';"
            )
            .into(),
            begin: Begin::new(&format!(
                "BEGIN ISOLATION LEVEL READ COMMITTED;
                 SET LOCAL statement_timeout = {limit};
                 SET LOCAL idle_in_transaction_session_timeout = {limit};"
            )),
            is_shared: false,
        })
    }

    /// The same, for a pooler in between or none.
    pub(super) fn shared(self, is_shared: bool) -> Self {
        Self { is_shared, ..self }
    }

    /// Whether a pooler gives a connection to somebody else after each transaction.
    pub(super) fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Whether two connections that are open at once have the same process of the server at
    /// their other end, or one has several: then something in between shares them out.
    pub(super) async fn finds_pooler(&self) -> ConnectionResult<bool> {
        let (one, other) = (self.client().await?, self.client().await?);
        let mut seen = [HashSet::new(), HashSet::new()];
        for _ in 0..Self::QUESTIONS {
            for (client, seen) in [&one, &other].into_iter().zip(&mut seen) {
                seen.insert(served_by(client).await?);
            }
        }
        let [one, other] = seen;
        Ok(one.len() > 1 || other.len() > 1 || !one.is_disjoint(&other))
    }

    async fn client(&self) -> ConnectionResult<tokio_postgres::Client> {
        Ok(self.bare().await?.0)
    }

    async fn bare(&self) -> ConnectionResult<(tokio_postgres::Client, JoinHandle<()>)> {
        let connected = self.config.connect(self.tls.clone()).await;
        let (client, connection) =
            connected.map_err(|error| ConnectionError::BadConnection(with_cause(&error)))?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a PostgreSQL connection broke");
            }
        });
        Ok((client, driver))
    }

    /// A new connection, and the task that drives it.
    pub(crate) async fn connect(&self) -> ConnectionResult<(AsyncPgConnection, JoinHandle<()>)> {
        let (client, driver) = self.bare().await?;
        let conn = match self.is_shared {
            true => set_up_in_a_transaction(client).await?,
            false => {
                let mut conn = AsyncPgConnection::try_from(client).await?;
                let set = conn.batch_execute(&self.settings).await;
                set.map_err(ConnectionError::CouldntSetupConfiguration)?;
                conn
            }
        };
        Ok((conn, driver))
    }

    /// A new connection for one who is told of what is announced on a channel, and of its end.
    /// A pooler passes no announcements on.
    pub(super) async fn listen(
        &self,
        channel: &str,
        news: &Arc<Notify>,
    ) -> ConnectionResult<tokio_postgres::Client> {
        let refused =
            |error: tokio_postgres::Error| ConnectionError::BadConnection(with_cause(&error));
        let connected = self.config.connect(self.tls.clone()).await;
        let (client, mut connection) = connected.map_err(refused)?;
        let news = Arc::clone(news);
        tokio::spawn(async move {
            let next = |cx: &mut Context<'_>| connection.poll_message(cx);
            let mut messages = stream::poll_fn(next);
            while let Some(Ok(message)) = messages.next().await {
                if matches!(message, AsyncMessage::Notification(_)) {
                    news.notify_one();
                }
            }
            news.notify_one();
        });
        if !self.is_shared {
            let set_up = format!("{} LISTEN {channel}", self.settings);
            client.batch_execute(&set_up).await.map_err(refused)?;
        }
        Ok(client)
    }

    /// A new connection on which a transaction has begun, whatever is in between.
    pub(crate) async fn transaction(
        &self,
    ) -> ConnectionResult<(AsyncPgConnection, JoinHandle<()>)> {
        let shared = self.clone().shared(true);
        let (mut conn, driver) = shared.connect().await?;
        let begun = begin(&mut conn, &self.begin.synced).await;
        begun.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok((conn, driver))
    }

    pub(super) fn pool(&self, size: usize) -> Result<Pool<AsyncPgConnection>, StoreError> {
        let connector = self.clone();
        let mut config = ManagerConfig::default();
        // Whether a connection still stands shows without asking the server.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |_| {
            let connector = connector.clone();
            async move { Ok(connector.connect().await?.0) }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config("", config);
        let pool = Pool::builder(manager).max_size(size.max(1)).build();
        pool.map_err(failed)
    }
}

/// The process of the server that answers.
async fn served_by(client: &tokio_postgres::Client) -> ConnectionResult<Option<String>> {
    let asked = client.simple_query("SELECT pg_backend_pid()").await;
    let rows = asked.map_err(|error| ConnectionError::BadConnection(with_cause(&error)))?;
    Ok(rows.iter().find_map(|row| match row {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}

/// An error and its cause, which tokio-postgres tells apart ("error connecting to server").
fn with_cause(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
