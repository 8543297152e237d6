//! What a database has: tables, and the foreign keys that refer to them.

use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryResult, QueryableByName, RunQueryDsl as _, SqliteConnection};
use diesel::{connection::SimpleConnection, sql_query};

/// The tables of the schema, each with the version that makes it.
const TABLES: [(&str, &str); 25] = [
    ("0001", "users"),
    ("0003", "sign_ups"),
    ("0001", "tokens"),
    ("0001", "sessions"),
    ("0001", "spent_secrets"),
    ("0001", "denials"),
    ("0001", "limits"),
    ("0001", "outbox"),
    ("0002", "identities"),
    ("0002", "flows"),
    ("0002", "handovers"),
    ("0005", "servers"),
    ("0004", "shared_keys"),
    ("0008", "finished_flows"),
    ("0010", "revocations"),
    ("0011", "lease_members"),
    ("0011", "lease_state"),
    ("0013", "factors"),
    ("0013", "recovery_codes"),
    ("0013", "factor_states"),
    ("0013", "waiting_steps"),
    ("0014", "audit_events"),
    ("0015", "api_keys"),
    ("0017", "webhook_endpoints"),
    ("0017", "webhook_deliveries"),
];

/// The tables that a version makes.
pub(super) fn tables_of(version: &str) -> impl Iterator<Item = &'static str> {
    let of_it = TABLES.into_iter().filter(move |(by, _)| *by == version);
    of_it.map(|(_, table)| table)
}

/// A PostgreSQL connection that blocks, as migrations want one.
#[cfg(feature = "postgres")]
pub(super) type PgConn =
    diesel_async::async_connection_wrapper::AsyncConnectionWrapper<diesel_async::AsyncPgConnection>;

/// A connection, and how its database is asked what it has. Only reads.
pub(super) trait Catalog: Connection + SimpleConnection + 'static {
    /// The parts of migrations that only this kind of database has.
    const PARTS: &'static [Part];

    /// The tables that are meant by a name alone, ours or not.
    fn tables(&mut self) -> QueryResult<Vec<String>>;

    /// The foreign keys between tables.
    fn references(&mut self) -> QueryResult<Vec<Reference>>;

    /// The texts in the column `name` of what a query finds.
    fn names(&mut self, query: &str) -> QueryResult<Vec<String>>;

    /// The numbers in the column `number` of what a query finds, with their names.
    fn numbers(&mut self, query: &str) -> QueryResult<Vec<(String, i64)>>;
}

/// The part of a migration that one kind of database has: what its SQL says of triggers is its
/// own.
pub(super) struct Part {
    /// The migration.
    pub(super) version: &'static str,
    /// To be run after the migration.
    pub(super) up: &'static str,
    /// To be run before the migration is reverted.
    pub(super) down: &'static str,
}

/// A foreign key.
#[derive(QueryableByName)]
pub(super) struct Reference {
    /// The table that has it.
    #[diesel(sql_type = Text)]
    from: String,
    /// The table that it refers to.
    #[diesel(sql_type = Text)]
    to: String,
}

impl Reference {
    /// The table, if it is somebody else's, that can't do without the tables of a version.
    pub(super) fn holds(&self, version: &str) -> Option<&str> {
        let is_ours = TABLES.iter().any(|(_, table)| *table == self.from);
        // SQLite gives the name as it was written there.
        let is_held = tables_of(version).any(|table| table.eq_ignore_ascii_case(&self.to));
        (is_held && !is_ours).then_some(self.from.as_str())
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The part that one kind of database has of the migration in a folder.
macro_rules! part {
    ($version:literal, $folder:literal, $kind:literal) => {
        Part {
            version: $version,
            up: include_str!(concat!(
                "../../../../migrations/",
                $folder,
                "/",
                $kind,
                ".up.sql"
            )),
            down: include_str!(concat!(
                "../../../../migrations/",
                $folder,
                "/",
                $kind,
                ".down.sql"
            )),
        }
    };
}

macro_rules! catalog {
    ($conn:ty, tables: $tables:literal, references: $references:literal, parts: $parts:expr) => {
        impl Catalog for $conn {
            const PARTS: &'static [Part] = &$parts;

            fn tables(&mut self) -> QueryResult<Vec<String>> {
                self.names($tables)
            }

            fn references(&mut self) -> QueryResult<Vec<Reference>> {
                sql_query($references).load(self)
            }

            fn names(&mut self, query: &str) -> QueryResult<Vec<String>> {
                let rows: Vec<Name> = sql_query(query).load(self)?;
                Ok(rows.into_iter().map(|row| row.name).collect())
            }

            fn numbers(&mut self, query: &str) -> QueryResult<Vec<(String, i64)>> {
                let rows: Vec<Number> = sql_query(query).load(self)?;
                Ok(rows.into_iter().map(|row| (row.name, row.number)).collect())
            }
        }
    };
}

catalog!(
    SqliteConnection,
    tables: "SELECT name FROM sqlite_schema WHERE type = 'table'",
    references: "SELECT holder.name AS \"from\", held.\"table\" AS \"to\" \
                 FROM sqlite_schema holder, pragma_foreign_key_list(holder.name) held \
                 WHERE holder.type = 'table'",
    parts: [
        part!("0010", "0010_revocations", "sqlite"),
        part!("0014", "0014_audit", "sqlite"),
        part!("0015", "0015_admin", "sqlite"),
        part!("0016", "0016_languages", "sqlite"),
        part!("0017", "0017_webhooks", "sqlite"),
        part!("0019", "0019_webhooks_of_changes", "sqlite"),
    ]
);
#[cfg(feature = "postgres")]
catalog!(
    PgConn,
    tables: "SELECT relname::text AS name FROM pg_class \
             WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid)",
    references: "SELECT key.conrelid::regclass::text AS \"from\", held.relname::text AS \"to\" \
                 FROM pg_constraint key JOIN pg_class held ON held.oid = key.confrelid \
                 WHERE key.contype = 'f' AND pg_table_is_visible(held.oid)",
    parts: [
        part!("0011", "0011_leases", "postgres"),
        part!("0014", "0014_audit", "postgres"),
        part!("0015", "0015_admin", "postgres"),
        part!("0016", "0016_languages", "postgres"),
        part!("0017", "0017_webhooks", "postgres"),
        part!("0019", "0019_webhooks_of_changes", "postgres"),
    ]
);

/// Those of our tables that exist, with their numbers of rows.
pub(super) fn count_rows(conn: &mut impl Catalog) -> QueryResult<Vec<(String, i64)>> {
    let existing = conn.tables()?;
    let ours = TABLES.into_iter().map(|(_, table)| table);
    let ours = ours.filter(|table| existing.iter().any(|name| name == table));
    let count = |name| format!("SELECT '{name}' AS name, count(*) AS number FROM {name}");
    let counts: Vec<_> = ours.map(count).collect();
    match counts.is_empty() {
        true => Ok(vec![]),
        false => conn.numbers(&counts.join(" UNION ALL ")),
    }
}
