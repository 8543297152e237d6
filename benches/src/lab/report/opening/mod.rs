//! The opening in plain words. Every sentence follows from figures, whoever they favour.

mod advice;
mod gaps;
mod headline;
mod overview;
mod revocation;

use super::document::Block;
use super::format;
use super::study::Study;
use crate::lab::record::Record;

/// How late the tool's timer may be before latencies deserve doubt, in milliseconds.
const LATE_MS: f64 = 20.0;

/// The answer on one screen: a chart, who stands how where, and what to choose.
pub(super) fn screen(study: &Study) -> Vec<Block> {
    let advice = advice::sentences(study);
    let advice = (!advice.is_empty()).then_some(Block::List(advice));
    let parts = [advice, overview::chart(study), overview::grid(study)];
    parts.into_iter().flatten().collect()
}

pub(super) fn paragraphs(study: &Study) -> Vec<String> {
    let mut paragraphs = vec![headline::text(study)];
    paragraphs.extend(super::chapters::crossing_sentence(study));
    paragraphs.extend(revocation::paragraph(study));
    paragraphs.extend(gaps::paragraph(study));
    paragraphs
}

pub(super) fn warnings(record: &Record) -> Vec<String> {
    let mut warnings = Vec::new();
    if record.interrupted {
        warnings.push(
            "The run was stopped before its end. What follows rests on what had been measured by then.".into(),
        );
    }
    let runs = record.cells.iter().flat_map(|cell| &cell.runs);
    let latest = runs.map(|run| run.timer_late_ms).fold(0.0, f64::max);
    if latest > LATE_MS {
        let late = format::lag(latest);
        warnings.push(format!(
            "The generator's own timer was up to {late} late: the machine was short of processor time, \
             and high percentiles hold some of that."
        ));
    }
    warnings
}
