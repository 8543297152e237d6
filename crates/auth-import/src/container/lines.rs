//! One object of JSON a line.

use std::io::{BufRead, Read as _, Seek};

use auth_core::accounts::admin::Refusal;

use super::{Each, MAX_ROW, object};
use crate::ReadError;

/// Reads each line that is not blank.
///
/// # Errors
/// When the file can't be read.
pub fn read(mut file: impl BufRead, each: &mut Each<'_>) -> Result<(), ReadError> {
    let mut line = vec![];
    for number in 1.. {
        let Some(fits) = next(&mut file, &mut line)? else {
            return Ok(());
        };
        let text = match number {
            1 => line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line),
            _ => &line,
        };
        if text.iter().all(u8::is_ascii_whitespace) && fits {
            continue;
        }
        let fields = match fits {
            true => object(text),
            false => Err(Refusal::new(
                "row",
                format!("it has more than {MAX_ROW} bytes"),
            )),
        };
        if !each(number, fields) {
            break;
        }
    }
    Ok(())
}

/// Whether the first line is an object of its own, as in a file of lines.
///
/// # Errors
/// When the file can't be read.
pub fn are_in(file: &mut (impl BufRead + Seek)) -> Result<bool, ReadError> {
    let mut line = vec![];
    let is_whole = next(file, &mut line)?.unwrap_or(false);
    file.rewind()?;
    let text = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line);
    // A document on one line is no row, but has a list of them.
    let lists = |fields: &crate::fields::Fields| fields.has("users");
    Ok(is_whole && object(text).is_ok_and(|fields| !lists(&fields)))
}

/// Reads a line, and passes over what is too long of it; whether it fits. `None` at the end.
fn next(file: &mut impl BufRead, line: &mut Vec<u8>) -> Result<Option<bool>, ReadError> {
    line.clear();
    let most = u64::try_from(MAX_ROW).unwrap_or(u64::MAX);
    if file.by_ref().take(most).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.ends_with(b"\n") || line.len() < MAX_ROW {
        return Ok(Some(true));
    }
    loop {
        let buffer = file.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let (used, ended) = (end.map_or(buffer.len(), |end| end + 1), end.is_some());
        if used == 0 || ended {
            file.consume(used);
            return Ok(Some(false));
        }
        file.consume(used);
    }
}
