use std::collections::BTreeMap;

use crate::lab::compare::{Measure, Ranking, between, contender, offered};
use crate::lab::record::Cell;
use crate::lab::report::format::{self, listed};
use crate::lab::report::study::Study;
use crate::lab::stats::{self, Verdict};

/// How soon a signed-out credential is refused, and what that costs; `None` if not measured.
pub(super) fn paragraph(study: &Study) -> Option<String> {
    let lags = study.lags();
    if lags.is_empty() {
        return None;
    }
    let mut words: Vec<String> = soon(&lags).into_iter().collect();
    let late = lags.iter().filter(|(_, lags)| !is_soon(lags));
    words.extend(late.map(|(name, lags)| refused(study, name, lags)));
    let first = format!(
        "Revocation: a signed-out credential is refused on every node {}.",
        words.join(", ")
    );
    let price = price(study, &lags);
    Some(
        [Some(first), price]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// What asking again and again takes by itself.
fn is_soon(lags: &[f64]) -> bool {
    lags.iter()
        .all(|lag| *lag <= Measure::RevocationLag.floor().absolute)
}

/// Who refuses at once, and who does not.
pub(super) fn by_promptness(lags: &BTreeMap<String, Vec<f64>>) -> (Vec<String>, Vec<String>) {
    let names = |at_once: bool| {
        let names = lags
            .iter()
            .filter(move |(_, lags)| is_soon(lags) == at_once);
        names.map(|(name, _)| name.clone()).collect()
    };
    (names(true), names(false))
}

/// Those who refuse at once, together.
fn soon(lags: &BTreeMap<String, Vec<f64>>) -> Option<String> {
    let soon = lags.iter().filter(|(_, lags)| is_soon(lags));
    let (names, lags): (Vec<String>, Vec<&Vec<f64>>) =
        soon.map(|(name, lags)| (name.clone(), lags)).unzip();
    let longest = lags.into_iter().flatten().copied().reduce(f64::max)?;
    let when = match longest {
        0.0 => "once the sign-out is answered".into(),
        longest => format!("within {}", format::lag(longest)),
    };
    Some(format!("{when} with {}", listed(&names)))
}

fn refused(study: &Study, name: &str, lags: &[f64]) -> String {
    let median = stats::median(lags).unwrap_or(f64::INFINITY);
    if median.is_finite() {
        return format!("after {} with {name}", format::lag(median));
    }
    let waited = study
        .record
        .settings
        .get("revocation_wait_ms")
        .and_then(|ms| ms.parse().ok());
    let waited = waited
        .map(|ms: f64| format!(" within {}", format::span(ms * 1e3)))
        .unwrap_or_default();
    format!("never{waited} with {name}")
}

/// What those who refuse sooner give up against the one that refuses latest, in each place:
/// it depends on how far the store is.
fn price(study: &Study, lags: &BTreeMap<String, Vec<f64>>) -> Option<String> {
    let reads = study.rankings.iter();
    let reads = reads.filter(|one| one.scene.load.workload == "read");
    let reads = reads.filter(|one| one.measure == Measure::Rate);
    let mut prices: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ranking in reads {
        if let Some((baseline, price)) = price_at(ranking, lags) {
            let users = offered(&ranking.scene.load.shape);
            let place = ranking.scene.place();
            let prices = prices.entry(baseline).or_default();
            prices.push(format!("{price} ({place}; {users})"));
        }
    }
    let sentences = prices.into_iter().map(|(baseline, prices)| {
        let prices = prices.join("; ");
        format!("Refusing sooner than {baseline} costs, in reads per second: {prices}.")
    });
    let sentences: Vec<String> = sentences.collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// The one that refuses latest, and what the others give up: "30 % with session, nothing
/// beyond the noise with jwt-denylist".
fn price_at(ranking: &Ranking, lags: &BTreeMap<String, Vec<f64>>) -> Option<(String, String)> {
    let cells = with_lags(ranking, lags);
    let later = |a: &&Cell, b: &&Cell| lag_of(a, lags).total_cmp(&lag_of(b, lags));
    let latest = cells.iter().copied().max_by(later)?;
    let sooner = cells.iter().filter(|cell| is_sooner(latest, cell, lags));
    let costs = sooner.filter_map(|cell| Some((*cell, between(Measure::Rate, latest, cell)?)));
    let (equal, apart): (Vec<_>, Vec<_>) = costs
        .filter(|(_, cost)| cost.change.verdict != Verdict::TooFew)
        .partition(|(_, cost)| !cost.is_real());
    let apart = apart.iter();
    let mut words: Vec<String> = apart
        .map(|(cell, cost)| given_up(cell, cost.change.ratio))
        .collect();
    if !equal.is_empty() {
        let names = equal.iter().map(|(cell, _)| contender(&cell.setup));
        let names = listed(&names.collect::<Vec<_>>());
        words.push(format!("nothing beyond the noise with {names}"));
    }
    (!words.is_empty()).then(|| (contender(&latest.setup), words.join(", ")))
}

/// The slowest first, so that of equally late ones the fastest is the last maximum.
fn with_lags<'a>(ranking: &Ranking<'a>, lags: &BTreeMap<String, Vec<f64>>) -> Vec<&'a Cell> {
    let behind = ranking.behind.iter().rev().map(|(cell, _)| *cell);
    let middle = ranking.middle.iter().rev().copied();
    let leaders = ranking.leaders.iter().rev().copied();
    let cells = behind.chain(middle).chain(leaders);
    cells
        .filter(|cell| lags.contains_key(&contender(&cell.setup)))
        .collect()
}

fn lag_of(cell: &Cell, lags: &BTreeMap<String, Vec<f64>>) -> f64 {
    let samples = lags.get(&contender(&cell.setup));
    samples
        .and_then(|samples| stats::median(samples))
        .unwrap_or_default()
}

fn is_sooner(latest: &Cell, cell: &Cell, lags: &BTreeMap<String, Vec<f64>>) -> bool {
    let samples = |cell: &Cell| lags.get(&contender(&cell.setup));
    let (Some(before), Some(after)) = (samples(latest), samples(cell)) else {
        return false;
    };
    let change = stats::apart(before, after, Measure::RevocationLag.floor());
    // A lag that takes seconds is measured once; nobody doubts that it is longer.
    (is_soon(after) && !is_soon(before))
        || change.is_some_and(|change| change.verdict == Verdict::Lower)
}

fn given_up(cell: &Cell, ratio: f64) -> String {
    let name = contender(&cell.setup);
    match ratio {
        less if less < 1.0 => format!("{} with {name}", format::share(1.0 - less)),
        more => format!(
            "nothing with {name}, which is {} faster",
            format::share(more - 1.0)
        ),
    }
}
