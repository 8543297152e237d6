//! Runs migrations, and writes down which are applied.

use auth_core::error::BoxError;
use diesel::QueryResult;
use diesel::migration::{Migration, MigrationVersion};
use diesel_migrations::MigrationHarness;

use super::catalog::{Catalog, Part, tables_of};

/// Where we write down what is applied. Never dropped: that it exists says that nothing is to
/// be looked up where versions before wrote it down.
const APPLIED: &str = "auth_schema_migrations";

/// Where versions before 0009 wrote it down, and where applications that use diesel write down
/// theirs. Servers of such a version still read it, so it stays as it is.
const DIESELS: &str = "__diesel_schema_migrations";

/// The applied versions, the oldest first. Only reads.
pub(super) fn applied(conn: &mut impl Catalog) -> QueryResult<Vec<String>> {
    let tables = conn.tables()?;
    let mut applied = match tables.iter().any(|name| name == APPLIED) {
        true => versions(conn, APPLIED)?,
        false => inherited(conn, &tables)?,
    };
    applied.sort_unstable();
    Ok(applied)
}

/// Our versions among those in diesel's table. Those of an application may be called alike:
/// what tells ours is that the tables exist that they make, all of them.
fn inherited(conn: &mut impl Catalog, tables: &[String]) -> QueryResult<Vec<String>> {
    let exists = |table: &str| tables.iter().any(|name| name == table);
    if !exists(DIESELS) {
        return Ok(vec![]);
    }
    let mut inherited = versions(conn, DIESELS)?;
    inherited.retain(|version| tables_of(version).next().is_some());
    inherited.retain(|version| tables_of(version).all(exists));
    Ok(inherited)
}

fn versions(conn: &mut impl Catalog, table: &str) -> QueryResult<Vec<String>> {
    conn.names(&format!("SELECT version AS name FROM {table}"))
}

/// Runs migrations in the transaction of a connection.
pub(super) struct Harness<'c, C>(&'c mut C);

impl<'c, C: Catalog> Harness<'c, C> {
    /// Makes the table of applied versions, unless it exists, with what is already applied.
    pub(super) fn open(conn: &'c mut C) -> QueryResult<Self> {
        let tables = conn.tables()?;
        if !tables.iter().any(|name| name == APPLIED) {
            let inherited = inherited(conn, &tables)?;
            conn.batch_execute(&format!(
                "CREATE TABLE {APPLIED} (
                     version TEXT NOT NULL PRIMARY KEY,
                     run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
                 )"
            ))?;
            for version in inherited {
                note(conn, &version)?;
            }
        }
        Ok(Self(conn))
    }

    /// Refuses to drop what a table of somebody else refers to. PostgreSQL would say so too;
    /// SQLite would drop it, and might take the other table's rows along.
    fn must_not_be_needed(&mut self, version: &str) -> Result<(), BoxError> {
        let references = self.0.references()?;
        match references.iter().find_map(|key| key.holds(version)) {
            None => Ok(()),
            Some(table) => Err(format!(
                "the table {table} refers to a table of migration {version} by a foreign key: \
                 drop that key, or the table, first"
            )
            .into()),
        }
    }
}

/// The part of a migration that this kind of database alone has.
fn part<C: Catalog>(version: &str) -> Option<&'static Part> {
    C::PARTS.iter().find(|part| part.version == version)
}

/// Writes down that a version is applied. Versions are numbers of ours, with nothing to escape.
fn note(conn: &mut impl Catalog, version: &str) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "INSERT INTO {APPLIED} (version) VALUES ('{version}')"
    ))
}

impl<C: Catalog> MigrationHarness<C::Backend> for Harness<'_, C> {
    fn run_migration(
        &mut self,
        migration: &dyn Migration<C::Backend>,
    ) -> Result<MigrationVersion<'static>, BoxError> {
        let version = migration.name().version().as_owned();
        migration.run(self.0)?;
        if let Some(part) = part::<C>(&version.to_string()) {
            self.0.batch_execute(part.up)?;
        }
        note(self.0, &version.to_string())?;
        Ok(version)
    }

    fn revert_migration(
        &mut self,
        migration: &dyn Migration<C::Backend>,
    ) -> Result<MigrationVersion<'static>, BoxError> {
        let version = migration.name().version().as_owned();
        self.must_not_be_needed(&version.to_string())?;
        if let Some(part) = part::<C>(&version.to_string()) {
            self.0.batch_execute(part.down)?;
        }
        migration.revert(self.0)?;
        let forget = format!("DELETE FROM {APPLIED} WHERE version = '{version}'");
        self.0.batch_execute(&forget)?;
        Ok(version)
    }

    /// The newest first.
    fn applied_migrations(&mut self) -> Result<Vec<MigrationVersion<'static>>, BoxError> {
        let oldest_first = applied(self.0)?;
        Ok(oldest_first.into_iter().rev().map(Into::into).collect())
    }
}
