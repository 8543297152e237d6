//! The search for the highest arrival rate that a deployment keeps up with.

use std::time::Duration;

use super::measure::Meter;
use crate::lab::generator::Offer;
use crate::lab::record::{Run, Shape, Sustained};

/// How often the span in which the answer lies is halved: to a sixty-fourth.
pub const STEPS: u32 = 6;

/// The share of what was offered that has to be answered in time.
const SHARE: f64 = 0.99;

/// A rate is given up when it was too high so often: a machine has bad moments of its own.
const TRIES: usize = 2;

/// Halves the span between nothing and `ceiling` arrivals a second, a short run each.
/// Nothing when it was stopped early.
///
/// # Errors
/// As a run.
pub async fn search(
    meter: &Meter<'_>,
    offer: &Offer,
    ceiling: u32,
    bound: Duration,
) -> anyhow::Result<Option<Sustained>> {
    let users = u32::try_from(offer.users())?;
    let (mut low, mut high) = (0u32, ceiling.max(1));
    for _ in 0..STEPS {
        let rate = low.midpoint(high).max(1);
        let offer = Offer {
            shape: Shape::Open { rate, users },
            ..offer.clone()
        };
        let mut kept = false;
        for _ in 0..TRIES {
            let Some(run) = meter.run(&offer).await? else {
                return Ok(None);
            };
            kept |= keeps_up(&run, rate, bound);
            if kept {
                break;
            }
        }
        if kept {
            low = rate;
        } else {
            high = rate;
        }
    }
    Ok(Some(Sustained {
        p99_bound_ms: bound.as_secs_f64() * 1000.0,
        rate: f64::from(low),
    }))
}

/// Whether nearly all requests were answered, and nearly all of these in time.
fn keeps_up(run: &Run, rate: u32, bound: Duration) -> bool {
    let in_time = u128::from(run.latency.p99) <= bound.as_micros();
    run.errors.is_empty() && in_time && run.rate >= SHARE * f64::from(rate)
}
