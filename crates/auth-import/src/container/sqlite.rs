//! Tables of a SQLite database, opened to be read only.

use std::path::Path;

use auth_core::accounts::admin::Refusal;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};
use serde_json::{Map, Value};

use super::{Each, MAX_ROW};
use crate::ReadError;
use crate::fields::Fields;

/// Which tables of a database hold users.
pub enum Tables {
    /// Every table that has one of each of these groups of columns.
    Having(&'static [&'static [&'static str]]),
    /// Those of these that exist.
    Named(&'static [&'static str]),
    /// A table of users, and one of what belongs to them: its rows become a list of this name
    /// by the column that names the user.
    Joined {
        /// The table of users, whose key is `id`.
        users: &'static str,
        /// The other table, and the list.
        others: &'static str,
        /// The column there that names the user.
        by: &'static str,
    },
}

/// Reads each row of the tables.
///
/// # Errors
/// When the database can't be read, or has no such table.
pub fn read(path: &Path, tables: &Tables, each: &mut Each<'_>) -> Result<(), ReadError> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // What the schema has for columns and views runs nothing beyond itself.
    database.execute_batch("PRAGMA trusted_schema = OFF")?;
    let mut number = 0;
    for table in chosen(&database, tables)? {
        let mut statement = database.prepare(&format!("SELECT * FROM {}", quoted(&table)))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            number += 1;
            let fields = match tables {
                Tables::Joined { others, by, .. } => joined(&database, row, others, by)?,
                _ => map(row)?,
            };
            if !each(number, fields.map(Fields::from)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The tables that are there of those that are wanted.
fn chosen(database: &Connection, tables: &Tables) -> Result<Vec<String>, ReadError> {
    let mut chosen = vec![];
    let all = names(database)?;
    for name in &all {
        let is_wanted = match tables {
            Tables::Having(groups) => has_one_of_each(&columns(database, name)?, groups),
            Tables::Named(names) => names.contains(&name.as_str()),
            Tables::Joined { users, .. } => users == name,
        };
        chosen.extend(is_wanted.then(|| name.clone()));
    }
    match chosen.is_empty() {
        true => Err(ReadError::NoUsers(format!(
            "it has no table of users among: {}",
            all.join(", ")
        ))),
        false => Ok(chosen),
    }
}

fn has_one_of_each(columns: &[String], groups: &[&[&str]]) -> bool {
    let has = |group: &[&str]| columns.iter().any(|one| group.contains(&one.as_str()));
    groups.iter().all(|group| has(group))
}

fn names(database: &Connection) -> Result<Vec<String>, ReadError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut statement = database.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn columns(database: &Connection, table: &str) -> Result<Vec<String>, ReadError> {
    let mut statement = database.prepare("SELECT name FROM pragma_table_info(?)")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// A name within a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

type Fallible = Result<Map<String, Value>, Refusal>;

fn joined(
    database: &Connection,
    row: &Row<'_>,
    others: &str,
    by: &str,
) -> Result<Fallible, ReadError> {
    let id: String = match row.get_ref("id")? {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Integer(number) => number.to_string(),
        _ => return Ok(Err(Refusal::new("id", "it is missing"))),
    };
    let sql = format!("SELECT * FROM {} WHERE {} = ?", quoted(others), quoted(by));
    let mut statement = database.prepare(&sql)?;
    let mut rows = statement.query([id])?;
    let mut list = vec![];
    while let Some(row) = rows.next()? {
        match map(row)? {
            Ok(map) => list.push(Value::Object(map)),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    let joined = map(row)?;
    Ok(joined.map(|mut map| {
        map.insert(others.to_owned(), list.into());
        map
    }))
}

/// The columns of a row by their names.
fn map(row: &Row<'_>) -> Result<Fallible, ReadError> {
    let (mut map, mut size) = (Map::new(), 0);
    let names: Vec<String> = row
        .as_ref()
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    for (place, name) in names.into_iter().enumerate() {
        let value = match row.get_ref(place)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                size += bytes.len();
                if size > MAX_ROW {
                    let reason = format!("it has more than {MAX_ROW} bytes");
                    return Ok(Err(Refusal::new("row", reason)));
                }
                let Ok(text) = std::str::from_utf8(bytes) else {
                    return Ok(Err(Refusal::new(name, "it is not UTF-8")));
                };
                text.into()
            }
        };
        map.insert(name, value);
    }
    Ok(Ok(map))
}
