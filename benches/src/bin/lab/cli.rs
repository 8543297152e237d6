//! What the lab is told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use auth_bench::lab::campaign::PROBE_ACCESS_TTL;
use auth_bench::lab::generator::Workload;
use auth_bench::lab::plan::{Axes, Plan, Preset, Settings};
use auth_bench::lab::stage::{Algorithm, Given, GivenTarget, Store, Strategy};
use auth_bench::lab::system;
use auth_core::Argon2Cost;
use clap::{Args, Parser, Subcommand};

/// Load tests that compare ways to stay signed in.
#[derive(Parser)]
#[command(bin_name = "cargo run --release -p auth-bench --")]
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
    },
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
/// replace the preset by all their combinations.
#[derive(Args)]
pub struct Comparison {
    /// A choice of cells.
    #[arg(long, value_enum, default_value_t = Preset::Compare)]
    preset: Preset,
    /// In under two minutes: fewer cells, shorter runs.
    #[arg(long)]
    quick: bool,
    /// Every combination of everything.
    #[arg(long, conflicts_with = "quick")]
    full: bool,
    /// How users stay signed in.
    #[arg(long, value_enum)]
    strategy: Vec<Strategy>,
    /// Where sessions are kept.
    #[arg(long, value_enum)]
    store: Vec<Store>,
    /// How many servers share the stores.
    #[arg(long)]
    nodes: Vec<u32>,
    /// Extra round-trip time to the stores, such as 250us or 1ms.
    #[arg(long, value_parser = humantime::parse_duration)]
    rtt: Vec<Duration>,
    /// What signs access tokens.
    #[arg(long, value_enum)]
    algorithm: Vec<Algorithm>,
    /// What users do.
    #[arg(long, value_enum)]
    workload: Vec<Workload>,
    /// How many users there are.
    #[arg(long)]
    users: Vec<u32>,
    /// Arrivals a second, whatever the answers do, instead of users who wait for answers.
    #[arg(long)]
    rate: Vec<u32>,
    /// Searches for the highest rate that keeps p99 under --p99.
    #[arg(long)]
    search: bool,
    /// The bound of the search.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "50ms")]
    p99: Duration,
    /// How long a run is measured [default: 3s; 1s with --quick].
    #[arg(long, value_parser = humantime::parse_duration)]
    duration: Option<Duration>,
    /// How long it runs before that [default: 1s; 300ms with --quick].
    #[arg(long, value_parser = humantime::parse_duration)]
    warm_up: Option<Duration>,
    /// How often each cell is measured, interleaved [default: 4; 3 with --quick].
    #[arg(long)]
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
    #[arg(long)]
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
        let repetitions = self.repetitions.unwrap_or(if self.quick { 3 } else { 4 });
        let axes = self.axes();
        let points = if axes.are_open() {
            self.chosen_preset()
                .points(self.quick, &settings, repetitions)
        } else {
            axes.points(self.quick, &settings, repetitions)
        };
        Ok(Plan {
            settings,
            points,
            bare: if self.quick { 1 } else { repetitions },
        })
    }

    /// Which store servers are given.
    pub fn services(&self) -> Given {
        Given {
            postgres: self.postgres.clone(),
            redis: self.redis.clone(),
        }
    }

    /// The settings in the record.
    pub fn settings_told(&self, settings: &Settings) -> BTreeMap<String, String> {
        let milliseconds = |time: Duration| (time.as_secs_f64() * 1000.0).to_string();
        let told = [
            ("duration_s", settings.time.as_secs_f64().to_string()),
            ("warm_up_s", settings.warm_up.as_secs_f64().to_string()),
            ("threads", settings.threads.to_string()),
            ("argon2", settings.argon2.to_string()),
            ("argon2_where_nothing_is_hashed", settings.cheap.to_string()),
            ("p99_bound_ms", milliseconds(settings.p99)),
            ("revocation_wait_ms", milliseconds(settings.revocation_wait)),
            (
                "revocation_access_ttl_s",
                PROBE_ACCESS_TTL.as_secs().to_string(),
            ),
            ("weighed_sessions", settings.weighed_sessions.to_string()),
            ("seed", settings.seed.to_string()),
            (
                "seed_wait",
                "half of the users 1 to 3 s, half 0.1 to 0.5 s".into(),
            ),
            ("seed_mix", "profile 5 : logout and login 1".into()),
            ("limits", "off".into()),
            ("postgres_durability", self.durability().into()),
        ];
        let told = told.into_iter();
        told.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn durability(&self) -> &'static str {
        match self.postgres {
            Some(_) => "as the given server is set up",
            None => "throwaway server: fsync, synchronous_commit and full_page_writes off",
        }
    }

    fn chosen_preset(&self) -> Preset {
        match (self.quick, self.full, self.preset) {
            (true, _, Preset::Compare) => Preset::Quick,
            (_, true, _) => Preset::Full,
            (_, _, preset) => preset,
        }
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let quick = self.quick || self.preset == Preset::Quick;
        let or = |given: Option<Duration>, short: u64, long: u64| {
            given.unwrap_or(Duration::from_millis(if quick { short } else { long }))
        };
        let cheap: Result<Argon2Cost, String> = "m=64,t=1,p=1".parse();
        Ok(Settings {
            time: or(self.duration, 1000, 3000),
            warm_up: or(self.warm_up, 300, 1000),
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
            workloads: self.workload.clone(),
            users: self.users.clone(),
            rates: self.rate.clone(),
            given: self.target.clone(),
            search: self.search,
        }
    }
}

/// Flags whose values may hold passwords.
const SECRET: [&str; 2] = ["--postgres", "--redis"];

/// The command that repeats this, without what may be secret in it.
pub fn command() -> String {
    let words = without_secrets(std::env::args().skip(1));
    format!("cargo run --release -p auth-bench -- {}", words.join(" "))
}

fn without_secrets(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut secret = false;
    let words = words.map(|word| {
        if std::mem::take(&mut secret) {
            return "…".to_owned();
        }
        secret = SECRET.contains(&word.as_str());
        match word.split_once('=') {
            Some((flag, _)) if SECRET.contains(&flag) => format!("{flag}=…"),
            _ => word,
        }
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_url_of_a_store_is_told() {
        let words = [
            "compare",
            "--redis",
            "redis://:s3cret@h",
            "--postgres=pw",
            "--quick",
        ];
        let told = without_secrets(words.map(str::to_owned).into_iter());
        assert_eq!(told, ["compare", "--redis", "…", "--postgres=…", "--quick"]);
    }

    #[test]
    fn every_preset_takes_as_long_as_it_says() {
        for (arguments, limit) in [
            (&["lab", "compare", "--quick"][..], 120),
            (&["lab", "compare"], 20 * 60),
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
