//! What is wrong with a file of words or a template.

use std::path::Path;

use thiserror::Error;

/// One sentence that names the file, the line where there is one, and the remedy.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct TextError(String);

impl TextError {
    /// Something in a line of a file; lines count from 1.
    pub(crate) fn at(file: &Path, line: Option<usize>, what: impl AsRef<str>) -> Self {
        let (file, what) = (file.display(), what.as_ref());
        Self(match line {
            Some(line) => format!("{file}, line {line}: {what}"),
            None => format!("{file}: {what}"),
        })
    }

    /// A sentence of its own.
    pub(crate) fn new(sentence: String) -> Self {
        Self(sentence)
    }
}

/// The line that this byte of a text is in, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().iter().take(at);
    1 + before.filter(|byte| **byte == b'\n').count()
}
