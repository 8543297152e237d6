//! What a difference in speed comes from, as far as costs were measured.

use super::format::listed;
use crate::lab::compare::{Difference, Measure, Ranking, between, contender};
use crate::lab::record::Cell;
use crate::lab::stats::Verdict;

/// What a difference in speed can come from.
const CAUSES: [Measure; 4] = [
    Measure::ServerCpu,
    Measure::StoreCpu,
    Measure::RoundTrips,
    Measure::Bytes,
];

/// What the last pays more for than the first, and what less; `None` if nobody is behind.
pub(super) fn sentence(ranking: &Ranking) -> Option<String> {
    let leader = ranking.leaders.first()?;
    let (last, _) = ranking.behind.last()?;
    Some(explained(last, leader, &known(leader, last)))
}

/// Why somebody is behind, in one breath; `None` if no cost was measured. Where the store is
/// far, round trips to it are waited for, and everything else comes to little.
pub(super) fn in_short(ranking: &Ranking, behind: &Cell) -> Option<String> {
    let leader = ranking.leaders.first()?;
    let known = known(leader, behind);
    let worse = known
        .iter()
        .filter(|found| found.is_real() && !found.is_better());
    let worse: Vec<&Difference> = worse.collect();
    let is_trips = |found: &&Difference| found.measure == Measure::RoundTrips;
    let trips: Vec<&Difference> = worse.iter().copied().filter(is_trips).collect();
    let far = ranking.scene.store_rtt_us > 0 && !trips.is_empty();
    let told = if far { trips } else { worse };
    let (behind, leader) = (contender(&behind.setup), contender(&leader.setup));
    match (known.is_empty(), told.is_empty()) {
        (true, _) => None,
        (_, true) => Some("No measured cost explains it.".into()),
        _ => Some(format!(
            "Why: {behind} needs more than {leader}: {}.",
            figures(&told)
        )),
    }
}

fn known(leader: &Cell, last: &Cell) -> Vec<Difference> {
    let found = CAUSES
        .into_iter()
        .filter_map(|measure| between(measure, leader, last));
    found
        .filter(|found| found.change.verdict != Verdict::TooFew)
        .collect()
}

fn explained(last: &Cell, leader: &Cell, known: &[Difference]) -> String {
    let (last, leader) = (contender(&last.setup), contender(&leader.setup));
    let (real, equal): (Vec<_>, Vec<_>) = known.iter().partition(|difference| difference.is_real());
    let (better, worse): (Vec<_>, Vec<_>) = real.into_iter().partition(|found| found.is_better());
    let names: Vec<String> = equal
        .iter()
        .map(|found| found.measure.name().to_owned())
        .collect();
    let mut text = match (known.is_empty(), worse.is_empty()) {
        (true, _) => return "What this comes from was not measured.".into(),
        (_, true) => format!("No measured cost explains why {last} is behind {leader}"),
        _ => format!("Why: {last} needs more than {leader}: {}", figures(&worse)),
    };
    if !better.is_empty() {
        text += &format!("; it needs less: {}", figures(&better));
    }
    if !names.is_empty() {
        text += &format!("; no difference beyond the noise: {}", listed(&names));
    }
    text + "."
}

fn figures(differences: &[&Difference]) -> String {
    let words = differences.iter().map(|difference| {
        let show = |value| difference.measure.show(value);
        let (leader, last) = (
            difference.change.before.median,
            difference.change.after.median,
        );
        format!(
            "{} ({} against {})",
            difference.measure.name(),
            show(last),
            show(leader)
        )
    });
    listed(&words.collect::<Vec<_>>())
}
