use std::collections::{BTreeMap, BTreeSet};

use crate::lab::compare::{Measure, Ranking, Scene, contender, scenes, unfit};
use crate::lab::generator::Workload;
use crate::lab::record::{Cell, Load, Record};

/// What people do under a load.
pub(super) fn doing(load: &Load) -> &'static str {
    match &*load.workload {
        "read" => "reading profiles",
        "churn" => "signing in, reading and signing out",
        "refresh" => "refreshing credentials",
        "signin" => "signing in",
        "seed" => "the published mix",
        _ => "this load",
    }
}

/// A record with what all chapters ask of it.
pub(super) struct Study<'a> {
    pub(super) record: &'a Record,
    pub(super) scenes: BTreeMap<Scene, Vec<&'a Cell>>,
    pub(super) rankings: Vec<Ranking<'a>>,
    styles: BTreeMap<String, usize>,
}

impl<'a> Study<'a> {
    pub(super) fn of(record: &'a Record) -> Self {
        let scenes = scenes(record);
        let rankings = scenes
            .iter()
            .map(|(scene, cells)| Ranking::of(scene, cells))
            .collect();
        let names: BTreeSet<_> = record
            .cells
            .iter()
            .map(|cell| contender(&cell.setup))
            .collect();
        let styles = names
            .into_iter()
            .enumerate()
            .map(|(style, name)| (name, style))
            .collect();
        Self {
            record,
            scenes,
            rankings,
            styles,
        }
    }

    /// Every contender keeps its colour and shape in all plots.
    pub(super) fn style(&self, cell: &Cell) -> usize {
        self.styles
            .get(&contender(&cell.setup))
            .copied()
            .unwrap_or_default()
    }

    /// Who takes part, by name.
    pub(super) fn contenders(&self) -> impl Iterator<Item = &String> {
        self.styles.keys()
    }

    /// The loads, those that the question is about first.
    pub(super) fn loads(&self) -> Vec<&Load> {
        let loads: BTreeSet<&Load> = self.scenes.keys().map(|scene| &scene.load).collect();
        let mut loads: Vec<&Load> = loads.into_iter().collect();
        let order = Workload::ALL;
        let place = |load: &Load| order.iter().position(|one| one.name() == load.workload);
        loads.sort_by_key(|load| place(load).unwrap_or(order.len()));
        loads
    }

    /// The scene that stands for a load: the one with the most to compare, then the plainest.
    pub(super) fn typical(&self, load: &Load) -> Option<&Ranking<'a>> {
        let of_load = self
            .rankings
            .iter()
            .filter(|ranking| ranking.scene.load == *load);
        of_load.min_by_key(|ranking| {
            let compared = ranking.compared();
            let Scene {
                store_rtt_us,
                nodes,
                ..
            } = ranking.scene;
            (usize::MAX - compared, store_rtt_us, nodes)
        })
    }

    /// The cells of a scene that can be compared.
    pub(super) fn fit(&self, scene: &Scene) -> Vec<&'a Cell> {
        let cells = self.scenes.get(scene).into_iter().flatten();
        cells
            .copied()
            .filter(|cell| unfit(cell).is_none())
            .collect()
    }

    /// The cells of the scene that stands for a load.
    pub(super) fn typical_cells(&self, load: &Load) -> Vec<&'a Cell> {
        let typical = self.typical(load);
        typical.map_or_else(Vec::new, |typical| self.fit(&typical.scene))
    }

    /// All revocation lags of each contender, in milliseconds. Cells of one setup show the
    /// same ones, and variants by algorithm revoke like their strategy.
    pub(super) fn lags(&self) -> BTreeMap<String, Vec<f64>> {
        let mut lags: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let measured = self.record.cells.iter();
        let measured = measured.filter(|cell| !cell.revocation_lag_ms.is_empty());
        let measured: Vec<&Cell> = measured.collect();
        let plain = measured
            .iter()
            .copied()
            .filter(|cell| cell.setup.algorithm.is_none());
        let plain: Vec<&Cell> = plain.collect();
        let measured = if plain.is_empty() { measured } else { plain };
        for cell in measured.into_iter().filter(|cell| seen.insert(&cell.setup)) {
            let samples = Measure::RevocationLag.samples(cell);
            lags.entry(contender(&cell.setup))
                .or_default()
                .extend(samples);
        }
        lags
    }
}
