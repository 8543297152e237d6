//! The search for the highest arrival rate that a deployment keeps up with.

use std::time::Duration;

use super::measure::Meter;
use crate::lab::generator::Offer;
use crate::lab::record::{Run, Shape, Sustained};

/// How many rates are tried, roughly: a few to find a span, and the halvings.
pub const STEPS: u32 = 8;

/// How often the span in which the answer lies is halved.
const HALVINGS: u32 = 5;

/// How often a rate is doubled or halved until there is a span.
const REACH: u32 = 12;

/// The share of what was offered that has to be answered in time.
const SHARE: f64 = 0.99;

/// A rate has to be kept so often of so many tries: a machine has bad moments of its own.
const KEPT: usize = 2;
const TRIES: usize = 3;

/// Searches from `start` arrivals a second, in both directions: doubles until it is too much
/// or halves until it is not, then halves the span between, a few short runs each. Nothing
/// when it was stopped early.
///
/// # Errors
/// When a run can't be made, or not even the lowest rate is kept.
pub async fn search(
    meter: &Meter<'_>,
    offer: &Offer,
    start: u32,
    bound: Duration,
) -> anyhow::Result<Option<Sustained>> {
    let search = Search {
        meter,
        offer,
        bound,
    };
    let Some((mut low, mut high)) = search.span(start.max(1)).await? else {
        return Ok(None);
    };
    for _ in 0..HALVINGS {
        let rate = low.midpoint(high);
        if rate == low {
            break;
        }
        match search.keeps(rate).await? {
            None => return Ok(None),
            Some(true) => low = rate,
            Some(false) => high = rate,
        }
    }
    anyhow::ensure!(low > 0, "p99 is over {bound:?} at any rate");
    Ok(Some(Sustained {
        p99_bound_ms: bound.as_secs_f64() * 1000.0,
        rate: f64::from(low),
    }))
}

struct Search<'a> {
    meter: &'a Meter<'a>,
    offer: &'a Offer,
    bound: Duration,
}

impl Search<'_> {
    /// A rate that is kept, or none, and one that is too much.
    async fn span(&self, start: u32) -> anyhow::Result<Option<(u32, u32)>> {
        let Some(up) = self.keeps(start).await? else {
            return Ok(None);
        };
        let mut rate = start;
        for _ in 0..REACH {
            let next = if up { rate.saturating_mul(2) } else { rate / 2 };
            match self.keeps(next.max(1)).await? {
                None => return Ok(None),
                Some(kept) if kept != up => {
                    return Ok(Some((rate.min(next), rate.max(next))));
                }
                Some(_) => rate = next,
            }
        }
        Ok(Some(if up { (rate, rate) } else { (0, rate) }))
    }

    /// Whether this rate is kept by most of a few runs; nothing when it was stopped early.
    async fn keeps(&self, rate: u32) -> anyhow::Result<Option<bool>> {
        let users = u32::try_from(self.offer.users())?;
        let offer = Offer {
            shape: Shape::Open { rate, users },
            ..self.offer.clone()
        };
        let (mut kept, mut missed) = (0, 0);
        while kept < KEPT && missed <= TRIES - KEPT {
            let Some(run) = self.meter.run(&offer).await? else {
                return Ok(None);
            };
            if keeps_up(&run, rate, self.bound) {
                kept += 1;
            } else {
                missed += 1;
            }
        }
        Ok(Some(kept == KEPT))
    }
}

/// Whether nearly all requests were answered, and nearly all of these in time.
fn keeps_up(run: &Run, rate: u32, bound: Duration) -> bool {
    let in_time = u128::from(run.latency.p99) <= bound.as_micros();
    run.errors.is_empty() && in_time && run.rate >= SHARE * f64::from(rate)
}
