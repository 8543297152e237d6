//! Carrying out a plan.

mod external_targets;
mod measure;
mod probe;
mod progress;
mod revocation;
mod sustained;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;

pub use measure::Meter;
pub use probe::ACCESS_TTL as PROBE_ACCESS_TTL;
pub use progress::{Progress, minutes};
pub use revocation::lag;
pub use sustained::{STEPS as SEARCH_STEPS, search};

use super::compare::load_name;
use super::environment::{Deployment, Environment, Opening, Service, Services};
use super::generator::{Offer, Workload};
use super::plan::{Plan, Point, Step, Target};
use super::record::{Bare, Cell, Record, Run, Shape};
use crate::wrk;
use external_targets::ExternalTargets;
use probe::{Findings, Probe};

/// Connections to the bare handler.
const CONNECTIONS: u32 = 32;

/// Connections in the search for the highest rate, for each user of the cell.
const CONNECTIONS_A_USER: u32 = 4;

/// A plan under way.
pub struct Runner {
    plan: Plan,
    services: Services,
    stop: Arc<AtomicBool>,
    lab: PathBuf,
    record: Record,
    external_targets: ExternalTargets,
    /// Round trips per request of each cell, counted apart so that no proxy slows down what
    /// is timed.
    trips: Vec<Option<f64>>,
}

impl Runner {
    /// Gets ready. `record` says what is known before; its cells are those of the plan.
    /// `lab` is this program, which also serves the bare handler.
    pub fn new(
        plan: Plan,
        services: Services,
        stop: Arc<AtomicBool>,
        lab: PathBuf,
        record: Record,
    ) -> Self {
        let cells = plan.points.iter().map(empty).collect();
        let bare = (plan.bare > 0).then(|| Bare {
            rate: vec![],
            wrk_rate: None,
        });
        Self {
            record: Record {
                cells,
                bare,
                ..record
            },
            trips: vec![None; plan.points.len()],
            external_targets: ExternalTargets::default(),
            plan,
            services,
            stop,
            lab,
        }
    }

    /// Measures everything, or what there is time for until it is stopped. What came in the
    /// way of a cell is told in the cell.
    pub async fn run(mut self) -> Record {
        let begun = Instant::now();
        let steps = self.plan.steps();
        let total = steps.iter().map(|step| self.plan.takes(step)).sum();
        let mut progress = Progress::begin(total);
        for step in steps {
            if self.stopped() {
                break;
            }
            let end = progress.done() + self.plan.takes(&step);
            progress.tell(&self.name(&step));
            self.take(&step, &mut progress).await;
            progress.reach(end);
        }
        progress.end();
        for trouble in std::mem::take(&mut self.external_targets).leave().await {
            eprintln!("{trouble}");
        }
        self.record.interrupted = self.stopped();
        self.record.took_s = begun.elapsed().as_secs_f64();
        for (cell, trips) in self.record.cells.iter_mut().zip(&self.trips) {
            for run in &mut cell.runs {
                run.store_round_trips = run.store_round_trips.or(*trips);
            }
        }
        // What a stop left without a single run was not measured.
        let measured = |cell: &Cell| !cell.runs.is_empty() || cell.problem.is_some();
        self.record.cells.retain(measured);
        self.record
    }

    async fn take(&mut self, step: &Step, progress: &mut Progress) {
        let taken = match step {
            Step::Bare => self.bare().await,
            Step::Rounds(rounds) => {
                self.rounds(rounds, progress).await;
                Ok(())
            }
            Step::Probe(points) => self.probe(points).await,
            Step::Search(point) => self.search(*point).await,
        };
        if let Err(error) = taken
            && !self.stopped()
        {
            let problem = format!("{error:#}");
            progress.note(&format!("{}: {problem}", self.name(step)));
            self.remark(step, &problem);
        }
    }

    /// Notes what could not be found out beside the runs. The cells just go without it.
    fn remark(&mut self, step: &Step, problem: &str) {
        let (what, points) = match step {
            Step::Bare | Step::Rounds(_) => return,
            Step::Probe(points) => ("round trips, sessions, sign-out", &**points),
            Step::Search(point) => ("highest rate", std::slice::from_ref(point)),
        };
        for point in points {
            let remarks = &mut self.record.cells[*point].remarks;
            remarks.push(format!("{what}: {problem}"));
        }
    }

    /// The bare handler, by this generator and by wrk.
    async fn bare(&mut self) -> anyhow::Result<()> {
        let environment = Environment::bare(&self.lab, &[]).await?;
        let meter = Meter {
            environment: &environment,
            stores: vec![],
            idle_trips: 0.0,
        };
        let offer = self.offer(
            &environment,
            Workload::Read,
            Shape::Closed { users: CONNECTIONS },
        );
        let run = meter.run(&offer).await?;
        let url = format!("http://{}/profile", environment.nodes[0].host);
        let load = wrk::Load::reading(&url, None, CONNECTIONS);
        let load = load.threads(self.plan.settings.threads);
        let time = self.plan.settings.time.max(Duration::from_secs(1));
        let wrk = (!self.stopped()).then(|| load.run(time).ok()).flatten();
        environment.close().await;
        if let (Some(bare), Some(run)) = (&mut self.record.bare, run) {
            bare.rate.push(run.rate);
            if let Some(outcome) = wrk {
                bare.wrk_rate.get_or_insert_default().push(outcome.rate);
            }
        }
        Ok(())
    }

    /// Measures the points of each round in turn, on targets that all run meanwhile.
    async fn rounds(&mut self, rounds: &[Vec<usize>], progress: &mut Progress) {
        let points = self.sound(rounds.first().map_or(&[], Vec::as_slice));
        let mut environments = vec![];
        for group in self.plan.by_start(&points) {
            if self.stopped() {
                break;
            }
            match self.open(&group).await {
                Ok(environment) => environments.push((group, environment)),
                Err(error) => self.give_up(&group, &error, progress),
            }
        }
        for index in rounds.iter().flatten().copied() {
            let environment = environments
                .iter()
                .find(|(group, _)| group.contains(&index));
            let sound = self.record.cells[index].problem.is_none();
            let Some((_, environment)) = environment.filter(|_| sound && !self.stopped()) else {
                continue;
            };
            progress.tell(&self.point_name(index));
            match self.run_on(environment, &self.plan.points[index]).await {
                Ok(run) => self.record.cells[index].runs.extend(run),
                Err(error) => self.give_up(&[index], &error, progress),
            }
            progress.advance(self.plan.run_takes(index));
        }
        for (_, environment) in environments {
            environment.close().await;
        }
    }

    /// Notes what keeps cells from being measured.
    fn give_up(&mut self, points: &[usize], error: &anyhow::Error, progress: &Progress) {
        if self.stopped() {
            return;
        }
        for point in points {
            let problem = format!("{error:#}");
            progress.note(&format!("{}: {problem}", self.point_name(*point)));
            self.record.cells[*point].problem.get_or_insert(problem);
        }
    }

    /// The points that nothing came in the way of so far. What could not be measured once
    /// won't be the next time.
    fn sound(&self, points: &[usize]) -> Vec<usize> {
        let sound = |point: &&usize| self.record.cells[**point].problem.is_none();
        points.iter().filter(sound).copied().collect()
    }

    async fn run_on(
        &self,
        environment: &Environment,
        point: &Point,
    ) -> anyhow::Result<Option<Run>> {
        let offer = Offer {
            ramp: point.ramp,
            time: point.time,
            ..self.offer(environment, point.workload, point.shape.clone())
        };
        self.meter(environment, point).run(&offer).await
    }

    async fn probe(&mut self, points: &[usize]) -> anyhow::Result<()> {
        let points = self.sound(points);
        let Some(first) = points.first() else {
            return Ok(());
        };
        let found = match self.plan.points[*first].target.clone() {
            Target::Own(deployment) => self.look_at(&deployment, &points).await?,
            Target::Given(_) => {
                let environment = self.open(&points).await?;
                let limit = self.plan.settings.revocation_wait;
                Findings {
                    lags: revocation::lags(&environment, limit).await?,
                    ..Findings::default()
                }
            }
        };
        for point in points {
            let cell = &mut self.record.cells[point];
            let milliseconds = |lag: &Duration| lag.as_secs_f64() * 1000.0;
            let lags = found.lags.iter().map(|lag| lag.as_ref().map(milliseconds));
            cell.revocation_lag_ms = lags.collect();
            cell.bytes_per_session = found.bytes_per_session;
            let trips = found.trips.get(&self.plan.points[point].workload);
            self.trips[point] = trips.copied();
        }
        Ok(())
    }

    async fn look_at(&self, deployment: &Deployment, points: &[usize]) -> anyhow::Result<Findings> {
        let workloads = points.iter().map(|one| self.plan.points[*one].workload);
        let mut workloads: Vec<_> = workloads.collect();
        workloads.sort_unstable();
        workloads.dedup();
        let probe = Probe {
            deployment,
            services: &self.services,
            settings: &self.plan.settings,
            stop: &self.stop,
        };
        probe.find(&workloads).await
    }

    async fn search(&mut self, index: usize) -> anyhow::Result<()> {
        if self.sound(&[index]).is_empty() {
            return Ok(());
        }
        let environment = self.open(&[index]).await?;
        let point = &self.plan.points[index];
        let reached = self.record.cells[index].runs.iter().map(|run| run.rate);
        // A rate is positive and far below four thousand millions.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let start = (reached.fold(1.0, f64::max) / 2.0).ceil() as u32;
        // Enough connections that none of them has to wait for an earlier answer on it.
        let shape = Shape::Closed {
            users: CONNECTIONS_A_USER * point.users(),
        };
        let offer = self.offer(&environment, point.workload, shape);
        let meter = self.meter(&environment, point);
        let found = search(&meter, &offer, start, self.plan.settings.p99).await;
        environment.close().await;
        if let Some(found) = found? {
            self.record.cells[index].sustained = Some(found);
        }
        Ok(())
    }

    /// Starts what these points, which have one target, are measured on.
    async fn open(&mut self, points: &[usize]) -> anyhow::Result<Environment> {
        let points = points.iter().map(|index| &self.plan.points[*index]);
        let first = points
            .clone()
            .next()
            .context("there is nothing to measure")?;
        let accounts = points.map(Point::users).max().unwrap_or(1) as usize;
        let settings = &self.plan.settings;
        match &first.target {
            Target::Own(deployment) => {
                let hashes = first.workload.hashes();
                let opening = Opening {
                    accounts,
                    argon2: if hashes {
                        settings.argon2
                    } else {
                        settings.cheap
                    },
                    access_ttl: None,
                    counts_trips: false,
                };
                Environment::open(deployment, &opening, &self.services).await
            }
            Target::Given(target) => {
                let users = settings.users_file.as_deref();
                self.external_targets
                    .environment(target, users, accounts)
                    .await
            }
        }
    }

    fn meter<'a>(&'a self, environment: &'a Environment, point: &Point) -> Meter<'a> {
        Meter {
            environment,
            stores: match &point.target {
                Target::Own(deployment) => self.stores(deployment),
                Target::Given(_) => vec![],
            },
            idle_trips: 0.0,
        }
    }

    fn stores(&self, deployment: &Deployment) -> Vec<&Service> {
        let postgres = deployment
            .store
            .needs_postgres()
            .then(|| self.services.postgres());
        let redis = deployment
            .store
            .needs_redis()
            .then(|| self.services.redis());
        let both = [postgres, redis].into_iter().flatten();
        both.filter_map(Result::ok).collect()
    }

    fn offer(&self, environment: &Environment, workload: Workload, shape: Shape) -> Offer {
        let settings = &self.plan.settings;
        Offer {
            workload,
            shape,
            nodes: environment.nodes.clone(),
            accounts: environment.accounts.clone(),
            ramp: None,
            warm_up: settings.warm_up,
            time: settings.time,
            threads: settings.threads,
            seed: settings.seed,
            stop: Arc::clone(&self.stop),
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn name(&self, step: &Step) -> String {
        let target = |point: usize| self.plan.points[point].target.name();
        match step {
            Step::Bare => "bare handler".to_owned(),
            Step::Rounds(rounds) => format!("{} · start", target(rounds[0][0])),
            Step::Probe(points) => {
                format!("{} · round trips, sessions, sign-out", target(points[0]))
            }
            Step::Search(point) => format!("{} · highest rate", target(*point)),
        }
    }

    fn point_name(&self, point: usize) -> String {
        let point = &self.plan.points[point];
        format!("{} · {}", point.target.name(), load_name(&point.load()))
    }
}

fn empty(point: &Point) -> Cell {
    Cell {
        setup: point.target.setup(),
        load: point.load(),
        runs: vec![],
        sustained: None,
        revocation_lag_ms: vec![],
        bytes_per_session: None,
        problem: None,
        remarks: vec![],
    }
}
