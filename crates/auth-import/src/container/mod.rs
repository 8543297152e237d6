//! What files hold rows in: lines or a document of JSON, CSV, or an SQLite database.

mod csv;
mod document;
mod lines;
mod sqlite;

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use auth_core::accounts::admin::Refusal;
use serde_json::{Map, Value};

use crate::ReadError;
use crate::fields::Fields;

pub use sqlite::Tables;

/// What the files of a source can be.
pub struct Layout {
    /// The only kind that they are, if there is only one.
    pub only: Option<Kind>,
    /// The tables of users in a SQLite database.
    pub tables: Tables,
    /// The name of the list of users in a document.
    pub list: &'static str,
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An object of JSON a line.
    Lines,
    /// A document of JSON that has a list.
    Document,
    /// Comma-separated values.
    Csv,
    /// A SQLite database.
    Database,
}

/// The most bytes of a row.
const MAX_ROW: usize = 256 * 1024;

/// Hears of each row by its number; whether it wants more.
pub type Each<'a> = dyn FnMut(u64, Result<Fields, Refusal>) -> bool + 'a;

/// How every SQLite file begins (its file format, 1.3).
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// Reads the rows of a file, in whatever it holds them.
///
/// # Errors
/// When it can't be read to its end.
pub fn open(layout: &Layout, path: &Path, each: &mut Each<'_>) -> Result<(), ReadError> {
    let mut file = BufReader::new(File::open(path)?);
    let is_database = file.fill_buf()?.starts_with(SQLITE_MAGIC);
    let kind = match (layout.only, is_database) {
        (Some(Kind::Database), false) => {
            return Err(ReadError::NoUsers("it is no SQLite database".to_owned()));
        }
        (None | Some(Kind::Database), true) => Kind::Database,
        (Some(only), _) => only,
        (None, false) => kind_of(&mut file)?,
    };
    match kind {
        Kind::Lines => lines::read(file, each),
        Kind::Document => document::read(file, layout.list, each),
        Kind::Csv => self::csv::read(file, each),
        Kind::Database => sqlite::read(path, &layout.tables, each),
    }
}

/// What a text file is, by how it begins.
fn kind_of(file: &mut BufReader<File>) -> Result<Kind, ReadError> {
    Ok(match first_sign(file.fill_buf()?) {
        Some(b'[') => Kind::Document,
        Some(b'{') if lines::are_in(file)? => Kind::Lines,
        Some(b'{') => Kind::Document,
        None | Some(_) => Kind::Csv,
    })
}

/// The first byte that is no white space, behind a byte order mark.
fn first_sign(bytes: &[u8]) -> Option<u8> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    bytes
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

/// The fields of an object of JSON.
fn object(bytes: &[u8]) -> Result<Fields, Refusal> {
    let refuse = |reason: String| Refusal::new("row", reason);
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8".to_owned()))?;
    let Unique(map) = serde_json::from_str(text).map_err(|error| {
        // The error itself may quote a value.
        match error.classify() {
            serde_json::error::Category::Data => {
                refuse("it is no object, or has a field twice".to_owned())
            }
            _ => refuse(format!("it is no JSON, at character {}", error.column())),
        }
    })?;
    Ok(map.into())
}

/// An object of JSON in which no field comes twice: readers differ on which one counts
/// (RFC 8259, 4).
struct Unique(Map<String, Value>);

impl<'de> serde::Deserialize<'de> for Unique {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Unique;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut access: A,
            ) -> Result<Unique, A::Error> {
                let mut map = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if map.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("a field comes twice"));
                    }
                }
                Ok(Unique(map))
            }
        }

        from.deserialize_map(Visitor)
    }
}
