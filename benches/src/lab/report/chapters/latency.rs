use super::{slug, titled};
use crate::lab::compare::{Measure, contender, load_name};
use crate::lab::record::{Cell, Latency, Load, Run};
use crate::lab::report::chart::{Axis, Chart, Lines, Point, Series, Spacing};
use crate::lab::report::document::Block;
use crate::lab::report::format;
use crate::lab::report::study::Study;
use crate::lab::stats;

/// Where the axis of percentiles has lines: 50, 90, 99, 99.9 and 99.99 %.
const TICKS: [f64; 5] = [2.0, 10.0, 100.0, 1_000.0, 10_000.0];

/// A curve of latency by percentile for each load.
pub(super) fn chapter(study: &Study) -> Vec<Block> {
    let plots = study
        .loads()
        .into_iter()
        .filter_map(|load| plot(study, load));
    let plots: Vec<Block> = plots
        .map(|lines| Block::Plot(Chart::Lines(lines)))
        .collect();
    if plots.is_empty() {
        return plots;
    }
    let mut blocks = vec![Block::Text(
        "How long requests took, from the typical to the rarest. Each curve is one repetition, the one with the median p99. \
         Users without think time keep a server as busy as it can be, so that their latency tells its throughput once more; at a fixed \
         arrival rate all bear the same load."
            .into(),
    )];
    blocks.extend(plots);
    titled("Latency by percentile", blocks)
}

fn plot(study: &Study, load: &Load) -> Option<Lines> {
    let scene = &study.typical(load)?.scene;
    let cells = study.fit(scene);
    let series = cells.into_iter().filter_map(|cell| curve(study, cell));
    let series: Vec<Series> = series.collect();
    let longest = series
        .iter()
        .flat_map(|series| &series.points)
        .map(|point| point.x);
    let longest = longest.fold(10.0, f64::max);
    let ticks = TICKS
        .into_iter()
        .filter(|tick| *tick <= longest * 1.001)
        .collect();
    (!series.is_empty()).then(|| Lines {
        id: format!("latency-{}", slug(&load_name(load))),
        title: format!("Latency, {}", load_name(load)),
        about: format!(
            "By percentile, on a logarithmic scale; {}. Lower is better.",
            scene.place()
        ),
        x: Axis {
            label: "percentile".into(),
            spacing: Spacing::Log,
            ticks,
            show: percentile,
        },
        y: Axis {
            label: "latency".into(),
            spacing: Spacing::Log,
            ticks: vec![],
            show: format::micros,
        },
        series,
        marks: vec![],
    })
}

fn curve(study: &Study, cell: &Cell) -> Option<Series> {
    let latency = &median_run(cell)?.latency;
    let points: Vec<Point> = quantiles(latency).into_iter().filter_map(point).collect();
    let series = Series {
        name: contender(&cell.setup),
        style: study.style(cell),
        points,
    };
    (!series.points.is_empty()).then_some(series)
}

/// The repetition whose p99 is the median, or next below it.
fn median_run(cell: &Cell) -> Option<&Run> {
    let median = stats::median(&Measure::P99.samples(cell))?;
    let runs = cell.runs.iter().filter(|run| run.latency.count > 0);
    runs.min_by(|a, b| {
        let distance = |run: &Run| (run.latency.p99 as f64 - median).abs();
        distance(a).total_cmp(&distance(b))
    })
}

fn quantiles(latency: &Latency) -> Vec<(f64, u64)> {
    if !latency.curve.is_empty() {
        return latency.curve.clone();
    }
    let Latency {
        p50,
        p90,
        p95,
        p99,
        p999,
        ..
    } = *latency;
    vec![
        (0.5, p50),
        (0.9, p90),
        (0.95, p95),
        (0.99, p99),
        (0.999, p999),
    ]
}

/// A quantile lies where one in so many is slower; the last, 1, would lie infinitely far.
fn point((quantile, micros): (f64, u64)) -> Option<Point> {
    let x = 1.0 / (1.0 - quantile);
    let known = (2.0..=10_001.0).contains(&x) && micros > 0;
    known.then_some(Point {
        x,
        y: micros as f64,
        interval: None,
    })
}

fn percentile(one_in: f64) -> String {
    let percent = format!("{:.3}", (1.0 - 1.0 / one_in) * 100.0);
    format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
}
