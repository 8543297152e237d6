//! A model past this machine: what the measured costs of a request promise on more nodes.
//!
//! A request costs `c_s` processor seconds on a server, `c_d` in a store, `c_c` in the
//! generator, `c` in all, and `r` round trips to the stores.
//!
//! - **One shared machine** of `C` cores: every part competes for them, so that `n` nodes reach
//!   `C / c` whatever `n` is, and `N` users who wait for their answers can't ask for more than
//!   `N / (c + r · RTT)`. What lies between the two bounds is mean value analysis (Reiser and
//!   Lavenberg, 1980) of one queue before all cores (as Seidmann approximates several) and one
//!   delay. This is what the model is checked by: it has a measurement beside it.
//! - **Dedicated nodes** of `k` cores: the servers reach `n · k / c_s`, the store
//!   `S = cores of the store / c_d` (Redis runs commands on one core). At a utilisation of `u`
//!   the whole reaches `X(n) = u · min(n · k / c_s, S)`.
//! - The store saturates first from `n* = S · c_s / k` nodes on.
//! - **Cost**: `n / (3600 · X(n))` node-hours a request, times the price of a node-hour.
//!
//! What it leaves out: the network and its bandwidth, queues (that is what `u` is for), caches
//! that grow with nodes, replicas and sharding of the stores, memory, and the work that a
//! server does less often than requests. Costs are those at full load on this machine's cores.

mod forecast;

use std::collections::BTreeMap;

pub use forecast::{Check, Forecast, forecasts};

use crate::lab::compare::Measure;
use crate::lab::record::Cell;
use crate::lab::stats;

/// The deployment that is asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Cores of one server node.
    pub node_cores: f64,
    /// Cores that a store can use if it can use more than one.
    pub store_cores: f64,
    /// The share of a ceiling at which latency stays bounded.
    pub utilisation: f64,
    /// The price of a node-hour, in any currency.
    pub node_hour: f64,
    /// The numbers of nodes to predict.
    pub nodes: Vec<u32>,
}

impl Default for Plan {
    fn default() -> Self {
        let nodes = vec![1, 2, 8, 64];
        Self {
            node_cores: 4.0,
            store_cores: 8.0,
            utilisation: 0.7,
            node_hour: 0.1,
            nodes,
        }
    }
}

/// What one request costs: medians of a measured cell, in processor seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// On the servers.
    pub server: f64,
    /// In all stores.
    pub store: f64,
    /// In each store, by name.
    pub stores: BTreeMap<String, f64>,
    /// In the generator.
    pub client: f64,
    /// Round trips to the stores.
    pub round_trips: f64,
}

/// What holds throughput back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The processors of the server nodes.
    Servers,
    /// This store.
    Store(String),
}

/// What so many dedicated nodes reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Server nodes.
    pub nodes: u32,
    /// Requests per second at the plan's utilisation.
    pub rate: f64,
    /// What would saturate first.
    pub limit: Limit,
    /// Node-hours for a million requests.
    pub node_hours_per_million: f64,
    /// Their price.
    pub price_per_million: f64,
}

impl Costs {
    /// The costs of a cell, `None` if the processor time of its servers was not measured.
    pub fn of(cell: &Cell) -> Option<Self> {
        let per_request = |measure: Measure| {
            stats::median(&measure.samples(cell)).map(|per_1000| per_1000 / 1_000.0)
        };
        let server = per_request(Measure::ServerCpu).filter(|seconds| *seconds > 0.0)?;
        let store = per_request(Measure::StoreCpu).unwrap_or_default();
        Some(Self {
            server,
            store,
            stores: by_store(cell, store),
            client: per_request(Measure::ClientCpu).unwrap_or_default(),
            round_trips: stats::median(&Measure::RoundTrips.samples(cell)).unwrap_or_default(),
        })
    }

    fn all(&self) -> f64 {
        self.server + self.store + self.client
    }

    /// Requests per second that `users` reach who share `cores` with servers and stores,
    /// `rtt` seconds away from the stores.
    pub fn shared_rate(&self, cores: f64, users: u32, rtt: f64) -> f64 {
        let turn = self.all() / cores;
        let delay = self.all() - turn + self.round_trips * rtt;
        let (mut rate, mut queue) = (0.0, 0.0);
        for people in 1..=users {
            let response = turn * (1.0 + queue);
            rate = f64::from(people) / (response + delay);
            queue = rate * response;
        }
        rate
    }

    /// Requests per second that the stores can carry at most, and which saturates first;
    /// `None` if none is used.
    pub fn store_ceiling(&self, plan: &Plan) -> Option<(f64, &str)> {
        let ceilings = self.stores.iter().filter(|(_, seconds)| **seconds > 0.0);
        let ceilings = ceilings.map(|(name, seconds)| (cores_of(name, plan) / seconds, &**name));
        ceilings.min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// The number of nodes from which on a store saturates before the servers.
    pub fn saturating_nodes(&self, plan: &Plan) -> Option<f64> {
        let (ceiling, _) = self.store_ceiling(plan)?;
        Some(ceiling * self.server / plan.node_cores)
    }

    /// What `nodes` dedicated nodes reach.
    pub fn predict(&self, plan: &Plan, nodes: u32) -> Prediction {
        let servers = f64::from(nodes) * plan.node_cores / self.server;
        let (bound, limit) = match self.store_ceiling(plan) {
            Some((ceiling, name)) if ceiling < servers => (ceiling, Limit::Store(name.into())),
            _ => (servers, Limit::Servers),
        };
        let rate = plan.utilisation * bound;
        let node_hours_per_million = f64::from(nodes) * 1e6 / rate / 3_600.0;
        let price_per_million = node_hours_per_million * plan.node_hour;
        Prediction {
            nodes,
            rate,
            limit,
            node_hours_per_million,
            price_per_million,
        }
    }
}

/// Redis runs commands on one thread; databases use the cores they are given.
fn cores_of(store: &str, plan: &Plan) -> f64 {
    if store == "redis" {
        1.0
    } else {
        plan.store_cores
    }
}

fn by_store(cell: &Cell, total: f64) -> BTreeMap<String, f64> {
    let mut samples: BTreeMap<&String, Vec<f64>> = BTreeMap::new();
    for (store, seconds) in cell.runs.iter().flat_map(|run| &run.store_cpu_by) {
        samples.entry(store).or_default().push(*seconds);
    }
    if samples.is_empty() {
        return BTreeMap::from([(cell.setup.store.clone(), total)]);
    }
    let median = |values: Vec<f64>| stats::median(&values).unwrap_or_default() / 1_000.0;
    samples
        .into_iter()
        .map(|(store, values)| (store.clone(), median(values)))
        .collect()
}

#[cfg(test)]
mod tests;
