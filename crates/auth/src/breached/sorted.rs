//! Looking a hash up in sorted lines, without reading all of them.

use std::cmp::Ordering;
use std::io::{Read, Seek, SeekFrom};

use super::Problem;

/// More bytes than a line has: 40 digits, a colon, a count of 20 digits, and a line break.
const MAX_LINE: usize = 128;

/// How much is read at once: the rest of a line, and the next one.
const WINDOW: u64 = 256;

/// How many places of a file are looked at to tell whether it is sorted.
const SAMPLES: u64 = 256;

/// From this size on, in bytes, a list has a million lines and more, and so hashes of every
/// beginning: one without the last of them is a part.
const LARGE: u64 = 64 << 20;
const LAST: &[u8] = b"FFF";

/// Lines of `width` hex digits, sorted, each with or without a colon and a count behind them.
/// Letters may be of either case, lines may end in LF or CRLF, and the last need not end.
pub(super) struct Sorted<F> {
    file: F,
    size: u64,
    width: usize,
}

/// What is known of a line.
struct Line {
    start: u64,
    /// Where the next one begins.
    next: u64,
    /// Its letters in upper case.
    digits: Vec<u8>,
    /// Whether its count is 0.
    is_padding: bool,
}

impl<F: Read + Seek> Sorted<F> {
    /// The lines of a file.
    ///
    /// # Errors
    /// When it can't be read, or is empty.
    pub(super) fn new(mut file: F, width: usize) -> Result<Self, Problem> {
        match file.seek(SeekFrom::End(0))? {
            0 => Err(Problem::Empty),
            size => Ok(Self { file, size, width }),
        }
    }

    /// Looks at lines here and there, and at all of a small file.
    ///
    /// # Errors
    /// When they are not of the form, not sorted, or a part of a large list.
    pub(super) fn check(&mut self) -> Result<(), Problem> {
        let (step, tail) = (self.size / SAMPLES, self.size.saturating_sub(WINDOW));
        let (mut at, mut before) = (0, vec![]);
        while let Some(line) = self.line_from(at)? {
            if before > line.digits {
                return Err(Problem::Order { at: line.start });
            }
            before = line.digits;
            // All of the end, where a download that broke off shows.
            at = line.next.max(tail.min(line.start + step));
        }
        match self.size >= LARGE && !before.starts_with(LAST) {
            true => Err(Problem::Part),
            false => Ok(()),
        }
    }

    /// Whether a line begins with these digits, whose letters are in upper case. One with a
    /// count of 0 is padding, which keeps the size of an answer from telling what was asked.
    ///
    /// # Errors
    /// When a line can't be read or is not of the form.
    pub(super) fn contains(&mut self, digits: &[u8]) -> Result<bool, Problem> {
        // Between these the line begins, if there is one.
        let (mut low, mut high) = (0, self.size);
        while low < high {
            let middle = low + (high - low) / 2;
            let line = self.line_from(middle)?;
            let Some(line) = line.filter(|line| line.start < high) else {
                high = middle;
                continue;
            };
            match line.digits.as_slice().cmp(digits) {
                Ordering::Less => low = line.next,
                Ordering::Equal => return Ok(!line.is_padding),
                Ordering::Greater => high = middle,
            }
        }
        Ok(false)
    }

    /// The first line that begins at `at` or later; `None` behind the last.
    fn line_from(&mut self, at: u64) -> Result<Option<Line>, Problem> {
        // A line begins at `at` if the byte before ends another.
        let from = at.saturating_sub(1);
        let window = self.read(from)?;
        let skipped = match (at, end_of_line(&window)) {
            (0, _) => 0,
            (_, Some(end)) if end < MAX_LINE => end + 1,
            (_, None) if window.len() < MAX_LINE => return Ok(None),
            _ => return Err(self.unformed(at)),
        };
        let text = &window[skipped..];
        if text.is_empty() {
            return Ok(None);
        }
        let start = from + skipped as u64;
        let line = Line::parse(start, text, self.width);
        line.map(Some).ok_or_else(|| self.unformed(start))
    }

    fn read(&mut self, from: u64) -> Result<Vec<u8>, Problem> {
        let mut window = Vec::with_capacity(WINDOW as usize);
        self.file.seek(SeekFrom::Start(from))?;
        (&mut self.file).take(WINDOW).read_to_end(&mut window)?;
        Ok(window)
    }

    fn unformed(&self, at: u64) -> Problem {
        let width = self.width;
        Problem::Form { at, width }
    }
}

impl Line {
    /// The first line of a text; `None` when it is not of the form.
    fn parse(start: u64, text: &[u8], width: usize) -> Option<Self> {
        let end = end_of_line(text).unwrap_or(text.len());
        let line = &text[..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (digits, behind) = line.split_at_checked(width)?;
        let count = match behind {
            [] => None,
            [b':', count @ ..] if (1..=20).contains(&count.len()) => Some(count),
            _ => return None,
        };
        let is_number = count.is_none_or(|count| count.iter().all(u8::is_ascii_digit));
        let is_formed = is_number && digits.iter().all(u8::is_ascii_hexdigit);
        is_formed.then(|| Self {
            start,
            next: start + end as u64 + 1,
            digits: digits.to_ascii_uppercase(),
            is_padding: count.is_some_and(|count| count.iter().all(|digit| *digit == b'0')),
        })
    }
}

/// Where the first line of a text ends, if it does.
fn end_of_line(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| *byte == b'\n')
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn sorted(text: &str) -> Result<Sorted<Cursor<Vec<u8>>>, Problem> {
        Sorted::new(Cursor::new(text.as_bytes().to_vec()), 4)
    }

    fn holds(text: &str, digits: &str) -> bool {
        sorted(text).unwrap().contains(digits.as_bytes()).unwrap()
    }

    fn problem(text: &str) -> String {
        let checked = sorted(text).and_then(|mut lines| lines.check());
        checked.map_or_else(|problem| problem.to_string(), |()| String::new())
    }

    const LIST: &str = "00A1:3\n00A2:12345678\n7F00:1\nFFF0:99\nFFFE:4\n";

    #[test]
    fn the_first_and_the_last_line_and_all_between_are_found() {
        for there in ["00A1", "00A2", "7F00", "FFF0", "FFFE"] {
            assert!(holds(LIST, there), "{there}");
        }
    }

    #[test]
    fn what_lies_before_between_and_behind_is_not_found() {
        for absent in ["0000", "00A0", "00A3", "7EFF", "7F01", "FFF1", "FFFF"] {
            assert!(!holds(LIST, absent), "{absent}");
        }
    }

    #[test]
    fn lines_may_end_in_crlf_and_the_last_need_not_end() {
        for text in [
            LIST.replace('\n', "\r\n"),
            LIST.trim_end().to_owned(),
            LIST.trim_end().replace('\n', "\r\n"),
        ] {
            assert_eq!(problem(&text), "");
            assert!(holds(&text, "00A1") && holds(&text, "FFFE"), "{text:?}");
            assert!(!holds(&text, "0000") && !holds(&text, "FFFF"), "{text:?}");
        }
    }

    #[test]
    fn one_line_is_a_list() {
        for text in ["7F00:1\n", "7F00:1\r\n", "7F00:1", "7F00"] {
            assert_eq!(problem(text), "");
            assert!(holds(text, "7F00"), "{text:?}");
            assert!(!holds(text, "0000") && !holds(text, "FFFF"), "{text:?}");
        }
    }

    #[test]
    fn letters_may_be_of_either_case() {
        let text = LIST.to_lowercase();
        assert_eq!(problem(&text), "");
        assert!(holds(&text, "00A2") && holds(&text, "FFFE"));
    }

    #[test]
    fn padding_is_no_entry() {
        let text = "00A1:0\n7F00:10\nFFFE:00\n";
        assert!(!holds(text, "00A1") && holds(text, "7F00") && !holds(text, "FFFE"));
    }

    #[test]
    fn what_is_no_list_is_told_by_where_it_ceases_to_be_one() {
        assert_eq!(problem(""), "is empty");
        for (text, at) in [
            ("\n", 0),
            ("password\n", 0),
            ("00A1:3\n00A\n", 7),
            ("00A1:3\n00A2:\n", 7),
            ("00A1:3\n00A2;4\n", 7),
            ("00A1:3\n00A2:4x\n", 7),
            ("00A1:3\n00A2:4\n\n", 14),
            ("00A10:3\n", 0),
            ("\u{feff}00A1:3\n", 0),
        ] {
            let told = format!("has no line of 4 hex digits and a count at byte {at}");
            assert_eq!(problem(text), told, "{text:?}");
        }
        let long = format!("00A1:3\n{}", "0".repeat(1000));
        assert!(problem(&long).starts_with("has no line"));
        assert!(sorted(&long).unwrap().contains(b"FFFF").is_err());
    }

    #[test]
    fn a_list_in_another_order_is_told_by_where_it_turns() {
        assert_eq!(
            problem("7F00:1\n00A1:3\n"),
            "is not sorted by hash at byte 7"
        );
        let mut lines: Vec<_> = (0..5000).map(|n| format!("{n:04X}:{n}\n")).collect();
        assert_eq!(problem(&lines.concat()), "");
        lines.reverse();
        assert!(problem(&lines.concat()).starts_with("is not sorted"));
    }

    #[test]
    fn a_download_that_broke_off_in_a_line_is_told() {
        let lines: Vec<_> = (0..5000).map(|n| format!("{n:04X}:{n}\n")).collect();
        let text = lines.concat();
        assert!(problem(&text[..text.len() - 7]).starts_with("has no line"));
    }

    #[test]
    fn a_large_list_goes_on_to_the_last_hashes() {
        let line = "7F00:12345678901234567890\n";
        let mut text = line.repeat(LARGE as usize / line.len() + 1);
        assert_eq!(problem(&text), "ends before the last hashes");
        text += "FFF0:1\n";
        assert_eq!(problem(&text), "");
    }

    proptest! {
        #[test]
        fn exactly_the_lines_are_found(
            there in proptest::collection::btree_map(0..400_u32, 1..u32::MAX, 1..200),
            end in prop_oneof!["\n", "\r\n"],
            is_ended: bool,
        ) {
            let lines = there.iter().map(|(hash, count)| format!("{hash:04X}:{count}"));
            let mut text = lines.collect::<Vec<_>>().join(&end);
            text.extend(is_ended.then_some(&*end));
            prop_assert_eq!(problem(&text), "");
            for hash in 0..400 {
                let found = holds(&text, &format!("{hash:04X}"));
                prop_assert_eq!(found, there.contains_key(&hash));
            }
        }
    }
}
