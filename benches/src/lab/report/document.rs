//! A report before it has a format: what HTML, Markdown and plain text are made from.

use super::chart::Chart;

/// A part of a report.
#[derive(Clone, Debug)]
pub enum Block {
    /// A chapter's heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A paragraph that asks for attention.
    Warning(String),
    /// Points.
    List(Vec<String>),
    /// A command or a formula, kept as it is.
    Code(String),
    /// Figures in rows.
    Table(Table),
    /// A plot; its figures are shown as a table too.
    Plot(Chart),
}

/// Figures in rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The names of its columns.
    pub head: Vec<String>,
    /// Its rows, each as long as the head.
    pub rows: Vec<Vec<String>>,
    /// How many columns at the left are words; the others are figures.
    pub words: usize,
}

impl Table {
    /// An empty table whose first `words` columns are words.
    pub fn new(caption: impl Into<String>, words: usize, head: &[&str]) -> Self {
        let head = head.iter().map(|name| (*name).to_owned()).collect();
        Self {
            caption: caption.into(),
            head,
            rows: Vec::new(),
            words,
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}
