//! What a command answers, for people or for machines.

use std::fmt;
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

/// The outcome of a command that did what it was told, or as much of it as can be done.
pub enum Answer {
    /// To be printed, in one of these forms.
    Whole {
        /// For machines.
        json: String,
        /// For people.
        text: String,
    },
    /// Printed already, while it was found.
    Printed,
    /// To be printed like a whole, with the exit code of a failure: not all could be done.
    InPart(Box<Answer>),
}

/// A command failed after it had printed a part, which on standard output is a whole of its
/// own: the failure goes to standard error in either format.
#[derive(Debug)]
pub struct CutShort(pub Failure);

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for CutShort {}

impl Answer {
    /// The same outcome in both forms.
    ///
    /// # Errors
    /// When the shape can't be written as JSON.
    pub fn new(shape: &impl Serialize, text: impl Into<String>) -> anyhow::Result<Self> {
        Ok(Self::Whole {
            json: serde_json::to_string(shape)?,
            text: text.into(),
        })
    }

    /// The same, of something that could not be done to its end.
    #[must_use]
    pub fn in_part(self) -> Self {
        Self::InPart(Box::new(self))
    }

    fn code(&self) -> ExitCode {
        match self {
            Self::InPart(_) => Exit::Failed.into(),
            Self::Whole { .. } | Self::Printed => ExitCode::SUCCESS,
        }
    }
}

/// Prints the outcome and turns it into an exit code.
pub fn give(format: Format, outcome: anyhow::Result<Answer>) -> ExitCode {
    let printed = outcome.and_then(|answer| {
        print(format, &answer)?;
        Ok(answer.code())
    });
    let error = match printed {
        Ok(code) => return code,
        Err(error) => error,
    };
    // Whoever reads has seen enough, as in `authctl user list --all | head`.
    let io = error.downcast_ref::<io::Error>();
    if io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    match error.downcast::<CutShort>() {
        Ok(CutShort(failure)) => fail(Format::Text, &failure),
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
    match (answer, format) {
        (Answer::Printed, _) => Ok(()),
        (Answer::InPart(answer), _) => print(format, answer),
        (Answer::Whole { text, .. }, Format::Text) => writeln!(io::stdout(), "{text}"),
        (Answer::Whole { json, .. }, Format::Json) => writeln!(io::stdout(), "{json}"),
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
