//! What changed between two records, beyond the noise.
//!
//! Cells are matched by setup and load. Two records are never interleaved, so a machine that
//! was busier on one day shows as a change: differing machines and versions are pointed out,
//! and a change of every cell the same way deserves doubt.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{Difference, Measure, Scene, across, contender, load_name};
use super::record::{Cell, Load, Record, Setup};
use super::report::document::Table;
use super::report::{format, markdown};
use super::stats::Verdict;

/// What changed between two records.
#[derive(Clone, Debug)]
pub struct Diff {
    /// What makes the records hard to compare: other machine, versions, settings.
    pub warnings: Vec<String>,
    /// Measures of cells that changed beyond the noise.
    pub changes: Vec<Changed>,
    /// How many measures of cells did not.
    pub unchanged: usize,
    /// How many were repeated too rarely to say.
    pub unjudged: usize,
    /// Cells that only the first has.
    pub only_before: Vec<String>,
    /// Cells that only the second has.
    pub only_after: Vec<String>,
}

/// A measure of a cell that changed.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The load and setup of the cell.
    pub cell: String,
    /// By how much it changed.
    pub difference: Difference,
}

type Key<'a> = (&'a Load, &'a Setup);

/// What changed from `before` to `after`.
pub fn diff(before: &Record, after: &Record) -> Diff {
    let (first, second) = (cells(before), cells(after));
    let mut diff = Diff {
        warnings: warnings(before, after),
        changes: Vec::new(),
        unchanged: 0,
        unjudged: 0,
        only_before: only(&first, &second),
        only_after: only(&second, &first),
    };
    for (key, old) in &first {
        if let Some(new) = second.get(key) {
            diff.add(old, new);
        }
    }
    diff
}

/// What changed, as text for a terminal.
pub fn text(before: &Record, after: &Record) -> String {
    let diff = diff(before, after);
    let mut parts = diff.remarks();
    if !diff.changes.is_empty() {
        parts.push(aligned(&diff.table()));
    }
    parts.join("\n\n") + "\n"
}

/// What changed, as Markdown.
pub fn markdown(before: &Record, after: &Record) -> String {
    let diff = diff(before, after);
    let mut parts: Vec<String> = diff
        .remarks()
        .iter()
        .map(|remark| markdown::escaped(remark))
        .collect();
    if !diff.changes.is_empty() {
        parts.push(markdown::table(&diff.table()));
    }
    parts.join("\n\n") + "\n"
}

impl Diff {
    fn add(&mut self, old: &Cell, new: &Cell) {
        for difference in Measure::ALL
            .into_iter()
            .filter_map(|measure| across(measure, old, new))
        {
            match difference.change.verdict {
                Verdict::Same => self.unchanged += 1,
                Verdict::TooFew => self.unjudged += 1,
                _ => self.changes.push(Changed {
                    cell: name(old),
                    difference,
                }),
            }
        }
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<String> = self
            .warnings
            .iter()
            .map(|warning| format!("Warning: {warning}"))
            .collect();
        let listing = [
            ("Only before", &self.only_before),
            ("Only after", &self.only_after),
        ];
        let listing = listing.into_iter().filter(|(_, cells)| !cells.is_empty());
        remarks.extend(listing.map(|(when, cells)| format!("{when}: {}", cells.join("; "))));
        remarks.push(self.summary());
        remarks
    }

    fn summary(&self) -> String {
        let total = self.changes.len() + self.unchanged;
        let changed = match (self.changes.len(), total) {
            (_, 0) => "Nothing could be compared.".to_owned(),
            (0, _) => format!("Nothing changed beyond the noise ({total} figures compared)."),
            (changed, _) => format!("{changed} of {total} figures changed beyond the noise."),
        };
        match self.unjudged {
            0 => changed,
            unjudged => format!("{changed} {unjudged} more have too few repetitions to say."),
        }
    }

    fn table(&self) -> Table {
        let head = ["cell", "measure", "before", "after", "change", "verdict"];
        let mut table = Table::new("What changed beyond the noise", 2, &head);
        for Changed { cell, difference } in &self.changes {
            let Difference { measure, change } = difference;
            let verdict = if difference.is_better() {
                "better"
            } else {
                "worse"
            };
            table.row([
                cell.clone(),
                measure.name().to_owned(),
                measure.show(change.before.median),
                measure.show(change.after.median),
                format::change(change.ratio),
                verdict.to_owned(),
            ]);
        }
        table
    }
}

fn cells(record: &Record) -> BTreeMap<Key<'_>, &Cell> {
    record
        .cells
        .iter()
        .map(|cell| ((&cell.load, &cell.setup), cell))
        .collect()
}

fn only(these: &BTreeMap<Key<'_>, &Cell>, those: &BTreeMap<Key<'_>, &Cell>) -> Vec<String> {
    let missing = these.iter().filter(|(key, _)| !those.contains_key(*key));
    missing.map(|(_, cell)| name(cell)).collect()
}

fn name(cell: &Cell) -> String {
    format!(
        "{}: {}; {}",
        load_name(&cell.load),
        contender(&cell.setup),
        Scene::of(cell).place()
    )
}

fn warnings(before: &Record, after: &Record) -> Vec<String> {
    let mut warnings = Vec::new();
    let (old, new) = (&before.machine, &after.machine);
    let machine = [
        ("processor", old.cpu.clone(), new.cpu.clone()),
        (
            "number of cores",
            old.cores.to_string(),
            new.cores.to_string(),
        ),
        (
            "memory",
            format::bytes(old.memory as f64),
            format::bytes(new.memory as f64),
        ),
        ("system", old.system.clone(), new.system.clone()),
    ];
    let differing = machine.into_iter().filter(|(_, old, new)| old != new);
    warnings
        .extend(differing.map(|(what, old, new)| format!("the {what} differs: {old}, then {new}")));
    warnings.extend(differing_pairs(
        "version of",
        &before.versions,
        &after.versions,
    ));
    warnings.extend(differing_pairs(
        "setting",
        &before.settings,
        &after.settings,
    ));
    for (when, record) in [("first", before), ("second", after)] {
        if record.interrupted {
            warnings.push(format!("the {when} run was stopped before its end"));
        }
    }
    warnings
}

fn differing_pairs(
    kind: &str,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<String> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let value = |pairs: &BTreeMap<String, String>, name: &String| {
        pairs.get(name).cloned().unwrap_or_else(|| "none".into())
    };
    let differing = names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name));
    differing
        .map(|name| {
            format!(
                "the {kind} {name} differs: {}, then {}",
                value(old, name),
                value(new, name)
            )
        })
        .collect()
}

/// Columns under each other, figures to the right.
fn aligned(table: &Table) -> String {
    let lines = || std::iter::once(&table.head).chain(&table.rows);
    let width = |column: usize| {
        lines()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.head.len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let cells = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                if column < table.words {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines().map(line).collect::<Vec<_>>().join("\n")
}
