//! All accounts, printed a page at a time while they are read: so there may be millions.

use std::io::{self, Write};

use auth_core::UserId;
use serde_json::json;

use super::Desk;
use super::shape::{UserShape, listed, listed_further};
use crate::answer::{Answer, CutShort, Format};
use crate::failure::Failure;

/// How many accounts are read at once.
const PAGE: u32 = 500;

/// Prints the accounts behind one, or all of them.
///
/// # Errors
/// When the store fails: after the first page what was printed ends as a whole, and names the
/// account to go on from.
pub async fn print(desk: &Desk<'_>, mut after: Option<UserId>) -> anyhow::Result<Answer> {
    let mut printer = Printer::new(desk.context.format, io::stdout().lock());
    loop {
        let users = match desk.admin.list(after, PAGE).await {
            Ok(users) => users,
            Err(error) if !printer.has_begun => return Err(error.into()),
            Err(error) => {
                printer.end(after)?;
                let failure = Failure::from(anyhow::Error::from(error));
                return Err(CutShort(failure).into());
            }
        };
        printer.add(&users.iter().map(UserShape::from).collect::<Vec<_>>())?;
        match users.last() {
            Some(last) if users.len() == PAGE as usize => after = Some(last.id),
            _ => break,
        }
    }
    printer.end(None)?;
    Ok(Answer::Printed)
}

/// Prints a list in parts, as it would be printed as a whole; only the columns of a text are as
/// wide as the part wants them.
struct Printer<W> {
    format: Format,
    out: W,
    has_begun: bool,
}

impl<W: Write> Printer<W> {
    fn new(format: Format, out: W) -> Self {
        Self {
            format,
            out,
            has_begun: false,
        }
    }

    fn add(&mut self, users: &[UserShape]) -> io::Result<()> {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        match (self.format, is_first) {
            (Format::Text, true) => writeln!(self.out, "{}", listed(users)),
            (Format::Text, false) if users.is_empty() => Ok(()),
            (Format::Text, false) => writeln!(self.out, "{}", listed_further(users)),
            (Format::Json, _) => {
                let mut before = if is_first { "{\"users\":[" } else { "," };
                for user in users {
                    write!(self.out, "{before}{}", json!(user))?;
                    before = ",";
                }
                if is_first && users.is_empty() {
                    write!(self.out, "{before}")?;
                }
                Ok(())
            }
        }
    }

    /// Ends the list; `next` is where to go on, when these were not all.
    fn end(&mut self, next: Option<UserId>) -> io::Result<()> {
        let next = next.map(|id| id.to_string());
        match (self.format, next) {
            (Format::Json, next) => writeln!(self.out, "],\"next\":{}}}", json!(next)),
            (Format::Text, None) => Ok(()),
            (Format::Text, Some(next)) => {
                writeln!(
                    self.out,
                    "\nThere are more: authctl user list --after {next} --all"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn user(name: &str) -> UserShape {
        let text = || name.to_owned();
        UserShape {
            role: None,
            id: text(),
            first_name: text(),
            last_name: text(),
            username: text(),
            email: text(),
            email_verified: true,
            has_password: true,
            disabled: false,
            created_at: text(),
        }
    }

    fn printed(format: Format, pages: &[&[&str]], next: Option<UserId>) -> String {
        let mut out = vec![];
        let mut printer = Printer::new(format, &mut out);
        for page in pages {
            let users: Vec<_> = page.iter().map(|name| user(name)).collect();
            printer.add(&users).unwrap();
        }
        printer.end(next).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn however_many_pages_there_are_json_is_one_document() {
        let id = UserId::generate();
        for (pages, next, names) in [
            (&[&[][..]][..], None, vec![]),
            (&[&["ada", "bob"]], None, vec!["ada", "bob"]),
            (
                &[&["ada"], &["bob", "eve"], &[]],
                None,
                vec!["ada", "bob", "eve"],
            ),
            (&[&["ada"], &["bob"]], Some(id), vec!["ada", "bob"]),
        ] {
            let text = printed(Format::Json, pages, next);
            let found: Value = serde_json::from_str(&text).unwrap();
            let users = found["users"].as_array().unwrap().iter();
            assert_eq!(
                users.map(|user| &user["username"]).collect::<Vec<_>>(),
                names
            );
            assert_eq!(found["next"], json!(next.map(|id| id.to_string())));
        }
    }

    #[test]
    fn a_text_has_one_heading() {
        let text = printed(Format::Text, &[&["ada"], &["bob"], &[]], None);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(
            lines[0].starts_with("ID") && lines[2].starts_with("bob"),
            "{text}"
        );
        let cut = printed(Format::Text, &[&["ada"]], Some(UserId::generate()));
        assert!(cut.contains("There are more"), "{cut}");
    }
}
