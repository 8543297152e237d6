//! What the lab measured: the shape of its JSON, from which every report is made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of this shape; a reader refuses others.
pub const SCHEMA: u32 = 1;

/// A whole comparison.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: u32,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// How long it took, in seconds.
    pub took_s: f64,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// The command that repeats it.
    pub command: String,
    /// Every setting that was in force, by the name of its flag, so that the run repeats:
    /// `duration_s`, `warm_up_s`, `revocation_wait_ms`, `seed_wait` …
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// The commit of the code, if known.
    pub commit: Option<String>,
    /// Where it ran.
    pub machine: Machine,
    /// Versions of what took part: `rustc`, `postgresql`, `redis`, `sqlite` …
    pub versions: BTreeMap<String, String>,
    /// A handler that does nothing but answer, in the same process model: the ceiling.
    pub bare: Option<Bare>,
    /// Every cell of the grid that was measured.
    pub cells: Vec<Cell>,
}

/// Where it ran.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The processor, as the system names it.
    pub cpu: String,
    /// Cores that the lab and the servers share.
    pub cores: usize,
    /// Memory in bytes.
    pub memory: u64,
    /// The operating system and its version.
    pub system: String,
}

/// What the bare handler reaches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bare {
    /// Requests per second by this tool's generator, one value per repetition.
    pub rate: Vec<f64>,
    /// Requests per second by wrk, where it is installed.
    pub wrk_rate: Option<Vec<f64>>,
}

/// A point of the grid: what was served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Setup {
    /// What people compare: `session`, `jwt-stateless`, `jwt-denylist`, `jwt-checked`,
    /// `oauth-session`, `oauth-jwt`, or the name of a given target.
    pub strategy: String,
    /// Where sessions, revoked tokens and limits are kept: `memory`, `sqlite`, `redis`, `postgres`, or
    /// `as given`.
    pub store: String,
    /// Server processes that share the stores.
    pub nodes: u32,
    /// Extra round-trip time to the stores, in microseconds.
    pub store_rtt_us: u64,
    /// The algorithm that signs access tokens, where there are any; `ES256, checked always`
    /// where the server remembers no token that it found good.
    pub algorithm: Option<String>,
}

/// A workload and how it was offered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Load {
    /// `seed`, `read`, `churn`, `refresh` or `signin`.
    pub workload: String,
    /// How requests were offered.
    pub shape: Shape,
}

/// How requests are offered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Shape {
    /// So many users, each waiting for its answer before it goes on.
    Closed {
        /// Virtual users, each with a connection and a credential of its own.
        users: u32,
    },
    /// So many arrivals per second, whatever the answers do; latency counts from when a
    /// request was due, so that a stall shows (no coordinated omission).
    Open {
        /// Arrivals per second.
        rate: u32,
        /// Virtual users that the arrivals are spread over.
        users: u32,
    },
}

/// What was measured at one point of the grid under one load.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// What was served.
    pub setup: Setup,
    /// What it was asked.
    pub load: Load,
    /// The repetitions, each right before or after the same one of the cells it compares with.
    pub runs: Vec<Run>,
    /// The highest arrival rate that kept p99 under the bound, where it was searched for.
    pub sustained: Option<Sustained>,
    /// Times from the answer to a sign-out on one node until the last request began that any
    /// node accepted with the credential, in milliseconds: 0 where none began after the answer;
    /// `None` inside where they still were accepted after `revocation_wait_ms`. Where only expiry
    /// revokes, access tokens live as long as the setting `revocation_access_ttl_s` says; the
    /// servers grant five seconds more. It belongs to the setup: cells of one setup show the
    /// same. So do the bytes below.
    pub revocation_lag_ms: Vec<Option<f64>>,
    /// Bytes that the stores keep for one session: growth of the tables and their indexes in
    /// PostgreSQL, of the file in SQLite, for `memory` of the server's memory; in Redis what the
    /// keys take with their values, without the table of keys. Only where one node has its stores at hand: it depends on neither.
    pub bytes_per_session: Option<f64>,
    /// What came in the way, in words; such a cell is not compared.
    pub problem: Option<String>,
    /// What came in the way of something beside the runs: a probe, the search.
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// The answer to a search for the highest rate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sustained {
    /// The bound for p99, in milliseconds.
    pub p99_bound_ms: f64,
    /// Arrivals per second.
    pub rate: f64,
}

/// One repetition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// How long it measured, in seconds, without the warm-up.
    pub seconds: f64,
    /// Requests that were answered as they should be (200); all others are in `errors`.
    pub requests: u64,
    /// `requests` per second.
    pub rate: f64,
    /// Latency of what `requests` counts: a refusal is quick, and must not make a server look
    /// so. In an open loop also what was due and still unanswered two seconds after the end,
    /// with the time it had waited; it stands under `unanswered` in `errors`.
    pub latency: Latency,
    /// Latency by kind of request: `profile`, `login`, `logout`, `refresh`.
    pub by_kind: BTreeMap<String, Latency>,
    /// Failed requests by what went wrong: `status 503`, `connection reset` …
    pub errors: BTreeMap<String, u64>,
    /// Bytes sent per request, headers, cookies and body; failed ones included here and below.
    pub bytes_out: f64,
    /// Bytes received per request, headers and body.
    pub bytes_in: f64,
    /// Processor seconds of all server processes per 1,000 requests.
    pub server_cpu_s_per_1000: Option<f64>,
    /// Processor seconds of the store processes per 1,000 requests.
    pub store_cpu_s_per_1000: Option<f64>,
    /// The same by store (`redis`, `postgres` …), where there is more than one: each has a
    /// ceiling of its own.
    #[serde(default)]
    pub store_cpu_by: BTreeMap<String, f64>,
    /// Processor seconds of this tool per 1,000 requests, with its proxies.
    pub client_cpu_s_per_1000: f64,
    /// The most memory that one server process held, in bytes.
    pub server_peak_rss: Option<u64>,
    /// Round trips to the stores per request, those of servers at rest subtracted: Sync and
    /// simple Query messages to PostgreSQL and commands to Redis, which a proxy counts. It does
    /// so in a short run of its own, since it would slow down what is timed, so all repetitions
    /// show the same. 0 for memory and SQLite, which are no network away.
    pub store_round_trips: Option<f64>,
    /// The most that the tool's own timer was late, in milliseconds: whether the machine
    /// had room to measure at all.
    pub timer_late_ms: f64,
}

/// A distribution of latencies, in microseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Latency {
    /// How many.
    pub count: u64,
    /// The mean.
    pub mean: f64,
    /// The percentiles.
    pub p50: u64,
    /// 90 %.
    pub p90: u64,
    /// 95 %.
    pub p95: u64,
    /// 99 %.
    pub p99: u64,
    /// 99.9 %.
    pub p999: u64,
    /// The greatest.
    pub max: u64,
    /// The whole curve, for plots: (quantile, microseconds), ascending.
    pub curve: Vec<(f64, u64)>,
}
