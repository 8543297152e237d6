use super::titled;
use crate::lab::compare::{
    Measure, Outcome, Ranking, Scene, cells_in_order, contender, load_name, unfit,
};
use crate::lab::record::Cell;
use crate::lab::report::document::{Block, Table};
use crate::lab::report::format::{self, ABSENT};
use crate::lab::report::study::Study;

/// Who is ahead in each scene.
pub(super) fn ahead(study: &Study) -> Vec<Block> {
    let caption = "Who is ahead, under each load in each place";
    let head = [
        "load",
        "place",
        "ahead",
        "in between",
        "behind",
        "decided by",
    ];
    let mut table = Table::new(caption, head.len(), &head);
    let compared = study
        .rankings
        .iter()
        .filter(|ranking| ranking.outcome() != Outcome::Alone);
    compared.for_each(|ranking| table.row(ranked(ranking)));
    if table.rows.is_empty() {
        return Vec::new();
    }
    titled("Who is ahead where", vec![Block::Table(table)])
}

fn ranked(ranking: &Ranking) -> [String; 6] {
    let beside_first = |cells: &[&Cell]| -> Vec<String> {
        let cells = cells.iter();
        cells.map(|cell| ranking.beside_first(cell)).collect()
    };
    let leaders = beside_first(&[&*ranking.leaders, &*ranking.unjudged].concat());
    let ahead = match ranking.outcome() {
        Outcome::Equal => format!(
            "no difference beyond the noise: {}",
            format::listed(&leaders)
        ),
        Outcome::Unclear => format!("too few repetitions: {}", format::listed(&leaders)),
        _ => format::listed(&leaders),
    };
    let behind = ranking.behind.iter().map(|(cell, difference)| {
        format!(
            "{} {}",
            contender(&cell.setup),
            format::change(difference.change.ratio)
        )
    });
    let Scene { load, .. } = &ranking.scene;
    [
        load_name(load),
        ranking.scene.place(),
        ahead,
        or_absent(&beside_first(&ranking.middle)),
        or_absent(&behind.collect::<Vec<_>>()),
        ranking.measure.name().into(),
    ]
}

fn or_absent(words: &[String]) -> String {
    match words {
        [] => ABSENT.to_owned(),
        words => words.join("; "),
    }
}

/// Speed, errors and costs of every cell.
pub(super) fn every_cell(study: &Study) -> Vec<Block> {
    let head = [
        "load",
        "place",
        "strategy",
        "requests/s",
        "interval",
        "runs",
        "p50",
        "p90",
        "p95",
        "p99",
        "p99.9",
        "max",
        "failed",
        "sustained",
    ];
    let mut table = Table::new("Throughput and latency of every cell (medians)", 3, &head);
    for cell in cells_in_order(study.record) {
        table.row(named(cell).into_iter().chain(speeds(cell)));
    }
    if table.rows.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::Table(table)];
    blocks.extend(bounds(study));
    blocks.extend(problems(study));
    blocks.extend(super::costs::of_every_cell(study));
    titled("Every cell", blocks)
}

/// Load, place and contender of a cell.
pub(super) fn named(cell: &Cell) -> [String; 3] {
    let scene = Scene::of(cell);
    [load_name(&cell.load), scene.place(), contender(&cell.setup)]
}

fn speeds(cell: &Cell) -> Vec<String> {
    let rate = Measure::Rate.estimate(cell);
    let figure = |value: f64| format::count(value);
    let interval = rate.filter(|rate| rate.n > 1);
    let interval = interval.map(|rate| format!("{} to {}", figure(rate.low), figure(rate.high)));
    let mut speeds = vec![
        rate.map_or_else(|| ABSENT.into(), |rate| figure(rate.median)),
        interval.unwrap_or_else(|| ABSENT.into()),
        cell.runs.len().to_string(),
    ];
    use Measure::{Errors, Max, P50, P90, P95, P99, P999, Sustained};
    let measures = [P50, P90, P95, P99, P999, Max, Errors, Sustained];
    speeds.extend(measures.map(|measure| measure.show_median(cell)));
    speeds
}

fn bounds(study: &Study) -> Option<Block> {
    let found = study
        .record
        .cells
        .iter()
        .filter_map(|cell| cell.sustained.as_ref());
    let bound = found.map(|found| found.p99_bound_ms).reduce(f64::max)?;
    let bound = format::lag(bound);
    Some(Block::Text(format!(
        "Sustained is the highest arrival rate that kept p99 under {bound}. It was searched for once a cell and so has no interval."
    )))
}

/// What went wrong where: cells that take no part, failures by kind, and what could not be
/// found out.
fn problems(study: &Study) -> Option<Block> {
    let cells = cells_in_order(study.record).into_iter();
    let problems = cells.flat_map(|cell| {
        let place = named(cell).join("; ");
        let unfit = unfit(cell).map(|why| format!("Left out of comparisons: {place}: {why}"));
        let kinds = errors(cell).join(", ");
        let failed = (!kinds.is_empty()).then(|| format!("Failed requests: {place}: {kinds}"));
        let remarks = cell.remarks.iter();
        let remarks = remarks
            .map(move |remark| format!("Not found out: {}: {remark}", named(cell).join("; ")));
        unfit.into_iter().chain(failed).chain(remarks)
    });
    let problems: Vec<String> = problems.collect();
    (!problems.is_empty()).then_some(Block::List(problems))
}

fn errors(cell: &Cell) -> Vec<String> {
    let mut kinds = std::collections::BTreeMap::<&str, u64>::new();
    for (kind, count) in cell.runs.iter().flat_map(|run| &run.errors) {
        *kinds.entry(kind).or_default() += count;
    }
    kinds
        .into_iter()
        .map(|(kind, count)| format!("{kind}: {}", format::count(count as f64)))
        .collect()
}
