use std::collections::BTreeMap;

use crate::lab::record::{Cell, Load, Record, Setup, Shape};
use crate::lab::report::format;

/// Circumstances under which strategies compare: everything but the strategy and its algorithm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scene {
    /// What was asked.
    pub load: Load,
    /// Where sessions are kept.
    pub store: String,
    /// Server processes.
    pub nodes: u32,
    /// Extra round-trip time to the stores, in microseconds.
    pub store_rtt_us: u64,
}

impl Scene {
    /// The circumstances of a cell.
    pub fn of(cell: &Cell) -> Self {
        let setup = &cell.setup;
        Self {
            load: cell.load.clone(),
            store: setup.store.clone(),
            nodes: setup.nodes,
            store_rtt_us: setup.store_rtt_us,
        }
    }

    /// Where, for people: "redis, 2 nodes, +1 ms RTT".
    pub fn place(&self) -> String {
        let mut words = vec![self.store.clone(), format::counted(self.nodes, "node")];
        if self.store_rtt_us > 0 {
            let rtt = format::span(self.store_rtt_us as f64);
            words.push(format!("+{rtt} RTT"));
        }
        words.retain(|word| !word.is_empty());
        words.join(", ")
    }
}

/// All scenes of a record, each with its cells by strategy and algorithm.
pub fn scenes(record: &Record) -> BTreeMap<Scene, Vec<&Cell>> {
    let mut scenes: BTreeMap<Scene, Vec<&Cell>> = BTreeMap::new();
    for cell in cells_in_order(record) {
        scenes.entry(Scene::of(cell)).or_default().push(cell);
    }
    scenes
}

/// The cells by load, place and contender, whatever order they were measured in.
pub fn cells_in_order(record: &Record) -> Vec<&Cell> {
    let mut cells: Vec<&Cell> = record.cells.iter().collect();
    cells.sort_by_key(|cell| (Scene::of(cell), &cell.setup));
    cells
}

/// Who takes part, for people: "session", "jwt-denylist (EdDSA)".
pub fn contender(setup: &Setup) -> String {
    match &setup.algorithm {
        Some(algorithm) => format!("{} ({algorithm})", setup.strategy),
        None => setup.strategy.clone(),
    }
}

/// A load for people: "read, 64 users", "read, 2,000 req/s of 64 users".
pub fn load_name(load: &Load) -> String {
    format!("{}, {}", load.workload, offered(&load.shape))
}

/// How much is offered, for people: "64 users", "2,000 req/s of 64 users".
pub fn offered(shape: &Shape) -> String {
    match shape {
        Shape::Closed { users } => format::counted(*users, "user"),
        Shape::Open { rate, users } => {
            let rate = format::rate(f64::from(*rate));
            format!("{rate} of {}", format::counted(*users, "user"))
        }
    }
}
