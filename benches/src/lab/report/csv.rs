//! The figures as CSV: one row for each cell and measure.

use anyhow::Result;

use crate::lab::compare::{Measure, cells_in_order};
use crate::lab::record::{Cell, Record, Shape};

const HEAD: [&str; 16] = [
    "workload",
    "shape",
    "users",
    "arrival_rate",
    "strategy",
    "algorithm",
    "store",
    "nodes",
    "store_rtt_us",
    "problem",
    "measure",
    "unit",
    "median",
    "low",
    "high",
    "n",
];

/// The rows. Medians and intervals are plain numbers in the unit of their row, `inf` where
/// something never happened; a cell without figures keeps one row that says why.
///
/// # Errors
///
/// If a row can't be written.
pub fn text(record: &Record) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEAD)?;
    for cell in cells_in_order(record) {
        for row in rows(cell) {
            writer.write_record(row)?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn rows(cell: &Cell) -> Vec<Vec<String>> {
    let named = |figures: [String; 6]| [names(cell).as_slice(), figures.as_slice()].concat();
    let figures = Measure::ALL
        .into_iter()
        .filter_map(|measure| figures(measure, cell));
    let rows: Vec<_> = figures.map(named).collect();
    if rows.is_empty() {
        vec![named(<[String; 6]>::default())]
    } else {
        rows
    }
}

fn names(cell: &Cell) -> [String; 10] {
    let (shape, users, arrivals) = match cell.load.shape {
        Shape::Closed { users } => ("closed", users, String::new()),
        Shape::Open { rate, users } => ("open", users, rate.to_string()),
    };
    let setup = &cell.setup;
    [
        cell.load.workload.clone(),
        shape.into(),
        users.to_string(),
        arrivals,
        setup.strategy.clone(),
        setup.algorithm.clone().unwrap_or_default(),
        setup.store.clone(),
        setup.nodes.to_string(),
        setup.store_rtt_us.to_string(),
        cell.problem.clone().unwrap_or_default(),
    ]
}

fn figures(measure: Measure, cell: &Cell) -> Option<[String; 6]> {
    let found = measure.estimate(cell)?;
    Some([
        measure.id().into(),
        measure.unit().id().into(),
        found.median.to_string(),
        found.low.to_string(),
        found.high.to_string(),
        found.n.to_string(),
    ])
}
