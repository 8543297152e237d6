//! The opening in plain words. Every sentence follows from figures, whoever they favour.

mod gaps;
mod revocation;
mod why;

use std::collections::BTreeMap;

use super::format::{self, counted, listed, sentence};
use super::study::Study;
use crate::lab::compare::{Difference, Measure, Outcome, Ranking, contender, load_name};
use crate::lab::record::{Cell, Load, Record};
use crate::lab::stats::FEWEST;

/// How late the tool's timer may be before latencies deserve doubt, in milliseconds.
const LATE_MS: f64 = 20.0;

pub(super) fn paragraphs(study: &Study) -> Vec<String> {
    let mut paragraphs = vec![headline(study)];
    paragraphs.extend(
        study
            .loads()
            .into_iter()
            .filter_map(|load| of_load(study, load)),
    );
    paragraphs.extend(super::chapters::crossing_sentence(study));
    paragraphs.extend(revocation::paragraph(study));
    paragraphs.extend(gaps::paragraph(study));
    paragraphs
}

pub(super) fn warnings(record: &Record) -> Vec<String> {
    let mut warnings = Vec::new();
    if record.interrupted {
        warnings.push(
            "The run was stopped before its end. What follows rests on what had been measured by then.".into(),
        );
    }
    let runs = record.cells.iter().flat_map(|cell| &cell.runs);
    let latest = runs.map(|run| run.timer_late_ms).fold(0.0, f64::max);
    if latest > LATE_MS {
        let late = format::lag(latest);
        warnings.push(format!(
            "The generator's own timer was up to {late} late: the machine was short of processor time, \
             and high percentiles hold some of that."
        ));
    }
    warnings
}

fn headline(study: &Study) -> String {
    let names: Vec<String> = study.contenders().cloned().collect();
    let compared = study
        .rankings
        .iter()
        .any(|ranking| ranking.outcome() != Outcome::Alone);
    match (&*names, compared) {
        ([], _) => "Nothing was measured.".into(),
        ([only], _) => format!("Only {only} was measured, so there is nothing to compare it with."),
        (_, false) => format!(
            "{} were measured, but no two of them under the same load and circumstances, so nothing can be compared.",
            sentence(&listed(&names))
        ),
        _ => sentence(&tally(
            &study.rankings.iter().collect::<Vec<_>>(),
            "comparisons",
        )),
    }
}

/// "session is ahead in 5 of 9 settings, jwt-stateless in 3; in 1 the difference is …".
fn tally(rankings: &[&Ranking], among: &str) -> String {
    let count = |outcome| {
        rankings
            .iter()
            .filter(|ranking| ranking.outcome() == outcome)
            .count()
    };
    let (ahead, equal, unclear) = (
        count(Outcome::Ahead),
        count(Outcome::Equal),
        count(Outcome::Unclear),
    );
    let total = ahead + equal + unclear;
    let mut parts = leads(rankings, total, among);
    if equal > 0 && equal == total {
        parts.push(format!(
            "nobody is ahead: in {} the differences are smaller than the noise",
            of_all(equal, total, among)
        ));
    } else if equal > 0 {
        parts.push(format!(
            "in {} the differences are smaller than the noise",
            of_all(equal, total, among)
        ));
    }
    if unclear > 0 {
        parts.push(format!(
            "in {} there are fewer than {FEWEST} repetitions, too few to say",
            of_all(unclear, total, among)
        ));
    }
    format!("{}.", parts.join("; "))
}

fn leads(rankings: &[&Ranking], total: usize, among: &str) -> Vec<String> {
    let mut leads: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for ranking in rankings
        .iter()
        .filter(|ranking| ranking.outcome() == Outcome::Ahead)
    {
        for cell in &ranking.leaders {
            let lead = leads.entry(contender(&cell.setup)).or_default();
            let alone = ranking.leaders.len() == 1;
            *(if alone { &mut lead.0 } else { &mut lead.1 }) += 1;
        }
    }
    let mut leads: Vec<_> = leads.into_iter().collect();
    leads.sort_by_key(|(_, (alone, shared))| std::cmp::Reverse((alone + shared, *alone)));
    let words = leads.into_iter().map(|(name, (alone, shared))| {
        let places = of_all(alone + shared, total, among);
        match (alone, shared) {
            (_, 0) => format!("{name} is ahead in {places}"),
            (0, _) => format!("{name} shares the lead in {places}"),
            (_, _) => format!("{name} is ahead in {places}, {shared} of them shared"),
        }
    });
    words.collect()
}

fn of_all(part: usize, total: usize, among: &str) -> String {
    match total {
        1 => "the one comparison".into(),
        _ if part == total => format!("all {total} {among}"),
        _ => format!("{part} of {total} {among}"),
    }
}

fn of_load(study: &Study, load: &Load) -> Option<String> {
    let typical = study.typical(load)?;
    let mut sentences = vec![in_one_scene(typical)];
    if load.workload == "seed" {
        sentences.push(
            "Its users think between requests and so set the rate themselves: the tail decides."
                .into(),
        );
    }
    sentences.extend(why::sentence(typical));
    let all = study.rankings_of(load);
    if all
        .iter()
        .filter(|ranking| ranking.outcome() != Outcome::Alone)
        .count()
        > 1
    {
        sentences.push(format!(
            "Over all settings of this load, {}",
            tally(&all, "settings")
        ));
    }
    Some(sentences.join(" "))
}

fn in_one_scene(ranking: &Ranking) -> String {
    let load = load_name(&ranking.scene.load);
    let place = format!(
        "{} ({}; {})",
        meaning(&ranking.scene.load),
        load,
        ranking.scene.place()
    );
    let leaders: Vec<String> = ranking
        .leaders
        .iter()
        .map(|cell| with_figure(ranking.measure, cell))
        .collect();
    let said = match ranking.outcome() {
        Outcome::Ahead => ahead(ranking, &leaders),
        Outcome::Equal => equal(ranking),
        Outcome::Unclear => format!(
            "too few repetitions to compare {}",
            listed(&everybody(ranking))
        ),
        Outcome::Alone if leaders.is_empty() => {
            "nothing that could be compared was measured".into()
        }
        Outcome::Alone => format!("only {} was measured", listed(&leaders)),
    };
    format!("{place}: {said}.")
}

fn ahead(ranking: &Ranking, leaders: &[String]) -> String {
    let verb = if leaders.len() == 1 {
        "is ahead"
    } else {
        "are ahead, equal within the noise"
    };
    let first = if ranking.measure == Measure::Rate {
        "reaches "
    } else {
        "takes "
    };
    let verbs = std::iter::once(first).chain(std::iter::repeat(""));
    let behind = ranking.behind.iter().zip(verbs);
    let behind: Vec<String> = behind
        .map(|((cell, by), verb)| trailing(cell, by, verb))
        .collect();
    format!("{} {verb}; {}", listed(leaders), listed(&behind))
}

/// "session reaches 25 % less (15,000 req/s)"; what follows it needs no verb.
fn trailing(cell: &Cell, by: &Difference, verb: &str) -> String {
    let name = contender(&cell.setup);
    let figure = by.measure.show(by.change.after.median);
    let ratio = by.change.ratio;
    let far = match by.measure {
        Measure::Rate => format!("{} less", format::share(1.0 - ratio)),
        _ if ratio >= 2.5 => format!("{} times as long", format::count(ratio)),
        _ => format!("{} longer", format::share(ratio - 1.0)),
    };
    format!("{name} {verb}{far} ({figure})")
}

/// "session and jwt-checked are equal within the noise (15,900 to 16,010 req/s)".
fn equal(ranking: &Ranking) -> String {
    let names: Vec<String> = ranking
        .leaders
        .iter()
        .map(|cell| contender(&cell.setup))
        .collect();
    let figures = ranking
        .leaders
        .iter()
        .map(|cell| ranking.measure.show_median(cell));
    let figures: Vec<String> = figures.collect();
    let range = match (figures.first(), figures.last()) {
        (Some(best), Some(last)) if best != last => format!("{best} to {last}"),
        (best, _) => best.cloned().unwrap_or_default(),
    };
    format!(
        "{} are equal within the noise ({} {range})",
        listed(&names),
        ranking.measure.name()
    )
}

fn with_figure(measure: Measure, cell: &Cell) -> String {
    let name = contender(&cell.setup);
    let figure = measure.show_median(cell);
    match measure {
        Measure::Rate => format!("{name} ({figure})"),
        _ => format!("{name} ({} {figure})", measure.name()),
    }
}

fn everybody(ranking: &Ranking) -> Vec<String> {
    let cells = ranking.leaders.iter().chain(&ranking.unjudged);
    cells
        .map(|cell| with_figure(ranking.measure, cell))
        .collect()
}

/// What people do under a load.
fn meaning(load: &Load) -> &'static str {
    match &*load.workload {
        "read" => "Reading profiles",
        "churn" => "Signing in, reading and signing out",
        "refresh" => "Refreshing credentials",
        "signin" => "Signing in",
        "seed" => "The published mix",
        _ => "This load",
    }
}

fn cells(count: usize) -> String {
    counted(u32::try_from(count).unwrap_or(u32::MAX), "measurement")
}
