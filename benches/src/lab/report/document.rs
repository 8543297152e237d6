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
    /// Who stands how where.
    Grid(Grid),
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

/// Who stands how beside the best, in each of several places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// What it shows.
    pub caption: String,
    /// What the places are, then who is compared.
    pub head: Vec<String>,
    /// A place, and how each stands there.
    pub rows: Vec<(String, Vec<(Standing, String)>)>,
}

/// How something stands beside the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the best.
    First,
    /// It can't be told from the best.
    Close,
    /// It is behind beyond the noise.
    Behind,
    /// It was not measured.
    Absent,
}

impl Standing {
    /// Its name in style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Close => "close",
            Self::Behind => "behind",
            Self::Absent => "absent",
        }
    }

    /// Its colour where there are no style sheets.
    pub fn sign(self) -> &'static str {
        match self {
            Self::First => "🟢 ",
            Self::Close => "🟡 ",
            Self::Behind => "🔴 ",
            Self::Absent => "",
        }
    }
}
