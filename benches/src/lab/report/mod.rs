//! The report of a comparison: one HTML file that needs nothing else, the same as Markdown
//! with plots beside it, CSV, and the record as JSON. Everything follows from the record, and
//! equal records make equal files.

mod chapters;
pub mod chart;
pub mod csv;
pub mod document;
pub mod format;
mod html;
pub mod markdown;
mod opening;
mod study;
mod why;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::model::Plan;
use super::record::Record;
use document::Block;
use study::Study;

const TITLE: &str = "Sessions or JWT? Measured";

/// Writes `report.html`, `report.md` with `plots/*.svg`, `report.csv` and `record.json` into
/// `dir`, which is made if it is not there. Answers what was written.
///
/// # Errors
///
/// If a file can't be written.
pub fn write(record: &Record, dir: &Path) -> Result<Vec<PathBuf>> {
    write_planned(record, &Plan::default(), dir)
}

/// Like [`write()`], with the model asked about another deployment.
///
/// # Errors
///
/// If a file can't be written.
pub fn write_planned(record: &Record, plan: &Plan, dir: &Path) -> Result<Vec<PathBuf>> {
    let blocks = blocks(record, plan);
    let mut files = vec![
        ("report.html".to_owned(), html::page(TITLE, &blocks)),
        ("report.md".to_owned(), markdown::text(TITLE, &blocks)),
        ("report.csv".to_owned(), csv::text(record)?),
        ("record.json".to_owned(), serde_json::to_string(record)?),
    ];
    files.extend(blocks.iter().filter_map(plot_file));
    files
        .into_iter()
        .map(|(name, text)| put(&dir.join(name), &text))
        .collect()
}

/// The opening in plain words, one paragraph each: who is ahead where, by how much and why,
/// and what is equal within the noise; what revocation costs; and what was not measured.
pub fn opening(record: &Record) -> Vec<String> {
    opening::paragraphs(&Study::of(&plainly_named(record)))
}

/// Each load in plain words, one paragraph each.
pub fn load_by_load(record: &Record) -> Vec<String> {
    chapters::load_by_load(&Study::of(&plainly_named(record)))
}

fn blocks(record: &Record, plan: &Plan) -> Vec<Block> {
    let record = &plainly_named(record);
    let study = Study::of(record);
    let mut blocks: Vec<Block> = opening::warnings(record)
        .into_iter()
        .map(Block::Warning)
        .collect();
    blocks.extend(opening::screen(&study));
    blocks.push(Block::Heading("In words".into()));
    blocks.extend(opening::paragraphs(&study).into_iter().map(Block::Text));
    blocks.extend(chapters::all(&study, plan));
    blocks
}

/// The algorithm that most cells share tells few apart: it moves from the names to the
/// settings, and only the others are named.
fn plainly_named(record: &Record) -> Record {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    let signed = record.cells.iter();
    for algorithm in signed.filter_map(|cell| cell.setup.algorithm.as_ref()) {
        *counts.entry(algorithm).or_default() += 1;
    }
    let mut plain = record.clone();
    if let Some((usual, _)) = counts.into_iter().max_by_key(|(_, count)| *count) {
        let setting = "signing algorithm where none is named".to_owned();
        plain.settings.insert(setting, usual.clone());
        let cells = plain.cells.iter_mut();
        let usual = cells.filter(|cell| cell.setup.algorithm.as_ref() == Some(usual));
        usual.for_each(|cell| cell.setup.algorithm = None);
    }
    plain
}

fn plot_file(block: &Block) -> Option<(String, String)> {
    match block {
        Block::Plot(chart) => Some((format!("plots/{}.svg", chart.id()), chart.standalone())),
        _ => None,
    }
}

fn put(path: &Path, text: &str) -> Result<PathBuf> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    Ok(path.to_owned())
}
