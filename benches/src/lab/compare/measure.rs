use crate::lab::record::{Cell, Run};
use crate::lab::report::format;
use crate::lab::stats::{Estimate, Floor};

/// What is measured of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Answered requests per second.
    Rate,
    /// The highest arrival rate that kept p99 under the bound.
    Sustained,
    /// Median latency.
    P50,
    /// Latency that 90 % stay under.
    P90,
    /// Latency that 95 % stay under.
    P95,
    /// Latency that 99 % stay under.
    P99,
    /// Latency that 99 % of the reads of a profile stay under.
    ProfileP99,
    /// Latency that 99.9 % stay under.
    P999,
    /// The greatest latency.
    Max,
    /// The share of requests that failed.
    Errors,
    /// Processor time of the servers per request.
    ServerCpu,
    /// Processor time of the stores per request.
    StoreCpu,
    /// Processor time of the tool per request.
    ClientCpu,
    /// Round trips to the stores per request.
    RoundTrips,
    /// Bytes sent and received per request.
    Bytes,
    /// Bytes sent per request.
    BytesOut,
    /// Bytes received per request.
    BytesIn,
    /// The most memory that one server process held.
    Memory,
    /// Bytes that the stores keep for one session.
    SessionBytes,
    /// From a sign-out until the credential was refused on every node.
    RevocationLag,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// What a measure's figures are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Requests per second.
    PerSecond,
    /// Microseconds.
    Micros,
    /// Milliseconds; infinite is "never".
    Millis,
    /// A share of 1.
    Share,
    /// Processor seconds per 1,000 requests, which are milliseconds per request.
    CpuPer1000,
    /// Bytes.
    Bytes,
    /// A plain count.
    Count,
}

impl Measure {
    /// All, in the order in which they are reported.
    pub const ALL: [Self; 20] = [
        Self::Rate,
        Self::Sustained,
        Self::P50,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::ProfileP99,
        Self::P999,
        Self::Max,
        Self::Errors,
        Self::ServerCpu,
        Self::StoreCpu,
        Self::ClientCpu,
        Self::RoundTrips,
        Self::Bytes,
        Self::BytesOut,
        Self::BytesIn,
        Self::Memory,
        Self::SessionBytes,
        Self::RevocationLag,
    ];

    /// Its name in CSV.
    pub fn id(self) -> &'static str {
        self.words().0
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Rate => ("rate", "throughput"),
            Self::Sustained => ("sustained_rate", "sustained rate"),
            Self::P50 => ("p50", "median latency"),
            Self::P90 => ("p90", "p90 latency"),
            Self::P95 => ("p95", "p95 latency"),
            Self::P99 => ("p99", "p99 latency"),
            Self::ProfileP99 => ("profile_p99", "p99 latency of profiles"),
            Self::P999 => ("p999", "p99.9 latency"),
            Self::Max => ("max", "greatest latency"),
            Self::Errors => ("errors", "failed requests"),
            Self::ServerCpu => ("server_cpu", "server CPU per request"),
            Self::StoreCpu => ("store_cpu", "store CPU per request"),
            Self::ClientCpu => ("client_cpu", "generator CPU per request"),
            Self::RoundTrips => ("store_round_trips", "store round trips per request"),
            Self::Bytes => ("bytes", "bytes per request"),
            Self::BytesOut => ("bytes_out", "bytes sent per request"),
            Self::BytesIn => ("bytes_in", "bytes received per request"),
            Self::Memory => ("peak_memory", "peak server memory"),
            Self::SessionBytes => ("session_bytes", "bytes stored per session"),
            Self::RevocationLag => ("revocation_lag", "revocation lag"),
        }
    }

    /// The unit of its figures.
    pub fn unit(self) -> Unit {
        match self {
            Self::Rate | Self::Sustained => Unit::PerSecond,
            Self::P50 | Self::P90 | Self::P95 | Self::P99 => Unit::Micros,
            Self::ProfileP99 | Self::P999 | Self::Max => Unit::Micros,
            Self::Errors => Unit::Share,
            Self::ServerCpu | Self::StoreCpu | Self::ClientCpu => Unit::CpuPer1000,
            Self::RoundTrips => Unit::Count,
            Self::Bytes | Self::BytesOut | Self::BytesIn => Unit::Bytes,
            Self::Memory | Self::SessionBytes => Unit::Bytes,
            Self::RevocationLag => Unit::Millis,
        }
    }

    /// Which way is better.
    pub fn better(self) -> Better {
        match self {
            Self::Rate | Self::Sustained => Better::Higher,
            _ => Better::Lower,
        }
    }

    /// What a difference must exceed: what two runs of the same binary differ by.
    pub fn floor(self) -> Floor {
        let (relative, absolute) = match self {
            Self::Rate | Self::Sustained => (0.02, 0.1),
            Self::P50 | Self::P90 | Self::P95 => (0.05, 20.0),
            Self::P99 | Self::ProfileP99 | Self::P999 => (0.10, 50.0),
            Self::Max => (0.25, 1_000.0),
            Self::Errors => (0.10, 0.001),
            Self::ServerCpu | Self::StoreCpu | Self::ClientCpu => (0.03, 0.000_5),
            Self::RoundTrips => (0.02, 0.02),
            Self::Bytes | Self::BytesOut | Self::BytesIn | Self::SessionBytes => (0.01, 1.0),
            Self::Memory => (0.05, 1_048_576.0),
            // The lag is found by asking again and again; less is the asking itself.
            Self::RevocationLag => (0.25, 20.0),
        };
        Floor { relative, absolute }
    }

    /// One value per repetition in which it was measured; empty if it was not.
    pub fn samples(self, cell: &Cell) -> Vec<f64> {
        self.by_repetition(cell).into_iter().flatten().collect()
    }

    /// Its values for two cells from the repetitions in which both have one.
    pub fn pairs(self, first: &Cell, second: &Cell) -> Vec<(f64, f64)> {
        let first = self.by_repetition(first).into_iter();
        let pairs = first.zip(self.by_repetition(second));
        pairs.filter_map(|(one, other)| one.zip(other)).collect()
    }

    fn by_repetition(self, cell: &Cell) -> Vec<Option<f64>> {
        match self {
            Self::Sustained => vec![cell.sustained.as_ref().map(|found| found.rate)],
            Self::SessionBytes => vec![cell.bytes_per_session],
            Self::RevocationLag => {
                let lags = cell.revocation_lag_ms.iter();
                lags.map(|lag| Some(lag.unwrap_or(f64::INFINITY))).collect()
            }
            _ => cell.runs.iter().map(|run| self.of_run(run)).collect(),
        }
    }

    fn of_run(self, run: &Run) -> Option<f64> {
        let latency = &run.latency;
        let of_latency = |micros: u64| (latency.count > 0).then_some(micros as f64);
        match self {
            Self::Rate => Some(run.rate),
            Self::P50 => of_latency(latency.p50),
            Self::P90 => of_latency(latency.p90),
            Self::P95 => of_latency(latency.p95),
            Self::P99 => of_latency(latency.p99),
            Self::ProfileP99 => run.by_kind.get("profile").map(|of| of.p99 as f64),
            Self::P999 => of_latency(latency.p999),
            Self::Max => of_latency(latency.max),
            Self::Errors => Some(error_share(run)),
            Self::ServerCpu => run.server_cpu_s_per_1000,
            Self::StoreCpu => run.store_cpu_s_per_1000,
            Self::ClientCpu => Some(run.client_cpu_s_per_1000),
            Self::RoundTrips => run.store_round_trips,
            Self::Bytes => Some(run.bytes_out + run.bytes_in),
            Self::BytesOut => Some(run.bytes_out),
            Self::BytesIn => Some(run.bytes_in),
            Self::Memory => run.server_peak_rss.map(|bytes| bytes as f64),
            Self::Sustained | Self::SessionBytes | Self::RevocationLag => None,
        }
    }

    /// Its median and interval for this cell, `None` where it was not measured.
    pub fn estimate(self, cell: &Cell) -> Option<Estimate> {
        Estimate::of(&self.samples(cell))
    }

    /// A figure of it for people, with its unit.
    pub fn show(self, value: f64) -> String {
        match self.unit() {
            Unit::PerSecond => format::rate(value),
            Unit::Micros => format::micros(value),
            Unit::Millis => format::lag(value),
            Unit::Share => format::share(value),
            Unit::CpuPer1000 => format::micros(value * 1_000.0),
            Unit::Bytes => format::bytes(value),
            Unit::Count => format::count(value),
        }
    }

    /// Its median for this cell for people, "–" where it was not measured.
    pub fn show_median(self, cell: &Cell) -> String {
        let estimate = self.estimate(cell);
        estimate.map_or_else(|| format::ABSENT.into(), |found| self.show(found.median))
    }
}

impl Unit {
    /// Its name in CSV.
    pub fn id(self) -> &'static str {
        match self {
            Self::PerSecond => "1/s",
            Self::Micros => "us",
            Self::Millis => "ms",
            Self::Share => "1",
            Self::CpuPer1000 => "s/1000 requests",
            Self::Bytes => "B",
            Self::Count => "count",
        }
    }
}

fn error_share(run: &Run) -> f64 {
    let failed: u64 = run.errors.values().sum();
    failed as f64 / (run.requests + failed).max(1) as f64
}
