//! Users of other systems: what they export, read row by row, and our own NDJSON, written.
//!
//! A file is read as rows of named fields (`container`), and each row as somebody who
//! arrives (`source`). A row that can't be read is refused with the field and the reason;
//! the others go on. Nothing here grows with the number of users, knows a database of ours,
//! or decides whether an account can be made: that is auth-core's.

mod config;
mod container;
mod fields;
mod hash;
mod ndjson;
mod providers;
mod source;

use std::io;
use std::path::Path;

use auth_core::Timestamp;
use auth_core::accounts::admin::{Arrival, Refusal};

pub use config::{FirebaseConfig, InvalidConfig};
pub use hash::recognised;
pub use ndjson::line;
pub use source::Source;

/// What reading needs to know beside the file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Issuers of identities, by the names that providers have in the file; they go before
    /// the well-known ones.
    pub issuers: Vec<(String, String)>,
    /// The parameters of a Firebase project.
    pub firebase: Option<FirebaseConfig>,
    /// The present, against which a ban that ends is held.
    pub now: Timestamp,
}

/// One row of a file.
#[derive(Debug)]
pub struct Row {
    /// Its number, from one: that of the line, of the record behind the heading, of the
    /// element of the list, or of the row in its table.
    pub number: u64,
    /// Who it tells of, or why it can't be read.
    pub arrival: Result<Arrival, Vec<Refusal>>,
}

/// Why a file can't be read, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file can't be read.
    #[error("the file can't be read")]
    File(#[from] io::Error),
    /// The SQLite database can't be read.
    #[error("the SQLite database can't be read")]
    Database(#[from] rusqlite::Error),
    /// The file has none of the lists or tables that its source has.
    #[error("{0}")]
    NoUsers(String),
    /// A record of a CSV file does not come to its end.
    #[error("record {0} does not end: is a quote missing?")]
    EndlessRecord(u64),
    /// The parameters of the source are needed and missing.
    #[error("{0}")]
    Missing(&'static str),
}

/// Reads the rows of a file one after the other, as long as `each` asks for more.
///
/// # Errors
/// When the file can't be read to its end; rows before that were told.
pub fn read(
    source: Source,
    file: &Path,
    options: &Options,
    mut each: impl FnMut(Row) -> bool,
) -> Result<(), ReadError> {
    source.check(options)?;
    container::open(&source.layout(), file, &mut |number, fields| {
        let arrival = match fields {
            Ok(fields) => source.arrival(fields, options),
            Err(refusal) => Some(Err(vec![refusal])),
        };
        arrival.is_none_or(|arrival| each(Row { number, arrival }))
    })
}
