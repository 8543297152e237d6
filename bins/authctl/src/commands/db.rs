//! `authctl db`: the schema and what is in it.

use anyhow::Context as _;
use auth_server::database_url;
use auth_server::settings::Environment;
use auth_store::{DatabaseUrl, migrate};
use clap::{Subcommand, ValueEnum as _};
use serde::Serialize;

use super::Context;
use super::stores::{existing_database, unusable};
use crate::answer::Answer;
use crate::table::{pairs, table};

/// The database: its schema and what is in it.
#[derive(Subcommand)]
pub enum Command {
    /// Apply what is pending.
    Migrate,

    /// Undo the last migration; what its tables hold is lost.
    Rollback,

    /// Undo every migration and apply them again; everything is lost.
    Reset,

    /// Show the environment, the database, its tables and its migrations.
    Info,
}

#[derive(Serialize)]
struct Migrated {
    applied: Vec<String>,
}

#[derive(Serialize)]
struct RolledBack {
    reverted: Option<String>,
}

#[derive(Serialize)]
struct Info {
    environment: String,
    database: Database,
    tables: Vec<Table>,
    migrations: Migrations,
}

#[derive(Serialize)]
struct Database {
    kind: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Table {
    name: String,
    rows: i64,
}

#[derive(Serialize)]
struct Migrations {
    applied: Vec<String>,
    pending: Vec<String>,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When the database can't be reached or refuses, or nobody confirms a loss.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let url = match self {
            Self::Migrate => database_url(&context.settings)?,
            _ => existing_database(&context.settings)?,
        };
        let answer = match self {
            Self::Migrate => migrate(&url).await,
            Self::Rollback => rollback(context, &url).await,
            Self::Reset => reset(context, &url).await,
            Self::Info => info(context, &url).await,
        };
        answer.with_context(|| unusable(&url))
    }
}

async fn migrate(url: &DatabaseUrl) -> anyhow::Result<Answer> {
    let applied = migrate::apply(url).await?;
    let text = match applied.as_slice() {
        [] => format!("{url} is up to date."),
        applied => format!("Applied {} to {url}.", applied.join(", ")),
    };
    Answer::new(&Migrated { applied }, text)
}

async fn rollback(context: &Context, url: &DatabaseUrl) -> anyhow::Result<Answer> {
    let Some(last) = migrate::applied(url).await?.pop() else {
        let text = format!("{url} has no migration to undo.");
        return Answer::new(&RolledBack { reverted: None }, text);
    };
    let question = format!("Undo {last} on {url} and lose what its tables hold?");
    context.confirmation.ask(&question)?;
    let reverted = migrate::rollback_last(url).await?;
    let text = match &reverted {
        Some(version) => format!("Undid {version} on {url}."),
        None => format!("{url} has no migration to undo."),
    };
    Answer::new(&RolledBack { reverted }, text)
}

async fn reset(context: &Context, url: &DatabaseUrl) -> anyhow::Result<Answer> {
    let question = format!("Delete everything in {url}?");
    match context.settings.env {
        Environment::Development => context.confirmation.ask(&question)?,
        Environment::Production => context.confirmation.ask_for(&question, &name_of(url))?,
    }
    let applied = migrate::reset(url).await?;
    let text = format!("{url} is empty and up to date.");
    Answer::new(&Migrated { applied }, text)
}

async fn info(context: &Context, url: &DatabaseUrl) -> anyhow::Result<Answer> {
    let tables = migrate::tables(url).await?.into_iter();
    let info = Info {
        environment: environment(context.settings.env),
        database: Database {
            kind: kind_of(url),
            url: url.to_string(),
        },
        tables: tables.map(|(name, rows)| Table { name, rows }).collect(),
        migrations: Migrations {
            applied: migrate::applied(url).await?,
            pending: migrate::pending(url).await?,
        },
    };
    Answer::new(&info, info.text())
}

impl Info {
    fn text(&self) -> String {
        let about = pairs([
            ("Environment", self.environment.clone()),
            ("Database", self.database.url.clone()),
            ("Applied", listed(&self.migrations.applied)),
            ("Pending", listed(&self.migrations.pending)),
        ]);
        let row = |table: &Table| [table.name.clone(), table.rows.to_string()];
        let rows: Vec<_> = self.tables.iter().map(row).collect();
        format!("{about}\n\n{}", table(["TABLE", "ROWS"], &rows))
    }
}

fn listed(versions: &[String]) -> String {
    match versions {
        [] => "none".to_owned(),
        versions => versions.join(", "),
    }
}

/// The environment as the setting spells it.
fn environment(environment: Environment) -> String {
    let value = environment.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn kind_of(url: &DatabaseUrl) -> &'static str {
    match url.sqlite_file() {
        Some(_) => "sqlite",
        None => "postgres",
    }
}

/// What a database is called: the last part of its URL, or all of it.
fn name_of(url: &DatabaseUrl) -> String {
    let url = url.to_string();
    let path = url.split_once('?').map_or(url.as_str(), |(path, _)| path);
    match path.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => name.to_owned(),
        _ => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_called_by_its_name() {
        for (url, name) in [
            (
                "postgres://ada:secret@localhost/auth?sslmode=disable",
                "auth",
            ),
            ("sqlite:/var/lib/auth/auth.db", "auth.db"),
        ] {
            assert_eq!(name_of(&url.parse().unwrap()), name);
        }
    }

    #[test]
    fn a_database_without_a_name_is_called_by_its_url() {
        let url: DatabaseUrl = "postgres://localhost".parse().unwrap();
        assert_eq!(name_of(&url), url.to_string());
    }
}
