use std::ops::Bound;

use super::scaling::{Row, Rows};
use crate::lab::compare::{Measure, between};
use crate::lab::stats::Verdict;

/// Where one contender falls below another as the stores move away.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Crossing {
    pub(super) falls: String,
    pub(super) below: String,
    /// Extra round-trip time in microseconds.
    pub(super) rtt: f64,
    /// Requests per second of both.
    pub(super) rate: f64,
}

/// Two contenders at one distance.
struct Place {
    rtt: f64,
    rates: [f64; 2],
    /// How the second compares with the first.
    verdict: Verdict,
}

/// All crossings of a plot, the nearest first.
pub(super) fn crossings(rows: &Rows) -> Vec<Crossing> {
    let mut crossings = Vec::new();
    for (first, left) in rows {
        let others = (Bound::Excluded(first.clone()), Bound::Unbounded);
        for (second, right) in rows.range(others) {
            crossings.extend(of_two([first, second], &shared(left, right)));
        }
    }
    crossings.sort_by(|a, b| a.rtt.total_cmp(&b.rtt));
    crossings
}

fn shared(left: &Row, right: &Row) -> Vec<Place> {
    let places = left.iter().filter_map(|(rtt, first)| {
        let (_, second) = right.iter().find(|(other, _)| other == rtt)?;
        let change = between(Measure::Rate, first, second)?.change;
        let rates = [change.before.median, change.after.median];
        Some(Place {
            rtt: *rtt,
            rates,
            verdict: change.verdict,
        })
    });
    places.collect()
}

/// A change of order counts if each is really ahead on its side; what lies between may be noise.
fn of_two(names: [&String; 2], places: &[Place]) -> Vec<Crossing> {
    let real = |place: &Place| matches!(place.verdict, Verdict::Higher | Verdict::Lower);
    let sure: Vec<usize> = (0..places.len()).filter(|at| real(&places[*at])).collect();
    let turns = sure
        .windows(2)
        .filter(|pair| places[pair[0]].verdict != places[pair[1]].verdict);
    let crossings = turns.filter_map(|pair| {
        let (rtt, rate) = meeting(&places[pair[0]..=pair[1]])?;
        let falls = usize::from(places[pair[0]].verdict == Verdict::Higher);
        let (falls, below) = (names[falls].clone(), names[1 - falls].clone());
        Some(Crossing {
            falls,
            below,
            rtt,
            rate,
        })
    });
    crossings.collect()
}

/// Where the straight lines through the medians meet, the furthest if they do so repeatedly.
fn meeting(places: &[Place]) -> Option<(f64, f64)> {
    let lead = |place: &Place| place.rates[0] - place.rates[1];
    let mut spans = places.windows(2).rev();
    let span = spans.find(|span| (lead(&span[0]) > 0.0) != (lead(&span[1]) > 0.0))?;
    let part = lead(&span[0]) / (lead(&span[0]) - lead(&span[1]));
    let between = |from: f64, to: f64| from + part * (to - from);
    Some((
        between(span[0].rtt, span[1].rtt),
        between(span[0].rates[0], span[1].rates[0]),
    ))
}
