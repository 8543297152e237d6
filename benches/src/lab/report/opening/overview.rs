//! The first screen: who reads how fast, and who stands how everywhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::lab::compare::{Measure, Outcome, Ranking, contender, load_name};
use crate::lab::record::Cell;
use crate::lab::report::chart::{Bar, Bars, Chart};
use crate::lab::report::document::{Block, Grid, Standing};
use crate::lab::report::format;
use crate::lab::report::study::{Study, doing};

/// A chart of the first load, in the place where most was compared.
pub(super) fn chart(study: &Study) -> Option<Block> {
    let load = study
        .loads()
        .into_iter()
        .find(|load| load.workload == "read")?;
    let place = study.typical(load)?.scene.place();
    let bars = study
        .typical_cells(load)
        .into_iter()
        .filter(|cell| is_plain(cell));
    let bars = bars.filter_map(|cell| {
        Some(Bar {
            name: contender(&cell.setup),
            note: String::new(),
            style: study.style(cell),
            values: vec![Measure::Rate.estimate(cell)?.median],
        })
    });
    let bars: Vec<Bar> = bars.collect();
    (bars.len() > 1).then(|| {
        Block::Plot(Chart::Bars(Bars {
            id: "answer".into(),
            title: format!("{} a second, {place}", format::sentence(doing(load))),
            about: format!("Longer is faster; {}.", load_name(load)),
            parts: vec!["reads/s".into()],
            bars,
            show: format::rate,
        }))
    })
}

/// How each strategy stands under each load in each place.
pub(super) fn grid(study: &Study) -> Option<Block> {
    let compared = study.rankings.iter();
    let compared = compared.filter(|ranking| ranking.outcome() != Outcome::Alone);
    let standings: Vec<_> = compared
        .map(|ranking| (ranking, standings(ranking)))
        .collect();
    let names = standings.iter().flat_map(|(_, found)| found.keys());
    let names: BTreeSet<&String> = names.collect();
    let rows = standings.iter().map(|(ranking, found)| {
        let place = format!(
            "{}; {}",
            load_name(&ranking.scene.load),
            ranking.scene.place()
        );
        let absent = (Standing::Absent, format::ABSENT.to_owned());
        let of = |name: &&String| found.get(*name).cloned().unwrap_or_else(|| absent.clone());
        (place, names.iter().map(of).collect())
    });
    let rows: Vec<_> = rows.collect();
    let head = std::iter::once("where").chain(names.iter().map(|name| name.as_str()));
    (!rows.is_empty()).then(|| {
        Block::Grid(Grid {
            caption: "Green is ahead, yellow can't be told from it, red is behind".into(),
            head: head.map(str::to_owned).collect(),
            rows,
        })
    })
}

/// By the strategy's name. Variants by algorithm are left to the chapters.
fn standings(ranking: &Ranking) -> BTreeMap<String, (Standing, String)> {
    let first = ranking.leaders.iter().take(1);
    let figure = |cell: &Cell| ranking.measure.show_median(cell);
    let first = first.map(|cell| (*cell, Standing::First, figure(cell)));
    let close = ranking.leaders.iter().skip(1);
    let close = close.chain(&ranking.middle).chain(&ranking.unjudged);
    let close = close.map(|cell| (*cell, Standing::Close, figure(cell)));
    let behind = ranking.behind.iter().map(|(cell, difference)| {
        let change = format::change(difference.change.ratio);
        (*cell, Standing::Behind, change)
    });
    let all = first.chain(close).chain(behind);
    all.filter(|(cell, ..)| is_plain(cell))
        .map(|(cell, standing, text)| (cell.setup.strategy.clone(), (standing, text)))
        .collect()
}

fn is_plain(cell: &Cell) -> bool {
    cell.setup.algorithm.is_none()
}
