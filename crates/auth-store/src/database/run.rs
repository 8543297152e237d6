//! How a query that is written once runs on both databases.
//!
//! Each macro here expands its body once for each kind of connection, so that diesel sees
//! concrete types. A body names its connection, builds its queries and awaits them.

use auth_core::StoreError;
use auth_core::measure::{Meter, StoreOperation};
use diesel::{OptionalExtension as _, QueryResult};
use tracing::{Instrument as _, debug_span};

use super::outbox::Due;

/// Ends a transaction without its changes.
pub(crate) enum Rollback<T> {
    /// With this answer.
    Answer(T),
    /// Because a query failed.
    Query(diesel::result::Error),
    /// Because what the database holds is unsound.
    Store(StoreError),
}

impl<T> Rollback<T> {
    /// The answer, or the failure as the database's kind explains it.
    pub(crate) fn into_answer<E: From<StoreError>>(
        self,
        explain: impl FnOnce(diesel::result::Error) -> E,
    ) -> Result<T, E> {
        match self {
            Self::Answer(answer) => Ok(answer),
            Self::Query(error) => Err(explain(error)),
            Self::Store(error) => Err(error.into()),
        }
    }
}

impl<T> From<diesel::result::Error> for Rollback<T> {
    fn from(error: diesel::result::Error) -> Self {
        Self::Query(error)
    }
}

impl<T> From<StoreError> for Rollback<T> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What the two databases say differently.
pub(crate) trait Dialect {
    /// Holds other transactions that serialize on the same thing back until this one ends.
    async fn serialize(&mut self, what: &str) -> QueryResult<()>;

    /// The ids of due mails that no other transaction is claiming, the longest due first.
    async fn due_mails(&mut self, due: Due) -> QueryResult<Vec<String>>;
}

/// Who asks a database, and for what.
pub(crate) struct Asked<'a> {
    pub(crate) meter: &'a Meter,
    /// The module that asks.
    pub(crate) module: &'static str,
    pub(crate) operation: &'static str,
}

impl Asked<'_> {
    /// Named after the module of [`database`](super) that asks.
    fn of(&self, system: &'static str) -> StoreOperation {
        StoreOperation {
            system,
            store: self.module.split("::").nth(2).unwrap_or("database"),
            operation: self.operation,
        }
    }
}

/// Who asks, at the place of a macro.
macro_rules! asked {
    ($database:expr, $operation:literal) => {
        $crate::database::run::Asked {
            meter: &$database.meter,
            module: module_path!(),
            operation: $operation,
        }
    };
}

pub(crate) use asked;

/// Asks SQLite, measured, and in a span of its own for whoever debugs. Named as OpenTelemetry's
/// semantic conventions name a database call of which no more is told.
pub(crate) fn sqlite_call<T>(asked: Asked<'_>, call: impl Call<T>) -> impl Call<T> {
    let call = call.instrument(debug_span!("sqlite", db.system.name = "sqlite"));
    asked.meter.store_call(asked.of("sqlite"), call)
}

/// Asks PostgreSQL in such a span.
#[cfg(feature = "postgres")]
pub(crate) fn postgres_call<T>(asked: Asked<'_>, call: impl Call<T>) -> impl Call<T> {
    let call = call.instrument(debug_span!("postgresql", db.system.name = "postgresql"));
    asked.meter.store_call(asked.of("postgresql"), call)
}

/// What is asked of a database.
pub(crate) trait Call<T>: Future<Output = Result<T, StoreError>> {}

impl<T, F: Future<Output = Result<T, StoreError>>> Call<T> for F {}

/// Runs one read on PostgreSQL.
#[cfg(feature = "postgres")]
macro_rules! read_postgres {
    ($asked:expr, $postgres:expr, |$conn:ident| $query:expr) => {
        $crate::database::run::postgres_call($asked, async {
            let reader = $postgres.reader().await?;
            let outcome = {
                let $conn = &mut reader.connection();
                $postgres.bounded($query).await
            };
            reader.settle(outcome).await
        })
        .await
    };
}

/// Runs one read: `read!(database, |conn| query.get_result(conn))`.
///
/// A query for one row by a unique key wants no `first`: SQLite prepares a statement anew
/// whenever the value of its `LIMIT` is bound, which takes longer than the query.
macro_rules! read {
    ($database:expr, |$conn:ident| $query:expr) => {
        match &*$database.engine {
            $crate::database::Engine::Sqlite(sqlite) => {
                $crate::database::run::sqlite_call(
                    $crate::database::run::asked!($database, "read"),
                    async {
                        let mut reader = sqlite.reader()?;
                        let $conn = &mut reader;
                        let answer = $query.await;
                        sqlite.settle(reader, answer)
                    },
                )
                .await
            }
            #[cfg(feature = "postgres")]
            $crate::database::Engine::Postgres(postgres) => {
                $crate::database::run::read_postgres!(
                    $crate::database::run::asked!($database, "read"),
                    postgres,
                    |$conn| $query
                )
            }
        }
    };
}

/// Finds one row, or none, by a query that every authentication asks. SQLite runs it in one go
/// on the connection itself: to hand the query and its rows on as values of their own takes
/// longer than to answer it.
macro_rules! find {
    ($database:expr, $query:expr) => {
        match &*$database.engine {
            $crate::database::Engine::Sqlite(sqlite) => {
                let query = $query;
                $crate::database::run::sqlite_call(
                    $crate::database::run::asked!($database, "read"),
                    sqlite.read(move |conn| {
                        let row = ::diesel::RunQueryDsl::get_result(query, conn);
                        ::diesel::OptionalExtension::optional(row)
                    }),
                )
                .await
            }
            #[cfg(feature = "postgres")]
            $crate::database::Engine::Postgres(postgres) => {
                $crate::database::run::read_postgres!(
                    $crate::database::run::asked!($database, "read"),
                    postgres,
                    |conn| {
                        let row = ::diesel_async::RunQueryDsl::get_result($query, conn);
                        $crate::database::run::optional(row)
                    }
                )
            }
        }
    };
}

/// Runs one statement that writes, with the given [`Durability`](super::durability::Durability).
/// What it uses must be owned by it.
macro_rules! write_one {
    ($database:expr, $durability:ident, |$conn:ident| $statement:expr) => {
        match &*$database.engine {
            $crate::database::Engine::Sqlite(sqlite) => {
                use $crate::database::durability::Durability;
                use $crate::database::sqlite::SqliteConn;
                let work = async move |$conn: &mut SqliteConn| Ok($statement.await?);
                $crate::database::run::sqlite_call(
                    $crate::database::run::asked!($database, "write"),
                    sqlite.write(Durability::$durability, work),
                )
                .await
            }
            #[cfg(feature = "postgres")]
            $crate::database::Engine::Postgres(postgres) => {
                $crate::database::run::postgres_call(
                    $crate::database::run::asked!($database, "write"),
                    async {
                        let mut pooled = postgres.for_one_statement().await?;
                        let $conn = pooled.connection();
                        let answer = postgres.bounded($statement).await;
                        pooled.settle(answer).await
                    },
                )
                .await
            }
        }
    };
}

/// Runs a block of statements in one transaction that begins by writing, with the given
/// [`Durability`](super::durability::Durability). It is undone when the block ends in an
/// [`Rollback`]. What the block uses must be owned by it, and be there for another try: it is
/// cloned or borrowed there. Where the durability depends, say `as` and the value.
macro_rules! transaction {
    ($database:expr, $durability:ident, |$conn:ident| $body:block) => {
        $crate::database::run::transaction!(
            $database,
            as $crate::database::durability::Durability::$durability,
            |$conn| $body
        )
    };
    ($database:expr, as $durability:expr, |$conn:ident| $body:block) => {
        match &*$database.engine {
            $crate::database::Engine::Sqlite(sqlite) => {
                use $crate::database::sqlite::SqliteConn;
                let work = async move |$conn: &mut SqliteConn| $body;
                $crate::database::run::sqlite_call($crate::database::run::asked!($database, "transaction"), sqlite.write($durability, work))
                    .await
            }
            #[cfg(feature = "postgres")]
            $crate::database::Engine::Postgres(postgres) => {
                $crate::database::run::postgres_call($crate::database::run::asked!($database, "transaction"), async {
                    let mut tries = $crate::database::retry::Tries::new();
                    loop {
                        let mut pooled = postgres.pooled().await?;
                        let transaction = async {
                            pooled.begin(postgres.begin($durability)).await?;
                            let $conn = pooled.connection();
                            async $body.await
                        };
                        let outcome = postgres.bounded(transaction).await;
                        match pooled.end(outcome).await {
                            Ok(answer) => break Ok(answer),
                            Err(fault) => tries.another(fault).await?,
                        }
                    }
                })
                .await
            }
        }
    };
}

#[cfg(feature = "postgres")]
pub(crate) use read_postgres;
pub(crate) use {find, read, transaction, write_one};

/// A query that may find nothing.
pub(crate) async fn optional<T>(
    query: impl Future<Output = QueryResult<T>>,
) -> QueryResult<Option<T>> {
    query.await.optional()
}
