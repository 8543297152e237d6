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

use super::environment::{Deployment, GivenTarget};
use super::generator::Workload;
use super::record::{Load, Setup, Shape};

/// What starting a deployment takes, roughly.
const START: Duration = Duration::from_millis(1500);

/// How many servers run at once at most.
const SERVERS: u32 = 12;

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
    /// How often the cells are measured on one start of their servers.
    pub rounds: u32,
    /// How often the bare handler is measured.
    pub bare: u32,
}

/// Something to do, and which points it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The bare handler is measured once.
    Bare,
    /// The targets of these points start, and the points are measured one after the other,
    /// round by round.
    Rounds(Vec<Vec<usize>>),
    /// What is only looked at once is looked at, on one target.
    Probe(Vec<usize>),
    /// The highest rate of a point is searched for.
    Search(usize),
}

impl Plan {
    /// The order of things: a few rounds of all cells, then what is looked at once, then the
    /// other rounds. Cells that compare with each other take turns, so that whatever befalls
    /// the machine befalls them all.
    pub fn steps(&self) -> Vec<Step> {
        let most = self.points.iter().map(|point| point.repetitions).max();
        let starts = most.unwrap_or(0).div_ceil(self.rounds).max(self.bare);
        let neighbours = self.neighbours();
        let mut steps = vec![];
        for start in 0..starts {
            if start < self.bare {
                steps.push(Step::Bare);
            }
            let rounds = neighbours.iter().map(|group| self.rounds_of(group, start));
            steps.extend(rounds.filter(|rounds| !rounds.is_empty()).map(Step::Rounds));
            if start == 0 {
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
        match step {
            Step::Bare => 2 * (self.settings.time + self.settings.warm_up) + START,
            Step::Rounds(rounds) => {
                let starts = self.by_start(&rounds[0]).len();
                let runs = rounds.iter().flatten();
                START.saturating_mul(u32::try_from(starts).unwrap_or(u32::MAX))
                    + runs.map(|point| self.run_takes(*point)).sum::<Duration>()
            }
            Step::Probe(_) => PROBE,
            Step::Search(point) => START + self.run_takes(*point) * 2 * super::runner::SEARCH_STEPS,
        }
    }

    /// How long one run of a point takes, roughly.
    pub fn run_takes(&self, point: usize) -> Duration {
        self.points[point].takes(&self.settings)
    }

    /// The same points by what they can be measured on together: one start of one target. A
    /// password has one cost for each start.
    pub fn by_start(&self, points: &[usize]) -> Vec<Vec<usize>> {
        grouped(points.iter().copied(), |index| {
            let point = &self.points[index];
            (&point.target, point.workload.hashes())
        })
    }

    fn probes(&self) -> Vec<Step> {
        let groups = grouped(0..self.points.len(), |index| &self.points[index].target);
        groups.into_iter().map(Step::Probe).collect()
    }

    /// The points in the same place, those with the same load one after the other: they
    /// compare. No more than so many servers run at once, however.
    fn neighbours(&self) -> Vec<Vec<usize>> {
        let place = |index: usize| {
            let point = &self.points[index];
            let setup = point.target.setup();
            let place = (setup.store, setup.nodes, setup.store_rtt_us);
            (place, point.workload.hashes())
        };
        let groups = grouped(0..self.points.len(), place).into_iter();
        let groups = groups.flat_map(|group| self.few_servers(&group));
        let by_load = |group: Vec<usize>| grouped(group, |index| self.points[index].load());
        groups.map(|group| by_load(group).concat()).collect()
    }

    fn few_servers(&self, points: &[usize]) -> Vec<Vec<usize>> {
        let mut parts: Vec<Vec<usize>> = vec![];
        let mut room = 0;
        for start in self.by_start(points) {
            let servers = self.points[start[0]].target.setup().nodes;
            match parts.last_mut() {
                Some(part) if servers <= room => part.extend(start),
                _ => {
                    parts.push(start);
                    room = SERVERS;
                }
            }
            room = room.saturating_sub(servers);
        }
        parts
    }

    /// The rounds on one start, there and back again, so that nobody always comes after the
    /// same one.
    fn rounds_of(&self, group: &[usize], start: u32) -> Vec<Vec<usize>> {
        let rounds = (start * self.rounds..(start + 1) * self.rounds).map(|round| {
            let due = |point: &&usize| round < self.points[**point].repetitions;
            let mut due: Vec<usize> = group.iter().filter(due).copied().collect();
            if round % 2 == 1 {
                due.reverse();
            }
            due
        });
        rounds.filter(|round| !round.is_empty()).collect()
    }
}

/// Groups of those with the same key, in the order of their first.
fn grouped<K: PartialEq>(
    indices: impl IntoIterator<Item = usize>,
    key: impl Fn(usize) -> K,
) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = vec![];
    for index in indices {
        match groups.iter_mut().find(|group| key(group[0]) == key(index)) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

#[cfg(test)]
mod tests;
