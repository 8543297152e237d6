use super::{Costs, Plan, Prediction};
use crate::lab::compare::{Measure, Scene, cells_in_order, contender, unfit};
use crate::lab::record::{Cell, Load, Record, Setup, Shape};
use crate::lab::stats;

/// What is predicted for one strategy on one shared store.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// Who: "jwt-denylist (EdDSA) on redis".
    pub name: String,
    /// The load whose costs were taken.
    pub load: Load,
    /// The costs that it rests on, measured on the fewest nodes.
    pub costs: Costs,
    /// Dedicated nodes.
    pub predictions: Vec<Prediction>,
    /// What this machine did, beside what the model says it should have done.
    pub checks: Vec<Check>,
}

/// A prediction for this machine beside its measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Server processes.
    pub nodes: u32,
    /// Extra round-trip time to the stores, in microseconds.
    pub store_rtt_us: u64,
    /// Users who wait for their answers.
    pub users: u32,
    /// Whether the costs were taken from this very measurement, so that agreeing with it
    /// proves nothing.
    pub is_base: bool,
    /// Requests per second by the model, from the costs on the fewest nodes with near stores.
    pub predicted: f64,
    /// The same from the costs of the measurement itself: what is off here is off by the
    /// model, and the rest by requests that cost more in one place than in another.
    pub by_own_costs: f64,
    /// Requests per second as measured.
    pub measured: f64,
}

impl Check {
    /// By what share the prediction is too high, or too low if negative.
    pub fn error(&self) -> f64 {
        self.predicted / self.measured - 1.0
    }

    /// The same of the one by its own costs.
    pub fn own_error(&self) -> f64 {
        self.by_own_costs / self.measured - 1.0
    }
}

/// Forecasts for every strategy whose processor time was measured while reading profiles with
/// a store that nodes can share. A store in the server's memory or in its file can't be.
pub fn forecasts(record: &Record, plan: &Plan) -> Vec<Forecast> {
    let cells: Vec<&Cell> = cells_in_order(record)
        .into_iter()
        .filter(|cell| counts(cell))
        .collect();
    let mut bases: Vec<&Cell> = Vec::new();
    for cell in cells
        .iter()
        .copied()
        .filter(|cell| cell.setup.store_rtt_us == 0)
    {
        match bases.iter_mut().find(|base| same_contender(base, cell)) {
            Some(base) => *base = better_base(base, cell),
            None => bases.push(cell),
        }
    }
    bases
        .into_iter()
        .filter_map(|base| forecast(record, plan, base, &cells))
        .collect()
}

fn counts(cell: &Cell) -> bool {
    let shareable = !matches!(&*cell.setup.store, "memory" | "sqlite");
    let saturating = matches!(cell.load.shape, Shape::Closed { .. });
    shareable && saturating && cell.load.workload == "read" && unfit(cell).is_none()
}

fn same_contender(a: &Cell, b: &Cell) -> bool {
    let who = |setup: &Setup| {
        (
            setup.strategy.clone(),
            setup.store.clone(),
            setup.algorithm.clone(),
        )
    };
    who(&a.setup) == who(&b.setup)
}

/// The fewest nodes, and of those the load that brought the most: the costs at full load.
fn better_base<'a>(base: &'a Cell, other: &'a Cell) -> &'a Cell {
    let rank = |cell: &Cell| (cell.setup.nodes, -median_rate(cell));
    if rank(other) < rank(base) {
        other
    } else {
        base
    }
}

fn median_rate(cell: &Cell) -> f64 {
    stats::median(&Measure::Rate.samples(cell)).unwrap_or_default()
}

fn forecast(record: &Record, plan: &Plan, base: &Cell, cells: &[&Cell]) -> Option<Forecast> {
    let costs = Costs::of(base)?;
    let alike = cells.iter().filter(|cell| same_contender(base, cell));
    let cores = record.machine.cores as f64;
    Some(Forecast {
        name: format!("{} on {}", contender(&base.setup), base.setup.store),
        load: base.load.clone(),
        predictions: plan
            .nodes
            .iter()
            .map(|nodes| costs.predict(plan, *nodes))
            .collect(),
        checks: alike
            .filter_map(|cell| {
                let is_base = std::ptr::eq(*cell, base);
                check(&costs, cores, cell).map(|check| Check { is_base, ..check })
            })
            .collect(),
        costs,
    })
}

fn check(costs: &Costs, cores: f64, cell: &Cell) -> Option<Check> {
    let Shape::Closed { users } = cell.load.shape else {
        return None;
    };
    let Scene {
        nodes,
        store_rtt_us,
        ..
    } = Scene::of(cell);
    let rtt = store_rtt_us as f64 / 1e6;
    let own = Costs::of(cell)?;
    let measured = median_rate(cell);
    (measured > 0.0).then_some(Check {
        nodes,
        store_rtt_us,
        users,
        is_base: false,
        predicted: costs.shared_rate(cores, users, rtt),
        by_own_costs: own.shared_rate(cores, users, rtt),
        measured,
    })
}
