//! What is going to be measured, in which order.

mod axes;
mod pace;
mod presets;

use std::path::PathBuf;
use std::time::Duration;

use auth_core::Argon2Cost;

pub use axes::Axes;
pub use pace::Pace;
pub use presets::Preset;

use super::generator::Workload;
use super::record::{Load, Setup, Shape};
use super::stage::{Deployment, GivenTarget};

/// What starting a deployment takes, roughly.
const START: Duration = Duration::from_millis(1500);

/// What a probe takes, roughly.
const PROBE: Duration = Duration::from_secs(5);

/// What everything has in common.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a run is measured, where a point does not say otherwise.
    pub time: Duration,
    /// How long it runs before that.
    pub warm_up: Duration,
    /// Threads that send.
    pub threads: usize,
    /// What a password costs where hashing is measured.
    pub argon2: Argon2Cost,
    /// What it costs elsewhere.
    pub cheap: Argon2Cost,
    /// The bound for p99 when the highest rate is searched for.
    pub p99: Duration,
    /// How long to wait for a signed-out credential to be refused.
    pub revocation_wait: Duration,
    /// Sessions that are made to see what one weighs.
    pub weighed_sessions: usize,
    /// The accounts of given targets, if none are to be registered.
    pub users_file: Option<PathBuf>,
    /// Makes equal runs make equal choices.
    pub seed: u64,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Servers that the lab starts.
    Own(Deployment),
    /// Servers that run already.
    Given(GivenTarget),
}

impl Target {
    /// The same in the record.
    pub fn setup(&self) -> Setup {
        match self {
            Self::Own(deployment) => deployment.setup(),
            Self::Given(target) => target.setup(),
        }
    }

    /// The same in a few words.
    pub fn name(&self) -> String {
        let setup = self.setup();
        let mut name = format!("{} · {}", setup.strategy, setup.store);
        if setup.nodes > 1 {
            name += &format!(" · {} nodes", setup.nodes);
        }
        if setup.store_rtt_us > 0 {
            name += &format!(" · +{} µs", setup.store_rtt_us);
        }
        if let Some(algorithm) = setup.algorithm {
            name += &format!(" · {algorithm}");
        }
        name
    }
}

/// One cell of the grid.
#[derive(Clone, Debug)]
pub struct Point {
    /// What is measured.
    pub target: Target,
    /// What it is asked.
    pub workload: Workload,
    /// How.
    pub shape: Shape,
    /// How long a run is measured.
    pub time: Duration,
    /// Users who begin in a second, where not all begin at once.
    pub ramp: Option<u32>,
    /// How often.
    pub repetitions: u32,
    /// Whether the highest rate is searched for.
    pub search: bool,
}

impl Point {
    /// What it is asked, in the record.
    pub fn load(&self) -> Load {
        Load {
            workload: self.workload.name().to_owned(),
            shape: self.shape.clone(),
        }
    }

    /// How many users there are.
    pub fn users(&self) -> u32 {
        match self.shape {
            Shape::Closed { users } | Shape::Open { users, .. } => users,
        }
    }

    fn takes(&self, settings: &Settings) -> Duration {
        let ramp = self.ramp.map_or(0, |rate| self.users() / rate.max(1));
        self.time + settings.warm_up + Duration::from_secs(ramp.into())
    }
}

/// Everything that is going to be measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What everything has in common.
    pub settings: Settings,
    /// The cells.
    pub points: Vec<Point>,
    /// How often the bare handler is measured.
    pub bare: u32,
}

/// Something to do, and which points it is about. All of them have one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The bare handler is measured once.
    Bare,
    /// A deployment starts, and each of these points is measured once on it.
    Runs(Vec<usize>),
    /// What is only looked at once is looked at.
    Probe(Vec<usize>),
    /// The highest rate of a point is searched for.
    Search(usize),
}

impl Plan {
    /// The order of things: every cell once, then what is looked at once, then the other
    /// repetitions, interleaved, so that whatever befalls the machine befalls all cells.
    pub fn steps(&self) -> Vec<Step> {
        let most = self.points.iter().map(|point| point.repetitions);
        let most = most.max().unwrap_or(0).max(self.bare);
        let mut steps = vec![];
        for repetition in 0..most {
            if repetition < self.bare {
                steps.push(Step::Bare);
            }
            let due = |point: &Point| repetition < point.repetitions;
            let mut groups = self.grouped(due, true);
            // There and back again, so that nobody always comes after the same one.
            if repetition % 2 == 1 {
                groups.reverse();
            }
            steps.extend(groups.into_iter().map(Step::Runs));
            if repetition == 0 {
                steps.extend(self.probes());
            }
        }
        let searched = self.points.iter().enumerate();
        let searched = searched.filter(|(_, point)| point.search);
        steps.extend(searched.map(|(index, _)| Step::Search(index)));
        steps
    }

    /// How long a step takes, roughly.
    pub fn takes(&self, step: &Step) -> Duration {
        let run = |index: &usize| self.points[*index].takes(&self.settings);
        match step {
            Step::Bare => 2 * (self.settings.time + self.settings.warm_up) + START,
            Step::Runs(points) => START + points.iter().map(run).sum::<Duration>(),
            Step::Probe(_) => PROBE,
            Step::Search(point) => START + run(point) * 2 * super::campaign::SEARCH_STEPS,
        }
    }

    fn probes(&self) -> Vec<Step> {
        let groups = self.grouped(|_| true, false);
        groups.into_iter().map(Step::Probe).collect()
    }

    /// The points that can be measured on one start of one target. A password has one cost
    /// for each start.
    fn grouped(&self, which: impl Fn(&Point) -> bool, by_cost: bool) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = vec![];
        for (index, point) in self
            .points
            .iter()
            .enumerate()
            .filter(|(_, point)| which(point))
        {
            let fits = |group: &&mut Vec<usize>| {
                let first = &self.points[group[0]];
                let cost = first.workload.hashes() == point.workload.hashes();
                first.target == point.target && (cost || !by_cost)
            };
            match groups.iter_mut().find(fits) {
                Some(group) => group.push(index),
                None => groups.push(vec![index]),
            }
        }
        groups
    }
}
