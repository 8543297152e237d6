//! What came of the requests of one run.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use super::workload::Kind;
use crate::lab::record::Latency;

/// Latencies are kept to three significant figures.
const FIGURES: u8 = 3;

/// The longest latency that is told apart from longer ones.
const LONGEST: Duration = Duration::from_secs(120);

/// What came of one request.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its kind.
    pub kind: Kind,
    /// Bytes sent.
    pub sent: usize,
    /// Bytes received.
    pub received: usize,
    /// What went wrong.
    pub failure: Option<String>,
    /// Whether it was waited for in vain.
    pub timed_out: bool,
    /// Whether the connection failed, so that it is no use to try again at once.
    pub stalled: bool,
}

/// What came of many.
#[derive(Clone)]
pub struct Tally {
    by_kind: BTreeMap<Kind, Histogram<u64>>,
    /// Failures by what went wrong.
    pub errors: BTreeMap<String, u64>,
    /// Requests that were answered as they should be.
    pub requests: u64,
    /// Requests that were sent.
    pub sent: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// The most that the tool's timer was late.
    pub late: Duration,
}

impl Tally {
    /// Nothing yet.
    ///
    /// # Errors
    /// When the histogram's bounds make no sense; these do.
    pub fn new() -> anyhow::Result<Self> {
        let longest = u64::try_from(LONGEST.as_micros())?;
        let histogram = Histogram::new_with_bounds(1, longest, FIGURES)?;
        let by_kind = Kind::ALL.map(|kind| (kind, histogram.clone()));
        Ok(Self {
            by_kind: by_kind.into(),
            errors: BTreeMap::new(),
            requests: 0,
            sent: 0,
            bytes_out: 0,
            bytes_in: 0,
            late: Duration::ZERO,
        })
    }

    /// Counts a request. Of failed ones only those have a latency that were waited for in
    /// vain: a refusal is often quick, and must not make a server look so.
    pub fn note(&mut self, outcome: &Outcome, took: Duration) {
        self.sent += 1;
        self.bytes_out += outcome.sent as u64;
        self.bytes_in += outcome.received as u64;
        match &outcome.failure {
            None => {
                self.requests += 1;
                self.time(outcome.kind, took);
            }
            Some(failure) => {
                if outcome.timed_out {
                    self.time(outcome.kind, took);
                }
                self.fail(failure);
            }
        }
    }

    /// Counts a request that was due and never answered, with the time it had waited: left
    /// out, it would make a stall look shorter than it was.
    pub fn unanswered(&mut self, kind: Kind, waited: Duration) {
        self.time(kind, waited);
        self.fail("unanswered");
    }

    /// Adds what another one counted.
    ///
    /// # Errors
    /// When the histograms don't fit together; these do.
    pub fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        for (kind, histogram) in &other.by_kind {
            if let Some(own) = self.by_kind.get_mut(kind) {
                own.add(histogram)?;
            }
        }
        for (failure, count) in &other.errors {
            *self.errors.entry(failure.clone()).or_default() += count;
        }
        self.requests += other.requests;
        self.sent += other.sent;
        self.bytes_out += other.bytes_out;
        self.bytes_in += other.bytes_in;
        self.late = self.late.max(other.late);
        Ok(())
    }

    /// Failures of all kinds.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// The latency of everything.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn latency(&self) -> anyhow::Result<Latency> {
        let mut histograms = self.by_kind.values();
        let Some(first) = histograms.next() else {
            return Ok(Latency::default());
        };
        let mut all = first.clone();
        histograms.try_for_each(|histogram| all.add(histogram))?;
        Ok(distribution(&all))
    }

    /// The latency of each kind of request that there was.
    pub fn by_kind(&self) -> BTreeMap<String, Latency> {
        let some = self
            .by_kind
            .iter()
            .filter(|(_, latency)| !latency.is_empty());
        let named = some.map(|(kind, latency)| (kind.name().to_owned(), distribution(latency)));
        named.collect()
    }

    fn time(&mut self, kind: Kind, took: Duration) {
        if let Some(histogram) = self.by_kind.get_mut(&kind) {
            histogram.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1));
        }
    }

    fn fail(&mut self, failure: &str) {
        match self.errors.get_mut(failure) {
            Some(count) => *count += 1,
            None => {
                self.errors.insert(failure.to_owned(), 1);
            }
        }
    }
}

/// The tally that users of a thread share.
pub(super) fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

fn distribution(histogram: &Histogram<u64>) -> Latency {
    let at = |quantile| histogram.value_at_quantile(quantile);
    Latency {
        count: histogram.len(),
        mean: histogram.mean(),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        max: histogram.max(),
        curve: quantiles()
            .map(|quantile| (quantile, at(quantile)))
            .collect(),
    }
}

/// Dense where the curve bends: eighteen steps to 0.9, and as many in each nine behind it.
fn quantiles() -> impl Iterator<Item = f64> {
    let nines = [(0.0, 0.9), (0.9, 0.99), (0.99, 0.999), (0.999, 0.9999)];
    let steps = nines.into_iter().flat_map(|(from, to)| {
        (0..18).map(move |step| from + (to - from) * f64::from(step) / 18.0)
    });
    steps.chain([0.9999, 1.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(failure: Option<&str>) -> Outcome {
        Outcome {
            kind: Kind::Profile,
            sent: 100,
            received: 200,
            failure: failure.map(str::to_owned),
            timed_out: false,
            stalled: false,
        }
    }

    #[test]
    fn percentiles_are_those_of_what_was_noted() {
        let mut tally = Tally::new().unwrap();
        for ms in 1..=100 {
            tally.note(&outcome(None), Duration::from_millis(ms));
        }
        tally.note(&outcome(Some("status 503")), Duration::from_millis(1));
        let latency = tally.latency().unwrap();
        assert_eq!((latency.count, tally.requests, tally.sent), (100, 100, 101));
        for (found, expected) in [(latency.p50, 50), (latency.p99, 99), (latency.max, 100)] {
            assert!(found.abs_diff(expected * 1000) <= expected, "{found}");
        }
        assert!(latency.curve.is_sorted());
        assert_eq!(tally.errors, [("status 503".to_owned(), 1)].into());
        assert_eq!((tally.bytes_out, tally.bytes_in), (10_100, 20_200));
    }

    #[test]
    fn what_was_never_answered_counts_with_its_wait() {
        let mut tally = Tally::new().unwrap();
        tally.unanswered(Kind::Profile, Duration::from_secs(7));
        let mut sum = Tally::new().unwrap();
        sum.add(&tally).unwrap();
        assert!(sum.latency().unwrap().p50 >= 6_990_000);
        assert_eq!((sum.requests, sum.failed()), (0, 1));
    }
}
