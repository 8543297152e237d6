//! Sensible choices of cells.

use std::time::Duration;

use clap::ValueEnum;

use super::{Point, Settings, Target};
use crate::lab::generator::Workload;
use crate::lab::record::Shape;
use crate::lab::stage::{Algorithm, Deployment, GivenTarget, SignatureCheck, Store, Strategy};

/// Virtual users where nothing is said.
const USERS: u32 = 32;

/// Virtual users where there are many.
const CROWD: u32 = 256;

/// The connections that arrivals are spread over: so many that hardly one waits for another.
const CONNECTIONS: u32 = 128;

/// Arrivals a second where latencies are compared at equal load: far below what a machine of
/// today carries.
const EASY: Shape = Shape::Open {
    rate: 4000,
    users: CONNECTIONS,
};

/// A choice of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// The main strategies on SQLite and Redis, in under two minutes.
    Quick,
    /// Each axis for itself, in some twenty minutes.
    Compare,
    /// The same and the seed workload at 100 and 500 users, in under an hour.
    Results,
    /// Every combination, in days.
    Full,
}

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
    pub fn points(&self, quick: bool, settings: &Settings, repetitions: u32) -> Vec<Point> {
        let mut points = vec![];
        for target in self.targets() {
            for workload in or(&self.workloads, &[Workload::Read]) {
                for users in or(&self.users, self.usual_users(workload)) {
                    for shape in self.shapes(users) {
                        points.push(Point {
                            shape,
                            ..point(
                                target.clone(),
                                workload,
                                users,
                                quick,
                                settings,
                                repetitions,
                            )
                        });
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

impl Preset {
    /// Its name on the command line and in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Compare => "compare",
            Self::Results => "results",
            Self::Full => "full",
        }
    }

    /// Its cells.
    pub fn points(self, quick: bool, settings: &Settings, repetitions: u32) -> Vec<Point> {
        let cell = |(deployment, workload, search): (Deployment, Workload, bool)| {
            let users = usual_users(workload)[0];
            let target = Target::Own(deployment);
            Point {
                search,
                ..point(target, workload, users, quick, settings, repetitions)
            }
        };
        match self {
            Self::Quick => quick_cells().map(cell).collect(),
            Self::Compare | Self::Results => {
                let cells = compare_cells().into_iter().map(cell);
                let mut points: Vec<Point> = cells.collect();
                points.extend(crowd(quick, settings, repetitions));
                points.extend(easy(quick, settings, repetitions));
                if self == Self::Results {
                    points.extend(seed(quick, settings, repetitions.min(3)));
                }
                points
            }
            Self::Full => Axes::default()
                .or_all()
                .points(quick, settings, repetitions),
        }
    }
}

type Cell = (Deployment, Workload, bool);

fn quick_cells() -> impl Iterator<Item = Cell> {
    use Store::{Redis, Sqlite};
    use Strategy::{JwtDenylist, JwtStateless, OauthSession, Session};
    let read = [
        (Session, Sqlite),
        (JwtStateless, Sqlite),
        (JwtDenylist, Sqlite),
        (OauthSession, Sqlite),
        (Session, Redis),
        (JwtDenylist, Redis),
    ];
    let churn = [(Session, Sqlite), (JwtDenylist, Sqlite)];
    let of = |workload| move |(strategy, store)| (Deployment::of(strategy, store), workload, false);
    let read = read.into_iter().map(of(Workload::Read));
    read.chain(churn.into_iter().map(of(Workload::Churn)))
}

fn compare_cells() -> Vec<Cell> {
    use Strategy::{JwtChecked, JwtDenylist, JwtStateless, Session};
    let main = [Session, JwtStateless, JwtDenylist];
    let on = Deployment::of;
    let mut reads = vec![on(Session, Store::Memory)];
    reads.extend(Strategy::ALL.map(|strategy| on(strategy, Store::Sqlite)));
    reads.push(on(JwtChecked, Store::Redis));
    reads.extend(main.map(|strategy| on(strategy, Store::Postgres)));
    for rtt in [0, 1, 5].map(Duration::from_millis) {
        reads.extend(main.map(|strategy| Deployment {
            rtt,
            ..on(strategy, Store::Redis)
        }));
    }
    for nodes in [2, 3] {
        reads.extend([Session, JwtDenylist].map(|strategy| Deployment {
            nodes,
            ..on(strategy, Store::Redis)
        }));
    }
    let algorithms = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Hs256];
    reads.extend(algorithms.map(|algorithm| Deployment {
        algorithm,
        check: SignatureCheck::Always,
        ..on(JwtDenylist, Store::Sqlite)
    }));
    let near = |one: &Deployment| one.store == Store::Redis && one.rtt.is_zero() && one.nodes == 1;
    let read = |one: Deployment| {
        (
            one,
            Workload::Read,
            near(&one) && main.contains(&one.strategy),
        )
    };
    let mut cells: Vec<Cell> = reads.into_iter().map(read).collect();
    for (workload, store) in [
        (Workload::Churn, Store::Redis),
        (Workload::Refresh, Store::Redis),
        (Workload::SignIn, Store::Sqlite),
    ] {
        let both = [Session, JwtDenylist];
        cells.extend(both.map(|strategy| (on(strategy, store), workload, false)));
    }
    cells
}

/// Many more users with stores far away: whether it is the wait that costs throughput, which
/// others fill, or work.
fn crowd(quick: bool, settings: &Settings, repetitions: u32) -> Vec<Point> {
    use Strategy::{JwtDenylist, JwtStateless, Session};
    let far = [Session, JwtStateless, JwtDenylist].map(|strategy| Deployment {
        rtt: Duration::from_millis(1),
        ..Deployment::of(strategy, Store::Redis)
    });
    let read = |one| {
        point(
            Target::Own(one),
            Workload::Read,
            CROWD,
            quick,
            settings,
            repetitions,
        )
    };
    far.map(read).into()
}

/// The same number of arrivals for all, which none of them is short of breath with: latencies
/// at saturation only tell the throughput once more.
fn easy(quick: bool, settings: &Settings, repetitions: u32) -> Vec<Point> {
    use Strategy::{JwtDenylist, JwtStateless, Session};
    let near = [Session, JwtStateless, JwtDenylist].map(|one| Deployment::of(one, Store::Redis));
    let read = |one| Point {
        shape: EASY,
        ..point(
            Target::Own(one),
            Workload::Read,
            USERS,
            quick,
            settings,
            repetitions,
        )
    };
    near.map(read).into()
}

/// The seed workload as it was first published: 100 and 500 users, ten more a second, two
/// minutes.
fn seed(quick: bool, settings: &Settings, repetitions: u32) -> Vec<Point> {
    let mut points = vec![];
    for strategy in [Strategy::Session, Strategy::JwtDenylist] {
        for users in usual_users(Workload::Seed) {
            let target = Target::Own(Deployment::of(strategy, Store::Redis));
            points.push(point(
                target,
                Workload::Seed,
                *users,
                quick,
                settings,
                repetitions,
            ));
        }
    }
    points
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

/// A closed loop of so many users.
fn point(
    target: Target,
    workload: Workload,
    users: u32,
    quick: bool,
    settings: &Settings,
    repetitions: u32,
) -> Point {
    const SEED: Duration = Duration::from_secs(120);
    const QUICK_SEED: Duration = Duration::from_secs(10);
    let hurry = if quick { 5 } else { 1 };
    Point {
        target,
        workload,
        shape: Shape::Closed { users },
        time: match (workload, quick) {
            (Workload::Seed, false) => SEED.max(settings.time),
            (Workload::Seed, true) => QUICK_SEED,
            _ => settings.time,
        },
        ramp: workload.ramp().map(|rate| rate * hurry),
        repetitions,
        search: false,
    }
}

fn usual_users(workload: Workload) -> &'static [u32] {
    match workload {
        Workload::Seed => &[100, 500],
        _ => &[USERS],
    }
}

fn or<T: Copy>(given: &[T], usual: &[T]) -> Vec<T> {
    if given.is_empty() { usual } else { given }.to_vec()
}
