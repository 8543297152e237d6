//! Database URLs: which database, and how to reach it.

#[cfg(feature = "postgres")]
mod postgres;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

#[cfg(feature = "postgres")]
pub(crate) use postgres::{PostgresUrl, Trust};

/// Where the data is: a SQLite file or a PostgreSQL database.
///
/// `Display` and `Debug` never show a password.
#[derive(Clone)]
pub struct DatabaseUrl {
    kind: DatabaseKind,
}

/// Which database a [`DatabaseUrl`] names.
#[derive(Clone)]
pub(crate) enum DatabaseKind {
    /// The file of a SQLite database.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresUrl>),
}

/// The text is no database URL; the message names the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidDatabaseUrl(String);

impl DatabaseUrl {
    /// A SQLite file.
    pub fn sqlite(file: impl Into<PathBuf>) -> Self {
        let kind = DatabaseKind::Sqlite(file.into());
        Self { kind }
    }

    /// The file, if it is SQLite's.
    pub fn sqlite_file(&self) -> Option<&Path> {
        match &self.kind {
            DatabaseKind::Sqlite(file) => Some(file),
            #[cfg(feature = "postgres")]
            DatabaseKind::Postgres(_) => None,
        }
    }

    /// Which database system it names.
    pub(crate) fn kind(&self) -> &DatabaseKind {
        &self.kind
    }
}

/// Reads `sqlite://PATH`, `sqlite:PATH`, `postgres://…` and `postgresql://…`.
///
/// A SQLite path is taken as it is; `sqlite:///var/x.db` is absolute, `sqlite://x.db` is
/// relative to the working directory. A PostgreSQL URL is one of libpq's, with `sslmode`
/// one of `disable`, `prefer` (default), `require` and `verify-full`.
impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        let kind = match text.split_once(':') {
            Some(("sqlite", rest)) => DatabaseKind::Sqlite(sqlite_path(rest)?),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                postgres_kind(text)?
            }
            _ => {
                return refuse(
                    "The database URL must begin with sqlite:// or postgres://, \
                     as in sqlite://data/auth.db.",
                );
            }
        };
        Ok(Self { kind })
    }
}

fn refuse<T>(sentence: impl Into<String>) -> Result<T, InvalidDatabaseUrl> {
    Err(InvalidDatabaseUrl(sentence.into()))
}

#[cfg(feature = "postgres")]
fn postgres_kind(text: &str) -> Result<DatabaseKind, InvalidDatabaseUrl> {
    let url = postgres::postgres(text)?;
    Ok(DatabaseKind::Postgres(Box::new(url)))
}

#[cfg(not(feature = "postgres"))]
fn postgres_kind(_: &str) -> Result<DatabaseKind, InvalidDatabaseUrl> {
    refuse("This build has no PostgreSQL; build it with the feature `postgres`, or use SQLite.")
}

fn sqlite_path(rest: &str) -> Result<PathBuf, InvalidDatabaseUrl> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() {
        return refuse("The SQLite URL names no file; write one as in sqlite://data/auth.db.");
    }
    if path == ":memory:" {
        return refuse(
            "SQLite's :memory: would be another database on each connection; \
             name a file, as in sqlite://data/auth.db.",
        );
    }
    if path.contains(['?', '\0']) {
        return refuse("The SQLite URL takes a path and no parameters; remove what follows it.");
    }
    Ok(PathBuf::from(path))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DatabaseKind::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            #[cfg(feature = "postgres")]
            DatabaseKind::Postgres(url) => url.fmt(f),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(text: &str) -> String {
        text.parse::<DatabaseUrl>().unwrap_err().to_string()
    }

    #[test]
    fn a_sqlite_path_is_taken_as_it_is() {
        for (text, path) in [
            ("sqlite://data/auth.db", "data/auth.db"),
            ("sqlite:data/auth.db", "data/auth.db"),
            (
                "sqlite:///var/lib/my auth/%41.db",
                "/var/lib/my auth/%41.db",
            ),
            ("sqlite:/var/auth.db", "/var/auth.db"),
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert!(matches!(url.kind(), DatabaseKind::Sqlite(p) if p.as_os_str() == path));
        }
    }

    #[test]
    fn a_refusal_names_the_remedy() {
        for (text, remedy) in [
            ("", "sqlite://data/auth.db"),
            ("mysql://root@localhost/auth", "sqlite:// or postgres://"),
            ("data/auth.db", "sqlite:// or postgres://"),
            ("postgres:auth", "sqlite:// or postgres://"),
            ("sqlite:", "names no file"),
            ("sqlite://", "names no file"),
            ("sqlite::memory:", "another database on each connection"),
            ("sqlite://:memory:", "another database on each connection"),
            ("sqlite://auth.db?mode=ro", "no parameters"),
            ("postgres://", "names no host"),
            ("postgres://ada:p@ss?word=x@host/auth", "%40"),
            ("postgres://host:port/auth", "`port`"),
            ("postgres://host/auth?colour=red", "`colour`"),
            ("postgres://host/auth?sslmode=allow", "verify-full"),
            ("postgres://host/auth?sslrootcert=ca.pem", "verify-full"),
        ] {
            assert!(refusal(text).contains(remedy), "{text}: {}", refusal(text));
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "(sqlite|postgres(ql)?)?:?(//)?\\PC{0,60}") {
            let _ = text.parse::<DatabaseUrl>();
        }
    }
}
