//! The elements of a list in a document of JSON. They are told apart by brackets alone, so
//! that one that can't be read keeps nobody from reading the others.

use std::io::{BufRead, Bytes};

use auth_core::accounts::admin::Refusal;

use super::{Each, MAX_ROW, object};
use crate::ReadError;

/// Reads the elements of the list at the top, or of those that the object at the top has
/// under this name.
///
/// # Errors
/// When the file can't be read, or has no such list.
pub fn read(file: impl BufRead, list: &str, each: &mut Each<'_>) -> Result<(), ReadError> {
    let mut bytes = file.bytes();
    let mut scan = Scan::default();
    let (mut found, mut number) = (false, 0);
    while let Some(byte) = bytes.next().transpose()? {
        if !scan.enters_list(byte, list) {
            continue;
        }
        found = true;
        if !elements(&mut bytes, &mut number, each)? {
            return Ok(());
        }
        scan.leave_list();
    }
    match found {
        true => Ok(()),
        false => Err(ReadError::NoUsers(format!("it has no list `{list}`"))),
    }
}

/// Reads the elements of a list to its end; whether more is wanted.
fn elements(
    bytes: &mut Bytes<impl BufRead>,
    number: &mut u64,
    each: &mut Each<'_>,
) -> Result<bool, ReadError> {
    let mut element = Element::default();
    while let Some(byte) = bytes.next().transpose()? {
        let step = element.push(byte);
        if matches!(step, Step::Ended | Step::ListEnded) && !element.bytes.is_empty() {
            *number += 1;
            if !each(*number, std::mem::take(&mut element).fields()) {
                return Ok(false);
            }
        }
        if matches!(step, Step::ListEnded) {
            return Ok(true);
        }
    }
    let reason = "the file ends before the list does";
    each(*number + 1, Err(Refusal::new("row", reason)));
    Ok(false)
}

/// Whether a byte lies within a text.
#[derive(Default)]
struct Text {
    open: bool,
    escaped: bool,
}

impl Text {
    /// Whether this byte is a part of a text, or its quotes.
    fn holds(&mut self, byte: u8) -> bool {
        if !self.open {
            self.open = byte == b'"';
            return self.open;
        }
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.open = false,
            _ => {}
        }
        true
    }
}

/// What surrounds the list.
#[derive(Default)]
struct Scan {
    text: Text,
    depth: usize,
    /// The last text at the first level, as far as it can be a name that matters.
    name: Vec<u8>,
}

impl Scan {
    /// Whether the list begins behind this byte.
    fn enters_list(&mut self, byte: u8, list: &str) -> bool {
        let was_open = self.text.open;
        if self.text.holds(byte) {
            if self.depth == 1 && !was_open {
                self.name.clear();
            } else if self.depth == 1 && self.text.open && self.name.len() <= list.len() {
                self.name.push(byte);
            }
            return false;
        }
        match byte {
            b'[' if self.depth == 0 || (self.depth == 1 && self.name == list.as_bytes()) => {
                return true;
            }
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            b',' => self.name.clear(),
            _ => {}
        }
        false
    }

    fn leave_list(&mut self) {
        self.name.clear();
    }
}

/// What a byte means for an element.
enum Step {
    Within,
    Ended,
    ListEnded,
}

/// An element that is being read.
#[derive(Default)]
struct Element {
    text: Text,
    depth: usize,
    bytes: Vec<u8>,
    is_too_long: bool,
}

impl Element {
    fn push(&mut self, byte: u8) -> Step {
        let in_text = self.text.holds(byte);
        if self.depth == 0 && !in_text {
            match byte {
                b']' => return Step::ListEnded,
                b',' => return Step::Ended,
                byte if byte.is_ascii_whitespace() => return Step::Within,
                _ => {}
            }
        }
        match self.bytes.len() < MAX_ROW {
            true => self.bytes.push(byte),
            false => self.is_too_long = true,
        }
        match byte {
            b'{' | b'[' if !in_text => self.depth += 1,
            b'}' | b']' if !in_text => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Step::Ended;
                }
            }
            _ => {}
        }
        Step::Within
    }

    fn fields(self) -> Result<crate::fields::Fields, Refusal> {
        match self.is_too_long {
            true => Err(Refusal::new(
                "row",
                format!("it has more than {MAX_ROW} bytes"),
            )),
            false => object(&self.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &[u8]) -> Vec<bool> {
        let mut rows = vec![];
        read(text, "users", &mut |number, fields| {
            assert_eq!(number, rows.len() as u64 + 1);
            rows.push(fields.is_ok());
            true
        })
        .unwrap();
        rows
    }

    #[test]
    fn a_list_is_found_at_the_top_or_by_its_name() {
        let user = r#"{"a":"],}\"[","b":[{}]}"#;
        for text in [
            format!("[{user},\n{user}]"),
            format!(
                r#"{{"realm":"users","clients":[{{"users":[1]}}],"users":[{user},{user}],"x":[1]}}"#
            ),
            format!(r#"{{"x":{{"users":[{user}]}},"users" : [ {user} , {user} ] }}"#),
        ] {
            assert_eq!(read_all(text.as_bytes()), [true, true], "{text}");
        }
        assert!(read(&b"{}"[..], "users", &mut |_, _| true).is_err());
        assert_eq!(read_all(br#"{"users":[]}"#), [] as [bool; 0]);
    }

    #[test]
    fn one_that_cannot_be_read_keeps_nobody_from_the_others() {
        let mut text = br#"[{"a":1},{"a":"#.to_vec();
        text.extend(b"\"\xff\"},{\"a\" 1},{\"a\":1,\"a\":2},[1], \"a,b\" ,{\"a\":\"");
        text.extend(vec![b'x'; MAX_ROW]);
        text.extend(br#""},{"a":1},{"a":"#);
        let read = [true, false, false, false, false, false, false, true, false];
        assert_eq!(read_all(&text), read);
    }
}
