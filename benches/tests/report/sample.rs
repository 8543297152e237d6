//! Made-up records: what the lab would have measured if strategies cost what is said here.

use std::collections::BTreeMap;

use auth_bench::lab::record::{
    Bare, Cell, Latency, Load, Machine, Record, Run, SCHEMA, Setup, Shape, Sustained,
};

/// How much repetitions differ from each other.
const MOOD: [f64; 5] = [1.0, 0.994, 1.006, 0.997, 1.004];

/// A cell in a few numbers.
#[derive(Clone)]
pub struct Plain {
    pub strategy: &'static str,
    pub algorithm: Option<&'static str>,
    pub store: &'static str,
    pub workload: &'static str,
    pub users: u32,
    pub nodes: u32,
    pub rtt_us: u64,
    pub rate: f64,
    /// Processor microseconds of servers and stores a request.
    pub cpu_us: (f64, f64),
    pub round_trips: f64,
    pub bytes: (f64, f64),
    pub lags_ms: Vec<Option<f64>>,
    pub repetitions: usize,
}

impl Plain {
    /// Reads with Redis on one node by 64 users.
    pub fn read(strategy: &'static str, rate: f64) -> Self {
        Self {
            strategy,
            algorithm: strategy.contains("jwt").then_some("EdDSA"),
            store: "redis",
            workload: "read",
            users: 64,
            nodes: 1,
            rtt_us: 0,
            rate,
            cpu_us: (60.0, 30.0),
            round_trips: 2.0,
            bytes: (180.0, 320.0),
            lags_ms: vec![],
            repetitions: 5,
        }
    }

    pub fn cell(&self) -> Cell {
        let runs = MOOD.into_iter().cycle().take(self.repetitions);
        Cell {
            setup: Setup {
                strategy: self.strategy.into(),
                store: self.store.into(),
                nodes: self.nodes,
                store_rtt_us: self.rtt_us,
                algorithm: self.algorithm.map(Into::into),
            },
            load: Load {
                workload: self.workload.into(),
                shape: Shape::Closed { users: self.users },
            },
            runs: runs.map(|mood| self.run(mood)).collect(),
            sustained: None,
            revocation_lag_ms: self.lags_ms.clone(),
            bytes_per_session: Some(412.0),
            problem: None,
            remarks: vec![],
        }
    }

    fn run(&self, mood: f64) -> Run {
        let rate = self.rate * mood;
        let latency = latency(f64::from(self.users) / rate * 1e6, (rate * 5.0) as u64);
        Run {
            seconds: 5.0,
            requests: (rate * 5.0) as u64,
            rate,
            by_kind: BTreeMap::from([("profile".into(), latency.clone())]),
            latency,
            errors: BTreeMap::new(),
            bytes_out: self.bytes.0,
            bytes_in: self.bytes.1,
            server_cpu_s_per_1000: Some(self.cpu_us.0 / mood / 1e3),
            store_cpu_s_per_1000: Some(self.cpu_us.1 / mood / 1e3),
            store_cpu_by: BTreeMap::from([
                ("redis".into(), self.cpu_us.1 / mood / 3e3),
                ("postgres".into(), self.cpu_us.1 / mood / 1.5e3),
            ]),
            client_cpu_s_per_1000: 0.012 / mood,
            server_peak_rss: Some(24 << 20),
            store_round_trips: Some(self.round_trips),
            timer_late_ms: 1.5,
        }
    }
}

/// A long-tailed distribution around a mean in microseconds.
fn latency(mean: f64, count: u64) -> Latency {
    let at = |quantile: f64| {
        (mean * 0.9 * (1.0 + 0.35 * (1.0 / (1.0 - quantile)).log10().powi(2))) as u64
    };
    let quantiles = [
        0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9995, 0.9999,
    ];
    Latency {
        count,
        mean,
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        max: at(0.99999),
        curve: quantiles
            .into_iter()
            .map(|quantile| (quantile, at(quantile)))
            .chain([(1.0, at(0.99999))])
            .collect(),
    }
}

pub fn record(cells: Vec<Cell>) -> Record {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    Record {
        schema: SCHEMA,
        started_at: "2026-03-01T12:00:00Z".into(),
        took_s: 1_234.0,
        interrupted: false,
        command: "cargo run --release --bin lab -- compare".into(),
        settings: pairs(&[
            ("duration_s", "5"),
            ("repetitions", "5"),
            ("revocation_wait_ms", "30000"),
        ]),
        commit: Some("0123abcd".into()),
        machine: Machine {
            cpu: "Example CPU".into(),
            cores: 2,
            memory: 24 << 30,
            system: "Linux 6.12".into(),
        },
        versions: pairs(&[
            ("rustc", "1.95.0"),
            ("redis", "8.0"),
            ("postgresql", "17.2"),
        ]),
        bare: Some(Bare {
            rate: vec![61_000.0, 60_200.0, 61_900.0],
            wrk_rate: Some(vec![90_000.0; 3]),
        }),
        cells,
    }
}

/// Reads only, one cell for each (strategy, rate).
pub fn reads(rates: &[(&'static str, f64)]) -> Record {
    record(
        rates
            .iter()
            .map(|(strategy, rate)| Plain::read(strategy, *rate).cell())
            .collect(),
    )
}

/// Everything there can be, as a full comparison would measure it.
pub fn full() -> Record {
    let mut cells = Vec::new();
    for plain in [session(), stateless(), denylist(), checked()] {
        cells.extend(over_rtt(&plain));
        cells.extend(over_nodes(&plain));
        cells.extend(other_loads(&plain));
    }
    record(cells)
}

fn session() -> Plain {
    let lags_ms = vec![Some(2.1), Some(2.4), Some(1.9), Some(2.2), Some(2.0)];
    Plain {
        lags_ms,
        round_trips: 3.0,
        ..Plain::read("session", 17_500.0)
    }
}

fn stateless() -> Plain {
    Plain {
        cpu_us: (52.0, 16.0),
        round_trips: 1.0,
        bytes: (610.0, 320.0),
        lags_ms: vec![None; 5],
        ..Plain::read("jwt-stateless", 23_800.0)
    }
}

fn denylist() -> Plain {
    Plain {
        lags_ms: vec![Some(1_010.0); 5],
        rate: 22_900.0,
        strategy: "jwt-denylist",
        ..stateless()
    }
}

fn checked() -> Plain {
    Plain {
        cpu_us: (67.0, 30.0),
        round_trips: 2.0,
        lags_ms: vec![Some(2.6), Some(2.2), Some(2.5), Some(3.0), Some(2.3)],
        strategy: "jwt-checked",
        rate: 15_900.0,
        ..stateless()
    }
}

/// Far stores bind users who wait: session, which asks three times, falls below checked tokens.
fn over_rtt(plain: &Plain) -> Vec<Cell> {
    let cells = [0, 250, 1_000, 5_000].map(|rtt_us| {
        let asking_s = 100e-6 + rtt_us as f64 / 1e6 * plain.round_trips;
        let (busy, waiting) = (plain.rate, 64.0 / asking_s);
        let rate = (busy.powi(-4) + waiting.powi(-4)).powf(-0.25);
        Plain {
            rtt_us,
            rate,
            ..plain.clone()
        }
        .cell()
    });
    cells.into()
}

fn over_nodes(plain: &Plain) -> Vec<Cell> {
    let cells = [(2, 0.97), (3, 0.95)];
    cells
        .map(|(nodes, part)| {
            Plain {
                nodes,
                rate: plain.rate * part,
                ..plain.clone()
            }
            .cell()
        })
        .into()
}

fn other_loads(plain: &Plain) -> Vec<Cell> {
    let of = |workload, users, rate| Plain {
        workload,
        users,
        rate,
        lags_ms: vec![],
        ..plain.clone()
    };
    let mut churn = of("churn", 32, plain.rate / 20.0).cell();
    churn.sustained = Some(Sustained {
        p99_bound_ms: 50.0,
        rate: plain.rate / 25.0,
    });
    let mut open = of("read", 64, 2_000.0).cell();
    open.load.shape = Shape::Open {
        rate: 2_000,
        users: 64,
    };
    vec![
        churn,
        open,
        of("refresh", 64, plain.rate / 3.0).cell(),
        of("signin", 16, 31.0).cell(),
        of("seed", 100, 190.0).cell(),
        of("seed", 500, 610.0).cell(),
    ]
}
