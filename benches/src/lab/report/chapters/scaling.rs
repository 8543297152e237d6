use std::collections::BTreeMap;

use super::crossing::{Crossing, crossings};
use super::{slug, titled};
use crate::lab::compare::{Measure, Scene, contender, load_name, unfit};
use crate::lab::record::{Cell, Shape};
use crate::lab::report::chart::{Axis, Chart, Lines, Mark, Point, Series, Spacing};
use crate::lab::report::document::{Block, Table};
use crate::lab::report::format;
use crate::lab::report::study::Study;

/// Cells of one contender along an axis, from left to right.
pub(super) type Row<'a> = Vec<(f64, &'a Cell)>;
/// Those of all contenders of one plot, by name.
pub(super) type Rows<'a> = BTreeMap<String, Row<'a>>;

/// Throughput over nodes.
pub(super) fn nodes(study: &Study) -> Vec<Block> {
    let plots = along(
        study,
        |scene| f64::from(scene.nodes),
        |scene| Scene { nodes: 0, ..scene },
    );
    let plots = plots.into_iter().map(|(scene, rows)| {
        let counts: Vec<f64> = (1..=most(&rows)).map(f64::from).collect();
        let far = scene.store_rtt_us > 0;
        let rtt = format::span(scene.store_rtt_us as f64);
        let place = if far { format!("{}, +{rtt}", scene.store) } else { scene.store.clone() };
        Lines {
            id: slug(&format!("nodes {} {place}", load_name(&scene.load))),
            title: format!("Throughput over nodes, {}, {place}", load_name(&scene.load)),
            about: "All nodes share one machine, so the line is flat where its cores are the limit. Higher is better.".into(),
            x: Axis { label: "nodes".into(), spacing: Spacing::Linear, ticks: counts, show: format::grouped },
            y: rate_axis(),
            series: series(study, &rows),
            marks: vec![],
        }
    });
    titled(
        "Throughput over nodes",
        plots
            .map(|lines| Block::Plot(Chart::Lines(lines)))
            .collect(),
    )
}

/// Throughput over the time to the stores, with the crossings.
pub(super) fn round_trips(study: &Study) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut table = Table::new(
        "Where one falls below another (by straight lines between measured points)",
        4,
        &[
            "load",
            "place",
            "falls",
            "below",
            "extra round trip",
            "requests/s",
        ],
    );
    for (scene, rows) in over_rtt(study) {
        let place = Scene {
            store_rtt_us: 0,
            ..scene.clone()
        }
        .place();
        let crossings = crossings(&rows);
        for crossing in &crossings {
            let Crossing {
                falls,
                below,
                rtt,
                rate,
            } = crossing.clone();
            let (rtt, rate) = (format::micros(rtt), format::count(rate));
            table.row([
                load_name(&scene.load),
                place.clone(),
                falls,
                below,
                rtt,
                rate,
            ]);
        }
        blocks.push(Block::Plot(Chart::Lines(rtt_plot(
            study, &scene, &place, &rows, &crossings,
        ))));
    }
    if !blocks.is_empty() {
        blocks.push(if table.rows.is_empty() {
            Block::Text(
                "No strategy falls below another, beyond the noise, at the times measured.".into(),
            )
        } else {
            Block::Table(table)
        });
    }
    titled("Throughput over the time to the store", blocks)
}

/// The crossings of reads in words; `None` if there are none.
pub(in crate::lab::report) fn crossing_sentence(study: &Study) -> Option<String> {
    let reads = over_rtt(study)
        .into_iter()
        .find(|(scene, _)| scene.load.workload == "read");
    let (scene, rows) = reads?;
    let words = crossings(&rows).into_iter().map(|crossing| {
        let Crossing {
            falls, below, rtt, ..
        } = crossing;
        format!(
            "{falls} falls below {below} at about {} more to the store",
            format::micros(rtt)
        )
    });
    let words: Vec<String> = words.collect();
    let place = Scene {
        store_rtt_us: 0,
        ..scene.clone()
    }
    .place();
    let load = load_name(&scene.load);
    (!words.is_empty()).then(|| {
        format!(
            "With stores further away ({load}; {place}), {}.",
            format::listed(&words)
        )
    })
}

fn rtt_plot(
    study: &Study,
    scene: &Scene,
    place: &str,
    rows: &Rows,
    crossings: &[Crossing],
) -> Lines {
    let marks = crossings.iter().map(|crossing| {
        let label = format::micros(crossing.rtt);
        Mark {
            x: crossing.rtt,
            y: crossing.rate,
            label,
        }
    });
    Lines {
        id: slug(&format!("rtt {} {place}", load_name(&scene.load))),
        title: format!("Throughput over store round trip, {}, {place}", load_name(&scene.load)),
        about: "Extra round-trip time to the stores. Users wait for their answers, and ask less the longer these take. Rings mark where a strategy falls below another. Higher is better.".into(),
        x: Axis { label: "extra round trip".into(), spacing: Spacing::Linear, ticks: vec![], show: format::span },
        y: rate_axis(),
        series: series(study, rows),
        marks: marks.collect(),
    }
}

fn over_rtt<'a>(study: &Study<'a>) -> Vec<(Scene, Rows<'a>)> {
    along(
        study,
        |scene| scene.store_rtt_us as f64,
        |scene| Scene {
            store_rtt_us: 0,
            ..scene
        },
    )
}

/// Cells that differ in one thing only, where at least one contender has two of them.
fn along<'a>(
    study: &Study<'a>,
    place: fn(&Scene) -> f64,
    rest: fn(Scene) -> Scene,
) -> Vec<(Scene, Rows<'a>)> {
    let mut plots: BTreeMap<Scene, Rows> = BTreeMap::new();
    for (scene, cells) in study.scenes.iter().filter(|(scene, _)| sets_no_rate(scene)) {
        let rows = plots.entry(rest(scene.clone())).or_default();
        for cell in cells.iter().filter(|cell| unfit(cell).is_none()) {
            rows.entry(contender(&cell.setup))
                .or_default()
                .push((place(scene), *cell));
        }
    }
    let mut plots: Vec<_> = plots.into_iter().collect();
    plots.retain(|(_, rows)| rows.values().any(|row| row.len() > 1));
    plots
}

/// Where the load itself sets the rate, throughput says nothing about the server.
fn sets_no_rate(scene: &Scene) -> bool {
    matches!(scene.load.shape, Shape::Closed { .. }) && scene.load.workload != "seed"
}

fn series(study: &Study, rows: &Rows) -> Vec<Series> {
    let one = |(name, row): (&String, &Row)| {
        let style = row
            .first()
            .map(|(_, cell)| study.style(cell))
            .unwrap_or_default();
        let points = row.iter().filter_map(|(x, cell)| {
            let rate = Measure::Rate.estimate(cell)?;
            Some(Point {
                x: *x,
                y: rate.median,
                interval: Some((rate.low, rate.high)),
            })
        });
        Series {
            name: name.clone(),
            style,
            points: points.collect(),
        }
    };
    rows.iter().map(one).collect()
}

fn most(rows: &Rows) -> u32 {
    let counts = rows.values().flatten().map(|(_, cell)| cell.setup.nodes);
    counts.max().unwrap_or(1)
}

fn rate_axis() -> Axis {
    Axis {
        label: "requests/s".into(),
        spacing: Spacing::Linear,
        ticks: vec![],
        show: format::count,
    }
}
