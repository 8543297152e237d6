//! Sensible choices of cells.

use std::time::Duration;

use clap::ValueEnum;

use super::axes::{Axes, CONNECTIONS};
use super::pace::{Pace, usual_users};
use super::{Point, Target};
use crate::lab::environment::{Algorithm, Deployment, SignatureCheck, Store, Strategy};
use crate::lab::generator::Workload;
use crate::lab::record::Shape;

/// What people compare first.
const MAIN: [Strategy; 3] = [
    Strategy::Session,
    Strategy::JwtStateless,
    Strategy::JwtDenylist,
];

/// Many more users than usual: whether a far store costs throughput by the wait, which others
/// fill, or by work.
const CROWD: Shape = Shape::Closed { users: 256 };

/// The same arrivals for all, far below what a machine of today carries: latencies at
/// saturation only tell the throughput once more.
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
    pub fn points(self, pace: &Pace<'_>) -> Vec<Point> {
        let cell = |(deployment, workload, search): Cell| {
            let users = usual_users(workload)[0];
            let shape = Shape::Closed { users };
            Point {
                search,
                ..pace.point(Target::Own(deployment), workload, shape)
            }
        };
        match self {
            Self::Quick => quick_cells().map(cell).collect(),
            Self::Compare | Self::Results => {
                let cells = compare_cells().into_iter().map(cell);
                let mut points: Vec<Point> = cells.collect();
                points.extend(reads(pace, Duration::from_millis(1), CROWD));
                points.extend(reads(pace, Duration::ZERO, EASY));
                if self == Self::Results {
                    points.extend(seed(pace));
                }
                points
            }
            Self::Full => Axes::default().or_all().points(pace),
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
    use Strategy::{JwtChecked, JwtDenylist, Session};
    let on = Deployment::of;
    let mut reads = vec![on(Session, Store::Memory)];
    reads.extend(Strategy::ALL.map(|strategy| on(strategy, Store::Sqlite)));
    reads.push(on(JwtChecked, Store::Redis));
    reads.extend(MAIN.map(|strategy| on(strategy, Store::Postgres)));
    for rtt in [0, 1, 5].map(Duration::from_millis) {
        reads.extend(MAIN.map(|strategy| Deployment {
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
            near(&one) && MAIN.contains(&one.strategy),
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

/// Reads by the main strategies with Redis this far away, offered like this.
fn reads(pace: &Pace<'_>, rtt: Duration, shape: Shape) -> Vec<Point> {
    let read = |strategy| {
        let deployment = Deployment {
            rtt,
            ..Deployment::of(strategy, Store::Redis)
        };
        pace.point(Target::Own(deployment), Workload::Read, shape.clone())
    };
    MAIN.map(read).into()
}

/// The seed workload as it was first published: 100 and 500 users, ten more a second, two
/// minutes, three times at most.
fn seed(pace: &Pace<'_>) -> Vec<Point> {
    let pace = Pace {
        repetitions: pace.repetitions.min(3),
        ..*pace
    };
    let mut points = vec![];
    for strategy in [Strategy::Session, Strategy::JwtDenylist] {
        for users in usual_users(Workload::Seed) {
            let target = Target::Own(Deployment::of(strategy, Store::Redis));
            let shape = Shape::Closed { users: *users };
            points.push(pace.point(target, Workload::Seed, shape));
        }
    }
    points
}
