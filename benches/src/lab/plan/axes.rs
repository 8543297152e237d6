//! Cells by their axes, one by one.

use std::time::Duration;

use clap::ValueEnum as _;

use super::pace::{Pace, usual_users};
use super::{Point, Target};
use crate::lab::environment::{
    Algorithm, Deployment, GivenTarget, SignatureCheck, Store, Strategy,
};
use crate::lab::generator::Workload;
use crate::lab::record::Shape;

/// The connections that arrivals are spread over: so many that hardly one waits for another.
pub(super) const CONNECTIONS: u32 = 128;

/// The axes as given one by one. An empty one was not given.
#[derive(Clone, Debug, Default)]
pub struct Axes {
    /// How users stay signed in.
    pub strategies: Vec<Strategy>,
    /// Where sessions are kept.
    pub stores: Vec<Store>,
    /// How many servers share the stores.
    pub nodes: Vec<u32>,
    /// Extra round-trip times to the stores.
    pub rtts: Vec<Duration>,
    /// What signs access tokens.
    pub algorithms: Vec<Algorithm>,
    /// When their signatures are checked.
    pub checks: Vec<SignatureCheck>,
    /// What users do.
    pub workloads: Vec<Workload>,
    /// How many there are.
    pub users: Vec<u32>,
    /// Arrivals a second, for open loops.
    pub rates: Vec<u32>,
    /// Servers that run already.
    pub given: Vec<GivenTarget>,
}

impl Axes {
    /// Whether none was given, so that a preset decides.
    pub fn are_open(&self) -> bool {
        let deployments = self.strategies.is_empty()
            && self.stores.is_empty()
            && self.nodes.is_empty()
            && self.rtts.is_empty()
            && self.algorithms.is_empty()
            && self.checks.is_empty();
        let loads = self.workloads.is_empty() && self.users.is_empty() && self.rates.is_empty();
        deployments && loads && self.given.is_empty()
    }

    /// What is given, and everything else where nothing is.
    #[must_use]
    pub fn or_all(self) -> Self {
        let all = everything();
        Self {
            strategies: or(&self.strategies, &all.strategies),
            stores: or(&self.stores, &all.stores),
            nodes: or(&self.nodes, &all.nodes),
            rtts: or(&self.rtts, &all.rtts),
            algorithms: or(&self.algorithms, &all.algorithms),
            checks: or(&self.checks, &all.checks),
            workloads: or(&self.workloads, &all.workloads),
            ..self
        }
    }

    /// Every combination of what was given, and of one usual value where nothing was.
    pub fn points(&self, pace: &Pace<'_>) -> Vec<Point> {
        let mut points = vec![];
        for target in self.targets() {
            for workload in or(&self.workloads, &[Workload::Read]) {
                for users in or(&self.users, self.usual_users(workload)) {
                    for shape in self.shapes(users) {
                        points.push(pace.point(target.clone(), workload, shape));
                    }
                }
            }
        }
        points
    }

    fn usual_users(&self, workload: Workload) -> &'static [u32] {
        match self.rates.is_empty() {
            true => usual_users(workload),
            false => &[CONNECTIONS],
        }
    }

    fn shapes(&self, users: u32) -> Vec<Shape> {
        if self.rates.is_empty() {
            return vec![Shape::Closed { users }];
        }
        let rates = self.rates.iter();
        rates
            .map(|rate| Shape::Open { rate: *rate, users })
            .collect()
    }

    fn targets(&self) -> Vec<Target> {
        if self.given.is_empty() {
            return self.deployments().into_iter().map(Target::Own).collect();
        }
        self.given.iter().cloned().map(Target::Given).collect()
    }

    fn deployments(&self) -> Vec<Deployment> {
        let usual = [
            Strategy::Session,
            Strategy::JwtStateless,
            Strategy::JwtDenylist,
            Strategy::JwtChecked,
        ];
        let far = !self.rtts.is_empty() || self.nodes.iter().any(|nodes| *nodes > 1);
        let store = if far { Store::Redis } else { Store::Sqlite };
        let mut deployments = vec![];
        for strategy in or(&self.strategies, &usual) {
            for store in or(&self.stores, &[store]) {
                for nodes in or(&self.nodes, &[1]) {
                    for rtt in or(&self.rtts, &[Duration::ZERO]) {
                        deployments.extend(self.signed(Deployment {
                            nodes,
                            rtt,
                            ..Deployment::of(strategy, store)
                        }));
                    }
                }
            }
        }
        deployments.retain(Deployment::makes_sense);
        deployments
    }

    /// A deployment with each signature that was asked for. Who signs nothing is one of a kind,
    /// whatever is asked.
    fn signed(&self, one: Deployment) -> Vec<Deployment> {
        if !one.strategy.has_tokens() {
            return vec![one];
        }
        let mut signed = vec![];
        for algorithm in or(&self.algorithms, &[Algorithm::EdDsa]) {
            for check in or(&self.checks, &[SignatureCheck::Once]) {
                signed.push(Deployment {
                    algorithm,
                    check,
                    ..one
                });
            }
        }
        signed
    }
}

fn everything() -> Axes {
    Axes {
        strategies: Strategy::ALL.to_vec(),
        stores: Store::ALL.to_vec(),
        nodes: vec![1, 2, 3],
        rtts: [0, 250, 1000, 5000].map(Duration::from_micros).to_vec(),
        algorithms: vec![Algorithm::EdDsa, Algorithm::Es256, Algorithm::Hs256],
        checks: vec![SignatureCheck::Once, SignatureCheck::Always],
        workloads: Workload::value_variants().to_vec(),
        ..Axes::default()
    }
}

fn or<T: Copy>(given: &[T], usual: &[T]) -> Vec<T> {
    if given.is_empty() { usual } else { given }.to_vec()
}
