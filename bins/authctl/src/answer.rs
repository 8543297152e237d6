//! What a command answers, for people or for machines.

use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use crate::failure::{Exit, Failure};

/// Who reads the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// People: text.
    Text,
    /// Machines: standard output holds exactly one JSON document, whether the command
    /// succeeded or not.
    Json,
}

/// The outcome of a command that did what it was told.
pub struct Answer {
    json: String,
    text: String,
}

impl Answer {
    /// The same outcome in both forms.
    ///
    /// # Errors
    /// When the shape can't be written as JSON.
    pub fn new(shape: &impl Serialize, text: impl Into<String>) -> anyhow::Result<Self> {
        Ok(Self {
            json: serde_json::to_string(shape)?,
            text: text.into(),
        })
    }
}

/// Prints the outcome and turns it into an exit code.
pub fn give(format: Format, outcome: anyhow::Result<Answer>) -> ExitCode {
    let outcome = outcome.and_then(|answer| Ok(print(format, &answer)?));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(format, &Failure::from(error)),
    }
}

/// Prints why a command failed: JSON on standard output, text on standard error.
pub fn fail(format: Format, failure: &Failure) -> ExitCode {
    let message = &failure.message;
    match format {
        Format::Text => eprintln!("authctl: {message}"),
        Format::Json => {
            let error = json!({ "error": { "code": failure.code, "message": message } });
            // Nobody is left to be told when this can't be written.
            let _ = writeln!(io::stdout(), "{error}");
        }
    }
    failure.exit.into()
}

fn print(format: Format, answer: &Answer) -> io::Result<()> {
    let written = match format {
        Format::Text => writeln!(io::stdout(), "{}", answer.text),
        Format::Json => writeln!(io::stdout(), "{}", answer.json),
    };
    match written {
        // Whoever reads has seen enough, as in `authctl user list | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
