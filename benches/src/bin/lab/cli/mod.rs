//! What the lab is told.

mod growing;
mod overrides;
mod planned;
mod switching;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use auth_bench::lab::environment::{
    Algorithm, Given, GivenTarget, SignatureCheck, Store, Strategy,
};
use auth_bench::lab::generator::Workload;
use auth_bench::lab::plan::{Axes, Pace, Plan, Preset, Settings};
use auth_bench::lab::system;
use auth_core::Argon2Cost;
use clap::{Args, Parser, Subcommand};

pub use growing::Growing;
pub use overrides::command;
use planned::Planned;
pub use switching::Switching;

/// How often cells are measured on one start of their servers. Several starts, because where a
/// process happens to lie in memory makes it faster or slower.
const ROUNDS: u32 = 3;

/// The same in a hurry: starts take time.
const QUICK_ROUNDS: u32 = 6;

/// Load tests that compare ways to stay signed in.
#[derive(Parser)]
#[command(bin_name = "cargo run --release --bin lab --")]
pub struct Cli {
    #[command(subcommand)]
    pub role: Role,
}

#[derive(Subcommand)]
pub enum Role {
    /// Measures, and writes a report.
    Compare(Box<Comparison>),
    /// Says what changed between two records beyond the noise.
    Diff { before: PathBuf, after: PathBuf },
    /// Writes the report of a record anew.
    Report {
        record: PathBuf,
        /// The folder [default: lab-results/ and the time of the measurement].
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        planned: Planned,
    },
    /// Fills a database with accounts and sessions, and says how to use them.
    Grow(Box<Growing>),
    /// Changes from sessions to tokens and back under load, and counts who is signed out.
    Switch(Switching),
    /// Holds the lab's own generator against wrk.
    Selfcheck {
        /// Seconds of each measurement.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Serves a handler that does nothing but answer; the lab starts it.
    #[command(hide = true)]
    Bare {
        port: u16,
        #[arg(long, default_value_t = 0)]
        pause_ms: u64,
    },
}

/// What to measure. Every axis can be given several times; with any of them given, they
/// replace the preset by all their combinations; with --full they narrow it down.
#[derive(Args)]
pub struct Comparison {
    /// A choice of cells.
    #[arg(long, value_enum, default_value_t = Preset::Compare)]
    preset: Preset,
    /// In under two minutes: fewer cells, shorter runs.
    #[arg(long)]
    quick: bool,
    /// Every combination of everything.
    #[arg(long, conflicts_with_all = ["quick", "preset", "target"])]
    full: bool,
    /// How users stay signed in.
    #[arg(long, value_enum)]
    strategy: Vec<Strategy>,
    /// Where sessions are kept.
    #[arg(long, value_enum)]
    store: Vec<Store>,
    /// How many servers share the stores.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    nodes: Vec<u32>,
    /// Extra round-trip time to the stores, such as 250us or 1ms.
    #[arg(long, value_parser = humantime::parse_duration)]
    rtt: Vec<Duration>,
    /// What signs access tokens.
    #[arg(long, value_enum)]
    algorithm: Vec<Algorithm>,
    /// When the signatures of access tokens are checked.
    #[arg(long, value_enum)]
    check: Vec<SignatureCheck>,
    /// What users do.
    #[arg(long, value_enum)]
    workload: Vec<Workload>,
    /// How many users there are.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    users: Vec<u32>,
    /// Arrivals a second, whatever the answers do, instead of users who wait for answers.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: Vec<u32>,
    /// Searches for the highest rate that keeps p99 under --p99, in every cell.
    #[arg(long)]
    search: bool,
    /// The bound of the search.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "50ms")]
    p99: Duration,
    /// How long a run is measured [default: 2s; 1s with --quick].
    #[arg(long, value_parser = some_time)]
    duration: Option<Duration>,
    /// How long it runs before that [default: 500ms; 300ms with --quick].
    #[arg(long, value_parser = humantime::parse_duration)]
    warm_up: Option<Duration>,
    /// How often each cell is measured, in turn with others [default: 9; 6 with --quick].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: Option<u32>,
    /// Threads that send [default: one a core].
    #[arg(long)]
    threads: Option<usize>,
    /// The price of a password where hashing is measured.
    #[arg(long, default_value_t = Argon2Cost::RECOMMENDED)]
    argon2: Argon2Cost,
    /// How long to wait for a signed-out credential to be refused.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "10s")]
    revocation_wait: Duration,
    /// Makes equal runs make equal choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A server that runs already, as name=URL, with commas between the URLs of its nodes.
    #[arg(long, conflicts_with_all = ["strategy", "store", "nodes", "rtt", "algorithm", "check"])]
    target: Vec<GivenTarget>,
    /// Accounts of such servers, name:password in each line; without it they are registered.
    #[arg(long)]
    users_file: Option<PathBuf>,
    /// A PostgreSQL server on which databases may be made, instead of a throwaway one.
    #[arg(long)]
    postgres: Option<String>,
    /// A Redis server, instead of a throwaway one.
    #[arg(long)]
    redis: Option<String>,
    /// The folder for the report [default: lab-results/ and the time].
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Only says what would be measured and how long it would take.
    #[arg(long)]
    pub dry_run: bool,
}

impl Comparison {
    /// What is going to be measured.
    ///
    /// # Errors
    /// When two targets have one name.
    pub fn plan(&self) -> anyhow::Result<Plan> {
        let names: BTreeSet<&str> = self.target.iter().map(|one| &*one.name).collect();
        ensure!(
            names.len() == self.target.len(),
            "every --target needs a name of its own"
        );
        let settings = self.settings()?;
        let pace = Pace {
            quick: self.is_quick(),
            settings: &settings,
            repetitions: self.repetitions(),
        };
        let axes = self.axes();
        let mut points = match (self.full, axes.are_open()) {
            (true, _) => axes.or_all().points(&pace),
            (false, true) => self.chosen_preset().points(&pace),
            (false, false) => axes.points(&pace),
        };
        let rounds = if pace.quick { QUICK_ROUNDS } else { ROUNDS };
        let bare = pace.repetitions.div_ceil(rounds);
        points
            .iter_mut()
            .for_each(|point| point.search |= self.search);
        Ok(Plan {
            settings,
            points,
            rounds,
            bare,
        })
    }

    /// Which store servers are given.
    pub fn services(&self) -> Given {
        Given {
            postgres: self.postgres.clone(),
            redis: self.redis.clone(),
        }
    }

    fn repetitions(&self) -> u32 {
        self.repetitions.unwrap_or(if self.is_quick() {
            QUICK_ROUNDS
        } else {
            3 * ROUNDS
        })
    }

    fn is_quick(&self) -> bool {
        self.quick || self.preset == Preset::Quick
    }

    fn chosen_preset(&self) -> Preset {
        match (self.quick, self.preset) {
            (true, Preset::Compare) => Preset::Quick,
            (_, preset) => preset,
        }
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let quick = self.is_quick();
        let or = |given: Option<Duration>, short: u64, long: u64| {
            given.unwrap_or(Duration::from_millis(if quick { short } else { long }))
        };
        let cheap: Result<Argon2Cost, String> = "m=64,t=1,p=1".parse();
        Ok(Settings {
            time: or(self.duration, 1000, 2000),
            warm_up: or(self.warm_up, 300, 500),
            threads: self.threads.unwrap_or_else(system::cores).max(1),
            argon2: self.argon2,
            cheap: cheap.map_err(anyhow::Error::msg)?,
            p99: self.p99,
            revocation_wait: self.revocation_wait,
            weighed_sessions: if quick { 500 } else { 2000 },
            users_file: self.users_file.clone(),
            seed: self.seed,
        })
    }

    fn axes(&self) -> Axes {
        Axes {
            strategies: self.strategy.clone(),
            stores: self.store.clone(),
            nodes: self.nodes.clone(),
            rtts: self.rtt.clone(),
            algorithms: self.algorithm.clone(),
            checks: self.check.clone(),
            workloads: self.workload.clone(),
            users: self.users.clone(),
            rates: self.rate.clone(),
            given: self.target.clone(),
        }
    }
}

/// A duration above zero.
fn some_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    match time.is_zero() {
        true => Err("it has to be above zero".into()),
        false => Ok(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused() {
        for arguments in [
            &["--users", "0"][..],
            &["--rate", "0"],
            &["--repetitions", "0"],
            &["--duration", "0s"],
            &["--full", "--quick"],
            &["--full", "--preset", "results"],
            &["--target", "a=http://127.0.0.1:1", "--nodes", "2"],
        ] {
            let words = [&["lab", "compare"], arguments].concat();
            assert!(Cli::try_parse_from(words).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn axes_narrow_the_full_grid_and_a_search_is_never_forgotten() {
        let points = |words: &[&str]| {
            let words = [&["lab", "compare"], words].concat();
            let Role::Compare(comparison) = Cli::parse_from(words).role else {
                panic!();
            };
            comparison.plan().unwrap().points
        };
        let (all, reads) = (
            points(&["--full"]),
            points(&["--full", "--workload", "read"]),
        );
        assert!(reads.len() > 100 && 4 * reads.len() < all.len());
        assert!(points(&["--search"]).iter().all(|point| point.search));
        assert!(
            points(&["--quick", "--search"])
                .iter()
                .all(|point| point.search)
        );
    }

    #[test]
    fn every_preset_takes_as_long_as_it_says() {
        for (arguments, limit) in [
            (&["lab", "compare", "--quick"][..], 120),
            (&["lab", "compare"], 24 * 60),
            (&["lab", "compare", "--preset", "results"], 60 * 60),
        ] {
            let Role::Compare(comparison) = Cli::parse_from(arguments).role else {
                panic!("{arguments:?}");
            };
            let plan = comparison.plan().unwrap();
            let takes: Duration = plan.steps().iter().map(|step| plan.takes(step)).sum();
            assert!(
                takes < Duration::from_secs(limit),
                "{arguments:?}: {takes:?}"
            );
            assert!(
                takes > Duration::from_secs(limit / 2),
                "{arguments:?}: {takes:?}"
            );
        }
    }
}
