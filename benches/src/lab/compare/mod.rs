//! Which cell differs from which, by how much, on what measure.

mod measure;
mod ranking;
mod scene;

pub use measure::{Better, Measure, Unit};
pub use ranking::{Outcome, Ranking};
pub use scene::{Scene, cells_in_order, contender, load_name, offered, scenes};

use crate::lab::record::Cell;
use crate::lab::stats::{self, Change, Verdict};

/// The share of failed requests above which a cell is left out of comparisons: refusing is
/// cheaper than working.
pub const TOLERATED_ERRORS: f64 = 0.01;

/// How one cell compares with another on one measure.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What was compared.
    pub measure: Measure,
    /// The figures, of the other cell over this one.
    pub change: Change,
}

impl Difference {
    /// Whether there is one beyond the noise.
    pub fn is_real(&self) -> bool {
        matches!(self.change.verdict, Verdict::Higher | Verdict::Lower)
    }

    /// Whether the second cell is the better one, beyond the noise.
    pub fn is_better(&self) -> bool {
        match self.measure.better() {
            Better::Higher => self.change.verdict == Verdict::Higher,
            Better::Lower => self.change.verdict == Verdict::Lower,
        }
    }
}

/// How `after` compares with `before`, of the same record; `None` if one of them lacks the
/// measure.
pub fn between(measure: Measure, before: &Cell, after: &Cell) -> Option<Difference> {
    let pairs = measure.pairs(before, after);
    let change = stats::side_by_side(&pairs, measure.floor())?;
    Some(Difference { measure, change })
}

/// How `after` compares with `before`, of another record; `None` if one of them lacks the
/// measure.
pub fn across(measure: Measure, before: &Cell, after: &Cell) -> Option<Difference> {
    let (first, second) = (measure.samples(before), measure.samples(after));
    let change = stats::apart(&first, &second, measure.floor())?;
    Some(Difference { measure, change })
}

/// Why a cell takes no part in comparisons, in words; `None` if it does.
pub fn unfit(cell: &Cell) -> Option<String> {
    if let Some(problem) = &cell.problem {
        return Some(problem.clone());
    }
    if cell.runs.is_empty() {
        return Some("nothing was measured".into());
    }
    if cell
        .runs
        .iter()
        .all(|run| run.requests == 0 && run.errors.is_empty())
    {
        return Some("nothing was answered".into());
    }
    let errors = stats::median(&Measure::Errors.samples(cell)).unwrap_or_default();
    let failed = Measure::Errors.show(errors);
    (errors > TOLERATED_ERRORS).then(|| format!("{failed} of its requests failed"))
}

#[cfg(test)]
mod tests;
