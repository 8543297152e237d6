//! Comma-separated values with a heading (RFC 4180).

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use auth_core::accounts::admin::Refusal;
use csv::ByteRecord;
use serde_json::{Map, Value};

use super::{Each, MAX_ROW};
use crate::ReadError;
use crate::fields::Fields;

/// Reads each record behind the heading; an empty value is a missing one.
///
/// # Errors
/// When the file can't be read, or a record does not end.
pub fn read(file: impl Read, each: &mut Each<'_>) -> Result<(), ReadError> {
    let left = Rc::new(Cell::new(0));
    let bounded = Bounded {
        file,
        left: Rc::clone(&left),
    };
    left.set(MAX_ROW);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(bounded);
    let broken = |number| move |error: csv::Error| failure(error, number);
    let heading = reader.byte_headers().map_err(broken(0))?.clone();
    let mut record = ByteRecord::new();
    for number in 1.. {
        left.set(MAX_ROW);
        if !reader
            .read_byte_record(&mut record)
            .map_err(broken(number))?
        {
            break;
        }
        if !each(number, fields(&heading, &record)) {
            break;
        }
    }
    Ok(())
}

fn fields(heading: &ByteRecord, record: &ByteRecord) -> Result<Fields, Refusal> {
    let refuse = |reason: &str| Refusal::new("row", reason);
    if record.len() != heading.len() {
        return Err(refuse("it has another number of values than the heading"));
    }
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8"));
    let mut map = Map::new();
    for (name, value) in heading.iter().zip(record) {
        let name = text(name)?.trim_start_matches('\u{feff}').trim();
        map.insert(name.to_owned(), Value::from(text(value)?));
    }
    Ok(map.into())
}

fn failure(error: csv::Error, number: u64) -> ReadError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            ReadError::EndlessRecord(number)
        }
        csv::ErrorKind::Io(error) => error.into(),
        _ => ReadError::NoUsers("it is no CSV".to_owned()),
    }
}

/// Gives no more than was allowed, so that a record that does not end takes no memory.
struct Bounded<R> {
    file: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.file.read(buffer)?;
        self.left.set(left.saturating_sub(read));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &[u8]) -> (Vec<bool>, Result<(), ReadError>) {
        let mut rows = vec![];
        let outcome = read(text, &mut |_, fields| {
            rows.push(fields.is_ok());
            true
        });
        (rows, outcome)
    }

    #[test]
    fn one_that_cannot_be_read_keeps_nobody_from_the_others() {
        let text = b"email,name\na@b.c,\"A, \"\"B\"\"\"\nx\na@b.c,\xff\na,b,c\na@b.c,\n";
        let (rows, outcome) = read_all(text);
        assert_eq!(rows, [true, false, false, false, true]);
        assert!(outcome.is_ok());
    }

    #[test]
    fn a_missing_quote_ends_the_reading() {
        let text = format!("email\na@b.c\n\"{}", "x\n".repeat(MAX_ROW));
        let (rows, outcome) = read_all(text.as_bytes());
        assert_eq!(rows, [true]);
        assert!(matches!(outcome, Err(ReadError::EndlessRecord(2))));
    }
}
