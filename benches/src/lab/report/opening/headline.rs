//! The answer in a few sentences: who is ahead where, by how much, and why.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::lab::compare::{Measure, Outcome, Ranking, contender, offered};
use crate::lab::record::{Cell, Load};
use crate::lab::report::format::{listed, sentence, share};
use crate::lab::report::study::{Study, doing};
use crate::lab::report::why;
use crate::lab::stats::FEWEST;

pub(super) fn text(study: &Study) -> String {
    let names: Vec<String> = study.contenders().cloned().collect();
    let compared = study.rankings.iter();
    let compared = compared.filter(|ranking| ranking.outcome() != Outcome::Alone);
    let compared: Vec<&Ranking> = compared.collect();
    match (&*names, &*compared) {
        ([], _) => "Nothing was measured.".into(),
        ([only], _) => format!("Only {only} was measured, so there is nothing to compare it with."),
        (_, []) => format!(
            "{} were measured, but no two of them under the same load and circumstances, so nothing can be compared.",
            sentence(&listed(&names))
        ),
        _ => answer(study, &compared),
    }
}

fn answer(study: &Study, compared: &[&Ranking]) -> String {
    let total = compared.len();
    let with = |outcome: Outcome| -> Vec<&Ranking> {
        let all = compared.iter().copied();
        all.filter(|one| one.outcome() == outcome).collect()
    };
    let mut sentences = vec![];
    for (leaders, rankings) in by_leaders(&with(Outcome::Ahead)) {
        sentences.push(lead(study, &leaders, &rankings, total));
    }
    let equal = with(Outcome::Equal);
    if !equal.is_empty() {
        let nobody = if equal.len() == total {
            "nobody is ahead: "
        } else {
            ""
        };
        sentences.push(sentence(&format!(
            "{nobody}in {} the differences are smaller than the noise: {}.",
            of_all(equal.len(), total),
            places(study, &equal, |_| None)
        )));
    }
    let unclear = with(Outcome::Unclear);
    if !unclear.is_empty() {
        sentences.push(format!(
            "In {} there are fewer than {FEWEST} repetitions, too few to say: {}.",
            of_all(unclear.len(), total),
            places(study, &unclear, |_| None)
        ));
    }
    sentences.join(" ")
}

/// The comparisons with the same leaders, whoever leads most often first.
fn by_leaders<'r, 'a>(rankings: &[&'r Ranking<'a>]) -> Vec<(Vec<String>, Vec<&'r Ranking<'a>>)> {
    let mut groups: BTreeMap<Vec<String>, Vec<&Ranking>> = BTreeMap::new();
    for ranking in rankings {
        groups.entry(leaders(ranking)).or_default().push(ranking);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, rankings)| Reverse(rankings.len()));
    groups
}

/// Who leads. Variants by algorithm step back behind their strategy, where it leads too.
pub(super) fn leaders(ranking: &Ranking) -> Vec<String> {
    let plain = |cell: &&&Cell| cell.setup.algorithm.is_none();
    let plain: Vec<&&Cell> = ranking.leaders.iter().filter(plain).collect();
    let names = match plain.is_empty() {
        true => ranking
            .leaders
            .iter()
            .map(|cell| contender(&cell.setup))
            .collect(),
        false => plain.iter().map(|cell| contender(&cell.setup)).collect(),
    };
    let mut names: Vec<String> = names;
    names.sort();
    names
}

/// "session is ahead in 2 of 9 comparisons: reading profiles (sqlite, 1 node: 12 % more than
/// jwt-checked; …). Why: …"
fn lead(study: &Study, leaders: &[String], rankings: &[&Ranking], total: usize) -> String {
    let verb = if leaders.len() == 1 { "is" } else { "are" };
    let led = sentence(&format!(
        "{} {verb} ahead in {}: {}.",
        listed(leaders),
        of_all(rankings.len(), total),
        places(study, rankings, by_how_much)
    ));
    let widest = rankings.iter().max_by(|a, b| gap(a).total_cmp(&gap(b)));
    let why = widest.and_then(|ranking| why::in_short(ranking, ranking.rival()?.0));
    [Some(led), why]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// How many times as good the first is as its rival.
fn gap(ranking: &Ranking) -> f64 {
    let ratio = ranking.rival().map_or(1.0, |(_, by)| by.change.ratio);
    ratio.max(1.0 / ratio)
}

pub(super) fn by_how_much(ranking: &Ranking) -> Option<String> {
    let (rival, _) = ranking.rival()?;
    let (name, gap) = (contender(&rival.setup), gap(ranking));
    Some(match ranking.measure {
        Measure::Rate => format!("{} more than {name}", share(gap - 1.0)),
        measure => format!(
            "{} {} less than with {name}",
            measure.name(),
            share(1.0 - 1.0 / gap)
        ),
    })
}

/// "reading profiles (sqlite, 1 node; redis, 1 node) and signing in (sqlite, 1 node)".
fn places(
    study: &Study,
    rankings: &[&Ranking],
    figure: impl Fn(&Ranking) -> Option<String>,
) -> String {
    let words = study.loads().into_iter().filter_map(|load| {
        let of_load = rankings
            .iter()
            .filter(|ranking| ranking.scene.load == *load);
        let places = of_load.map(|ranking| match figure(ranking) {
            Some(figure) => format!("{}: {figure}", ranking.scene.place()),
            None => ranking.scene.place(),
        });
        let places: Vec<String> = places.collect();
        (!places.is_empty()).then(|| format!("{} ({})", named(study, load), places.join("; ")))
    });
    listed(&words.collect::<Vec<_>>())
}

/// What is done, with the users where they tell two loads apart.
fn named(study: &Study, load: &Load) -> String {
    let alike = study
        .loads()
        .into_iter()
        .filter(|other| other.workload == load.workload);
    match alike.count() {
        0 | 1 => doing(load).to_owned(),
        _ => format!("{} with {}", doing(load), offered(&load.shape)),
    }
}

fn of_all(part: usize, total: usize) -> String {
    match total {
        1 => "the one comparison".into(),
        _ if part == total => format!("all {total} comparisons"),
        _ => format!("{part} of {total} comparisons"),
    }
}
