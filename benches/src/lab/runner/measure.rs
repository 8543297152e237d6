//! One run: requests are offered, and what they cost is read off before and after.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::lab::environment::{Environment, Service};
use crate::lab::generator::{Offer, Tally, Workers};
use crate::lab::record::{Run, Shape};
use crate::lab::system;

/// How often to look whether to stop while a run goes on.
const LOOK: Duration = Duration::from_millis(20);

/// What is read off, and where.
pub struct Meter<'a> {
    /// The servers and what belongs to them.
    pub environment: &'a Environment,
    /// The store servers that take part.
    pub stores: Vec<&'a Service>,
    /// Round trips to the stores in a second in which nobody asks anything.
    pub idle_trips: f64,
}

/// What is used up by and by.
struct Reading {
    server: Option<f64>,
    stores: Vec<Option<f64>>,
    client: Option<f64>,
    trips: Option<u64>,
    at: Instant,
}

impl Meter<'_> {
    /// Makes a run; nothing when it was stopped early.
    ///
    /// # Errors
    /// When nobody can sign in, or a thread can't do its work.
    pub async fn run(&self, offer: &Offer) -> anyhow::Result<Option<Run>> {
        let working = Workers::gather(offer)?.go();
        let window = working.window;
        wait(window.from, offer).await;
        self.environment.reset_peaks();
        let before = self.read();
        wait(window.until, offer).await;
        let (after, tally) = match offer.shape {
            Shape::Closed { .. } => (self.read(), working.finish()?),
            // What was due within the window may be answered later, and costs what it costs.
            Shape::Open { .. } => {
                let tally = working.finish()?;
                (self.read(), tally)
            }
        };
        if offer.stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.sum_up(&tally, offer.time, &before, &after).map(Some)
    }

    fn read(&self) -> Reading {
        let stores = self.stores.iter().map(|store| store.cpu_seconds());
        Reading {
            server: self.environment.cpu_seconds(),
            stores: stores.collect(),
            client: system::cpu_seconds(std::process::id()),
            trips: self.environment.trips(),
            at: Instant::now(),
        }
    }

    fn sum_up(
        &self,
        tally: &Tally,
        time: Duration,
        before: &Reading,
        after: &Reading,
    ) -> anyhow::Result<Run> {
        let (sent, seconds) = (float(tally.sent.max(1)), time.as_secs_f64());
        let per_1000 =
            |before: Option<f64>, after: Option<f64>| Some((after? - before?) * 1000.0 / sent);
        let stores = before.stores.iter().zip(&after.stores);
        let stores = stores.map(|(before, after)| per_1000(*before, *after));
        let stores: Vec<Option<f64>> = stores.collect();
        let by = self.stores.iter().zip(&stores);
        let by = by.filter_map(|(store, cpu)| Some((store.name.to_owned(), (*cpu)?)));
        Ok(Run {
            seconds,
            requests: tally.requests,
            rate: float(tally.requests) / seconds,
            latency: tally.latency()?,
            by_kind: tally.by_kind(),
            errors: tally.errors.clone(),
            bytes_out: float(tally.bytes_out) / sent,
            bytes_in: float(tally.bytes_in) / sent,
            server_cpu_s_per_1000: per_1000(before.server, after.server),
            store_cpu_s_per_1000: match stores.is_empty() {
                true => None,
                false => stores.iter().copied().sum(),
            },
            store_cpu_by: by.collect(),
            client_cpu_s_per_1000: per_1000(before.client, after.client).unwrap_or(0.0),
            server_peak_rss: self.environment.peak_memory(),
            store_round_trips: self.trips(before, after, sent),
            timer_late_ms: tally.late.as_secs_f64() * 1000.0,
        })
    }

    /// Round trips of a request, without those that servers make by themselves.
    fn trips(&self, before: &Reading, after: &Reading, sent: f64) -> Option<f64> {
        let trips = float(after.trips?.saturating_sub(before.trips?));
        let idle = self.idle_trips * (after.at - before.at).as_secs_f64();
        Some((trips - idle).max(0.0) / sent)
    }
}

/// Waits for a moment, or until it is time to stop.
async fn wait(moment: Instant, offer: &Offer) {
    while !offer.stop.load(Ordering::Relaxed) {
        match moment.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => sleep(left.min(LOOK)).await,
            _ => return,
        }
    }
}

/// A count as a float.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn float(count: u64) -> f64 {
    count as f64
}
